"""A whole database into an empty one, on either engine: streamed, in one transaction, then compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from annotate_app.services.databases import CannotDo, blamed, file_of, opened, require_known
from annotate_app.store import contents, schema
from annotate_app.store.contents import Summed, Values
from annotate_app.store.engine import Session, Store


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """A table that is the same on both sides: its rows, and the sum of their hashes.

    `changed` rows had the character U+0000, for which ␀ stands in PostgreSQL; all else in them is the same.
    """

    table: str
    rows: int
    sha256: str
    changed: int = 0


Say = Callable[[CopiedTable], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied, table by table."""

    source: str
    target: str
    version: int
    tables: tuple[CopiedTable, ...]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def changed(self) -> int:
        return sum(table.changed for table in self.tables)

    def as_json(self) -> Mapping[str, Any]:
        return {
            "schema": "calibrant/db-copy/1",
            "identical": not self.changed,
            "rows": self.rows,
            **asdict(self),
        }


Also = Callable[[Session, Copied], None]


def copy_database(
    source: str,
    target: str,
    *,
    say: Say = lambda table: None,
    replacing: bool = False,
    also: Also = lambda session, copied: None,
) -> Copied:
    """Copy every row of `source` into the empty database `target`; both sides are read and compared.

    All of it happens in one transaction of the target: cut off anywhere, the target is as it was. The source
    is read in one snapshot and may be in use. `replacing` removes what the target holds, for whoever has made
    a backup of it. `also`: what happens in the same transaction when both are the same; the source is free
    again by then. Raises CannotDo or UnusableDatabase.
    """
    if source == target or (file_of(source) is not None and file_of(source) == file_of(target)):
        raise CannotDo("a database cannot be copied onto itself: name another one")
    with opened(source) as old, old.reading() as reading:
        version = require_known(reading, old)  # before a target is made for nothing
        with opened(target, new=True) as new:
            with new.writing() as writing:
                if replacing:
                    contents.drop_all(writing)
                else:
                    refuse_full(writing, new)
                schema.migrate_like(writing.connection(), reading.connection())
                tables = fill(reading, writing, say, of=old.address)
                reading.rollback()
                copied = Copied(old.address, new.address, version, tables)
                also(writing, copied)
            return copied


def refuse_full(session: Session, store: Store) -> None:
    """A target is an empty database, or one of ours in which nothing has been written yet."""
    found = contents.names(session)
    if found and contents.OUR_RECORD not in found:
        raise CannotDo(f"{store.address} has tables of another program ({', '.join(sorted(found)[:3])}): "
                       "name an empty database")  # fmt: skip
    counts = {table.name: contents.count(session, table) for table in contents.tables(session)}
    full = [f"{name} ({rows:,})" for name, rows in counts.items() if rows]
    if full:
        more = f" and {len(full) - 3} more tables" if len(full) > 3 else ""
        raise CannotDo(f"{store.address} is not empty, it has rows of {', '.join(full[:3])}{more}: "
                       "name an empty database")  # fmt: skip


def fill(reading: Session, writing: Session, say: Say, *, of: str) -> tuple[CopiedTable, ...]:
    """Copy every table of the database `of`, then read what was written; `CannotDo` where the two differ."""
    new = {table.name: table for table in contents.tables(writing)}
    copied: dict[str, _Sent] = {}
    for old in contents.tables(reading):
        target = new.get(old.name)
        columns = [column.name for column in old.columns]
        if target is None or {*columns} != {column.name for column in target.columns}:
            raise CannotDo(f"table {old.name} is not the same on both sides: nothing was copied")
        sent = _Sent(writing, columns)
        contents.append(writing, target, columns, sent.counted(_read(contents.rows(reading, old), of)))
        contents.go_on_behind(writing.connection(), target)
        copied[old.name] = sent
    found = []
    for name, sent in copied.items():
        found.append(_compared(name, sent, contents.summed(writing, new[name])))
        say(found[-1])
    return tuple(found)


def _read(rows: Iterator[Values], of: str) -> Iterator[Values]:
    """The rows; where they cannot be read that is the source's fault, not the target's."""
    with blamed(of):
        yield from rows


@dataclass(slots=True)
class _Sent:
    """What was sent into a table, summed as the target keeps it."""

    writing: Session
    columns: list[str]
    summed: Summed = field(default_factory=Summed)
    changed: int = 0

    def counted(self, rows: Iterator[Values]) -> Iterator[Values]:
        for values in rows:
            kept = contents.as_kept(self.writing, values)
            self.changed += kept is not values
            self.summed.add(self.columns, kept)
            yield kept


def _compared(name: str, sent: _Sent, arrived: Summed) -> CopiedTable:
    read = sent.summed
    if (read.rows, read.sha256) != (arrived.rows, arrived.sha256):
        raise CannotDo(
            f"table {name}: {read.rows:,} rows ({read.sha256[:12]}) were read and {arrived.rows:,} "
            f"({arrived.sha256[:12]}) are there; all of it was undone"
        )
    return CopiedTable(name, read.rows, read.sha256, sent.changed)
