"""Rewrites a database so that what was changed or removed is gone from its file, too."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.exc import DBAPIError

from annotate_app.store.engine import Bulk, Store

BUSY = (
    "another process uses the database: stop the server and every run of a judge, then run "
    "`calibrant erase --finish`"
)
PATIENCE_SECONDS = 2


class NotRewritten(RuntimeError):
    """The rows are changed, and old bytes may still stand in the file: the message says what to do."""


def compact(store: Store, tables: Collection[str]) -> None:
    """Rewrite the file (SQLite), or these tables (PostgreSQL); `NotRewritten` where others are in the way."""
    failed: tuple[type[Exception], ...] = (DBAPIError, *store.dialect.errors)
    try:
        with store.bulk() as bulk, bulk.lock:
            if store.dialect.name == "sqlite":
                _rewrite_file(bulk)
            else:
                _rewrite_tables(bulk, tables)
    except failed as error:
        raise NotRewritten(BUSY) from error


def _rewrite_file(bulk: Bulk) -> None:
    usual = bulk.connection.execute("PRAGMA busy_timeout").fetchone()[0]
    bulk.connection.execute(f"PRAGMA busy_timeout = {PATIENCE_SECONDS * 1000}")
    try:
        for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            row = bulk.connection.execute(statement).fetchone()
            if row is not None and row[0]:  # the checkpoint was kept from its end by a reader
                raise NotRewritten(BUSY)
    finally:
        bulk.connection.execute(f"PRAGMA busy_timeout = {usual}")


def _rewrite_tables(bulk: Bulk, tables: Collection[str]) -> None:
    bulk.connection.execute(f"SET lock_timeout = '{PATIENCE_SECONDS}s'")
    try:
        for table in sorted(tables):
            bulk.connection.execute(f"VACUUM FULL {table}")
    finally:
        bulk.connection.execute("RESET lock_timeout")
