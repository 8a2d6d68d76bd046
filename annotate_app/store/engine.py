"""The database behind a study: how it is opened, and the three ways in: reading, writing, bulk."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlmodel import Session as Session  # services name the type, and only the store imports SQL
from sqlmodel import create_engine

from annotate_app.store.schema import UnusableDatabase, is_current, migrate

BUSY_SECONDS = 10
IMMEDIATE = "calibrant_immediate"

# One writer at a time in this process; other processes are waited for inside SQLite (busy timeout).
_locks: dict[str, threading.RLock] = {}
_locks_lock = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Bulk:
    """A raw connection for many rows: stage into temporary tables first, then `writing` once."""

    connection: sqlite3.Connection
    lock: threading.RLock

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One immediate transaction; commits on success, leaves nothing behind on failure."""
        with self.lock:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """A migrated database. `reading` sees one snapshot; `writing` is one immediate transaction at a time."""

    engine: Engine
    lock: threading.RLock = field(default_factory=threading.RLock)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries; nothing is written."""
        with Session(self.engine) as session:
            yield session
            session.rollback()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that holds the write lock from its start; durable when the block ends, else undone."""
        with self.lock, Session(self.engine) as session:
            session.connection(execution_options={IMMEDIATE: True})
            try:
                yield session
            except BaseException:
                session.rollback()
                raise
            session.commit()

    @contextmanager
    def bulk(self) -> Iterator[Bulk]:
        """The DBAPI connection in autocommit, for imports and for reading columns at once."""
        borrowed = self.engine.raw_connection()
        try:
            connection = borrowed.driver_connection
            if not isinstance(connection, sqlite3.Connection):
                raise UnusableDatabase("bulk work needs SQLite for now: use a file, not a server")
            yield Bulk(connection, self.lock)
        finally:
            borrowed.close()

    @property
    def address(self) -> str:
        """Where the data is, without a password."""
        return self.engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        self.engine.dispose()


def open_store(address: str) -> Store:
    """The store at a path or database URL, brought to the present version, or `UnusableDatabase`."""
    url = _url(address)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    with _locks_lock:
        lock = _locks.setdefault(str(url), threading.RLock())
    store = Store(engine, lock)
    try:
        _bring_up_to_date(store)
    except (DatabaseError, sqlite3.DatabaseError, UnusableDatabase) as error:
        store.close()
        cause = error.orig if isinstance(error, DatabaseError) else error
        raise UnusableDatabase(f"the database {store.address} cannot be used: {cause}") from error
    return store


def _url(address: str) -> URL:
    try:
        url = make_url(address) if "://" in address else URL.create("sqlite", database=address)
    except ArgumentError as error:
        raise UnusableDatabase(f"{address!r} is neither a path nor a database URL") from error
    if url.get_backend_name() != "sqlite":
        raise UnusableDatabase(
            f"{url.render_as_string()}: this version keeps its data in SQLite; name a file, "
            "or a URL that begins with sqlite:///"
        )
    if not url.database or url.database == ":memory:":
        raise UnusableDatabase("a study needs a database file: labels in memory would be lost")
    path = Path(url.database).resolve()
    if not path.parent.is_dir():
        raise UnusableDatabase(f"the folder {path.parent} does not exist: make it, or name another file")
    return url.set(database=str(path))


def _bring_up_to_date(store: Store) -> None:
    """Write only when there is something to write, so that opening never waits for a writer."""
    with store.bulk() as bulk:  # outside a transaction, as SQLite asks
        if bulk.connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            _to_wal(bulk.connection)
    with store.reading() as session:
        if is_current(session.connection()):
            return
    with store.writing() as session:
        migrate(session.connection())


def _to_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait here by itself when another process opens the new database at the same moment."""
    give_up = time.monotonic() + BUSY_SECONDS
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
