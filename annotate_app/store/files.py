"""SQLite databases as files: one copied while it is written, one put back, one that nobody else has open."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from annotate_app.store.engines.dialect import WAIT_SECONDS

ENDINGS = ("", "-wal", "-shm", "-journal")


class InUse(RuntimeError):
    """Another process has the database open."""


def copy_of(source: Path, target: Path) -> None:
    """The committed content of a database into a new file, on the disk when this returns.

    Writers of the source neither wait nor are half seen: SQLite reads one snapshot of it.
    """
    old, new = _open(source), _open(target)
    try:
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")  # one file, whole by itself
    finally:
        old.close()
        new.close()
    sync(target)


def put_back(source: Path, target: Path) -> None:
    """The content of a database into another in one transaction: whoever looks sees the old or the new."""
    old, new = _open(source), _open(target)
    try:
        new.execute("PRAGMA synchronous = FULL")
        old.backup(new)
    finally:
        old.close()
        new.close()
    sync_name(target)  # SQLite has synced the file: see `is_database` for why we do not open it


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Nobody writes the database meanwhile; `InUse` when another server or command has it open already."""
    connection = sqlite3.connect(file, timeout=0, isolation_level=None)
    try:
        # Leaving the write-ahead log needs the file for oneself; opening a store goes back to it.
        if connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0] != "delete":
            raise sqlite3.OperationalError
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as busy:
        connection.close()
        raise InUse(f"{file} is open elsewhere: stop the servers and commands that use it") from busy
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def is_database(file: Path) -> bool:
    """Whether SQLite takes the file for one of its own.

    SQLite looks itself: POSIX locks belong to the process, so opening the file by other means and closing it
    would drop those of every open connection, and the next process to close it would delete our journal.
    """
    try:
        connection = sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, timeout=WAIT_SECONDS)
    except sqlite3.OperationalError:
        return False
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError:  # busy or out of reach: whoever asks more of it is told why
        return file.exists()
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()
    return True


def belongs_to(path: Path, database: Path | None) -> bool:
    """Whether it is the database's file, or what SQLite keeps beside it, under whatever name.

    A process that has the database open opens these by SQLite alone: see `is_database`.
    """
    beside = () if database is None else (database.with_name(database.name + end) for end in ENDINGS)
    return any(one.exists() and one.samefile(path) for one in beside)


def sync(path: Path) -> None:
    """On the disk, the name too; never of a database that somebody may have open."""
    _sync(path)
    sync_name(path)


def sync_name(path: Path) -> None:
    """That the file is there under its name, on the disk; the file itself is not opened."""
    _sync(path.parent)


def _sync(place: Path) -> None:
    number = os.open(place, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _open(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=WAIT_SECONDS, isolation_level=None)
