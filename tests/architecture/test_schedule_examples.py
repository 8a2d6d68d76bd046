"""The examples for cron and a weekly workflow do what copies of them would do."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "schedule"
PAGE = ROOT / "docs" / "reports.md"
sys.path.insert(0, str(ROOT / "tests" / "annotate_app" / "services"))

from monitored_study import make_study, outputs  # noqa: E402


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A study, and the folder that production exports to."""
    for name in ("study", "exports"):
        (tmp_path / name).mkdir()
    make_study(tmp_path / "study").close()
    outputs(tmp_path / "exports", "week1.jsonl", 300)
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CALIBRANT")}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
        "PYTHONPATH": str(ROOT),
        "STUDY": str(folder / "study"),
        "OUTPUTS": str(folder / "exports"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False
    )


def steps() -> list[dict[str, Any]]:
    loaded = yaml.safe_load((FOLDER / "calibrant-weekly.yml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = loaded["jobs"]["follow"]["steps"]
    return found


def follow(folder: Path) -> subprocess.CompletedProcess[str]:
    exports = sorted(str(path) for path in (folder / "exports").glob("*.jsonl"))
    return run(folder, str(FOLDER / "follow.sh"), str(folder / "study"), *exports)


def test_the_script_is_quiet_then_red_while_an_alarm_stands_and_always_writes_a_report(folder: Path) -> None:
    first = follow(folder)
    assert first.returncode == 0, first.stderr
    outputs(folder / "exports", "week2.jsonl", 600, rude=0.4, first=1000)
    second = follow(folder)
    assert (second.returncode, "300 known" in second.stdout) == (2, True)
    assert follow(folder).returncode == 2
    assert "The product got worse" in (folder / "study" / "reports" / "report.md").read_text(encoding="utf-8")


def test_a_study_that_is_not_there_is_no_quiet_week(tmp_path: Path) -> None:
    assert run(tmp_path, str(FOLDER / "follow.sh"), str(tmp_path / "nowhere")).returncode == 1


def test_the_workflow_is_red_after_a_fall_and_keeps_the_report(folder: Path) -> None:
    outputs(folder / "exports", "week2.jsonl", 700, rude=0.45, first=1000)
    monitoring, reporting = (step for step in steps() if step.get("run", "").startswith("calibrant"))
    # "shell: bash" is what GitHub runs as bash -eo pipefail.
    assert monitoring["shell"] == "bash" and reporting["if"] == "always()"
    assert run(folder, "bash", "-eo", "pipefail", "-c", monitoring["run"]).returncode == 2
    assert "ALARM quality_fell" in (folder / "summary.md").read_text(encoding="utf-8")
    assert run(folder, "bash", "-e", "-c", reporting["run"]).returncode == 0
    kept = next(step["with"]["path"] for step in steps() if "with" in step)
    assert (folder / kept / "report.html").is_file()


def test_the_workflow_installs_this_version_and_the_crontab_runs_the_script() -> None:
    assert f'"calibrant=={version("calibrant")}"' in steps()[0]["run"]
    line = (FOLDER / "crontab").read_text(encoding="utf-8").splitlines()[-1]
    assert line.split()[:5] == ["0", "6", "*", "*", "1"] and "/follow.sh " in line


def test_the_page_shows_the_examples_as_they_are() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert all((FOLDER / name).read_text(encoding="utf-8") in text
               for name in ("follow.sh", "crontab", "calibrant-weekly.yml"))  # fmt: skip
