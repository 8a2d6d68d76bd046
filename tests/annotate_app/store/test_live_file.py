"""The file of a database in use is opened by SQLite alone: whoever else opened it would drop its locks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling
from annotate_app.services.erasing import erase, named_at
from annotate_app.services.importing import CannotRead, import_files
from annotate_app.services.rights import HOLDER
from annotate_app.services.studies import create_study
from annotate_app.store import files

NAME = "Edda Quince"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A study whose database has a name of its own, and a rater of whom nothing is stored but the name."""
    create_study(tmp_path / "study", name="support")
    opened = open_desk(tmp_path / "study", database=str(tmp_path / "study" / "answers.sqlite"))
    labelling.add_rater(opened, NAME)
    yield opened
    opened.close()


def elsewhere(desk: Desk) -> list[str]:
    """The names of raters as another process finds them, which closes the database as its last user would."""
    program = (
        "import sqlite3, sys; connection = sqlite3.connect(sys.argv[1]); "
        "print(*(name for (name,) in connection.execute('SELECT name FROM rater ORDER BY id')), sep='\\n'); "
        "connection.close()"
    )
    asked = [sys.executable, "-c", program, str(desk.folder / "answers.sqlite")]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.splitlines()


def still_locked(desk: Desk) -> bool:
    """Whether the journal outlives another process, and what is written then is found by a third."""
    elsewhere(desk)
    if not (desk.folder / "answers.sqlite-wal").is_file():
        return False
    labelling.add_rater(desk, "Dee")
    return "Dee" in elsewhere(desk)


def test_looking_for_files_that_name_a_person_opens_no_database_in_use(desk: Desk) -> None:
    (desk.folder / "notes.txt").write_text(f"{NAME} was ill")
    assert named_at(desk, NAME, role="owner").files == ("notes.txt",)
    assert erase(desk, NAME, by="Olga", role="owner", reason="asked for it").files == ("notes.txt",)
    assert still_locked(desk)


def test_an_import_refuses_the_studys_own_database_without_opening_it(desk: Desk, tmp_path: Path) -> None:
    other_name = tmp_path / "items.jsonl"
    other_name.hardlink_to(desk.folder / "answers.sqlite")
    for file in (desk.folder / "answers.sqlite", desk.folder / "answers.sqlite-wal", other_name):
        with pytest.raises(CannotRead, match="is this study's own database"):
            import_files(desk, [file], role=HOLDER)
    assert still_locked(desk)


def test_putting_a_database_in_the_place_of_another_takes_no_lock_of_this_process_away(
    desk: Desk, tmp_path: Path
) -> None:
    files.copy_of(desk.folder / "answers.sqlite", tmp_path / "copy.db")
    files.put_back(tmp_path / "copy.db", desk.folder / "answers.sqlite")
    assert still_locked(desk)
