"""Rows that are labels and nothing else, taken many at a time; leaves every other row to `read_records`.

What a row must have and how long it may be is not decided here: a name or an answer that was not met before
is read as any other row is, and only what passed there is taken by sight afterwards.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import msgspec

from calibration.readers import jsonl
from calibration.readers.files import (
    CSV_SUFFIXES,
    HEAD,
    NATIVELY,
    WIDE_BOMS,
    How,
    raw_records,
    read_of,
    read_records,
    unreadable,
)
from calibration.readers.foreign import formats
from calibration.readers.foreign.row import Rows
from calibration.readers.limits import limits
from calibration.readers.reading import CannotRead, RawRow, Read
from calibration.readers.times import in_utc, sorts

BLOCK = 1 << 20
LINES = (".jsonl", ".ndjson")
GIVE_UP = 3  # blocks in a row that hold something else
FEW, MOST_TOGETHER = 100, 5_000  # rows of a table


class PlainLabel(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A label's row with its four fields, and when, why and with what probability where it says so."""

    item_id: str
    rater: str
    criterion: str
    value: str | int | float | bool
    at: str | None = None
    rationale: str | None = None
    pi: float | None = None


FIELDS = frozenset(PlainLabel.__struct_fields__)
DECODER = msgspec.json.Decoder(PlainLabel)


@dataclass(frozen=True, slots=True)
class Plain:
    """Labels that stand on consecutive lines, the first of them on line `first`, and what they come from.

    That is a block of lines, or of a table the raw rows.
    """

    first: int
    rows: list[PlainLabel]
    block: bytes = b""
    raws: Sequence[RawRow] = ()
    lines: list[bytes] = field(default_factory=list)  # once one of them is wanted

    def read(self, place: int) -> Read:
        """The row at a place from 0, read as any other is."""
        if self.raws:
            return read_of(self.raws[place])
        if not self.lines:
            self.lines.extend(self.block.split(b"\n"))
        (row,) = jsonl.rows(io.BytesIO(self.lines[place]), before=self.first + place - 1)
        return read_of(row)


def read_parts(path: str | Path, how: How = NATIVELY) -> Iterator[Plain | Read]:
    """What `read_records` gives, with runs of plain labels together; raises what it raises."""
    file = Path(path)
    if file.suffix.lower() in CSV_SUFFIXES:
        yield from together(raw_records(file, how))
        return
    if not _is_plain(file, how):
        yield from read_records(file, how)
        return
    try:
        with file.open("rb") as stream:
            yield from _parts(stream)
    except OSError as fault:
        raise CannotRead(unreadable(file, fault)) from None


def together(rows: Rows) -> Iterator[Plain | Read]:
    """Rows of a table, with the plain labels among them together where many stand on consecutive lines."""
    raws: list[RawRow] = []
    labels: list[PlainLabel] = []
    for row in rows:
        label = _plain(row) if isinstance(row, RawRow) and row.fields.keys() <= FIELDS else None
        if raws and (label is None or len(raws) == MOST_TOGETHER or row.line != raws[-1].line + 1):
            yield from _run(raws, labels)
            raws, labels = [], []
        if label is None or not isinstance(row, RawRow):
            yield read_of(row)
        else:
            raws.append(row)
            labels.append(label)
    yield from _run(raws, labels)


def _plain(row: RawRow) -> PlainLabel | None:
    """The row as a plain label, its time as a record has it; None where it is none."""
    try:
        label = msgspec.convert(row.fields, PlainLabel)
    except msgspec.ValidationError:
        return None
    if label.at is not None and not sorts(label.at):
        label.at = in_utc(label.at) or label.at
    return label


def _run(raws: list[RawRow], labels: list[PlainLabel]) -> Iterator[Plain | Read]:
    """The labels together, or, where they are few, by themselves."""
    if len(raws) < FEW:
        yield from map(read_of, raws)
    else:
        yield Plain(raws[0].line, labels, raws=raws)


def _is_plain(file: Path, how: How) -> bool:
    """Whether it is a file of lines, read natively, that begins with a plain label."""
    told = how.format in (formats.AUTO, formats.NATIVE) and not how.mapping.renames
    if not told or file.suffix.lower() not in LINES or not file.is_file():
        return False
    try:
        with file.open("rb") as stream:
            return _begins_plainly(stream.read(HEAD))
    except OSError:
        return False  # whoever reads it says why it cannot be read


def _begins_plainly(begin: bytes) -> bool:
    """Whether the first row is a plain label that no other tool writes: then the whole file is ours."""
    first = begin.removeprefix(jsonl.BOM).lstrip().split(b"\n", 1)[0]
    if begin.startswith(WIDE_BOMS):
        return False
    try:
        DECODER.decode(first)
        row = msgspec.json.decode(first)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return formats.recognised(row) is None and limits().columns >= len(PlainLabel.__struct_fields__)


def _parts(stream: BinaryIO) -> Iterator[Plain | Read]:
    line, misses = 1, 0
    while block := _block(stream):
        rows = None
        if misses < GIVE_UP and len(block) <= jsonl.LONGEST_LINE:
            rows = _decoded(block)
            misses = 0 if rows is not None else misses + 1
        if rows is None:
            yield from _as_ever(block, stream, line)
        else:
            yield Plain(line, rows, block)
        line += _lines_of(block)


def _decoded(block: bytes) -> list[PlainLabel] | None:
    """The block's lines, if each is a plain label.

    The decoder of lines takes any white space between objects for the end of a line. An object of texts and
    numbers has no other in it, and no text has a line's end: so where each line begins with one, and there
    are as many objects as lines, each line is one object.
    """
    starts = block.count(b"\n{") + block.startswith(b"{")
    try:
        if starts == _lines_of(block):
            rows = DECODER.decode_lines(block)
            if len(rows) == starts:
                return rows
        return [DECODER.decode(one) for one in block.removesuffix(b"\n").split(b"\n")]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _lines_of(block: bytes) -> int:
    return block.count(b"\n") + (not block.endswith(b"\n"))


def _block(stream: BinaryIO) -> bytes:
    """Whole lines of about a megabyte; a line without an end within the limit ends the block unfinished."""
    block = stream.read(BLOCK)
    if block and not block.endswith(b"\n"):
        block += stream.readline(jsonl.LONGEST_LINE + 1)
    return block


def _as_ever(block: bytes, stream: BinaryIO, first: int) -> Iterator[Read]:
    for row in jsonl.rows(_Joined(block, stream), before=first - 1):
        yield read_of(row)


class _Joined(io.BytesIO):
    """A block whose last line, where it is not whole, goes on in the file behind it."""

    def __init__(self, block: bytes, behind: BinaryIO) -> None:
        super().__init__(block)
        self.behind = behind
        self.unfinished = len(block) > jsonl.LONGEST_LINE and not block.endswith(b"\n")

    def readline(self, size: int | None = -1, /) -> bytes:
        """The next line; of one that is too long, what is left of it in the file."""
        found = super().readline(-1 if size is None else size)
        if not found and self.unfinished:
            found = self.behind.readline(-1 if size is None else size)
            self.unfinished = bool(found) and not found.endswith(b"\n")
        return found
