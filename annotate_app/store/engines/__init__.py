"""The databases that a study can be kept in, and how the store finds the one of an address or a session."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from annotate_app.store.engines.dialect import Dialect, UnusableDatabase
from annotate_app.store.engines.postgres import POSTGRES
from annotate_app.store.engines.sqlite import SQLITE
from calibration.judges.secrets import without_keys

DIALECTS: tuple[Dialect, ...] = (SQLITE, POSTGRES)


def of_address(address: str) -> tuple[URL, Dialect]:
    """The URL of a path or database URL, and the database it names; or `UnusableDatabase`."""
    try:
        url = make_url(address) if "://" in address else URL.create("sqlite", database=address)
    except ArgumentError as error:
        raise UnusableDatabase("the address is neither a path nor a database URL") from error
    backend = url.get_backend_name()
    for dialect in DIALECTS:
        if backend in dialect.backends:
            return dialect.checked(url), dialect
    raise UnusableDatabase(
        f"{without_keys(url.render_as_string())}: a study is kept in SQLite (a path, or sqlite:///…) "
        "or in PostgreSQL (postgresql+psycopg://…)"
    )


def of_connection(connection: Connection) -> Dialect:
    """The database that a connection leads to."""
    return POSTGRES if connection.dialect.name == POSTGRES.name else SQLITE


def of_session(session: Session) -> Dialect:
    """The database that a session works on."""
    return of_connection(session.connection())
