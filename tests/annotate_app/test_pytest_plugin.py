"""The pytest plugin fails tests that lean on a judge which is not trusted, however the tests are selected."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from annotate_app.services.gating import expected, study_files
from calibration.certificate import Certificate

RUBRIC = """
name: support
criteria:
  - name: grounded
    question: Is every claim backed by a source?
    scale:
      kind: binary
      levels: [{name: "yes", description: every claim has}, {name: "no", description: some has none}]
"""
STUDY = """
[study]
name = "support"
[judges.rules]
code = "judge.py:judge"
[judges.other]
import = "nobody"
[policy.criteria.grounded]
judges = ["rules"]
"""
TESTS = """
def test_leans_on_a_judge(trusted_judge):
    assert trusted_judge("rules").trusted


def test_leans_on_one_that_nobody_certified(trusted_judge):
    trusted_judge("other")


def test_leans_on_nobody():
    assert True
"""
ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a study whose judge `rules` is trusted, and three tests."""
    study = tmp_path / "study"
    (study / "certificates").mkdir(parents=True)
    (study / "study.toml").write_text(STUDY)
    (study / "rubric.yaml").write_text(RUBRIC)
    (study / "judge.py").write_text("def judge(item):\n    return {'grounded': 'yes'}\n")
    (study / "certificates" / "rules.json").write_text(certificate(study).sealed())
    (tmp_path / "pytest.ini").write_text("[pytest]\ncalibrant_study = study\n")
    (tmp_path / "test_product.py").write_text(TESTS)
    return tmp_path


def certificate(study: Path) -> Certificate:
    now = datetime.now(UTC)
    asked = expected(study_files(study), "rules", now=now)
    bounds = {"cohen_kappa": 0.7, "abstained": 0, "unparsed": 0}
    conditions = [
        {"name": r.name, "criterion": "grounded", "bound": bounds.get(r.name, 120), "floor": r.limit,
         "passed": True}
        for r in asked.policy.criteria[0].requirements
    ]  # fmt: skip
    content = {
        "judge": {"name": "rules", "spec": asked.spec, "spec_hash": asked.spec_hash},
        "study": "support",
        "rubric_sha256": asked.rubric_sha256,
        "policy_sha256": asked.policy.sha256,
        "evidence": {"labels_sha256": "a" * 64, "verdicts_sha256": "b" * 64, "n": 120, "clusters": 120,
                     "raters": 5},
        "looks": {"k": 1, "alpha": asked.policy.alpha_of_look(1)},
        "conditions": conditions,
        "estimates": {},
        "outcome": "trusted",
        "issued": now - timedelta(days=1),
        "expires": now + timedelta(days=80),
        "software": "calibrant",
    }  # fmt: skip
    return Certificate.model_validate(content)


def run(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CALIBRANT", "PYTEST"))}
    ours = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "annotate_app.pytest_plugin", *options]
    return subprocess.run(command, cwd=project, env=kept | ours, capture_output=True, text=True, check=False)


def test_the_fixture_passes_for_a_trusted_judge_and_fails_with_the_gate_s_table(project: Path) -> None:
    ended = run(project)
    assert ended.returncode == 1
    assert "1 failed, 2 passed" in ended.stdout
    assert "other: missing (certificate)" in ended.stdout


def test_the_option_adds_a_test_for_each_judge_that_may_decide(project: Path) -> None:
    ended = run(project, "--calibrant-gate", "-k", "nobody and not certified", "-vv")
    assert ended.returncode == 0
    assert "calibrant-gate[rules] PASSED" in ended.stdout
    assert "other" not in ended.stdout


@pytest.mark.parametrize("selection", [(), ("-k", "nobody"), ("-m", "not slow"), ("test_product.py",)])
def test_a_changed_judge_turns_any_selection_of_tests_red(project: Path, selection: tuple[str, ...]) -> None:
    (project / "study" / "judge.py").write_text("def judge(item):\n    return {'grounded': 'no'}\n")
    ended = run(project, "--calibrant-gate", *selection)
    assert ended.returncode == 1
    assert "rules: mismatched (judge source_sha256, judge spec_hash)" in ended.stdout


def test_a_gate_that_cannot_run_is_no_success(project: Path) -> None:
    (project / "study" / "study.toml").unlink()
    assert run(project, "--calibrant-gate", "-k", "leans_on_nobody").returncode == 4  # a usage error
    assert "the gate could not run" in run(project, "-k", "leans_on_a_judge").stdout


def test_the_study_can_be_named_on_the_command_line(project: Path) -> None:
    (project / "pytest.ini").unlink()
    options = ("--calibrant-gate", "-k", "leans_on_a_judge")
    assert run(project, *options, "--calibrant-study", "study").returncode == 0
    assert run(project, *options).returncode == 4


def test_without_the_option_the_plugin_loads_nothing_of_ours(project: Path) -> None:
    (project / "test_product.py").write_text(
        "import sys\n\n\ndef test_light():\n    heavy = ('numpy', 'pydantic', 'calibration', 'sqlmodel')\n"
        "    assert not [name for name in heavy if name in sys.modules]\n"
    )
    assert run(project).returncode == 0


def test_the_package_registers_the_plugin() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        points = tomllib.load(file)["project"]["entry-points"]["pytest11"]
    assert points == {"calibrant": "annotate_app.pytest_plugin"}
