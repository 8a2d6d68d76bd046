"""PostgreSQL: many processes at once. Says which locks a writer takes; refuses a server without UTF-8.

Everything that the store writes takes one of two ways in. `alone` takes the study's door for itself: an
import, a split, a wave, a look, a migration reads, decides and writes as if it were the only one, as in
SQLite. `beside` goes through the door together with others and takes what is its own for itself (a rater's
reservations and answers, a judge's calls). Among those beside each other, an item is reserved by whoever
holds its row (FOR NO KEY UPDATE SKIP LOCKED: nobody waits, each takes another item), and rows are added to
the journals one transaction after the other (`in_order`), so that a greater number always was stored later.
The door and the rest are advisory locks of the transaction: they end with it, also when a process dies.
"""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import URL
from sqlmodel import create_engine

from annotate_app.store.engines import postgres_words
from annotate_app.store.engines.dialect import WAIT_SECONDS, Options, Raw, UnusableDatabase

DRIVER = "postgresql+psycopg"
OLDEST = 160_000
NOT_INSTALLED = "the driver of PostgreSQL is not installed: pip install 'calibrant[postgres]'"
AT_ONCE = 1_000
CONNECTING = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
              "tcp_user_timeout": 30_000, "application_name": "calibrant"}  # fmt: skip
# A writer that waits gives up; a session whose process hangs in the middle is ended by the server.
SETTINGS = {
    "lock_timeout": f"{WAIT_SECONDS}s",
    "idle_in_transaction_session_timeout": "15min",
    "client_encoding": "UTF8",
    "synchronous_commit": "on",
    "jit": "off",  # queries are many and small
    "cursor_tuple_fraction": "1.0",  # a cursor is read to its end
}
KEY = "hashtextextended('calibrant ' || current_schema() || :k{n}, 0)"
DOOR, JOURNALS = " door", " journals"
MANY = ("item", "label", "verdict", "rated", "answer", "rater", "judge")
_cursors = itertools.count()


@dataclass(frozen=True, slots=True, eq=False)
class Postgres:
    """A server, or several application servers on one."""

    name: str = "postgresql"
    backends: frozenset[str] = frozenset({"postgresql", "postgres"})
    one_writer_per_process: bool = False
    reading: Options = (("isolation_level", "REPEATABLE READ"), ("postgresql_readonly", True))
    writing: Options = (("isolation_level", "READ COMMITTED"),)

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        import psycopg

        return (psycopg.Error,)

    def checked(self, url: URL) -> URL:
        if importlib.util.find_spec("psycopg") is None:
            raise UnusableDatabase(NOT_INSTALLED)
        return url.set(drivername=DRIVER)

    def engine(self, url: URL) -> Engine:
        from psycopg import ClientCursor

        engine = create_engine(
            url,
            hide_parameters=True,  # errors quote no values
            connect_args={**CONNECTING, "cursor_factory": ClientCursor},
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=20,
            pool_recycle=1800,
        )
        event.listen(engine, "connect", _prepare)
        return engine

    def prepare(self, engine: Engine) -> None:
        with engine.connect() as connection:
            encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
            schema = connection.execute(text("SELECT current_schema()")).scalar()
            number = int(connection.execute(text("SHOW server_version_num")).scalar_one())
        if number < OLDEST:
            raise UnusableDatabase(f"its version is {number // 10_000}: PostgreSQL 16 or newer is needed")
        if encoding != "UTF8":
            raise UnusableDatabase(f"its encoding is {encoding}: create the database with ENCODING 'UTF8'")
        if schema is None:
            raise UnusableDatabase("its search_path names no schema that exists: create the schema first")

    def spelled(self, statement: str) -> str:
        return postgres_words.spelled(statement)

    def defined(self, statement: str) -> tuple[str, ...]:
        return postgres_words.defined(statement)

    def stream(self, connection: Connection, statement: str, values: Mapping[str, Any]) -> Iterator[Any]:
        """By a cursor of the server, fetched part by part inside the caller's transaction."""
        cursor = f"calibrant_{next(_cursors)}"
        connection.execute(text(f"DECLARE {cursor} NO SCROLL CURSOR FOR {statement}"), dict(values))
        fetch = text(f"FETCH FORWARD {AT_ONCE} FROM {cursor}")
        found = connection.execute(fetch)
        yield tuple(found.keys())
        while rows := found.fetchall():
            yield from rows
            del rows  # two parts are never held together
            found = connection.execute(fetch)
        connection.execute(text(f"CLOSE {cursor}"))

    def alone(self, connection: Connection) -> None:
        _lock(connection, {DOOR: False})

    def beside(self, connection: Connection, own: Sequence[str]) -> None:
        _lock(connection, {DOOR: True, **{f" {name}": False for name in sorted(own)}})

    def in_order(self, connection: Connection) -> None:
        _lock(connection, {JOURNALS: False})

    def holding(self, connection: Connection, items: Sequence[int]) -> frozenset[int]:
        """Rows are locked against reservations alone: whoever refers to the item does not wait."""
        if not items:
            return frozenset()
        numbers = ", ".join(str(int(item)) for item in sorted(items))
        found = connection.execute(
            text(f"SELECT id FROM item WHERE id IN ({numbers}) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED")
        )
        return frozenset(found.scalars())

    def raw(self, driver_connection: Any) -> Raw:
        from annotate_app.store.engines.postgres_raw import PostgresRaw

        driver_connection.autocommit = True
        return PostgresRaw(driver_connection)

    def given_back(self, driver_connection: Any) -> None:
        if not driver_connection.closed:
            driver_connection.rollback()
            driver_connection.autocommit = False

    def begin_alone(self, raw: Raw) -> None:
        from annotate_app.store.engines.postgres_raw import PostgresRaw

        if isinstance(raw, PostgresRaw):
            raw.settle()
        raw.execute("BEGIN")
        raw.execute(f"SELECT pg_advisory_xact_lock({KEY.format(n=0)})", {"k0": DOOR})

    def after_many(self, raw: Raw) -> None:
        """What the planner knows of the tables, at once and not when the server finds the time."""
        raw.execute(f"ANALYZE {', '.join(MANY)}")


POSTGRES = Postgres()


def _lock(connection: Connection, wanted: Mapping[str, bool]) -> None:
    """Take these locks in order, in one statement; True: together with others who share it."""
    calls = ", ".join(
        f"pg_advisory_xact_lock{'_shared' if shared else ''}({KEY.format(n=n)})"
        for n, shared in enumerate(wanted.values())
    )
    connection.execute(text(f"SELECT {calls}"), {f"k{n}": name for n, name in enumerate(wanted)})


def _prepare(connection: Any, _record: object) -> None:
    """Patience, a durable commit, and numbers as numbers: a sum of integers is no Decimal."""
    from annotate_app.store.engines.postgres_raw import NumberLoader, TextDumper

    connection.adapters.register_loader("numeric", NumberLoader)
    connection.adapters.register_dumper(str, TextDumper)
    with connection.cursor() as cursor:
        for setting, value in SETTINGS.items():
            cursor.execute(f"SET {setting} = '{value}'")
    connection.commit()
