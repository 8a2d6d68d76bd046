"""CSV with the columns of the native records as raw rows; refuses a table without a usable header."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import BinaryIO, Protocol

import msgspec

from calibration.readers.limits import limits
from calibration.readers.reading import CannotRead, RawRow, Reject, Row

LARGEST_CELL = 64 * 1024 * 1024
DELIMITERS = ",;\t"
NUMBERS = frozenset({
    "confidence", "expected", "replicate", "tokens_in", "tokens_out", "cost_usd", "latency_seconds",
    "active_seconds", "revision", "pi",
})  # fmt: skip
TRUTHS = frozenset({"sensitive", "sure", "blind.peers", "blind.judge"})
NESTED = frozenset({"probs", "confidences", "blind", "failure_modes", "sources", "meta"})
CONVERTED = NUMBERS | TRUTHS | NESTED
TRUTH_WORDS = {
    "true": True, "yes": True, "1": True, "1.0": True,
    "false": False, "no": False, "0": False, "0.0": False,
}  # fmt: skip


class _Table(Protocol):
    line_num: int

    def __next__(self) -> list[str]: ...


def rows(stream: BinaryIO) -> Iterator[RawRow | Reject]:
    """One raw row or reject per CSV row; `line` is where the row begins, so a quoted line break counts.

    An empty cell is null. Numbers, truth values and JSON are read in the columns that hold them; every
    other cell stays text. The delimiter is the one of `,` `;` and tab that the header uses.
    """
    csv.field_size_limit(limits().field_characters)
    lines = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _table_rows(lines)
    finally:
        _let_go(lines)


def plain_rows(stream: BinaryIO) -> Iterator[RawRow | Reject]:
    """The same for a table of another tool: every cell stays text, an empty one is None."""
    csv.field_size_limit(limits().field_characters)
    lines = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _table_rows(lines, plain=True)
    finally:
        _let_go(lines)


def _let_go(lines: io.TextIOWrapper) -> None:
    """The stream is the caller's to close, and may be closed already where the rows were left unread."""
    with suppress(ValueError):
        lines.detach()


def names_in(head: bytes) -> list[str]:
    """The column names on the first line of a file's beginning; none where it is not text."""
    lines = (line for line in head.decode("utf-8", errors="replace").splitlines() if line.strip())
    return _names(next(lines, ""))


def _names(first: str) -> list[str]:
    delimiter = max(DELIMITERS, key=first.count)
    return [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]


def _table_rows(lines: io.TextIOWrapper, *, plain: bool = False) -> Iterator[RawRow | Reject]:
    first, line = lines.readline(LARGEST_CELL), 1
    while first and not first.strip():
        first, line = lines.readline(LARGEST_CELL), line + 1
    if not first:
        return
    delimiter = max(DELIMITERS, key=first.count)
    header = _header(first, plain=plain)
    table = csv.reader(lines, delimiter=delimiter, strict=True)
    yield from _body(table, header, before=line, build=_plain_row if plain else _row)


def _header(first: str, *, plain: bool) -> list[str]:
    names = _names(first)
    if "item_id" not in names and not plain:
        raise CannotRead(
            f"its first line is not a header with an item_id column (found: {', '.join(names)[:200]}); "
            "a CSV begins with a line of column names; where they are other names than ours, a mapping says "
            "which is which, and for another tool's table its --format"
        )
    most = limits()
    if len(names) > most.columns:
        raise CannotRead(most.refused("columns", f"its header names {len(names):,} columns"))
    repeated = sorted(name for name, count in Counter(names).items() if count > 1 and name)
    if repeated:
        raise CannotRead(f"its header names a column twice: {', '.join(repeated)}")
    return names


Build = Callable[[list[str], list[str], int], RawRow | Reject]


def _body(table: _Table, header: list[str], *, before: int, build: Build) -> Iterator[RawRow | Reject]:
    """The rows below the header, which is line number `before`."""
    most = limits()
    while True:
        line = before + table.line_num + 1
        try:
            cells = next(table)
        except StopIteration:
            return
        except csv.Error as fault:
            long = "field larger" in str(fault)
            said = most.refused("field_characters", "has a longer cell") if long else f"is not CSV: {fault}"
            yield Reject(line, None, said)
            continue
        if any(cells):
            row = build(header, cells, line)
            yield (most.fault_of(row.fields, line) or row) if isinstance(row, RawRow) else row


def _plain_row(header: list[str], cells: list[str], line: int) -> RawRow | Reject:
    if len(cells) != len(header):
        return Reject(line, None, f"has {len(cells)} cells where the header has {len(header)}")
    wrong = next((name for name, cell in zip(header, cells, strict=True) if not _is_text(cell)), None)
    if wrong is not None:
        return Reject(line, wrong, "the bytes are not UTF-8")
    return RawRow(line, {name: cell or None for name, cell in zip(header, cells, strict=True) if name})


def _row(header: list[str], cells: list[str], line: int) -> RawRow | Reject:
    if len(cells) != len(header):
        return Reject(line, None, f"has {len(cells)} cells where the header has {len(header)}")
    fields: Row = {}
    for name, cell in zip(header, cells, strict=True):
        if not cell or not name:
            continue
        if not cell.isascii() and not _is_text(cell):
            return Reject(line, name, "the bytes are not UTF-8")
        fields[name] = _convert(name)(cell) if name in CONVERTED else cell
    if "value" in header and ("rater" in fields or "judge" in fields):
        fields.setdefault("value", None)  # an empty cell is null; a column that is not there is missing
    _gather_blind(fields)
    return RawRow(line, fields)


def typed(cells: Row) -> Row:
    """A native table's row of texts as `rows` reads it: numbers, truth values and JSON in their columns."""
    fields = {name: _convert(name)(cell) for name, cell in cells.items() if isinstance(cell, str) and cell}
    if "value" in cells and ("rater" in fields or "judge" in fields):
        fields.setdefault("value", None)
    _gather_blind(fields)
    return fields


def _convert(name: str) -> Callable[[str], object]:
    return _number if name in NUMBERS else _truth if name in TRUTHS else _nested if name in NESTED else str


def _number(cell: str) -> object:
    try:
        return float(cell)
    except ValueError:
        return cell  # the record's field says what is wrong with it


def _truth(cell: str) -> object:
    return TRUTH_WORDS.get(cell.strip().casefold(), cell)


def _nested(cell: str) -> object:
    if not cell.lstrip().startswith(("{", "[")):
        return cell
    try:
        return msgspec.json.decode(cell)
    except (msgspec.DecodeError, RecursionError):
        return cell


def _gather_blind(fields: Row) -> None:
    """The columns blind.peers and blind.judge are the two parts of `blind`."""
    parts = {name: fields.pop(f"blind.{name}") for name in ("peers", "judge") if f"blind.{name}" in fields}
    if parts:
        fields["blind"] = parts


def _is_text(cell: str) -> bool:
    return cell.isascii() or not any("\ud800" <= character <= "\udfff" for character in cell)
