"""A database that is damaged or no database is told in one line, by its own name, at every command."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from annotate_app.cli import main

ITEMS = [{"item_id": f"i{number}", "output": "long " * 200} for number in range(60)]


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A study of sixty long items whose pages of items were overwritten by something else."""
    assert main(["init", str(tmp_path / "study")]) == 0
    rows = tmp_path / "items.jsonl"
    rows.write_text("".join(json.dumps(item) + "\n" for item in ITEMS), encoding="utf-8")
    assert main(["import", str(rows), "--study", str(tmp_path / "study")]) == 0
    damage(tmp_path / "study" / "calibrant.db", "item")
    capsys.readouterr()
    return tmp_path / "study"


def damage(file: Path, table: str) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
    ((page,),) = connection.execute(query, (table,)).fetchall()
    ((size,),) = connection.execute("PRAGMA page_size").fetchall()
    connection.close()
    with file.open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"\xff" * size)


@pytest.mark.parametrize("words", [["status"], ["report"], ["export", "OUT"], ["split", "freeze"]])
def test_a_damaged_database_is_told_in_one_line(
    folder: Path, tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(tmp_path / "out") if word == "OUT" else word for word in words]
    assert main([*words, "--study", str(folder)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("calibrant: the database's file is damaged (database disk image is malformed)")
    assert "calibrant db check" in said and said.count("\n") == 1


def test_a_copy_blames_the_database_that_it_reads(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged, words, target = folder / "calibrant.db", tmp_path / "items.jsonl", tmp_path / "target.db"
    assert main(["db", "copy", str(words), str(target)]) == 1
    said = capsys.readouterr().err
    assert str(words) in said and "target.db" not in said
    assert not target.exists()
    assert main(["db", "copy", str(damaged), str(target)]) == 1
    said = capsys.readouterr().err
    assert f"{damaged} cannot be used" in said and "target.db" not in said


def test_a_backup_of_a_damaged_database_blames_that_database(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["db", "backup", str(tmp_path / "a.backup"), "--study", str(folder)]) == 1
    said = capsys.readouterr().err
    assert f"{folder / 'calibrant.db'} cannot be used" in said and ".part" not in said
    assert not (tmp_path / "a.backup").exists()


def test_an_error_of_the_program_keeps_its_places_in_the_code(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        sqlite3.connect(":memory:").execute("SELECT 1 FROM nowhere")

    monkeypatch.setattr("annotate_app.services.summing_up.study_summary", broken)
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        main(["status", "--study", str(folder)])


@pytest.mark.parametrize("words", [["status"], ["serve"], ["account", "list"], ["raters"], ["report"]])
def test_a_database_that_is_named_wrong_is_not_made_anew(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study, file = tmp_path / "study", tmp_path / "typo.db"
    assert main(["init", str(study)]) == 0
    monkeypatch.setenv("CALIBRANT_DB", f"sqlite:///{file}")
    assert main([*words, "--study", str(study)]) == 1
    assert f"there is no database {file}, which CALIBRANT_DB names" in capsys.readouterr().err
    assert not file.exists()


def test_an_import_may_make_the_database_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study, file, rows = tmp_path / "study", tmp_path / "new.db", tmp_path / "items.jsonl"
    assert main(["init", str(study)]) == 0
    rows.write_text("".join(json.dumps(item) + "\n" for item in ITEMS), encoding="utf-8")
    monkeypatch.setenv("CALIBRANT_DB", str(file))
    assert main(["import", str(rows), "--study", str(study)]) == 0
    assert main(["status", "--study", str(study)]) == 0
    assert "60" in capsys.readouterr().out and not (study / "calibrant.db").exists()
