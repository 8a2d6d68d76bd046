"""psycopg's connection for many rows, with the statements that the store writes for sqlite3's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from psycopg import Connection, IntegrityError
from psycopg.adapt import Dumper, Loader

from annotate_app.store.engines import postgres_words
from annotate_app.store.engines.dialect import Found

INSERT = re.compile(r"INSERT INTO (\w+) \(([^)]*)\) VALUES \([?, ]*\)")
MADE = re.compile(r"CREATE TEMP TABLE (\w+) AS ")
TEXT = 25  # the number of the type
PLACES = re.compile(r"\?|(?<!:):([a-z_]\w*)|%")


class NumberLoader(Loader):
    """A numeric as int or float, as sqlite3 gives it."""

    def load(self, data: Any) -> int | float:
        written = bytes(data)
        return int(written) if written.lstrip(b"-").isdigit() else float(written)


class TextDumper(Dumper):
    """Text in UTF-8. PostgreSQL keeps no U+0000: its picture ␀ stands for it, so that no answer is lost."""

    oid = TEXT

    def dump(self, obj: Any) -> bytes:
        text: str = obj
        return (text.replace("\0", "\u2400") if "\0" in text else text).encode()


class PostgresRaw:
    """Statements with `?` or `:name`; rows for an INSERT of values go in by COPY."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._filled: set[str] = set()

    def execute(self, statement: str, values: Any = (), /) -> Found:
        written = self._connection.execute(_written(statement), values)
        if (made := MADE.match(statement)) is not None:  # a new table, of which the planner knows nothing
            self._connection.execute(f"ANALYZE {made[1]}")
        return written

    def executemany(self, statement: str, values: Iterable[Any], /) -> None:
        found = INSERT.fullmatch(statement)
        if found is None:
            raise ValueError(f"not an INSERT of values: {statement[:80]}")
        table, columns = found.groups()
        with (
            self._connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
        ):
            for row in values:
                copy.write_row(row)
        self._filled.add(table)

    def tried(self, statement: str, values: Any = (), /) -> Found | None:
        """What an INSERT inside a transaction gave; None where a constraint refused it: nothing is left."""
        self.settle()
        self._connection.execute("SAVEPOINT tried")
        try:
            found = self.execute(statement, values)
        except IntegrityError:
            self._connection.execute("ROLLBACK TO SAVEPOINT tried")
            return None
        self._connection.execute("RELEASE SAVEPOINT tried")
        return found

    def settle(self) -> None:
        """Let the planner know what was put into the tables."""
        while self._filled:
            self._connection.execute(f"ANALYZE {self._filled.pop()}")


@lru_cache(maxsize=512)
def _written(statement: str) -> bytes:
    """The statement with psycopg's marks for values."""
    spelled = postgres_words.spelled(statement)
    if spelled.startswith("CREATE TEMP TABLE ") and " AS " not in spelled:
        spelled = postgres_words.typed(spelled)
    return PLACES.sub(_mark, spelled).encode()


def _mark(found: re.Match[str]) -> str:
    if found[0] == "?":
        return "%s"
    return "%%" if found[0] == "%" else f"%({found[1]})s"
