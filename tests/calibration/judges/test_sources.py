"""A code judge's identity is its file, what it imports from the study or its package, and its data files."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from calibration.judges.code_judge import load_code_judge
from calibration.judges.faults import BadJudge
from calibration.judges.sources import file_sha256, find_source, source_files
from calibration.judges.spec import JudgeSpec, read_spec
from rubrics.items import Item
from rubrics.rubric import Criterion, Level, Rubric, Scale

RUBRIC = Rubric("r", (Criterion("fine", "?", Scale("binary", (Level("good"), Level("bad")))),))
JUDGE = """
from words import GOOD
from lib.more import better

def judge(item):
    import lazy_part
    return {"fine": better(GOOD if lazy_part.YES else "bad")}
"""
FILES = {
    "judges/mine.py": JUDGE,
    "judges/words.py": "import json\nfrom deeper import WORD as GOOD\n",
    "deeper.py": "WORD = 'good'\n",
    "lib/__init__.py": "",
    "lib/more.py": "from .inner import same\n\ndef better(word):\n    return same(word)\n",
    "lib/inner.py": "from lib import more\n\ndef same(word):\n    return word\n",
    "lib/unused.py": "",
    "lazy_part.py": "YES = True\n",
    "terms.txt": "guarantee\n",
}
COVERED = [name for name in FILES if name not in ("lib/unused.py", "terms.txt")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def spec_of(folder: Path, **parameters: object) -> JudgeSpec:
    definition = {"code": "judges/mine.py:judge", "parameters": parameters}
    return read_spec("mine", definition, folder=folder, rubric=RUBRIC)


def answer(folder: Path) -> object:
    judge = load_code_judge("mine", spec_of(folder), folder)
    return next(judge.judge([Item("i1", output="x")], RUBRIC)).value


def test_a_judge_of_one_file_keeps_that_files_hash(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("import json\n\ndef judge(item):\n    return {}\n")
    spec = read_spec("one", {"code": "one.py:judge"}, folder=tmp_path, rubric=RUBRIC)
    assert spec.source_sha256 == file_sha256(tmp_path / "one.py")


@pytest.mark.parametrize("name", COVERED)
def test_a_change_in_any_imported_module_is_another_judge(name: str, folder: Path) -> None:
    before = spec_of(folder).spec_hash
    (folder / name).write_text(FILES[name] + "# changed\n")
    assert spec_of(folder).spec_hash != before


def test_files_that_are_not_imported_are_no_part_of_it(folder: Path) -> None:
    before = spec_of(folder).spec_hash
    for name in ("lib/unused.py", "terms.txt"):
        (folder / name).write_text("# changed\n")
    assert spec_of(folder).spec_hash == before


def test_declared_files_are_part_of_it(folder: Path) -> None:
    before = spec_of(folder, files=["terms.txt"]).spec_hash
    (folder / "terms.txt").write_text("for free\n")
    assert spec_of(folder, files=["terms.txt"]).spec_hash != before


@pytest.mark.parametrize("files", ["terms.txt", [3], ["missing.txt"], ["../terms.txt"]])
def test_declared_files_must_be_in_the_study(files: object, folder: Path) -> None:
    with pytest.raises(BadJudge, match=r"study\.toml, \[judges\.mine\] parameters\.files"):
        spec_of(folder, files=files)


def test_a_judge_imports_the_modules_of_its_study(folder: Path) -> None:
    path = list(sys.path)
    assert answer(folder) == "good"
    assert sys.path == path


def test_a_changed_module_answers_at_once_in_the_same_process(folder: Path) -> None:
    assert answer(folder) == "good"
    (folder / "deeper.py").write_text("WORD = 'bad'  \n")
    assert answer(folder) == "bad"


def test_two_studies_with_modules_of_one_name_keep_their_own(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "judges").mkdir(parents=True)
    (other / "judges" / "mine.py").write_text(
        "from deeper import WORD\n\ndef judge(item):\n    return {'fine': WORD}\n"
    )
    (other / "deeper.py").write_text("WORD = 'bad'\n")
    assert [answer(folder), answer(other), answer(folder)] == ["good", "bad", "good"]


def test_a_module_whose_name_is_taken_is_refused(folder: Path) -> None:
    (folder / "numpy.py").write_text("good = 'good'\n")
    (folder / "judges" / "words.py").write_text("from numpy import good as GOOD\n")
    with pytest.raises(BadJudge, match="give the file another name"):
        answer(folder)
    assert not hasattr(sys.modules["numpy"], "__calibrant_judge__")


def test_a_module_that_is_missing_is_named(folder: Path) -> None:
    (folder / "judges" / "words.py").write_text("import no_such_module_here\n")
    with pytest.raises(BadJudge, match=r"mine\.py cannot be imported: No module named 'no_such_module_here'"):
        answer(folder)


def test_broken_python_is_named(folder: Path) -> None:
    (folder / "deeper.py").write_text("def\n")
    with pytest.raises(BadJudge, match=r"deeper\.py is not valid Python"):
        spec_of(folder)


def test_of_an_installed_judge_the_modules_of_its_package_are_covered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(folder))
    found = source_files("mine", find_source("mine", "lib.more:better", folder))
    assert list(found) == ["lib", "lib.inner", "lib.more"]


def test_the_example_judge_is_its_package_and_not_the_product(tmp_path: Path) -> None:
    source = find_source("rules", "annotate_app.example.rules:judge", tmp_path)
    assert list(source_files("rules", source)) == [
        "annotate_app", "annotate_app.example", "annotate_app.example.rules"
    ]  # fmt: skip


def test_a_thousand_modules_are_identified_within_a_gates_patience(tmp_path: Path) -> None:
    for k in range(1000):
        (tmp_path / f"part_{k}.py").write_text(f"import part_{k + 1}\n\ndef judge(item):\n    return {{}}\n")
    (tmp_path / "part_1000.py").write_text("")
    started = time.process_time()
    read_spec("long", {"code": "part_0.py:judge"}, folder=tmp_path, rubric=RUBRIC)
    assert time.process_time() - started < 5
