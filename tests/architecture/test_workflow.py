"""The example workflow does what a copy of it would do: its steps are parsed and executed here."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest
import yaml

from annotate_app.cli import main

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / "examples" / "ci" / "calibrant.yml"
PAGE = ROOT / "docs" / "ci.md"

RUBRIC = """
name: answers
criteria:
  - name: correct
    question: Is it correct?
    scale:
      kind: binary
      levels: [{name: "yes", description: It is.}, {name: "no", description: It is not.}]
"""
STUDY = """
[judges.reviewer]
import = "acme-judge, prompt 7"
[policy.criteria.correct]
floor = 0.60
"""


def workflow() -> dict[str, object]:
    loaded: dict[str, object] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    return loaded


def steps() -> list[dict[str, str]]:
    found: list[dict[str, str]] = workflow()["jobs"]["gate"]["steps"]  # type: ignore[index]
    return found


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What version control holds after a look that ended in trusted: no database, no labels."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    rows = {"items": [], "labels": [], "verdicts": []}  # type: dict[str, list[str]]
    for k in range(300):
        good = "yes" if k % 2 else "no"
        rows["items"].append(f'{{"item_id": "i{k}", "output": "text {k * 7919}"}}')
        rows["labels"].append(
            f'{{"item_id": "i{k}", "rater": "ana", "criterion": "correct", "value": "{good}"}}'
        )
        rows["verdicts"].append(
            f'{{"item_id": "i{k}", "judge": "reviewer", "criterion": "correct", "value": "{good}"}}'
        )
    for name, lines in rows.items():
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines))
    assert main(["init", "returns", "--rubric", "rubric.yaml"]) == 0
    files = [f"{name}.jsonl" for name in rows]
    assert main(["import", *files, "--study", "returns"]) == 0
    assert main(["split", "freeze", "--study", "returns"]) == 0
    with (tmp_path / "returns" / "study.toml").open("a") as file:
        file.write(STUDY)
    assert main(["certify", "reviewer", "--study", "returns", "--by", "me"]) == 0
    for path in (tmp_path / "returns").glob("calibrant.db*"):
        path.unlink()
    (tmp_path / "test_product.py").write_text("def test_it(trusted_judge):\n    trusted_judge('reviewer')\n")
    return tmp_path


def run_steps(folder: Path) -> list[int]:
    """Exit codes of the run steps in order, until one fails; the install step is checked, not run."""
    codes = []
    for step in steps():
        command = step.get("run")
        if command is None or command.startswith("python -m pip install"):
            continue
        ended = subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=folder,
            env=environment(folder),
            capture_output=True,
            check=False,
        )
        codes.append(ended.returncode)
        if ended.returncode:
            break
    return codes


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CALIBRANT", "PYTEST"))}
    given: dict[str, str] = workflow()["jobs"]["gate"]["env"]  # type: ignore[index]
    ours = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
        "PYTHONPATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }
    installed = any(point.name == "calibrant" for point in entry_points(group="pytest11"))
    plugin = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "annotate_app.pytest_plugin"}
    return kept | given | ours | ({} if installed else plugin)


def test_the_job_is_green_for_a_trusted_judge_and_leaves_its_reports(checkout: Path) -> None:
    assert run_steps(checkout) == [0, 0]
    assert "reviewer is trusted" in (checkout / "summary.md").read_text()
    assert "<testsuites>" in (checkout / "gate.xml").read_text()
    assert (checkout / "gate.json").is_file()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("rubric.yaml", "It is not.", "It isn't."), ("study.toml", "prompt 7", "prompt 8")],
)
def test_the_job_is_red_after_one_change(checkout: Path, name: str, old: str, new: str) -> None:
    path = checkout / "returns" / name
    path.write_text(path.read_text().replace(old, new))
    assert run_steps(checkout) == [2]
    assert "reviewer is mismatched" in (checkout / "summary.md").read_text()


def test_the_workflow_installs_this_version() -> None:
    (install,) = [step["run"] for step in steps() if step.get("run", "").startswith("python -m pip install")]
    assert f'"calibrant=={version("calibrant")}"' in install


def test_the_page_shows_the_workflow_as_it_is() -> None:
    assert WORKFLOW.read_text(encoding="utf-8") in PAGE.read_text(encoding="utf-8")
