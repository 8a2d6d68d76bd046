"""Records into ratings: labels, verdicts and items become columns, criterion by criterion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from calibration.collecting import Answers, Gathered, OutsideScale, gather_labels, gather_verdicts, spelling
from calibration.columns import (
    CriterionRatings,
    JudgeColumn,
    Ratings,
    coded,
    judge_column,
    ratings_from_columns,
)
from calibration.stated import floats, orders, probabilities, sources, stated_probabilities, with_replies
from calibration.stats.estimate import IntArray
from rubrics.answers import LABEL_STATUSES, VERDICT_STATUSES, Label, Verdict
from rubrics.items import Item
from rubrics.rubric import Scale, Value

WEIGHTED_AS_STATED = (
    "items were drawn with unequal probability, as the labels' column pi says: everything is weighted by 1/pi"
)
ITEM_COLUMNS = {"model_a": "system_a", "model_b": "system_b"}


class WrongColumn(ValueError):
    """A column that exists nowhere, or whose content cannot be what it is asked for."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which item columns hold the cluster, the stratum to report by, and the inclusion probability.

    None for `cluster` means the column of that name where an item has one; None for `by` no strata;
    `pi` may also be a column of the labels, and None means the labels' own probabilities where they differ.
    """

    cluster: str | None = None
    by: str | None = None
    pi: str | None = None


def ratings_from_records(
    labels: Iterable[Label],
    verdicts: Iterable[Verdict],
    items: Iterable[Item],
    scales: Mapping[str, Scale],
    *,
    columns: Columns | None = None,
    not_applicable: Iterable[Value] = (),
) -> Ratings:
    """The ratings of every criterion of `scales`; rows of other criteria are passed over.

    Only blind labels given for estimation enter. Of several rows of one (item, rater) the highest revision
    counts, then the last row; of several verdicts of one (item, judge) the lowest replicate, then the last
    row. Raw values in `not_applicable` mean that the criterion does not apply. Answers that a scale does
    not allow are listed in `outside`. Raises `WrongColumn` for a named column that exists nowhere.
    """
    kept = list(labels)
    sentinels = frozenset(spelling(value) for value in not_applicable)
    gathered = {name: Gathered(Answers(scale, sentinels)) for name, scale in scales.items()}
    outside: list[OutsideScale] = []
    gather_labels(kept, gathered, outside)
    gather_verdicts(verdicts, gathered, outside)
    known = list(items)
    frame = _Frame.of(known, kept, columns or Columns())
    criteria = {name: _criterion(name, found, frame) for name, found in gathered.items()}
    notes = [note for name, found in gathered.items() for note in _notes(name, found)]
    notes += _frame_notes(kept, known, frame, columns or Columns())
    return Ratings(criteria, tuple(notes), tuple(outside))


@dataclass(frozen=True, slots=True)
class _Frame:
    """What is known of items besides their answers, by item id; None: there is no such column."""

    cluster: Mapping[str, str] | None
    stratum: Mapping[str, str] | None
    pi: Mapping[str, float] | None

    @classmethod
    def of(cls, items: Iterable[Item], labels: list[Label], columns: Columns) -> _Frame:
        known = {item.item_id: item for item in items}
        cluster = _column(known, columns.cluster or "cluster")
        if columns.cluster and not cluster:
            raise _missing(columns.cluster, "cluster")
        stratum = _column(known, columns.by) if columns.by else None
        if columns.by and not stratum:
            raise _missing(columns.by, "by")
        pi = None if columns.pi is None else _inclusion(columns.pi, known, labels)
        if columns.pi is None:
            pi = stated_probabilities(labels)
        return cls(cluster or None, stratum, pi)


def item_value(item: Item, column: str) -> Value | None:
    """The content of an item's column, one of its fields or of the columns it was imported with."""
    name = ITEM_COLUMNS.get(column, column)
    found = getattr(item, name, None) if name in Item.__dataclass_fields__ else None
    if found is None:
        found = dict(item.meta).get(column)
    return found if isinstance(found, str | int | float) else None


def _column(items: Mapping[str, Item], column: str) -> dict[str, str]:
    values = ((name, item_value(item, column)) for name, item in items.items())
    return {name: str(value) for name, value in values if value is not None}


def _missing(column: str, flag: str) -> WrongColumn:
    return WrongColumn(f"no item has a column {column!r} (asked for with --{flag}); check the items file")


def _inclusion(column: str, items: Mapping[str, Item], labels: list[Label]) -> dict[str, float]:
    """π by item from the items or, where they have no such column, from the labels."""
    pairs = [(name, item_value(item, column)) for name, item in items.items()]
    pairs += [(label.item_id, label_value(label, column)) for label in labels if label.counts_for_agreement]
    found: dict[str, float] = {}
    for name, raw in pairs:
        if raw is None:
            continue
        probability = _probability(raw, column, name)
        if found.setdefault(name, probability) != probability:
            raise WrongColumn(
                f"item {name!r} has two different values of {column!r}, {found[name]:g} and {probability:g}; "
                "an item has one probability of being drawn"
            )
    if not found:
        raise _missing(column, "pi")
    return found


def label_value(label: Label, column: str) -> Value | None:
    """The content of a label's column: one of its fields or an unknown column of its file."""
    found = getattr(label, column, None) if column in Label.__dataclass_fields__ else None
    if found is None:
        found = dict(label.extra).get(column)
    return found if isinstance(found, str | int | float) else None


def _probability(raw: Value, column: str, item_id: str) -> float:
    try:
        value = float(raw)
    except ValueError:
        value = np.nan
    if not 0 < value <= 1:
        raise WrongColumn(f"item {item_id!r}: {column} must be above 0 and at most 1, is {raw!r}")
    return value


def _criterion(name: str, found: Gathered, frame: _Frame) -> CriterionRatings:
    judged = (item for column in found.verdicts.values() for item in column)
    ids = list(dict.fromkeys([*(item for item, _ in found.labels), *found.adjudicated, *judged]))
    number = {item_id: k for k, item_id in enumerate(ids)}
    raters = {who: k for k, who in enumerate(sorted({rater for _, rater in found.labels}))}
    scale = found.answers.scale
    adjudicated = coded(scale, _codes(scale, found.adjudicated.values()))
    ratings = ratings_from_columns(
        name,
        scale,
        items=tuple(ids),
        raters=tuple(raters),
        item=[number[item] for item, _ in found.labels],
        rater=[raters[rater] for _, rater in found.labels],
        answer=_codes(scale, (value for _, value, _ in found.labels.values())),
        status=[LABEL_STATUSES.index(status) for status, _, _ in found.labels.values()],
        judges=tuple(_judge(judge, found, number) for judge in found.verdicts),
        cluster=_clusters(ids, frame),
        pi=None if frame.pi is None else [frame.pi.get(i, np.nan) for i in ids],
        stratum=None if frame.stratum is None else tuple(frame.stratum.get(i) for i in ids),
        left_out=found.left_out,
    )
    return replace(
        ratings,
        adjudicated_item=np.array([number[i] for i in found.adjudicated], dtype=np.int64),
        adjudicated_code=adjudicated.code,
        adjudicated_number=adjudicated.number,
    )


def _judge(judge: str, found: Gathered, number: Mapping[str, int]) -> JudgeColumn:
    scale, column = found.answers.scale, found.verdicts[judge]
    verdicts = [verdict for _, _, verdict in column.values()]
    return judge_column(
        judge,
        scale,
        item=[number[item] for item in column],
        answer=_codes(scale, (value for _, value, _ in column.values())),
        status=[VERDICT_STATUSES.index(status) for status, _, _ in column.values()],
        confidence=floats(verdict.confidence for verdict in verdicts),
        expected=floats(verdict.expected for verdict in verdicts),
        probs=probabilities(scale, found.answers, with_replies(column, found.replies.get(judge, {}))),
        sources=sources(verdicts),
        orders=orders(verdicts),
        left_out=found.verdicts_left_out[judge],
    )


def _codes(scale: Scale, values: Iterable[Value | None]) -> list[float]:
    """Category codes, or the numbers themselves on a scale without categories; 0 stands where None is."""
    categories = scale.categories
    if not categories:
        return [0 if value is None else float(value) for value in values]
    if scale.kind == "interval" and scale.step and scale.low is not None:
        low, step = scale.low, scale.step
        return [0 if value is None else round((float(value) - low) / step) for value in values]
    index = {category: k for k, category in enumerate(categories)}
    return [0 if value is None else index[value] for value in values]


def _clusters(ids: list[str], frame: _Frame) -> IntArray | None:
    """Numbers of the clusters; an item without one is a cluster of its own."""
    if frame.cluster is None:
        return None
    names = [("cluster", frame.cluster[i]) if i in frame.cluster else ("item", i) for i in ids]
    number = {name: k for k, name in enumerate(dict.fromkeys(names))}
    return np.array([number[name] for name in names], dtype=np.int64)


def _notes(criterion: str, found: Gathered) -> list[str]:
    """Sentences about rows that did not enter, labels first."""
    notes = [_sentence(f"{criterion}: labels", found.left_out)]
    notes += [
        _sentence(f"{criterion}: verdicts of {judge}", left_out)
        for judge, left_out in found.verdicts_left_out.items()
    ]
    return [note for note in notes if note]


def _frame_notes(labels: list[Label], items: list[Item], frame: _Frame, columns: Columns) -> list[str]:
    """What the reader must know of items that were not found and of probabilities nobody asked for."""
    notes = []
    if items:
        strangers = {label.item_id for label in labels} - {item.item_id for item in items}
        if strangers:
            notes.append(
                f"{len(strangers)} labelled items are not in the items file (such as {min(strangers)!r}): "
                "they have no cluster and no stratum"
            )
    if frame.pi is not None and columns.pi is None:
        notes.append(WEIGHTED_AS_STATED)
    return notes


def _sentence(subject: str, left_out: Mapping[str, int]) -> str:
    if not any(left_out.values()):
        return ""
    parts = []
    for reason, rows in left_out.items():
        if reason == "duplicate":
            parts.append(f"{rows} repeated ({left_out.get('conflict', 0)} in conflict; the last counts)")
        elif reason != "conflict":
            parts.append(f"{rows} {reason}")
    return f"{subject} left out: {', '.join(parts)}"
