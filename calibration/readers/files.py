"""A file, native or another tool's, as a stream of records; refuses folders and other encodings."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from calibration.readers import csv_rows, jsonl
from calibration.readers.foreign import formats
from calibration.readers.foreign.mapping import AS_IT_IS, Mapping
from calibration.readers.foreign.row import Format, Hints, Numbered, Rows
from calibration.readers.reading import Aside, CannotRead, RawRow, Read, Reject, Row
from calibration.readers.records import record_of

JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
CSV_SUFFIXES = (".csv", ".tsv")
HEAD = 65536
WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")
PACKED = {
    b"\x1f\x8b": "packed with gzip: unpack it first, `gunzip FILE`",
    b"BZh": "packed with bzip2: unpack it first, `bunzip2 FILE`",
    b"\xfd7zXZ": "packed with xz: unpack it first, `unxz FILE`",
    b"\x28\xb5\x2f\xfd": "packed with zstd: unpack it first, `unzstd FILE`",
    b"PK\x03\x04": "packed with zip: unpack it first; where it is a workbook (.xlsx), save the sheet as CSV",
}  # fmt: skip
PARQUET = (
    "is Parquet: `calibrant import` reads it under a name that ends in .parquet; in a notebook give the "
    "frame that your library reads from it"
)


@dataclass(frozen=True, slots=True)
class How:
    """How files are read: the format by name or "auto", and what they do not say or say in other words."""

    format: str = formats.NATIVE
    hints: Hints = field(default_factory=Hints)
    mapping: Mapping = AS_IT_IS


NATIVELY = How()


def read_records(path: str | Path, how: How = NATIVELY) -> Iterator[Read]:
    """Every row of a JSON Lines, JSON array or CSV file as a record or a reject, in the file's order.

    The file is read once and streamed (a JSON array is held in memory). JSON or CSV is told by the name's
    ending, and by the first character where the ending says nothing; so pipes work too. With the format
    "auto" another tool's file is recognised by its first row; its rows may give several records each, and
    asides. Raises `CannotRead` on the first row when the file as a whole cannot be read.
    """
    yield from map(read_of, raw_records(path, how))


def raw_records(path: str | Path, how: How = NATIVELY) -> Rows:
    """The same before a row's fields are looked at: native raw rows, rejects and asides."""
    file = Path(path)
    try:
        with file.open("rb", buffering=0) as raw, io.BufferedReader(raw, HEAD) as stream:
            yield from _raw_records(_Job(file, stream, stream.peek(HEAD)[:HEAD], how))
    except CannotRead as fault:
        raise CannotRead(f"{file}: {fault}") from None
    except OSError as fault:
        raise CannotRead(unreadable(file, fault)) from None


def records_of_rows(rows: Iterable[Row], how: How = NATIVELY) -> Iterator[Read]:
    """Rows that stand in memory, one object each, as if they were the lines of a file."""
    yield from map(read_of, raws_of_rows(rows, how))


def raws_of_rows(rows: Iterable[Row], how: How = NATIVELY) -> Rows:
    """The same before a row's fields are looked at."""
    numbered: Rows = (RawRow(place, row) for place, row in enumerate(rows, start=1))
    if how.format != formats.NATIVE:
        numbered = formats.converted(numbered, how.format, how.hints, how.mapping)  # type: ignore[arg-type]
    return numbered


@dataclass(frozen=True, slots=True)
class _Job:
    """One file being read, how it begins, and how it is read."""

    file: Path
    stream: BinaryIO
    head: bytes
    how: How

    @property
    def native(self) -> bool:
        return self.how.format == formats.NATIVE


def _raw_records(job: _Job) -> Rows:
    refuse_packed(job.head)
    if job.head.startswith(b"PAR1"):
        raise CannotRead(PARQUET)
    if job.head.startswith(WIDE_BOMS):
        raise CannotRead("is UTF-16 text; save it as UTF-8")
    yield from _raw_rows(job, job.head.removeprefix(jsonl.BOM).lstrip())


def read_of(row: RawRow | Reject | Aside) -> Read:
    """What a raw row is."""
    if isinstance(row, RawRow):
        return record_of(row.fields, row.line)
    return Read("reject" if isinstance(row, Reject) else "aside", row, row.line)


def _raw_rows(job: _Job, head: bytes) -> Rows:
    suffix = job.file.suffix.lower()
    looks_like_json = suffix in JSON_SUFFIXES or (suffix not in CSV_SUFFIXES and head[:1] in (b"{", b"["))
    if looks_like_json:
        return _of_json(job, head, suffix)
    return _of_table(job, head)


def _of_table(job: _Job, head: bytes) -> Rows:
    """A CSV table: native, another tool's, or one whose columns are renamed first."""
    mapping = job.how.mapping
    known = None if job.native else _table_format(job, head)
    if known is not None:
        plain = mapping.with_columns(csv_rows.plain_rows(job.stream))
        return mapping.applied(formats.once(known.rows(plain, mapping.hinted(job.how.hints))))
    if not mapping.columns:
        native: Rows = csv_rows.rows(job.stream)
    else:
        native = _typed(mapping.with_columns(csv_rows.plain_rows(job.stream)))
    return mapping.applied(native) if mapping.renames else native


def _typed(rows: Numbered) -> Rows:
    """Rows of texts as a native table has them."""
    for row in rows:
        yield RawRow(row.line, csv_rows.typed(row.fields)) if isinstance(row, RawRow) else row


def _table_format(job: _Job, head: bytes) -> Format | None:
    """The format that is named, or whose column names these are, once they are renamed."""
    if job.how.format != formats.AUTO:
        return formats.format_named(job.how.format)
    names: Row = dict.fromkeys(csv_rows.names_in(head))
    return formats.recognised(job.how.mapping.renamed_columns(names))


def _of_json(job: _Job, head: bytes, suffix: str) -> Rows:
    if head.startswith(b"["):
        found = jsonl.array_rows(job.stream)
    elif suffix == ".json" and not job.native:
        found = jsonl.document_rows(job.stream)
    else:
        found = jsonl.rows(job.stream)
    if job.native and not job.how.mapping.renames:
        return found
    return formats.converted(found, job.how.format, job.how.hints, job.how.mapping)


def refuse_packed(head: bytes) -> None:
    """Raises CannotRead for a file that begins like a packed one: nothing in it says how large it becomes."""
    found = next((said for begins, said in PACKED.items() if head.startswith(begins)), None)
    if found is not None:
        raise CannotRead(f"is {found}")


def unreadable(file: Path, fault: OSError) -> str:
    """Why a file cannot be read, and what to do."""
    if file.is_dir():
        return f"{file}: is a folder; name the file in it"
    if isinstance(fault, FileNotFoundError):
        return f"{file}: there is no such file"
    return f"{file}: cannot be read: {fault.strerror or fault}"
