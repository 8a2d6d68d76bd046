"""The database behind a study: how it is opened, and the ways in: reading, writing, bulk."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session as Session  # services name the type, and only the store imports SQL

from annotate_app.store import engines, events
from annotate_app.store.engines.dialect import Dialect
from annotate_app.store.engines.dialect import Raw as Raw
from annotate_app.store.moments import timestamp, utc_now
from annotate_app.store.schema import UnusableDatabase, is_current, lacking, migrate, version
from calibration.judges.secrets import without_keys

OPENING = "(whoever opened it)"  # in the log: any command, or the server
DriverError = DBAPIError  # services name what a driver raises

# Where there is one writer at a time, those of this process wait here; others wait inside SQLite.
_locks: dict[str, threading.RLock] = {}
_locks_lock = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Bulk:
    """A raw connection for many rows: stage into temporary tables first, then `writing` once."""

    connection: Raw
    lock: threading.RLock | nullcontext[None]
    dialect: Dialect

    @contextmanager
    def writing(self) -> Iterator[Raw]:
        """One transaction in which nobody else writes; commits on success, else leaves nothing behind."""
        with self.lock:
            self.dialect.begin_alone(self.connection)
            try:
                yield self.connection
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            self.connection.execute("COMMIT")
        self.dialect.after_many(self.connection)


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """A migrated database. `reading` sees one snapshot; `writing` is alone, or beside others on its own."""

    engine: Engine
    dialect: Dialect
    lock: threading.RLock | nullcontext[None] = field(default_factory=threading.RLock)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for queries; nothing is written."""
        with Session(self.engine) as session:
            session.connection(execution_options=dict(self.dialect.reading))
            yield session
            session.rollback()

    @contextmanager
    def writing(self, *, own: Sequence[str] | None = None) -> Iterator[Session]:
        """A session that writes alone from its start; durable when the block ends, else undone.

        With `own` it writes beside others who do so, and alone only what these names stand for ("rater 7"):
        for steps that touch nothing but a rater's or a judge's own rows. Before such a session adds to a
        journal it calls `in_order`, before it reserves an item `holding`.
        """
        with self.lock, Session(self.engine) as session:
            connection = session.connection(execution_options=dict(self.dialect.writing))
            if own is None:
                self.dialect.alone(connection)
            else:
                self.dialect.beside(connection, own)
            try:
                yield session
            except BaseException:
                session.rollback()
                raise
            session.commit()

    @contextmanager
    def bulk(self) -> Iterator[Bulk]:
        """The driver's connection in autocommit, for imports and for reading columns at once."""
        borrowed = self.engine.raw_connection()
        try:
            yield Bulk(self.dialect.raw(borrowed.driver_connection), self.lock, self.dialect)
        finally:
            self.dialect.given_back(borrowed.driver_connection)
            borrowed.close()

    @property
    def address(self) -> str:
        """Where the data is, without a password."""
        return without_keys(self.engine.url.render_as_string(hide_password=True))

    def close(self) -> None:
        self.engine.dispose()


def is_damage(error: DriverError) -> bool:
    """Whether SQLite says that the file itself is at fault, and not a lock or a full disk."""
    return type(error.orig) is sqlite3.DatabaseError


def in_order(session: Session) -> None:
    """Add to a journal after all who do so now: a greater number is seen later by readers too."""
    engines.of_session(session).in_order(session.connection())


def holding(session: Session, items: Sequence[int]) -> frozenset[int]:
    """Those of the items that nobody else is reserving at this moment; until the session ends nobody can."""
    return engines.of_session(session).holding(session.connection(), items)


def open_store(address: str, *, clock: Callable[[], datetime] = utc_now) -> Store:
    """The store at a path or database URL, brought to the present version, or `UnusableDatabase`."""
    store = open_as_it_is(address)
    unusable: tuple[type[Exception], ...] = (DBAPIError, UnusableDatabase, *store.dialect.errors)
    try:
        _bring_up_to_date(store, clock)
    except unusable as error:
        store.close()
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise UnusableDatabase(
            f"the database {store.address} cannot be used: {without_keys(str(cause))}"
        ) from error
    return store


def open_as_it_is(address: str) -> Store:
    """The store at an address, whatever its version; nothing is written or looked at yet."""
    url, dialect = engines.of_address(address)
    return Store(dialect.engine(url), dialect, _lock_of(str(url), dialect))


def _lock_of(url: str, dialect: Dialect) -> threading.RLock | nullcontext[None]:
    if not dialect.one_writer_per_process:
        return nullcontext()
    with _locks_lock:
        return _locks.setdefault(url, threading.RLock())


def _bring_up_to_date(store: Store, clock: Callable[[], datetime]) -> None:
    """Write only when there is something to write, so that opening never waits for a writer."""
    store.dialect.prepare(store.engine)
    with store.reading() as session:
        if is_current(session.connection()):
            return
    with store.writing() as session:
        bring_forward(session, by=OPENING, at=timestamp(clock()))


def bring_forward(session: Session, *, by: str, at: str) -> None:
    """Take the steps that a database lacks, and enter so in the log of every study that is in it."""
    connection = session.connection()
    steps = [migration.version for migration in lacking(connection)]
    migrate(connection)
    if steps:
        detail = {"to": version(connection), "steps": steps}
        events.add_to_all(session, at=at, actor=by, kind="database.migrated", detail=detail)
