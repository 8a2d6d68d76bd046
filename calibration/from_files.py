"""Ratings from plain files of labels, verdicts and items, with every row left out counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import compress
from pathlib import Path

from calibration.collecting import spelling, why_left_out
from calibration.columns import Ratings
from calibration.file_rows import FileRows, NothingToMeasure, Rejected, first_of, names_of, take
from calibration.readers import Hints, How, Reject
from calibration.readers.foreign.formats import AUTO
from calibration.scales import assume_scale, parse_scale
from calibration.tabulating import Columns, WrongColumn, item_value, label_value, ratings_from_records
from rubrics.answers import Label, Verdict
from rubrics.rubric import Rubric, Scale, Value

EVERY_CRITERION = "*"
SHOWN_VALUES = 10


@dataclass(frozen=True, slots=True)
class Where:
    """Only rows whose column has this value (`*` stands for any text); several values mean any of them."""

    column: str
    value: str

    def admits(self, value: Value | None) -> bool:
        return value is not None and fnmatchcase(spelling(value), spelling(self.value))


@dataclass(frozen=True, slots=True)
class Choices:
    """How files become ratings: scales by criterion as text (`*`: every criterion), filters and columns."""

    rubric: Rubric | None = None
    scales: Mapping[str, str] = field(default_factory=dict)
    where: tuple[Where, ...] = ()
    not_applicable: tuple[Value, ...] = ()
    columns: Columns = field(default_factory=Columns)

    @property
    def criteria(self) -> tuple[str, ...]:
        """The criteria that the options know, for files of other tools that name none."""
        named = [name for name in self.scales if name != EVERY_CRITERION]
        return tuple(c.name for c in self.rubric.criteria) if self.rubric else tuple(named)


@dataclass(frozen=True, slots=True)
class FileRatings:
    """What files gave: the ratings, the rows rejected, and what was assumed about scales."""

    ratings: Ratings
    rejected: tuple[Rejected, ...]
    assumptions: tuple[str, ...]


def ratings_from_files(
    human: Sequence[Path | str],
    judge: Sequence[Path | str] = (),
    items: Sequence[Path | str] = (),
    *,
    choices: Choices | None = None,
) -> FileRatings:
    """The ratings in files of labels, verdicts and items (JSON Lines, JSON arrays, CSV).

    A criterion's scale is the one given as text, else the rubric's, else assumed from the answers; with a
    rubric, rows of other criteria are rejected. Raises CannotRead for a file that cannot be read, WrongScale,
    WrongColumn, and NothingToMeasure where no label or no row of the promised kind is left.
    """
    chosen = choices or Choices()
    rows = FileRows()
    how = How(AUTO, Hints(criteria=chosen.criteria))
    take(rows, human, "label", how)
    take(rows, judge, "verdict", how)
    take(rows, items, "item", how)
    return ratings_from_rows(rows, names_of(human), chosen)


def ratings_from_rows(rows: FileRows, named: str, chosen: Choices) -> FileRatings:
    """The ratings in rows that were read already; `named` is what messages call their source."""
    _filter(rows, chosen.where)
    if not rows.labels:
        raise NothingToMeasure(f"{named}: no labels to measure{first_of(rows.rejected)}")
    _refuse_none_that_counts(rows.labels, named)
    found = _scales(rows, chosen)
    ratings = ratings_from_records(
        rows.labels,
        rows.verdicts,
        rows.items,
        found.scales,
        columns=chosen.columns,
        not_applicable=chosen.not_applicable,
    )
    rejected = (*rows.rejected, *_unknown_criteria(rows, found.scales), *_outside(rows, ratings))
    return FileRatings(ratings, rejected, found.assumptions)


def _refuse_none_that_counts(labels: list[Label], named: str) -> None:
    """Labels of which none may enter an estimate, such as those of a search wave, stop everything."""
    if not any(label.counts_for_agreement for label in labels):
        kinds = Counter(why_left_out(label) for label in labels)
        said = ", ".join(f"{n} {kind}" for kind, n in kinds.items())
        raise NothingToMeasure(
            f"{named}: no label may enter an estimate ({said}). Search labels find errors, "
            "and were chosen because errors were expected there: label items of a random wave"
        )


def _filter(rows: FileRows, where: tuple[Where, ...]) -> None:
    """Keep the labels that every named column lets through; an item's column filters verdicts too."""
    for column in dict.fromkeys(condition.column for condition in where):
        wanted = [condition for condition in where if condition.column == column]
        found = [label_value(label, column) for label in rows.labels]
        if any(value is not None for value in found):
            _keep_labels(rows, [_admitted(wanted, value) for value in found])
        else:
            found = _filter_by_item(rows, column, wanted)
        if not rows.labels:
            seen = sorted({str(value) for value in found if value is not None})
            raise NothingToMeasure(
                f"--where {column}: no label is left for {' or '.join(c.value for c in wanted)}; "
                f"the column holds: {', '.join(seen[:SHOWN_VALUES])}"
            )


def _filter_by_item(rows: FileRows, column: str, wanted: list[Where]) -> list[Value | None]:
    """Filter labels and verdicts by their items' column; all of its values."""
    values = {item.item_id: item_value(item, column) for item in rows.items}
    if all(value is None for value in values.values()):
        raise WrongColumn(f"--where {column}: neither a label nor an item has a column {column!r}")
    chosen = {name for name, value in values.items() if _admitted(wanted, value)}
    _keep_labels(rows, [label.item_id in chosen for label in rows.labels])
    keep = [verdict.item_id in chosen for verdict in rows.verdicts]
    rows.verdicts = list(compress(rows.verdicts, keep))
    rows.verdict_places = list(compress(rows.verdict_places, keep))
    return list(values.values())


def _admitted(wanted: list[Where], value: Value | None) -> bool:
    return any(condition.admits(value) for condition in wanted)


def _keep_labels(rows: FileRows, keep: list[bool]) -> None:
    rows.labels = list(compress(rows.labels, keep))
    rows.label_places = list(compress(rows.label_places, keep))


@dataclass(frozen=True, slots=True)
class _Scales:
    scales: Mapping[str, Scale]
    assumptions: tuple[str, ...]


def _scales(rows: FileRows, choices: Choices) -> _Scales:
    """The scale of every criterion that occurs (with a rubric: that it names), and what was assumed."""
    seen = _answers_seen(rows, frozenset(spelling(value) for value in choices.not_applicable))
    _checknames_of(choices, seen)
    known = {} if choices.rubric is None else {c.name: c.scale for c in choices.rubric.criteria}
    pairwise = any(item.kind == "pairwise" for item in rows.items)
    scales: dict[str, Scale] = {}
    assumptions = []
    for name, answers in seen.items():
        given = choices.scales.get(name, choices.scales.get(EVERY_CRITERION))
        if given is not None:
            scales[name] = parse_scale(given, answers)
        elif name in known:
            scales[name] = known[name]
        elif choices.rubric is None:
            assumed = assume_scale(name, answers, pairwise_items=pairwise)
            scales[name] = assumed.scale
            assumptions.append(assumed.sentence)
    if not scales:
        raise NothingToMeasure(
            f"the rubric's criteria ({', '.join(known)}) are none of the files' ({', '.join(seen)})"
        )
    return _Scales(scales, tuple(assumptions))


def _checknames_of(choices: Choices, seen: Mapping[str, object]) -> None:
    for name in choices.scales:
        if name not in seen and name != EVERY_CRITERION:
            raise NothingToMeasure(
                f"--scale {name}: no row has this criterion; the files have: {', '.join(seen)}"
            )


def _answers_seen(rows: FileRows, not_applicable: frozenset[str]) -> dict[str, list[Value]]:
    """Distinct raw answers of every criterion, labels' first."""
    seen: dict[str, dict[tuple[type, Value], None]] = {}
    records: Iterable[Label | Verdict] = (*rows.labels, *rows.verdicts)
    for record in records:
        answers = seen.setdefault(record.criterion, {})
        if record.value is not None:
            answers[record.value.__class__, record.value] = None
    return {
        name: [value for _, value in answers if spelling(value) not in not_applicable]
        for name, answers in seen.items()
    }


def _unknown_criteria(rows: FileRows, scales: Mapping[str, Scale]) -> list[Rejected]:
    """Rows whose criterion the rubric does not have."""
    named = {label.criterion for label in rows.labels} | {verdict.criterion for verdict in rows.verdicts}
    if named <= set(scales):
        return []
    asked = [
        *zip((label.criterion for label in rows.labels), rows.label_places, strict=True),
        *zip((verdict.criterion for verdict in rows.verdicts), rows.verdict_places, strict=True),
    ]
    return [
        Rejected(path, Reject(line, "criterion", f"{name!r} is not in the rubric"))
        for name, (path, line) in asked
        if name not in scales
    ]


def _outside(rows: FileRows, ratings: Ratings) -> list[Rejected]:
    """Rows whose answer the scale does not allow, with their places."""
    found = []
    for row in ratings.outside:
        path, line = (rows.label_places if row.kind == "label" else rows.verdict_places)[row.position]
        found.append(Rejected(path, Reject(line, "value", f"{row.criterion}: {row.reason}")))
    return found
