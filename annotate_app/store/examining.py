"""What a database says of itself to whoever looks for a fault; changes nothing, not even the schema."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from annotate_app.store import engines
from annotate_app.store.engines.dialect import UnusableDatabase
from annotate_app.store.migrations import MIGRATIONS

PATIENCE = 5  # faults of a damaged file that are told
JOURNALS = ("event", "submission", "label", "verdict", "look")


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found: engine and version, migrations that lack or are too new, faults of the file.

    `mode` and `synchronous` are SQLite's; `newest` is the last time in any journal; `clock` the server's.
    """

    engine: str
    version: str
    address: str
    missing: tuple[int, ...] = ()
    newer: tuple[int, ...] = ()
    ours: bool = True
    empty: bool = False
    writable: bool = True
    mode: str = ""
    synchronous: str = ""
    faults: tuple[str, ...] = ()
    newest: str = ""
    clock: datetime | None = None


def database_file(address: str) -> Path | None:
    """The file of an address; None for a server. Raises UnusableDatabase."""
    url, dialect = engines.of_address(address)
    return Path(url.database) if dialect.name == "sqlite" and url.database else None


def examine(address: str) -> Examined:
    """Look at a database without changing it. Raises UnusableDatabase where it does not answer."""
    url, dialect = engines.of_address(address)
    path = database_file(address)
    if path is not None and not path.is_file():
        raise UnusableDatabase("there is no such file yet")
    engine = dialect.engine(url)
    shown = url.render_as_string(hide_password=True)
    failed: tuple[type[Exception], ...] = (DBAPIError, *dialect.errors)
    try:
        with engine.connect() as connection:
            return _examined(connection, dialect.name, shown)
    except failed as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise UnusableDatabase(f"{type(cause).__name__}: {' '.join(str(cause).split())}") from error
    finally:
        engine.dispose()


def _examined(connection: Connection, engine: str, address: str) -> Examined:
    tables = set(inspect(connection).get_table_names())
    known = {migration.version for migration in MIGRATIONS}
    done = (
        set(connection.execute(text("SELECT version FROM migration")).scalars())
        if "migration" in tables
        else set()
    )
    lite = engine == "sqlite"
    return Examined(
        engine=engine,
        version=str(_one(connection, "SELECT sqlite_version()" if lite else "SHOW server_version")),
        address=address,
        missing=tuple(sorted(known - done)),
        newer=tuple(sorted(done - known)),
        ours=not tables or "migration" in tables,
        empty=not tables,
        writable=lite or not _one(connection, "SELECT pg_is_in_recovery()"),
        mode=str(_one(connection, "PRAGMA journal_mode")) if lite else "",
        synchronous=str(_one(connection, "PRAGMA synchronous")) if lite else "",
        faults=_faults(connection) if lite else (),
        newest=_newest(connection, tables),
        clock=None if lite else _one(connection, "SELECT clock_timestamp()"),  # type: ignore[arg-type]
    )


def _faults(connection: Connection) -> tuple[str, ...]:
    """What SQLite's own quick check finds wrong with the file."""
    found = connection.exec_driver_sql(f"PRAGMA quick_check({PATIENCE})").scalars().all()
    return tuple(str(one) for one in found if one != "ok")


def _newest(connection: Connection, tables: set[str]) -> str:
    """The last time of the last entry of each journal."""
    found = [
        _one(connection, f"SELECT at FROM {name} ORDER BY id DESC LIMIT 1")
        for name in JOURNALS
        if name in tables
    ]
    return max((str(one) for one in found if one), default="")


def _one(connection: Connection, statement: str) -> object:
    return connection.execute(text(statement)).scalar()
