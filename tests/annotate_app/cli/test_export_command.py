"""`calibrant export`: a whole folder and a count of what stayed, or exit code 1 and nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from annotate_app.cli import main
from annotate_app.cli.exporting import FORMATS
from annotate_app.services import exporting


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    assert main(["init", str(folder), "--rubric", "support_answer"]) == 0
    rows = [{"item_id": "i1", "output": "x"}]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert main(["import", str(tmp_path / "rows.jsonl"), "--study", str(folder)]) == 0
    return folder


def test_the_command_offers_every_format_of_the_service() -> None:
    assert tuple(exporting.FORMATS) == FORMATS


def test_it_says_what_is_in_the_folder_and_what_stayed(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["export", str(tmp_path / "out"), "--study", str(study)]) == 0
    out = capsys.readouterr().out
    assert "items.jsonl: 1 rows" in out and "Nothing was held out." in out
    assert main(["export", str(tmp_path / "json"), "--study", str(study), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["schema"], found["files"]["items.jsonl"]) == ("calibrant/export/1", 1)


def test_what_is_held_out_is_not_included_without_a_reason(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["export", str(tmp_path / "out"), "--study", str(study), "--include-held-out"]
    assert main(command) == 1
    assert "--reason TEXT" in capsys.readouterr().err
    assert main([*command, "--reason", "the end"]) == 1
    assert "no split is frozen" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_in_use_is_left_alone(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(study), "--study", str(study)]) == 1
    assert "name a new folder" in capsys.readouterr().err
