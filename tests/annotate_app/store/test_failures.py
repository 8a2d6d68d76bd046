"""What keeps a database from working is said in words; the program's own errors are none of them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from annotate_app.store import failures


class Refusal(Exception):
    """An error of PostgreSQL's driver: a code of five characters."""

    def __init__(self, sqlstate: str | None) -> None:
        self.sqlstate = sqlstate


def raised(path: Path, *statements: str) -> DBAPIError:
    engine = create_engine(f"sqlite:///{path}")
    with closing(engine.raw_connection()), engine.connect() as connection:
        with pytest.raises(DBAPIError) as found:
            for statement in statements:
                connection.execute(text(statement))
        connection.rollback()
    engine.dispose()
    return found.value


def test_a_full_database_is_a_full_disk(tmp_path: Path) -> None:
    fill = "INSERT INTO t SELECT randomblob(100000)"
    error = raised(tmp_path / "full.db", "PRAGMA max_page_count = 8", "CREATE TABLE t (x)", fill)
    assert failures.words(error) == failures.FULL
    assert isinstance(error, failures.DATABASE_ERRORS)


def test_a_database_that_cannot_be_opened_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OperationalError) as found:
        create_engine(f"sqlite:///{tmp_path / 'nowhere' / 'a.db'}").connect()
    assert failures.words(found.value) == failures.UNWRITABLE


def test_an_error_of_the_program_is_not_excused(tmp_path: Path) -> None:
    assert failures.words(raised(tmp_path / "a.db", "SELECT nothing FROM nowhere")) is None
    assert failures.words(ValueError("other")) is None


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("53100", failures.FULL), ("58030", failures.UNWRITABLE), ("55P03", failures.BUSY),
        ("40P01", failures.BUSY), ("57P01", failures.AWAY), ("08006", failures.AWAY),
        ("53300", failures.AWAY), ("XX001", failures.DAMAGED), ("23505", None), ("42P01", None),
    ],
)  # fmt: skip
def test_codes_of_postgresql_are_said_in_words(code: str, said: str | None) -> None:
    assert failures.words(DBAPIError("INSERT", {}, Refusal(code))) == said


def test_a_line_to_the_database_that_broke_has_no_code() -> None:
    assert (
        failures.words(DBAPIError("INSERT", {}, Refusal(None), connection_invalidated=True)) == failures.AWAY
    )
    assert failures.words(DBAPIError("INSERT", {}, Refusal(None))) is None
