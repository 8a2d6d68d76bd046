"""What every importer must keep, checked on a sample file of its tool; raises NotConform in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from calibration.readers import csv_rows, jsonl
from calibration.readers.foreign.formats import once
from calibration.readers.foreign.row import Format, Hints
from calibration.readers.reading import Aside, CannotRead, RawRow, Read, Reject, Row
from calibration.readers.records import record_of
from rubrics.answers import Label, Verdict
from rubrics.items import Item

SPOILT: tuple[object, ...] = (
    None,
    "",
    7,
    -1.5,
    True,
    [],
    [[]],
    {},
    {"": None},
    "\u202e",
    "=1+1",
    float("inf"),
)


BREAKAGE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class NotConform(AssertionError):
    """An importer breaks a rule: which, and where."""


def _hold(holds: bool, words: str) -> None:
    if not holds:
        raise NotConform(words)


def check_format(format: Format, sample: Path, hints: Hints | None = None) -> dict[str, int]:  # noqa: A002
    """Check an importer on a sample file of its tool; how many records of each kind the file gives.

    The first row is recognised; no row of the sample is rejected; labels and verdicts name items that the
    file gives; the same file gives the same records; and a row in which any field is missing or spoilt gives
    records, rejects and asides, or `CannotRead`, never another error. Items of one id that say the same
    count once.
    """
    numbered = _rows_of(sample)
    first = next((row for row in numbered if isinstance(row, RawRow)), None)
    if first is None:
        raise NotConform(f"{sample}: has no row")
    _hold(format.fits(first.fields), f"{format.name} does not recognise the first row of {sample}")
    told = hints or Hints()
    found = _read(format, numbered, told)
    _hold(found == _read(format, numbered, told), f"{format.name} reads the same file differently each time")
    rejects = [read.record for read in found if isinstance(read.record, Reject)]
    _hold(not rejects, f"{format.name} rejects rows of {sample}: {' | '.join(map(str, rejects[:1]))}")
    _check_items(format, found)
    for row in _spoilt(numbered):
        _check_spoilt(format, row, told)
    return _counts(found)


def _rows_of(sample: Path) -> list[RawRow | Reject]:
    with sample.open("rb") as stream:
        if sample.suffix.lower() in (".csv", ".tsv"):
            return list(csv_rows.plain_rows(stream))
        if sample.suffix.lower() == ".json":
            return list(jsonl.document_rows(stream))
        return list(jsonl.rows(stream))


def _read(format: Format, numbered: list[RawRow | Reject], hints: Hints) -> list[Read]:  # noqa: A002
    found = []
    for row in once(format.rows(iter(numbered), hints)):
        if isinstance(row, RawRow):
            found.append(record_of(row.fields, row.line))
        else:
            found.append(Read("aside" if isinstance(row, Aside) else "reject", row, row.line))
    return found


def _check_items(format: Format, found: list[Read]) -> None:  # noqa: A002
    named = {read.record.item_id for read in found if isinstance(read.record, Item)}
    for read in found:
        if isinstance(read.record, Label | Verdict):
            item_id = read.record.item_id
            _hold(item_id in named, f"{format.name}: line {read.line} answers {item_id!r}, which is no item")


def _check_spoilt(format: Format, row: RawRow, hints: Hints) -> None:  # noqa: A002
    try:
        _read(format, [row], hints)
    except CannotRead:
        return
    except BREAKAGE as fault:
        raise NotConform(f"{format.name} fails on {row.fields!r}: {fault!r}") from fault


def _spoilt(numbered: list[RawRow | Reject]) -> Iterator[RawRow]:
    """Each of the first rows with one field missing, and with one field's content replaced."""
    for row in [one for one in numbered if isinstance(one, RawRow)][:5]:
        for name in row.fields:
            rest: Row = {key: content for key, content in row.fields.items() if key != name}
            yield RawRow(row.line, rest)
            yield from (RawRow(row.line, {**rest, name: content}) for content in SPOILT)


def _counts(found: list[Read]) -> dict[str, int]:
    items = {read.record.item_id for read in found if isinstance(read.record, Item)}
    others = Counter(str(read.kind) for read in found if not isinstance(read.record, Item))
    return {"item": len(items), **others}
