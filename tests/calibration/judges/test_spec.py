"""A judge's spec_hash changes when anything changes that was requested of it, and never otherwise."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from calibration.judges.faults import BadJudge
from calibration.judges.spec import read_spec
from rubrics.files import library_rubric
from rubrics.rubric import Rubric

CODE = "def judge(item):\n    return {'tone': 2}\n"
DEFINITION: dict[str, object] = {"code": "rules.py:judge", "parameters": {"a": 1}}


@pytest.fixture
def rubric() -> Rubric:
    return library_rubric("support_answer")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules.py").write_text(CODE)
    (tmp_path / "prompt.md").write_text("Judge.")
    return tmp_path


def hash_of(definition: dict[str, object], folder: Path, rubric: Rubric, name: str = "rules") -> str:
    return read_spec(name, definition, folder=folder, rubric=rubric).spec_hash


@pytest.mark.parametrize(
    "change",
    [
        {"code": "rules.py:other"},
        {"parameters": {"a": 2}},
        {"samples": 3},
        {"criteria": ["tone"]},
    ],
)
def test_every_setting_changes_the_hash(change: dict[str, object], folder: Path, rubric: Rubric) -> None:
    assert hash_of(DEFINITION | change, folder, rubric) != hash_of(DEFINITION, folder, rubric)


def test_the_source_of_the_function_changes_the_hash(folder: Path, rubric: Rubric) -> None:
    before = hash_of(DEFINITION, folder, rubric)
    (folder / "rules.py").write_text(CODE.replace("2", "3"))
    assert hash_of(DEFINITION, folder, rubric) != before


def test_the_prompt_file_of_an_imported_judge_changes_the_hash(folder: Path, rubric: Rubric) -> None:
    definition: dict[str, object] = {"import": "model x", "prompt": "prompt.md"}
    before = hash_of(definition, folder, rubric)
    (folder / "prompt.md").write_text("Judge harder.")
    assert hash_of(definition, folder, rubric) != before


def test_the_wording_of_the_rubric_changes_the_hash(folder: Path, rubric: Rubric) -> None:
    reworded = replace(rubric, instructions=rubric.instructions + " Take your time.")
    assert hash_of(DEFINITION, folder, reworded) != hash_of(DEFINITION, folder, rubric)


def test_name_order_and_line_ends_do_not_change_the_hash(folder: Path, rubric: Rubric) -> None:
    before = hash_of(DEFINITION, folder, rubric)
    (folder / "rules.py").write_bytes(CODE.replace("\n", "\r\n").encode())
    turned = dict(reversed(DEFINITION.items()))
    assert hash_of(turned, folder, rubric, name="renamed") == before


def test_an_imported_judge_is_its_declared_identity(folder: Path, rubric: Rubric) -> None:
    first, second = ({"import": f"model x, prompt {k}"} for k in (1, 2))
    assert hash_of(first, folder, rubric) != hash_of(second, folder, rubric)


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ({}, "exactly one of"),
        ({"code": "a.py:f", "baseline": "majority"}, "exactly one of"),
        ({"code": "no_colon"}, "package.module:function"),
        ({"code": "missing.py:judge"}, "no file missing.py"),
        ({"code": "../elsewhere.py:judge"}, "no file"),
        ({"code": "no_such_package.module:judge"}, "can be imported"),
        ({"baseline": "oracle"}, "tfidf-logistic, majority"),
        ({"baseline": "majority", "examples": "e.jsonl"}, "examples: only judges with `model` have it"),
        ({"code": "rules.py:judge", "both_orders": True}, "both_orders: only judges with `model`"),
        ({"import": "model x", "prompt": "none.md"}, "no such file"),
        ({"command": "judge 'open"}, "No closing quotation"),
        ({"baseline": "majority", "criteria": ["beauty"]}, "no criterion 'beauty'"),
        ({"import": " "}, "declare who"),
    ],
)
def test_a_definition_that_cannot_be_followed_is_named(
    definition: dict[str, object], said: str, folder: Path, rubric: Rubric
) -> None:
    with pytest.raises(BadJudge, match=said) as error:
        read_spec("mine", definition, folder=folder, rubric=rubric)
    assert "[judges.mine]" in str(error.value)


def test_reading_a_spec_imports_no_heavy_package() -> None:
    code = (
        "import sys, calibration.judges.spec; "
        "print([m for m in ('numpy', 'scipy', 'pandas', 'sklearn', 'sqlmodel') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
