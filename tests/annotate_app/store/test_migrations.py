"""Databases of every age: a new one, one of version 1 with labels in it, a newer one, another program's."""

from __future__ import annotations

import multiprocessing
import sqlite3
from pathlib import Path

import pytest
from sqlmodel import SQLModel, create_engine

from annotate_app.store import (
    adjudication_tables,
    audit_tables,
    call_tables,
    codes,
    evidence_tables,
    identity_tables,
    monitor_tables,
    operations_tables,
    people_tables,
    tables,
    triage_tables,
    wave_tables,
)
from annotate_app.store.engine import open_store
from annotate_app.store.migrations import MIGRATIONS, Migration
from annotate_app.store.schema import RECORD, UnusableDatabase, migrate, version
from rubrics.answers import LABEL_STATUSES, PURPOSES, VERDICT_STATUSES


def make_version_1(path: Path) -> None:
    connection = sqlite3.connect(path)
    for statement in (RECORD, *MIGRATIONS[0].statements):
        connection.execute(statement)
    connection.execute("INSERT INTO migration VALUES (1, 'records', '2026-01-01')")
    connection.execute("INSERT INTO study VALUES (1, 'k', 'old study', '2026-01-01')")
    connection.execute("INSERT INTO criterion VALUES (1, 1, 'helpful')")
    connection.execute("INSERT INTO rater VALUES (1, 1, 'ada', '2026-01-01')")
    connection.execute(
        "INSERT INTO item (id, study_id, item_id, position, kind, sha256, sensitive) "
        "VALUES (1, 1, 'i0', 0, 'pointwise', 'x', 0)"
    )
    connection.execute(
        "INSERT INTO label (criterion_id, item_id, rater_id, purpose, revision, status, flags, number) "
        "VALUES (1, 1, 1, 0, 1, 0, 3, 2.0)"
    )
    connection.commit()
    connection.close()


def test_a_database_of_version_1_is_brought_forward_with_its_labels(tmp_path: Path) -> None:
    make_version_1(tmp_path / "old.db")
    store = open_store(str(tmp_path / "old.db"))
    with store.reading() as session:
        connection = session.connection()
        assert version(connection) == MIGRATIONS[-1].version
        assert connection.exec_driver_sql("SELECT number FROM label").scalar_one() == 2.0
        assert connection.exec_driver_sql("SELECT count(*) FROM wave").scalar_one() == 0
        applied = connection.exec_driver_sql("SELECT version FROM migration ORDER BY version")
        assert applied.scalars().all() == [migration.version for migration in MIGRATIONS]
    store.close()


def test_a_migration_that_arrives_after_a_later_number_is_applied_too(tmp_path: Path) -> None:
    first, second, third = (
        Migration(k, name, (f"CREATE TABLE {name} (id INTEGER PRIMARY KEY)",))
        for k, name in enumerate(("first", "second", "third"), start=1)
    )
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.begin() as connection:
        migrate(connection, migrations=(first, third))
    with engine.begin() as connection:
        migrate(connection, migrations=(first, second, third))
        assert connection.exec_driver_sql("SELECT count(*) FROM second").scalar_one() == 0
        applied = connection.exec_driver_sql("SELECT version FROM migration ORDER BY version")
        assert applied.scalars().all() == [1, 2, 3]
    engine.dispose()


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    open_store(str(path)).close()
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO migration VALUES (999, 'later', '2030-01-01')")
    connection.commit()
    connection.close()
    with pytest.raises(UnusableDatabase, match=r"newer Calibrant \(schema 999"):
        open_store(str(path))


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    with pytest.raises(UnusableDatabase, match="not Calibrant's"):
        open_store(str(path))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("not a database, but long enough to look at " * 20)
    with pytest.raises(UnusableDatabase, match="not a database"):
        open_store(str(path))
    assert path.read_text().startswith("not a database")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("sqlite://", "in memory would be lost"),
        ("mysql://me:secret@host/db", "kept in SQLite"),
        ("postgresql://me:secret@127.0.0.1:1/db", "cannot be used"),
        ("/nowhere/at/all/x.db", "does not exist"),
    ],
)
def test_an_address_that_cannot_work_is_refused_without_showing_a_password(address: str, said: str) -> None:
    with pytest.raises(UnusableDatabase, match=said) as caught:
        open_store(address)
    assert "secret" not in str(caught.value)


def test_the_row_classes_have_exactly_the_columns_of_the_database(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "x.db"))
    with store.bulk() as bulk:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        present = {name for (name,) in bulk.connection.execute(query)} - {"migration"}
        columns = {
            name: [row[1] for row in bulk.connection.execute(f"PRAGMA table_info({name})")]
            for name in present
        }
    modules = (
        tables.LabelRow, evidence_tables.LookRow, call_tables.CallRow, people_tables.ThreadRow,
        monitor_tables.AlarmRow, adjudication_tables.SentBackRow, wave_tables.PlantedRow,
        triage_tables.ModeTagRow, operations_tables.ErasureRow, audit_tables.EventLinkRow,
        identity_tables.AccountRow,
    )  # fmt: skip
    assert [row.__tablename__ for row in modules] == [
        "label", "look", "call", "thread", "alarm", "sent_back", "planted", "mode_tag",
        "erasure", "event_link", "account",
    ]  # fmt: skip
    described = {name: [c.name for c in table.columns] for name, table in SQLModel.metadata.tables.items()}
    assert described == columns
    store.close()


def test_every_word_of_the_records_has_a_number_of_its_own() -> None:
    assert tuple(codes.PURPOSE) == PURPOSES
    assert tuple(codes.LABEL_STATUS) == LABEL_STATUSES
    assert tuple(codes.VERDICT_STATUS) == VERDICT_STATUSES
    # The numbers are in databases out there.
    assert list(codes.PURPOSE.values()) == [0, 1, 2, 3, 4, 5, 6]
    assert list(codes.LABEL_STATUS.values()) == [0, 1, 2, 3]
    assert list(codes.VERDICT_STATUS.values()) == [0, 1, 2, 3, 4]


def test_the_database_is_durable_and_checks_its_references(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "x.db"))
    with store.bulk() as bulk:
        pragmas = {
            name: bulk.connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    store.close()


def open_and_close(path: str) -> None:
    open_store(path).close()


def test_eight_processes_open_a_new_database_at_the_same_moment(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(8) as pool:
        pool.map(open_and_close, [str(tmp_path / "x.db")] * 8)
    store = open_store(str(tmp_path / "x.db"))
    with store.reading() as session:
        assert version(session.connection()) == MIGRATIONS[-1].version
    store.close()
