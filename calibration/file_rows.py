"""The records of plain files with the places they stand in; refuses a file that holds other kinds alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from calibration.readers import Aside, How, Reject, read_records
from rubrics.answers import Label, Verdict
from rubrics.items import Item

PROMISES = {
    "label": "item_id, rater, criterion and value",
    "verdict": "item_id, judge, criterion and value",
    "item": "item_id and what was judged, without rater, judge or criterion",
}


class NothingToMeasure(ValueError):
    """Files or options that leave nothing to work on: what, where, what to do."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not taken, and the file it stands in."""

    file: Path
    reject: Reject

    def __str__(self) -> str:
        return f"{self.file}: {self.reject}"

    def as_json(self) -> dict[str, object]:
        row = self.reject
        return {"file": str(self.file), "line": row.line, "field": row.field, "reason": row.reason}


@dataclass(slots=True)
class FileRows:
    """Records in the order of the files, each with its file and line beside it."""

    items: list[Item] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    label_places: list[tuple[Path, int]] = field(default_factory=list)
    verdict_places: list[tuple[Path, int]] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def take(rows: FileRows, files: Sequence[Path | str], promised: str, how: How) -> None:
    """The records of the promised kind in these files; a file with only other kinds was named by mistake."""
    for named in files:
        path, kinds = Path(named), Counter[str]()
        for read in read_records(path, how):
            kinds[read.kind] += 1
            if isinstance(read.record, Reject):
                rows.rejected.append(Rejected(path, read.record))
            elif read.kind == promised and not isinstance(read.record, Aside):
                _keep(rows, read.record, (path, read.line))
        passed = (promised, "reject", "aside")
        others = [f"{count} {kind}s" for kind, count in kinds.items() if kind not in passed]
        if others and not kinds[promised]:
            raise NothingToMeasure(
                f"{path}: holds {' and '.join(others)} but no {promised}s; "
                f"{promised}s are rows with {PROMISES[promised]}"
            )


def _keep(rows: FileRows, record: Item | Label | Verdict, place: tuple[Path, int]) -> None:
    if isinstance(record, Label):
        rows.labels.append(record)
        rows.label_places.append(place)
    elif isinstance(record, Verdict):
        rows.verdicts.append(record)
        rows.verdict_places.append(place)
    else:
        rows.items.append(record)


def names_of(files: Sequence[Path | str]) -> str:
    return ", ".join(str(file) for file in files)


def first_of(rejected: list[Rejected]) -> str:
    return f"; {len(rejected)} rows were rejected, the first: {rejected[0]}" if rejected else ""
