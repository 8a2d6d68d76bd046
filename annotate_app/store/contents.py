"""All that a database holds, table by table: streamed, counted, summed, appended, whatever its version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, insert, inspect, select

from annotate_app.store.engine import Session
from annotate_app.store.sql import number

AT_ONCE = 500  # rows in hand
CHARACTERS_AT_ONCE = 2_000_000  # of texts in hand: items may be long
OUR_RECORD = "migration"  # written by each database itself, so it is never copied

Values = tuple[Any, ...]


@dataclass(slots=True)
class Summed:
    """How many rows, and the sum of their SHA-256 hashes: the same in any order, another for any change."""

    rows: int = 0
    total: int = 0

    def add(self, names: Sequence[str], values: Values) -> None:
        """Count a row; columns count by name, so their order does not matter either."""
        content = json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False, sort_keys=True)
        self.rows += 1
        self.total += int.from_bytes(hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest())

    @property
    def sha256(self) -> str:
        return f"{self.total % (1 << 256):064x}"


def tables(session: Session) -> tuple[Table, ...]:
    """The database's tables, each behind those that it refers to."""
    found = MetaData()
    found.reflect(bind=session.connection())
    return tuple(table for table in found.sorted_tables if table.name != OUR_RECORD)


def rows(session: Session, table: Table) -> Iterator[Values]:
    """The rows in order of their key, without holding them all."""
    query = select(table).order_by(*table.primary_key.columns)
    for row in session.connection().execute(query, execution_options={"yield_per": AT_ONCE}):
        yield tuple(row)


def summed(session: Session, table: Table) -> Summed:
    """The table read once."""
    found, names = Summed(), tuple(column.name for column in table.columns)
    for values in rows(session, table):
        found.add(names, values)
    return found


def count(session: Session, table: Table) -> int:
    """How many rows it has."""
    return int(session.connection().execute(select(func.count()).select_from(table)).scalar_one())


def names(session: Session) -> frozenset[str]:
    """The names of all tables, our own record of migrations too."""
    return frozenset(inspect(session.connection()).get_table_names())


def append(session: Session, table: Table, columns: Sequence[str], found: Iterator[Values]) -> None:
    """Put the rows into the table as they are, keys included, a few at a time."""
    connection, statement = session.connection(), insert(table)
    waiting: list[dict[str, Any]] = []
    characters = 0
    for values in found:
        waiting.append(dict(zip(columns, values, strict=True)))
        characters += sum(len(value) for value in values if isinstance(value, str))
        if len(waiting) >= AT_ONCE or characters >= CHARACTERS_AT_ONCE:
            connection.execute(statement, waiting)
            waiting, characters = [], 0
    if waiting:
        connection.execute(statement, waiting)


def as_kept(session: Session, values: Values) -> Values:
    """The row as this database keeps it: in PostgreSQL ␀ stands for U+0000, see its TextDumper."""
    if session.connection().dialect.name != "postgresql" or not has_zero(values):
        return values
    return tuple(one.replace("\0", "\u2400") if isinstance(one, str) else one for one in values)


def has_zero(values: Values) -> bool:
    """Whether a text of the row has the character U+0000."""
    return any(isinstance(one, str) and "\0" in one for one in values)


def drop_all(session: Session) -> None:
    """Remove the tables and what guards them, in the caller's transaction."""
    connection, found = session.connection(), MetaData()
    found.reflect(bind=connection)
    found.drop_all(connection)
    if connection.dialect.name == "postgresql":
        names = connection.exec_driver_sql(
            "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
            "WHERE n.nspname = current_schema() AND prorettype = 'trigger'::regtype ORDER BY 1"
        )
        for name in names.scalars().all():
            connection.exec_driver_sql(f'DROP FUNCTION "{name}"()')


def other_connections(session: Session) -> int:
    """How many other connections a server's database has; of a file nothing can be asked here."""
    if session.connection().dialect.name != "postgresql":
        return 0
    return number(
        session,
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


def go_on_behind(connection: Connection, table: Table) -> None:
    """Let the table's numbers go on behind the highest; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        sequence = connection.execute(
            select(func.pg_get_serial_sequence(f'"{table.name}"', column.name))
        ).scalar()
        highest = connection.execute(select(func.max(column))).scalar()
        if sequence is not None and highest is not None:
            connection.execute(select(func.setval(sequence, highest)))
