"""A study's database as one file with a manifest, taken while it is written; refuses to replace another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from annotate_app.desk import Clock, timestamp, utc_now
from annotate_app.services.copying import fill
from annotate_app.services.databases import CannotDo, file_of, opened, require_known
from annotate_app.store import contents, files, schema
from annotate_app.store.engine import Store

SCHEMA: Literal["calibrant/db-backup/1"] = "calibrant/db-backup/1"
PARTS = 1 << 20  # bytes read at once


class TableSum(BaseModel):
    """What a table of the backup holds: rows and the sum of their hashes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    rows: int
    sha256: str


class Manifest(BaseModel):
    """What stands beside a backup: whose it is, how old, and the hash of its file."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    format: Literal["calibrant/db-backup/1"] = SCHEMA
    file: str
    bytes: int
    sha256: str
    version: int
    software: str
    at: str
    source: str
    tables: dict[str, TableSum]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was written."""

    file: Path
    manifest: Manifest

    def as_json(self) -> Mapping[str, Any]:
        return {"schema": SCHEMA, "path": str(self.file), "rows": self.manifest.rows,
                **self.manifest.model_dump(exclude={"format"})}  # fmt: skip


def manifest_of(file: Path) -> Path:
    """Where the manifest of a backup stands."""
    return file.with_name(file.name + ".manifest.json")


def is_backup(address: str) -> bool:
    """Whether the address is that of a backup: a file whose manifest stands beside it."""
    file = file_of(address)
    return file is not None and manifest_of(file).is_file()


def back_up(
    address: str,
    file: Path,
    *,
    announce: Callable[[Manifest], None] = lambda manifest: None,
    clock: Clock = utc_now,
) -> BackedUp:
    """Write all that the database holds now into a new SQLite file, whatever its engine; durable.

    It is written beside and renamed, its manifest first: a backup that was cut off has no name. Others may
    go on reading and writing. `announce` is told before it has one. Raises CannotDo or UnusableDatabase.
    """
    file = file.resolve()
    if not file.parent.is_dir():
        raise CannotDo(f"the folder {file.parent} does not exist: make it, or name another file")
    if file.exists():
        raise CannotDo(f"{file} is there already: a backup never replaces a file, name another one")
    beside = file.with_name(f".{file.name}.part")
    beside.unlink(missing_ok=True)
    try:
        with opened(address) as store:
            _written(store, address, beside)
            manifest = _manifest(store.address, beside, file.name, timestamp(clock()))
        _write(manifest_of(file), manifest.model_dump_json(indent=2) + "\n")
        announce(manifest)
        beside.replace(file)
        files.sync(file)
    finally:
        beside.unlink(missing_ok=True)
    return BackedUp(file, manifest)


def _written(store: Store, address: str, beside: Path) -> None:
    """SQLite copies its own pages; of a server every row is read in one snapshot."""
    source = file_of(address)
    with store.reading() as reading:
        require_known(reading, store)
        if source is None:
            with opened(str(beside), new=True) as new, new.writing() as writing:
                schema.migrate_like(writing.connection(), reading.connection())
                fill(reading, writing, lambda table: None, of=store.address)
    if source is not None:
        files.copy_of(source, beside)
    files.sync(beside)


def _manifest(source: str, beside: Path, name: str, at: str) -> Manifest:
    with opened(str(beside), copy_of=source) as store, store.reading() as session:
        version = require_known(session, store)
        found = {table.name: contents.summed(session, table) for table in contents.tables(session)}
    return Manifest(
        file=name, bytes=beside.stat().st_size, sha256=sha256_of(beside), version=version,
        software=f"calibrant {installed('calibrant')}", at=at, source=source,
        tables={name: TableSum(rows=one.rows, sha256=one.sha256) for name, one in found.items()},
    )  # fmt: skip


def read_manifest(file: Path) -> Manifest:
    """The manifest of a backup whose file is just as it was written; else `CannotDo`."""
    place = manifest_of(file)
    for wanted in (file, place):
        if not wanted.is_file():
            raise CannotDo(f"there is no {wanted}: a backup is two files, {file.name} and {place.name}")
    try:
        manifest = Manifest.model_validate(json.loads(place.read_text(encoding="utf-8")))
    except (ValueError, ValidationError) as fault:
        raise CannotDo(f"{place} is no manifest of a backup: {str(fault).splitlines()[0]}") from fault
    size, found = file.stat().st_size, sha256_of(file)
    if (size, found) != (manifest.bytes, manifest.sha256):
        raise CannotDo(
            f"{file} is not the file that was backed up: it has {size:,} bytes with the hash {found[:12]}, "
            f"its manifest says {manifest.bytes:,} with {manifest.sha256[:12]}; nothing was restored"
        )
    return manifest


def sha256_of(file: Path) -> str:
    """The hash of a file's content, read in parts."""
    found = hashlib.sha256()
    with file.open("rb") as content:
        while part := content.read(PARTS):
            found.update(part)
    return found.hexdigest()


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as out:
        out.write(text)
    files.sync(path)
