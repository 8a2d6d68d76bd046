"""A backup back into a database, verified before and after; refuses one that is full or in use."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotate_app.desk import Clock, utc_now
from annotate_app.services.backing_up import BackedUp, Manifest, TableSum, back_up, read_manifest
from annotate_app.services.copying import copy_database, refuse_full
from annotate_app.services.databases import PRESENT, CannotDo, file_of, opened
from annotate_app.store import contents, files
from annotate_app.store.engine import open_store
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


def restore(file: Path, address: str, *, replace: bool = False, clock: Clock = utc_now) -> Restored:
    """Bring a backup into an empty or missing database; with `replace` into one that is backed up first.

    A file that is not the one its manifest describes is refused, and so is a database that another process
    has open. Cut off anywhere, the database is as it was. Raises CannotDo or UnusableDatabase.
    """
    file = file.resolve()
    manifest = read_manifest(file)
    if manifest.version > PRESENT:
        raise CannotDo(f"{file} was written by a newer Calibrant (schema {manifest.version}): install that")
    target = file_of(address)
    if target is None:
        return _into_server(file, address, manifest, replace=replace, clock=clock)
    return _into_file(file, target, manifest, replace=replace, clock=clock)


def _into_file(file: Path, target: Path, manifest: Manifest, *, replace: bool, clock: Clock) -> Restored:
    if target == file:
        raise CannotDo(f"{file} cannot be restored onto itself: name another database")
    before = None
    if target.exists():
        full = _is_full(str(target), replace=replace)
        try:
            with files.alone(target):
                before = _put_aside(str(target), target.parent, clock) if full else None
        except InUse as error:
            raise CannotDo(str(error)) from error
    files.put_back(file, target)
    _compare(str(target), manifest)
    store = open_store(str(target))  # a backup of an earlier version is brought forward
    store.close()
    return Restored(store.address, manifest, before)


def _into_server(file: Path, address: str, manifest: Manifest, *, replace: bool, clock: Clock) -> Restored:
    """A server's database is filled row by row, in one transaction."""
    with opened(address) as store, store.reading() as session:
        others = contents.other_connections(session)
        name = store.address
    if others:
        raise CannotDo(f"{name} has {others} other connections: stop the servers and commands that use it")
    before = _put_aside(address, Path.cwd(), clock) if _is_full(address, replace=replace) else None
    with tempfile.TemporaryDirectory(prefix="calibrant-") as folder:
        copy = Path(folder) / file.name
        files.copy_of(file, copy)
        _compare(str(copy), manifest)
        copy_database(str(copy), address, replacing=replace)
    open_store(address).close()
    return Restored(name, manifest, before)


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


def _put_aside(address: str, folder: Path, clock: Clock) -> BackedUp:
    at = clock().strftime("%Y%m%dT%H%M%S.%fZ")  # twice in a second, too
    return back_up(address, folder / f"before-restore-{at}.backup", clock=clock)


def _compare(address: str, manifest: Manifest) -> None:
    """What is in the database now is what the manifest says, row by row."""
    with opened(address) as store, store.reading() as session:
        tables = {table.name: contents.summed(session, table) for table in contents.tables(session)}
    found = {name: TableSum(rows=one.rows, sha256=one.sha256) for name, one in tables.items()}
    if found != manifest.tables:
        wrong = sorted(
            name for name in {*found, *manifest.tables} if found.get(name) != manifest.tables.get(name)
        )
        raise CannotDo(f"after the restore {', '.join(wrong)} differ from the manifest: do not use {address}")
