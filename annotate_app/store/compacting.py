"""Rewrites a database so that what was changed or removed is gone from its file, too."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.exc import DBAPIError

from annotate_app.store.engine import Bulk, Store

BUSY = "another process uses the database: stop the server and every run of a judge, then run this again"


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
                for table in sorted(tables):
                    bulk.connection.execute(f"VACUUM FULL {table}")
    except failed as error:
        raise NotRewritten(BUSY) from error


def _rewrite_file(bulk: Bulk) -> None:
    for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
        row = bulk.connection.execute(statement).fetchone()
        if row is not None and row[0]:  # the checkpoint was kept from its end by a reader
            raise NotRewritten(BUSY)
