"""Tables for statistics elsewhere: what enters our own agreement, wide, as a matrix, or as scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from annotate_app.exporters.native import columns_of
from annotate_app.services.leaving import Leaving
from annotate_app.services.ratings import ratings
from calibration.columns import CriterionRatings, JudgeColumn
from calibration.reference import reference
from calibration.stats.estimate import FloatArray, IntArray
from rubrics.answers import VERDICT_STATUSES
from rubrics.items import Item
from rubrics.rubric import Scale, Value, plain_number

NOT_APPLICABLE = "not applicable"
Column = Mapping[str, object]  # by item id


def _ratings(leaving: Leaving) -> Mapping[str, CriterionRatings]:
    """The ratings that our own agreement is computed from, on the items that leave."""
    found = ratings(
        leaving.desk,
        splits=leaving.scope.splits,
        criteria=leaving.criteria,
        judges=leaving.judges,
        probs=False,
    ).criteria
    return {
        name: replace(one, raters=tuple(leaving.called(rater) for rater in one.raters))
        for name, one in found.items()
    }


def wide(leaving: Leaving) -> None:
    """One row per item: what it is, then a column per criterion and rater, and per criterion and judge."""
    columns: dict[str, Column] = {}
    for name, found in _ratings(leaving).items():
        for place, rater in enumerate(found.raters):
            if column := rater_column(found, place):
                columns[f"{name}: {rater}"] = column
        for judge in found.judges:
            columns[f"{name}: judge {judge.judge}"] = _judge_column(found, judge)
    head = [*columns_of(Item("")), "split"]
    rows = (
        [*columns_of(one.item).values(), one.split, *(c.get(one.item.item_id) for c in columns.values())]
        for one in leaving.items()
    )
    leaving.files.table("wide.csv", [*head, *columns], rows)


def matrix(leaving: Leaving) -> None:
    """Per criterion a table of raters by items; a blank where a rater has no answer.

    These are the answers that our own agreement counts: of several revisions the newest, blind to judges.
    """
    for number, (name, found) in enumerate(_ratings(leaving).items(), start=1):
        file = f"matrix-{number}.csv"
        leaving.says(file, f"criterion {name}: raters × items")
        leaving.files.table(file, ["rater", *found.items], _matrix_rows(found))


def _matrix_rows(found: CriterionRatings) -> Iterator[list[object]]:
    for place, rater in enumerate(found.raters):
        mine = np.flatnonzero(found.rater == place).tolist()
        row: list[object] = [None] * len(found.items)
        for k in mine:
            row[found.item[k]] = _answer(found.scale, found.code[k], found.number[k])
        if mine:
            yield [rater, *row]


def scores(leaving: Leaving) -> None:
    """Inspect's precomputed scores: per criterion the reference of every item, and a file per rater."""
    epochs: dict[str, dict[str, object]] = {}
    numbers = {name: k for k, name in enumerate(leaving.criteria, start=1)}
    raters: dict[str, int] = {}
    for rated in leaving.rated():
        for one in rated.labels:
            place = raters.setdefault(one.rater, len(raters) + 1)
            file = f"scores-{numbers[one.criterion]}-rater-{place}.jsonl"
            leaving.says(file, f"criterion {one.criterion}, rater {one.rater}")
            about = {"rater": one.rater, "criterion": one.criterion, "item_id": one.item_id}
            row = {**_sample(rated.item), "value": one.value, "explanation": one.rationale}
            leaving.files.json(file, {**row, "metadata": {**about, "rubric_sha256": one.rubric_sha256}})
        epochs[rated.item.item_id] = _sample(rated.item)
    for name, found in _ratings(leaving).items():
        _reference_scores(leaving, f"scores-{numbers[name]}.jsonl", found, epochs)


def _reference_scores(
    leaving: Leaving, file: str, found: CriterionRatings, epochs: Mapping[str, Mapping[str, object]]
) -> None:
    made = reference(found)
    leaving.says(file, f"criterion {found.criterion}, reference: {made.kind}")
    leaving.files.begin(file)
    for k, place in enumerate(made.item.tolist()):
        item_id = found.items[place]
        about = {"reference": made.kind, "criterion": found.criterion, "item_id": item_id}
        value = _answer(found.scale, made.code[k], made.number[k])
        leaving.files.json(file, {**epochs.get(item_id, {"id": item_id}), "value": value, "metadata": about})


def _sample(item: Item) -> dict[str, object]:
    """Inspect's id and, where the item is one of several epochs of an input, its epoch."""
    head, _, epoch = item.item_id.rpartition("/")
    if head and head == item.input_id and epoch.isdecimal():
        return {"id": head, "epoch": int(epoch)}
    return {"id": item.item_id}


def rater_column(found: CriterionRatings, place: int) -> Column:
    """One rater's answers by item."""
    mine = np.flatnonzero(found.rater == place)
    column = _column(found, found.item[mine], found.code[mine], found.number[mine])
    for item in found.na_item[found.na_rater == place].tolist():
        column[found.items[item]] = NOT_APPLICABLE
    return column


def _judge_column(found: CriterionRatings, judge: JudgeColumn) -> Column:
    """One judge's verdicts by item; where there is no answer, why not."""
    column = _column(found, judge.item, judge.code, judge.number)
    for item, status in zip(judge.missing_item.tolist(), judge.missing_status.tolist(), strict=True):
        column[found.items[item]] = VERDICT_STATUSES[status].replace("_", " ")
    return column


def _column(found: CriterionRatings, item: IntArray, code: IntArray, number: FloatArray) -> dict[str, object]:
    answers: Sequence[Value] = [
        _answer(found.scale, c, n) for c, n in zip(code.tolist(), number.tolist(), strict=True)
    ]
    return {found.items[k]: answer for k, answer in zip(item.tolist(), answers, strict=True)}


def _answer(scale: Scale, code: int, number: float) -> Value:
    """The canonical answer of a code; of a number where the scale has no codes."""
    return scale.categories[int(code)] if code >= 0 else plain_number(float(number))
