"""A file of the native formats as a stream of records; refuses folders, missing files and other encodings."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from calibration.readers import csv_rows, jsonl
from calibration.readers.reading import CannotRead, RawRow, Read, Reject
from calibration.readers.records import record_of

JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
CSV_SUFFIXES = (".csv", ".tsv")
HEAD = 4096
WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")


def read_records(path: str | Path) -> Iterator[Read]:
    """Every row of a JSON Lines, JSON array or CSV file as a record or a reject, in the file's order.

    The file is read once and streamed (a JSON array is held in memory). The format is told by the name's
    ending, and by the first character where the ending says nothing; so pipes work too. Raises
    `CannotRead` on the first row when the file as a whole cannot be read.
    """
    file = Path(path)
    try:
        with file.open("rb") as stream:
            yield from _records(file, stream)
    except CannotRead as fault:
        raise CannotRead(f"{file}: {fault}") from None
    except OSError as fault:
        raise CannotRead(_unreadable(file, fault)) from None


def _records(file: Path, stream: io.BufferedReader) -> Iterator[Read]:
    head = stream.peek(HEAD)[:HEAD]
    if head.startswith(WIDE_BOMS):
        raise CannotRead("is UTF-16 text; save it as UTF-8")
    for row in _raw_rows(file, stream, head.removeprefix(jsonl.BOM).lstrip()):
        if isinstance(row, Reject):
            yield Read("reject", row, row.line)
        else:
            yield record_of(row.fields, row.line)


def _raw_rows(file: Path, stream: BinaryIO, head: bytes) -> Iterator[RawRow | Reject]:
    suffix = file.suffix.lower()
    looks_like_json = suffix in JSON_SUFFIXES or (suffix not in CSV_SUFFIXES and head[:1] in (b"{", b"["))
    if not looks_like_json:
        return csv_rows.rows(stream)
    return jsonl.array_rows(stream) if head.startswith(b"[") else jsonl.rows(stream)


def _unreadable(file: Path, fault: OSError) -> str:
    if file.is_dir():
        return f"{file}: is a folder; name the file in it"
    if isinstance(fault, FileNotFoundError):
        return f"{file}: there is no such file"
    return f"{file}: cannot be read: {fault.strerror or fault}"
