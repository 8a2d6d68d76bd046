"""Files that a study names lie in its folder; settings that are too much are refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotate_app.desk import open_desk
from annotate_app.exporters.cells import cell
from annotate_app.services.gating import CannotGate, study_files
from annotate_app.study_file import BadStudyFile, load_study_file
from calibration.judges.faults import BadJudge
from calibration.judges.spec import read_spec
from rubrics.files import library_rubric, library_rubrics


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A study folder beside a rubric and a prompt that are not its own."""
    (tmp_path / "outside.yaml").write_bytes(library_rubrics()["support_answer"].read_bytes())
    (tmp_path / "outside.md").write_text("secret words", encoding="utf-8")
    inside = tmp_path / "study"
    inside.mkdir()
    (inside / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (inside / "link.md").symlink_to(tmp_path / "outside.md")
    return inside


@pytest.mark.parametrize("rubric", ["../outside.yaml", "link.yaml", "x/../../outside.yaml", "{outside}"])
def test_a_rubric_outside_the_folder_is_not_read(folder: Path, rubric: str) -> None:
    named = rubric.format(outside=folder.parent / "outside.yaml")
    (folder / "study.toml").write_text(f'[study]\nname = "s"\nrubric = "{named}"\n', encoding="utf-8")
    with pytest.raises(BadStudyFile, match="lies outside the study folder"):
        open_desk(folder)
    with pytest.raises(CannotGate, match="lies outside the study folder"):
        study_files(folder)


@pytest.mark.parametrize("prompt", ["../outside.md", "link.md", "/etc/hostname"])
@pytest.mark.parametrize("kind", ["model", "code", "import"])
def test_a_prompt_outside_the_folder_is_not_read(folder: Path, prompt: str, kind: str) -> None:
    requested = {"model": "openai/m", "code": "check:length", "import": "somebody"}[kind]
    with pytest.raises(BadJudge, match="no such file"):
        read_spec(
            "j", {kind: requested, "prompt": prompt}, folder=folder, rubric=library_rubric("support_answer")
        )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = " + b"[" * 5_000, "not valid TOML"),
        (b"a = " + b"9" * 5_000, "not valid TOML.*digits"),
        (b"\xff\xfe[\x00", "not valid TOML"),
        (b"# " + b"x" * 2_000_001, "is larger than 2,000,000 bytes"),
    ],
)
def test_settings_that_are_too_much_are_refused_in_words(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "study.toml").write_bytes(content)
    with pytest.raises(BadStudyFile, match=said):
        load_study_file(tmp_path)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_bytes(b'\xef\xbb\xbf[study]\nname = "s"\n')
    assert load_study_file(tmp_path).study.name == "s"


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
)
def test_a_cell_that_begins_like_a_formula_runs_nowhere(sign: str) -> None:
    assert cell(f"{sign}cmd|' /C calc'!A0") == f"'{sign}cmd|' /C calc'!A0"
    assert cell(f"a{sign}1") == f"a{sign}1"
