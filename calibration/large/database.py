"""The one place that imports DuckDB: a database in memory that spills to a folder beyond its limit."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calibration.readers import CannotRead

if TYPE_CHECKING:
    import duckdb


class NeedsDuckDB(RuntimeError):
    """DuckDB is not installed; the message names the extra."""


# Nothing is fetched because of what a file is called or holds.
OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much memory DuckDB may use (its own notation) before it writes to `folder`, and its threads."""

    memory: str = "1GB"
    threads: int | None = None
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Database:
    """Statements in, rows out; a fault of a file is said in the reader's words."""

    connection: duckdb.DuckDBPyConnection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query that returns few."""
        import duckdb

        try:
            return list(self.connection.execute(sql).fetchall())
        except duckdb.OutOfMemoryException as fault:
            raise CannotRead(f"the memory limit is too small for these files: {_first_line(fault)}") from None
        except duckdb.Error as fault:
            raise CannotRead(f"DuckDB cannot read these files: {_first_line(fault)}") from None

    def stream(self, sql: str, at_once: int = 1_000) -> Iterator[tuple[Any, ...]]:
        """The rows of a query that returns many, a few at a time."""
        import duckdb

        try:
            found = self.connection.execute(sql)
            while rows := found.fetchmany(at_once):
                yield from rows
        except duckdb.Error as fault:
            raise CannotRead(f"DuckDB cannot read these files: {_first_line(fault)}") from None

    def run(self, sql: str) -> None:
        """A statement without a result."""
        self.rows(sql)

    def fill(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        """Put a few rows into a table."""
        if rows:
            places = ", ".join("?" * len(rows[0]))
            self.connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)


@contextmanager
def database(limits: Limits) -> Iterator[Database]:
    """An empty database; what it spilled is deleted at the end. Raises NeedsDuckDB."""
    try:
        import duckdb
    except ImportError:
        raise NeedsDuckDB(
            "files of this kind and size are read by DuckDB, which is not installed: "
            "pip install 'calibrant[big]'"
        ) from None
    with tempfile.TemporaryDirectory(dir=limits.folder) as folder:
        settings: dict[str, Any] = {"memory_limit": limits.memory, "temp_directory": folder} | OFFLINE
        if limits.threads is not None:
            settings["threads"] = limits.threads
        try:
            connection = duckdb.connect(":memory:", config=settings)
        except duckdb.Error as fault:
            raise CannotRead(f"memory {limits.memory}: {_first_line(fault)}; write 500MB or 2GB") from None
        try:
            yield Database(connection)
        finally:
            connection.close()


def _first_line(fault: Exception) -> str:
    return str(fault).strip().splitlines()[0]
