"""Databases by their address, whatever their version: which, how old, brought forward; refuses another's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from annotate_app.desk import DATABASE_FILE, DATABASE_VARIABLE, Clock, timestamp, utc_now
from annotate_app.store import contents, engine, engines, schema
from annotate_app.store.engine import OPENING, DriverError, Session, Store, is_damage, open_as_it_is
from annotate_app.store.migrations import MIGRATIONS
from annotate_app.store.schema import UnusableDatabase

PRESENT = MIGRATIONS[-1].version


class CannotDo(RuntimeError):
    """What was asked of a database is refused: why, and what to do; nothing was changed."""


class Damaged(UnusableDatabase):
    """The file is not as SQLite wrote it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One migration: its number and what it is about."""

    version: int
    title: str


@dataclass(frozen=True, slots=True)
class Migrated:
    """A database before and after: the steps that it lacked, taken unless `dry_run`."""

    database: str
    before: int
    after: int
    steps: tuple[Step, ...]
    dry_run: bool

    def as_json(self) -> Mapping[str, Any]:
        return {"schema": "calibrant/db-migrate/1", **asdict(self)}


def address_of(folder: Path, database: str | None = None) -> str:
    """What a study's commands use: the database named, CALIBRANT_DB, or calibrant.db in the folder."""
    return database or os.environ.get(DATABASE_VARIABLE) or str(folder / DATABASE_FILE)


def require_there() -> None:
    """`UnusableDatabase` where CALIBRANT_DB names a file that is not there: a wrong name, or no disk.

    For whoever goes on with a study: opening it would make an empty one, and show that there is nothing.
    """
    named = os.environ.get(DATABASE_VARIABLE)
    file = file_of(named) if named else None
    if file is not None and not file.exists():
        raise UnusableDatabase(
            f"there is no database {file}, which {DATABASE_VARIABLE} names: mend the name, or bring one "
            "there with `calibrant import` (a new one), `calibrant db copy` or `calibrant db restore`"
        )


def file_of(address: str) -> Path | None:
    """The file of an SQLite address; None for a server's."""
    url, dialect = engines.of_address(address)
    return Path(url.database or "").resolve() if dialect.name == "sqlite" else None


def shown(address: str) -> str:
    """The address without a password."""
    return engines.of_address(address)[0].render_as_string(hide_password=True)


@contextmanager
def opened(address: str, *, new: bool = False, copy_of: str | None = None) -> Iterator[Store]:
    """The store as it is, closed at the end; a file that is not there is refused unless it may be `new`.

    What is wrong with a copy page by page was wrong with the database that it is a `copy_of`.
    """
    file = file_of(address)
    if not new and file is not None and not file.is_file():
        raise CannotDo(f"there is no database {file}: name another file, or the study that has it")
    store = open_as_it_is(address)
    try:
        with blamed(copy_of or store.address):
            yield store
    finally:
        store.close()


@contextmanager
def blamed(address: str) -> Iterator[None]:
    """What a driver raises inside is a fault of this database."""
    try:
        yield
    except DriverError as error:
        kind = Damaged if is_damage(error) else UnusableDatabase
        raise kind(f"the database {address} cannot be used: {error.orig}") from error


def version_of(session: Session, store: Store) -> int:
    """The version of a database of ours; `CannotDo` for an empty one or another program's."""
    found = contents.names(session)
    if contents.OUR_RECORD not in found:
        what = f"tables of another program ({', '.join(sorted(found)[:3])})" if found else "no table"
        raise CannotDo(f"{store.address} is no database of Calibrant: it has {what}")
    return schema.version(session.connection())


def require_known(session: Session, store: Store) -> int:
    """Its version, if this Calibrant knows it; else `CannotDo`."""
    found = version_of(session, store)
    if found > PRESENT:
        raise CannotDo(f"{store.address} was written by a newer Calibrant (schema {found}): install that")
    return found


def bring_forward(
    address: str, *, dry_run: bool = False, by: str = OPENING, clock: Clock = utc_now
) -> Migrated:
    """Take the steps that a database lacks, all or none, and enter so. Raises one of CANNOT_DO."""
    with opened(address) as store:
        with store.reading() as session:
            before = require_known(session, store)
            lacking = schema.lacking(session.connection())
        if lacking and not dry_run:
            with store.writing() as session:
                engine.bring_forward(session, by=by, at=timestamp(clock()))
        steps = tuple(Step(one.version, one.title) for one in lacking)
        return Migrated(store.address, before, PRESENT if steps else before, steps, dry_run)


CANNOT_DO = (CannotDo, UnusableDatabase)
