"""SQLite: one file, one writer at a time; the store's statements are written in its words."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import URL
from sqlmodel import create_engine

from annotate_app.store.engines.dialect import WAIT_SECONDS, Options, Raw, UnusableDatabase
from annotate_app.store.engines.sqlite_raw import SqliteRaw

IMMEDIATE = "calibrant_immediate"
AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, eq=False)
class Sqlite:
    """A file. A writer takes the write lock when it begins, so whoever writes is alone already."""

    name: str = "sqlite"
    backends: frozenset[str] = frozenset({"sqlite"})
    one_writer_per_process: bool = True
    reading: Options = ()
    writing: Options = ((IMMEDIATE, True),)

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        return (sqlite3.Error,)

    def checked(self, url: URL) -> URL:
        if not url.database or url.database == ":memory:":
            raise UnusableDatabase("a study needs a database file: labels in memory would be lost")
        path = Path(url.database).resolve()
        if not path.parent.is_dir():
            raise UnusableDatabase(f"the folder {path.parent} does not exist: make it, or name another file")
        return url.set(database=str(path))

    def engine(self, url: URL) -> Engine:
        waiting = {"timeout": WAIT_SECONDS, "check_same_thread": False}
        engine = create_engine(url, connect_args=waiting, hide_parameters=True)  # errors quote no values
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def prepare(self, engine: Engine) -> None:
        """A write-ahead log: readers never wait. Switched on outside a transaction, as SQLite asks."""
        borrowed = engine.raw_connection()
        try:
            connection = self.raw(borrowed.driver_connection)
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                _to_wal(connection)
        finally:
            borrowed.close()

    def spelled(self, statement: str) -> str:
        return statement

    def defined(self, statement: str) -> tuple[str, ...]:
        return (statement,)

    def stream(self, connection: Connection, statement: str, values: Mapping[str, Any]) -> Iterator[Any]:
        found = connection.execution_options(yield_per=AT_ONCE).execute(text(statement), dict(values))
        yield tuple(found.keys())
        yield from found

    def alone(self, connection: Connection) -> None:
        """It is: the transaction began with the write lock."""

    def beside(self, connection: Connection, own: Sequence[str]) -> None:
        """Nobody else writes at all."""

    def in_order(self, connection: Connection) -> None:
        """One writer at a time: numbers are in order of commit."""

    def holding(self, connection: Connection, items: Sequence[int]) -> frozenset[int]:
        return frozenset(items)

    def raw(self, driver_connection: Any) -> Raw:
        return SqliteRaw(driver_connection)

    def given_back(self, driver_connection: Any) -> None:
        """As it was: it is in autocommit always."""

    def begin_alone(self, raw: Raw) -> None:
        raw.execute("BEGIN IMMEDIATE")

    def after_many(self, raw: Raw) -> None:
        """Nothing: SQLite plans by its indexes."""


SQLITE = Sqlite()


def _to_wal(connection: Raw) -> None:
    """SQLite does not wait here by itself when another process opens the new database at the same moment."""
    give_up = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.02)


def _prepare(connection: Any, _record: object) -> None:
    """Patience, a durable commit, foreign keys; transactions begin only where we say BEGIN."""
    connection.isolation_level = None
    for pragma in ("synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(IMMEDIATE, False)
    connection.execute(text("BEGIN IMMEDIATE" if immediate else "BEGIN"))
