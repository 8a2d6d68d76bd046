"""Import rules: the layers hold, heavy packages stay out of the quick paths."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

HEAVY = {"streamlit", "litellm", "pandas", "sqlmodel", "sqlalchemy", "sklearn", "scipy.stats"}


def modules_after(statement: str) -> set[str]:
    """Names of all modules that a fresh interpreter holds after running `statement`."""
    code = f"{statement}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_the_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([str(lint), "--no-cache"], capture_output=True, text=True, check=False, cwd=ROOT)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("tool", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]])
def test_the_tree_is_clean_for(tool: list[str]) -> None:
    run = subprocess.run([sys.executable, "-m", *tool], capture_output=True, text=True, check=False, cwd=ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_command_line_starts_without_heavy_packages() -> None:
    loaded = modules_after("import annotate_app.cli; annotate_app.cli.build_parser()")
    assert not loaded & (HEAVY | {"numpy"})


def test_statistics_import_numpy_and_nothing_heavier() -> None:
    loaded = modules_after("import calibration.stats.agreement")
    assert not loaded & (HEAVY | {"scipy", "calibration.readers", "rubrics"})


def test_rubrics_import_no_statistics() -> None:
    loaded = modules_after("import rubrics.files, rubrics.render, rubrics.diff, rubrics.lint")
    assert not loaded & (HEAVY | {"numpy", "scipy", "calibration", "annotate_app"})


def test_the_gate_is_light() -> None:
    loaded = modules_after("import calibration.gate, calibration.certificate")
    assert not loaded & (HEAVY | {"numpy", "scipy"})
