"""sqlite3's connection for many rows: those of one INSERT go in together; a statement can be tried."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from itertools import chain, islice
from typing import Any

from annotate_app.store.engines.dialect import Found

INSERT = re.compile(r"INSERT INTO \w+ \([^)]*\) VALUES (\([?, ]*\))")
AT_ONCE = 300  # values in one statement; SQLite takes 32,766 and is no faster with more than some hundred


class SqliteRaw:
    """Statements with `?` or `:name`, in autocommit unless one says BEGIN."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Any = (), /) -> Found:
        return self._connection.execute(statement, values)

    def executemany(self, statement: str, values: Iterable[Any], /) -> None:
        found = INSERT.fullmatch(statement)
        if found is None:
            raise ValueError(f"not an INSERT of values: {statement[:80]}")
        width = statement.count("?")
        rows = max(1, AT_ONCE // width)
        together = f"{statement}{f', {found[1]}' * (rows - 1)}"
        flat = chain.from_iterable(values)
        while len(some := tuple(islice(flat, rows * width))) == rows * width:
            self._connection.execute(together, some)
        rest = (some[k : k + width] for k in range(0, len(some), width))
        self._connection.executemany(statement, rest)

    def tried(self, statement: str, values: Any = (), /) -> Found | None:
        """What an INSERT gave; SQLite itself undoes one that a constraint refuses half way."""
        try:
            return self._connection.execute(statement, values)
        except sqlite3.IntegrityError:
            return None
