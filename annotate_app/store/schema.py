"""Brings a database to the present version, each migration once; refuses one that is newer or not ours."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, inspect, text

from annotate_app.store import engines
from annotate_app.store.engines.dialect import UnusableDatabase as UnusableDatabase
from annotate_app.store.migrations import MIGRATIONS, Migration

RECORD = "CREATE TABLE migration (version INTEGER PRIMARY KEY, title TEXT NOT NULL, applied_at TEXT NOT NULL)"


def migrate(connection: Connection, *, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Apply the migrations that the database lacks, in the caller's transaction: all of them or none."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        _define(connection, RECORD)
    elif "migration" not in tables:
        raise UnusableDatabase(
            f"it has tables that are not Calibrant's ({', '.join(sorted(tables)[:3])}): name another"
        )
    found = version(connection)
    if found > migrations[-1].version:
        raise UnusableDatabase(
            f"it was written by a newer Calibrant (schema {found}, this one knows {migrations[-1].version}): "
            "install the newer version; nothing was changed"
        )
    for migration in lacking(connection, migrations=migrations):
        _apply(connection, migration)


def is_current(connection: Connection) -> bool:
    """Whether the database needs nothing: it has every migration and no later one."""
    if not inspect(connection).has_table("migration"):
        return False
    return applied(connection) == {migration.version for migration in MIGRATIONS}


def lacking(connection: Connection, *, migrations: tuple[Migration, ...] = MIGRATIONS) -> list[Migration]:
    """The migrations that the database has not had, in order; all of them for an empty one."""
    done = applied(connection) if inspect(connection).has_table("migration") else set()
    return [migration for migration in migrations if migration.version not in done]


def migrate_like(connection: Connection, other: Connection) -> None:
    """Bring a database to just the version of another one."""
    done = applied(other)
    migrate(connection, migrations=tuple(one for one in MIGRATIONS if one.version in done))


def version(connection: Connection) -> int:
    """The number of the last migration applied; 0 for a database without any."""
    return int(connection.execute(text("SELECT coalesce(max(version), 0) FROM migration")).scalar_one())


def applied(connection: Connection) -> set[int]:
    """Every migration that the database has had; one may come in after a later number."""
    return set(connection.execute(text("SELECT version FROM migration")).scalars())


def _apply(connection: Connection, migration: Migration) -> None:
    for statement in migration.statements:
        _define(connection, statement)
    connection.execute(
        text("INSERT INTO migration (version, title, applied_at) VALUES (:version, :title, :at)"),
        {
            "version": migration.version,
            "title": migration.title,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    )


def _define(connection: Connection, statement: str) -> None:
    for words in engines.of_connection(connection).defined(statement):
        connection.exec_driver_sql(words)
