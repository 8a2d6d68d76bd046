"""What differs between databases: the questions that the store asks of each, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL

Options = tuple[tuple[str, Any], ...]  # of a connection, by name
WAIT_SECONDS = 10  # how long a writer waits for another before it gives up with an error


class UnusableDatabase(RuntimeError):
    """The database cannot be used: which, why, what to do."""


class Found(Protocol):
    """What a raw statement gave."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Raw(Protocol):
    """A connection for many rows: statements with `?` or `:name`, in autocommit unless one says BEGIN."""

    def execute(self, statement: str, values: Any = ..., /) -> Found: ...

    def executemany(self, statement: str, values: Iterable[Any], /) -> object:
        """An INSERT of values, for many rows."""
        ...

    def tried(self, statement: str, values: Any = ..., /) -> Found | None:
        """What an INSERT inside a transaction gave; None where a constraint refused it: nothing is left."""
        ...


class Dialect(Protocol):
    """One database: how it is opened, spelled, read in one snapshot and written in order."""

    def __hash__(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def backends(self) -> frozenset[str]: ...

    @property
    def one_writer_per_process(self) -> bool: ...

    @property
    def reading(self) -> Options: ...

    @property
    def writing(self) -> Options: ...

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises by itself."""
        ...

    def checked(self, url: URL) -> URL:
        """The URL in full, or `UnusableDatabase` with what to do."""
        ...

    def engine(self, url: URL) -> Engine:
        """Connections to it; none is made yet."""
        ...

    def prepare(self, engine: Engine) -> None:
        """What a database needs once, before its tables are looked at."""
        ...

    def spelled(self, statement: str) -> str:
        """A query of the store in this database's words."""
        ...

    def defined(self, statement: str) -> tuple[str, ...]:
        """A statement of a migration in this database's words."""
        ...

    def stream(self, connection: Connection, statement: str, values: Mapping[str, Any]) -> Iterator[Any]:
        """First the names of the columns, then the rows one by one, without holding them all."""
        ...

    def alone(self, connection: Connection) -> None:
        """From now to the end of the transaction nobody else writes."""
        ...

    def beside(self, connection: Connection, own: Sequence[str]) -> None:
        """From now to the end nobody writes alone, and nobody else what is called `own`."""
        ...

    def in_order(self, connection: Connection) -> None:
        """From now to the end nobody else adds to a journal: numbers are given in order of commit."""
        ...

    def holding(self, connection: Connection, items: Sequence[int]) -> frozenset[int]:
        """Those of the items that nobody else is about to reserve; until the end nobody else can."""
        ...

    def raw(self, driver_connection: Any) -> Raw:
        """The driver's connection as one for many rows."""
        ...

    def given_back(self, driver_connection: Any) -> None:
        """The driver's connection as the pool expects it."""
        ...

    def begin_alone(self, raw: Raw) -> None:
        """Begin a transaction in which nobody else writes; temporary tables are filled by now."""
        ...

    def after_many(self, raw: Raw) -> None:
        """What helps later queries when many rows were added."""
        ...
