"""Why the database could not do something, in words for people: full, unwritable, busy, away or damaged."""

from __future__ import annotations

import sqlite3
import sys

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

DATABASE_ERRORS = (DBAPIError, NoConnection)

FULL = "the server's disk is full, so nothing can be stored now"
UNWRITABLE = "the server's disk cannot be written, so nothing can be stored now"
BUSY = "the database is busy with something long"
AWAY = "the database cannot be reached"
DAMAGED = "the database's file is damaged"

_OF_SQLITE = {
    sqlite3.SQLITE_FULL: FULL, sqlite3.SQLITE_IOERR: UNWRITABLE, sqlite3.SQLITE_READONLY: UNWRITABLE,
    sqlite3.SQLITE_CANTOPEN: UNWRITABLE, sqlite3.SQLITE_BUSY: BUSY, sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_CORRUPT: DAMAGED, sqlite3.SQLITE_NOTADB: DAMAGED,
}  # fmt: skip
# By the beginning of PostgreSQL's code of the error.
_OF_POSTGRESQL = {
    "53100": FULL, "58030": UNWRITABLE, "25006": UNWRITABLE, "55P03": BUSY, "40": BUSY, "57014": BUSY,
    "08": AWAY, "57P": AWAY, "53": AWAY, "XX001": DAMAGED, "XX002": DAMAGED,
}  # fmt: skip
PRIMARY = 0xFF  # SQLite's codes are refined in higher bits


def raised() -> tuple[type[Exception], ...]:
    """What a database may raise here: through SQLAlchemy, or a driver by itself."""
    driver = sys.modules.get("psycopg")
    return (*DATABASE_ERRORS, sqlite3.Error, *(() if driver is None else (driver.Error,)))


def words(error: BaseException) -> str | None:
    """What keeps the database from working; None for an error that is the program's own."""
    if isinstance(error, NoConnection):
        return AWAY
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return _OF_SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & PRIMARY)
    state = getattr(cause, "sqlstate", None)
    if state is None:
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        return AWAY if lost or _is_operational(cause) else None
    return next((said for code, said in _OF_POSTGRESQL.items() if state.startswith(code)), None)


def _is_operational(cause: BaseException | None) -> bool:
    """A driver's error about the connection itself has no code: there is nobody who could have sent one."""
    return type(cause).__name__ in ("OperationalError", "InterfaceError")
