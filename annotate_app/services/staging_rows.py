"""Rows of files on their way into staging: translated, or refused with the line, the field and the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from annotate_app.services.import_values import Rejected, Without
from annotate_app.services.plain_labels import by_sight
from annotate_app.services.sampling import Intake
from annotate_app.services.translating import Refused, Translator
from annotate_app.store.staging import KIND_COLUMNS, PlainRun, StagedRow, Staging
from calibration.readers import Aside, How, Lost, Plain, Read
from rubrics.answers import Label, Verdict
from rubrics.items import Item

CHUNK = 5_000
STATUS = 6  # where a staged label or verdict has its status
KIND_STATUS = KIND_COLUMNS.index("status")
Progress = Callable[[Path, int], None]  # file, rows read of it so far
Adapt = Callable[[Label], Label]  # a label of the file as it is to be stored; raises Refused


@dataclass(slots=True)
class Reading:
    """What has been read so far."""

    translator: Translator
    how: How
    adapt: Adapt | None = None
    into: Intake = field(default_factory=Intake)
    read: Counter[str] = field(default_factory=Counter)
    statuses: dict[str, Counter[object]] = field(
        default_factory=lambda: {"label": Counter(), "verdict": Counter()}
    )
    rejects: list[Rejected] = field(default_factory=list)
    asides: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    first_lost: dict[str, Rejected] = field(default_factory=dict)

    @property
    def without(self) -> tuple[Without, ...]:
        """By field, the rows that are taken without it."""
        return tuple(Without(self.lost[name], first) for name, first in self.first_lost.items())


def stage(staging: Staging, reading: Reading, place: int, file: Path, progress: Progress | None) -> None:
    """Put the file's rows behind those that are staged; `place` is the file's among those of the import."""
    waiting: dict[str, list[StagedRow]] = {"item": [], "label": [], "verdict": []}
    rows, shown = 0, 0
    for part in _parts(reading, file):
        if isinstance(part, Plain):
            rows += len(part.rows)
            _take_plain(staging, reading, place, file, part, waiting)
        else:
            rows += 1
            _take(reading, place, file, part, waiting)
        if rows - shown >= CHUNK:
            shown = rows
            _flush(staging, waiting)
            if progress is not None:
                progress(file, rows)
    _flush(staging, waiting)
    if progress is not None:
        progress(file, rows)


def _parts(reading: Reading, file: Path) -> Iterator[Plain | Read]:
    """Plain labels come together, unless each is to be made another on its way in."""
    into, how = reading.into, reading.how
    return into.parts(file, how) if reading.adapt is None else into.read(file, how)


def _take_plain(
    staging: Staging,
    reading: Reading,
    place: int,
    file: Path,
    part: Plain,
    waiting: dict[str, list[StagedRow]],
) -> None:
    """Labels whose names and answers were met before are staged by sight, the others as any row is.

    Rows are staged in the file's order: what was met for the first time waits with those around it.
    """
    for run in by_sight(reading.translator, place, part):
        if isinstance(run, Read):
            _take(reading, place, file, run, waiting)
            continue
        _flush(staging, waiting)
        staging.add_plain(run)
        reading.read["label"] += len(run.kinds)
        _count(reading, run)


def _count(reading: Reading, run: PlainRun) -> None:
    """What kinds of answers a run has; each kind is looked at once."""
    statuses = [kind[KIND_STATUS] for kind in reading.translator.staging.kinds]
    for kind, times in Counter(run.kinds).items():
        reading.statuses["label"][statuses[kind]] += times


def _take(reading: Reading, place: int, file: Path, read: Read, waiting: dict[str, list[StagedRow]]) -> None:
    record, translator = read.record, reading.translator
    reading.read[read.kind] += 1
    try:
        if isinstance(record, Label):
            row = translator.label(place, read.line, reading.adapt(record) if reading.adapt else record)
            reading.statuses["label"][row[STATUS]] += 1
        elif isinstance(record, Verdict):
            row = translator.verdict(place, read.line, record)
            reading.statuses["verdict"][row[STATUS]] += 1
        elif isinstance(record, Item):
            row = translator.item(place, read.line, record)
        elif isinstance(record, Aside):
            reading.asides[record.reason] += 1
            return
        else:
            _reject(reading, file, record.line, record.field, record.reason)
            return
    except Refused as refused:
        _reject(reading, file, read.line, refused.field, refused.reason)
        return
    waiting[read.kind].append(row)
    if read.lost is not None:
        _lose(reading, file, read.line, read.lost)


def _lose(reading: Reading, file: Path, line: int, lost: Lost) -> None:
    """A row that is taken without a field of it."""
    if not reading.lost[lost.field]:
        said = reading.into.said(lost.reason)
        reading.first_lost[lost.field] = Rejected(str(file), line, lost.field, said)
    reading.lost[lost.field] += 1


def _reject(reading: Reading, file: Path, line: int, name: str | None, reason: str) -> None:
    """A row that was left out, said without what would have been masked in it."""
    reading.rejects.append(Rejected(str(file), line, name, reading.into.said(reason)))


def _flush(staging: Staging, waiting: dict[str, list[StagedRow]]) -> None:
    for table, rows in waiting.items():
        if rows:
            staging.add(table, rows)
            rows.clear()
