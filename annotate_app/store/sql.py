"""Small helpers that the nouns share: bound statements in and plain rows out, one and many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import CursorResult, TextClause, text
from sqlmodel import Session

from annotate_app.store import engines
from annotate_app.store.engines.dialect import Dialect

Row = Mapping[str, Any]


def rows(session: Session, statement: str, values: Row | None = None) -> list[Row]:
    """All rows of a query as mappings."""
    found = _result(session, statement, dict(values or {}))
    names = tuple(found.keys())
    return [dict(zip(names, row, strict=True)) for row in found]


def stream(session: Session, statement: str, values: Row | None = None) -> Iterator[Row]:
    """The rows of a query one by one, without holding them all."""
    connection = session.connection()
    dialect = engines.of_connection(connection)
    found = dialect.stream(connection, dialect.spelled(statement), dict(values or {}))
    names = next(found)
    yield from (dict(zip(names, row, strict=True)) for row in found)


def one(session: Session, statement: str, values: Row | None = None) -> Row | None:
    """The first row of a query, or None."""
    row = _result(session, statement, dict(values or {})).mappings().first()
    return None if row is None else dict(row)


def number(session: Session, statement: str, values: Row | None = None) -> int:
    """The single number that a query gives; 0 where it gives none."""
    return int(_result(session, statement, dict(values or {})).scalar() or 0)


def run(session: Session, statement: str, values: Row | Sequence[Row]) -> int:
    """Run a statement for one row of values or many at once; the number of rows it changed."""
    many = [dict(row) for row in values] if isinstance(values, Sequence) else [dict(values)]
    if not many:
        return 0
    return int(_result(session, statement, many if len(many) > 1 else many[0]).rowcount)


def made(session: Session, insert: str, values: Row) -> int:
    """Run an INSERT of one row; the number that the database gave it."""
    return number(session, f"{insert} RETURNING id", values)


def _result(session: Session, statement: str, values: Any) -> CursorResult[Any]:
    connection = session.connection()
    return connection.execute(_clause(statement, engines.of_connection(connection)), values)


@lru_cache(maxsize=512)
def _clause(statement: str, dialect: Dialect) -> TextClause:
    """The statement as SQLAlchemy wants it; made once, for it costs as much as running a small one."""
    return text(dialect.spelled(statement))


def to_json(content: object) -> str:
    """A value as JSON text: compact, keys in order, so that equal values are equal texts."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def from_json(text_: str) -> Any:
    """The value that `to_json` wrote."""
    return json.loads(text_)
