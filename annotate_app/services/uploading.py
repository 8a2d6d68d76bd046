"""An upload on its way in: what it holds, what a mapping has to say, what would happen; refuses big files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from annotate_app.desk import Desk
from annotate_app.services.import_values import ImportSummary
from annotate_app.services.importing import CannotRead, import_files, recognising
from annotate_app.services.rights import Role
from calibration.readers import Aside, How, Read, Reject, read_records
from calibration.readers import Mapping as Renames
from rubrics.answers import Label, Verdict
from rubrics.items import Item
from rubrics.rubric import NOT_APPLICABLE, UnknownAnswer, Value

FOR_RATERS = "Raters bring nothing in. Leads, engineers and owners do: choose a role."
SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv")
MOST_MEGABYTES, MOST_ROWS, SHOWN, MOST_ANSWERS = 20, 50_000, 8, 30


class CannotUpload(ValueError):
    """An upload that cannot be read here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as the browser sent it; its name is shown and otherwise not used."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """One record as the preview shows it."""

    line: int
    kind: str
    item: str
    who: str
    criterion: str
    answer: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The first records of an upload, and the words in it that the rubric does not have.

    `strange`: criteria that the rubric lacks; `answers`: by criterion (theirs), the answers seen.
    """

    lines: tuple[Line, ...]
    rows: int
    strange: tuple[str, ...] = ()
    answers: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)


def withheld(role: Role) -> str:
    """Why a role sees no page; "" where it does."""
    return FOR_RATERS if role == "rater" else ""


def preview(desk: Desk, upload: Upload) -> Preview:
    """What the upload holds, in its own words. Raises CannotUpload."""
    lines: list[Line] = []
    answers: dict[str, dict[Value, None]] = {}
    rows = 0
    for read in _reads(desk, upload):
        rows += 1
        if rows > MOST_ROWS:
            raise CannotUpload(
                f"{upload.name}: has more than {MOST_ROWS:,} rows: use `calibrant import FILE` for it"
            )
        if len(lines) < SHOWN and not isinstance(read.record, Reject | Aside):
            lines.append(_line(read))
        if isinstance(read.record, Label | Verdict):
            seen = answers.setdefault(read.record.criterion, {})
            if read.record.value is not None and len(seen) < MOST_ANSWERS:
                seen[read.record.value] = None
    known = {one.name for one in desk.rubric.criteria}
    strange = tuple(name for name in answers if name not in known)
    return Preview(tuple(lines), rows, strange, {name: tuple(seen) for name, seen in answers.items()})


def unknown_answers(desk: Desk, found: Preview, criteria: Mapping[str, str]) -> dict[str, tuple[Value, ...]]:
    """By our criterion, the answers of the upload that its scale does not take."""
    unknown: dict[str, tuple[Value, ...]] = {}
    scales = {one.name: one.scale for one in desk.rubric.criteria}
    for theirs, seen in found.answers.items():
        ours = criteria.get(theirs, theirs)
        if ours in scales:
            unknown[ours] = (*unknown.get(ours, ()), *(v for v in seen if not _takes(desk, ours, v)))
    return {name: values for name, values in unknown.items() if values}


def _takes(desk: Desk, criterion: str, value: Value) -> bool:
    try:
        desk.rubric.criterion(criterion).scale.parse(value)
    except UnknownAnswer:
        return False
    return True


def bring_in(desk: Desk, upload: Upload, renames: Renames, *, dry: bool) -> ImportSummary:
    """Import the upload, or with `dry` say what would be. Raises CannotUpload; nothing is written then."""
    with _kept(upload) as file:
        try:
            how = replace(recognising(desk), mapping=renames)
            summary = import_files(desk, [file], how=how, dry=dry, not_applicable=(NOT_APPLICABLE,))
        except CannotRead as fault:
            raise CannotUpload(str(fault).replace(str(file), upload.name)) from fault
    named = tuple(replace(one, file=upload.name) for one in summary.rejects)
    return replace(summary, files=(upload.name,), rejects=named)


def _reads(desk: Desk, upload: Upload) -> Iterator[Read]:
    how: How = recognising(desk)
    with _kept(upload) as file:
        try:
            yield from read_records(file, how)
        except CannotRead as fault:
            raise CannotUpload(str(fault).replace(str(file), upload.name)) from fault


@contextmanager
def _kept(upload: Upload) -> Iterator[Path]:
    """The upload as a file of our own name, for as long as it is read."""
    suffix = PurePath(upload.name).suffix.lower()
    if suffix not in SUFFIXES:
        raise CannotUpload(f"{upload.name}: is none of {', '.join(SUFFIXES)}")
    if len(upload.content) > MOST_MEGABYTES * 2**20:
        raise CannotUpload(
            f"{upload.name}: is larger than {MOST_MEGABYTES} MB: use `calibrant import FILE` for it"
        )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"upload{suffix}"
        file.write_bytes(upload.content)
        yield file


def _line(read: Read) -> Line:
    record = read.record
    if isinstance(record, Item):
        text = record.output or record.output_a or record.input or ""
        return Line(read.line, "item", record.item_id, "", "", text[:120])
    if isinstance(record, Label):
        said = record.status if record.value is None else str(record.value)
        return Line(read.line, "label", record.item_id, record.rater, record.criterion, said)
    if isinstance(record, Verdict):
        said = record.status if record.value is None else str(record.value)
        return Line(read.line, "verdict", record.item_id, record.judge, record.criterion, said)
    raise TypeError(f"{read.kind} is no record")
