"""A backup back into a database, verified before and after; refuses one that is full or in use."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotate_app.desk import Clock, timestamp, utc_now
from annotate_app.services import database_log
from annotate_app.services.backing_up import BackedUp, Manifest, TableSum, back_up, read_manifest
from annotate_app.services.copying import copy_database, refuse_full
from annotate_app.services.databases import PRESENT, CannotDo, file_of, opened, shown
from annotate_app.store import contents, files
from annotate_app.store.engine import OPENING, Session, bring_forward, open_store
from annotate_app.store.files import InUse


@dataclass(frozen=True, slots=True)
class Restored:
    """A database as its backup had it; `before` is the backup of what it replaced."""

    database: str
    manifest: Manifest
    before: BackedUp | None

    def as_json(self) -> Mapping[str, Any]:
        before = None if self.before is None else str(self.before.file)
        return {"schema": "calibrant/db-restore/1", "database": self.database, "replaced": before,
                "rows": self.manifest.rows, **self.manifest.model_dump(exclude={"format"})}  # fmt: skip


def restore(
    file: Path, address: str, *, replace: bool = False, by: str = OPENING, clock: Clock = utc_now
) -> Restored:
    """Bring a backup into an empty or missing database; with `replace` into one that is backed up first.

    It comes with the entry that `by` did so, and brought to the present version, in one transaction.

    A file that is not the one its manifest describes is refused, and so is a database that another process
    has open. Cut off anywhere, the database is as it was. Raises CannotDo or UnusableDatabase.
    """
    file = file.resolve()
    manifest = read_manifest(file)
    if manifest.version > PRESENT:
        raise CannotDo(f"{file} was written by a newer Calibrant (schema {manifest.version}): install that")
    target = file_of(address)
    work = _Work(file, manifest, replace, by, clock)
    return _into_server(work, address) if target is None else _into_file(work, target)


@dataclass(frozen=True, slots=True)
class _Work:
    """One restore: which backup, whether it may replace something, and who does it when."""

    file: Path
    manifest: Manifest
    replace: bool
    by: str
    clock: Clock

    def finish(self, session: Session, before: Path | None) -> None:
        """The present version, and the entry."""
        bring_forward(session, by=self.by, at=timestamp(self.clock()))
        made = self.manifest
        detail = {"file": made.file, "made": made.at, "sha256": made.sha256, "rows": made.rows,
                  "before": None if before is None else before.name}  # fmt: skip
        database_log.enter_with(session, "database.restored", detail, by=self.by, clock=self.clock)


def _into_file(work: _Work, target: Path) -> Restored:
    """A copy of the backup is finished first, and put in place in one transaction."""
    if target == work.file:
        raise CannotDo(f"{work.file} cannot be restored onto itself: name another database")
    with tempfile.TemporaryDirectory(prefix=".calibrant-", dir=target.parent) as folder:
        copy, before = _copied(work, Path(folder)), None
        full = target.exists() and _is_full(str(target), replace=work.replace)
        aside = _aside(target.parent, work.clock) if full else None
        with opened(str(copy)) as store, store.writing() as session:
            work.finish(session, aside)
        # Nothing comes between: what is written after the old database was put aside would be in neither.
        if target.exists():
            try:
                with files.alone(target):
                    before = back_up(str(target), aside, clock=work.clock) if aside is not None else None
            except InUse as error:
                raise CannotDo(str(error)) from error
        files.put_back(copy, target)
        _compare(str(target), _sums_of(str(copy)), "the copy of the backup")
    open_store(str(target)).close()  # as a database in use is kept
    return Restored(shown(str(target)), work.manifest, before)


def _into_server(work: _Work, address: str) -> Restored:
    """A server's database is filled row by row, in one transaction."""
    with opened(address) as store, store.reading() as session:
        others = contents.other_connections(session)
        name = store.address
    if others:
        raise CannotDo(f"{name} has {others} other connections: stop the servers and commands that use it")
    full = _is_full(address, replace=work.replace)
    aside = _aside(Path.cwd(), work.clock) if full else None
    before = back_up(address, aside, clock=work.clock) if aside is not None else None
    with tempfile.TemporaryDirectory(prefix="calibrant-") as folder:
        copy = _copied(work, Path(folder))
        copy_database(
            str(copy), address, replacing=work.replace, also=lambda session, _: work.finish(session, aside)
        )
    return Restored(name, work.manifest, before)


def _copied(work: _Work, folder: Path) -> Path:
    """A copy of the backup whose rows are those of its manifest."""
    copy = folder / work.file.name
    files.copy_of(work.file, copy)
    _compare(str(copy), work.manifest.tables, "the manifest")
    return copy


def _is_full(address: str, *, replace: bool) -> bool:
    """Whether anything was written into the database; `CannotDo` where it is, and may not be replaced."""
    try:
        with opened(address) as store, store.reading() as session:
            refuse_full(session, store)
    except CannotDo as full:
        if replace:
            return True
        raise CannotDo(f"{full}, or replace what is there, after a backup of it, with --replace") from full
    return False


def _aside(folder: Path, clock: Clock) -> Path:
    at = clock().strftime("%Y%m%dT%H%M%S.%fZ")  # twice in a second, too
    return folder / f"before-restore-{at}.backup"


def _compare(address: str, wanted: Mapping[str, TableSum], whose: str) -> None:
    """What is in the database now is what was wanted, row by row."""
    found = _sums_of(address)
    if found != wanted:
        wrong = sorted(name for name in {*found, *wanted} if found.get(name) != wanted.get(name))
        raise CannotDo(f"after the restore {', '.join(wrong)} differ from {whose}: do not use {address}")


def _sums_of(address: str) -> Mapping[str, TableSum]:
    with opened(address) as store, store.reading() as session:
        tables = {table.name: contents.summed(session, table) for table in contents.tables(session)}
    return {name: TableSum(rows=one.rows, sha256=one.sha256) for name, one in tables.items()}
