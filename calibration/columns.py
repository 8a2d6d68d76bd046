"""Labels and verdicts as columns of integer codes and floats, the only way into statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from calibration.collecting import OutsideScale
from calibration.scales import numbers_of
from calibration.stats.estimate import FloatArray, IntArray
from rubrics.answers import LABEL_STATUSES, VERDICT_STATUSES
from rubrics.rubric import Scale


def _no_items() -> IntArray:
    return np.zeros(0, dtype=np.int64)


def _no_numbers() -> FloatArray:
    return np.zeros(0)


@dataclass(frozen=True, slots=True, eq=False)
class JudgeColumn:
    """One judge's verdicts on one criterion, long form: entry k is the verdict on item number `item[k]`.

    `code` is the index into `scale.categories` (-1 on an interval scale without a step), `number` the
    answer as a number (NaN where the scale has none), `confidence` and `expected` are NaN where absent;
    `probs` has a row per verdict and a column per category, or is None; `sources` holds, by kind, each
    source's own confidence per verdict; `orders` the share of a pair's orders that agree, or None.
    `unparsed_item` and `na_item` list the items whose verdict could not be read or says that the criterion
    does not apply;
    `missing_item` and `missing_status` (index into VERDICT_STATUSES) all that are not observed.
    """

    judge: str
    item: IntArray
    code: IntArray
    number: FloatArray
    confidence: FloatArray
    expected: FloatArray
    unparsed_item: IntArray
    na_item: IntArray
    statuses: Mapping[str, int]
    probs: FloatArray | None = None
    sources: Mapping[str, FloatArray] = field(default_factory=dict)
    orders: FloatArray | None = None
    missing_item: IntArray = field(default_factory=_no_items)
    missing_status: IntArray = field(default_factory=_no_items)
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class CriterionRatings:
    """Blind labels given for estimation (last revision each) and verdicts on one criterion.

    Long form: label k is rater number `rater[k]`'s answer to item number `item[k]`: `code` as an index
    into `scale.categories` (-1 on an interval scale without a step), `number` as a number (NaN where the
    scale has none). `na_item` and `na_rater` are the answers "not applicable", `missing_item` and
    `missing_status` (index into LABEL_STATUSES) all that are not observed. Per item: `cluster` ids,
    `pi` (probability of having been drawn, NaN unknown), `stratum`; None when there is no such column.
    `adjudicated_*` are the agreed answers of disputed items, `adjudicated_na` those agreed to need none;
    with `adjudicates` they are the default reference. `left_out` counts rows that did not enter.
    """

    criterion: str
    scale: Scale
    items: tuple[str, ...]
    raters: tuple[str, ...]
    item: IntArray
    rater: IntArray
    code: IntArray
    number: FloatArray
    statuses: Mapping[str, int]
    na_item: IntArray
    na_rater: IntArray
    judges: tuple[JudgeColumn, ...] = ()
    cluster: IntArray | None = None
    pi: FloatArray | None = None
    stratum: tuple[str | None, ...] | None = None
    missing_item: IntArray = field(default_factory=_no_items)
    missing_status: IntArray = field(default_factory=_no_items)
    adjudicated_item: IntArray = field(default_factory=_no_items)
    adjudicated_code: IntArray = field(default_factory=_no_items)
    adjudicated_number: FloatArray = field(default_factory=_no_numbers)
    adjudicated_na: IntArray = field(default_factory=_no_items)
    adjudicates: bool = False
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ratings:
    """The ratings of every criterion, and sentences about what was assumed or left out.

    `outside` lists the rows whose answer their scale does not allow, where they were read from records.
    """

    criteria: Mapping[str, CriterionRatings]
    notes: tuple[str, ...] = ()
    outside: tuple[OutsideScale, ...] = ()


def ratings_from_columns(
    criterion: str,
    scale: Scale,
    *,
    items: tuple[str, ...],
    raters: tuple[str, ...],
    item: ArrayLike,
    rater: ArrayLike,
    answer: ArrayLike,
    status: ArrayLike | None = None,
    judges: tuple[JudgeColumn, ...] = (),
    cluster: ArrayLike | None = None,
    pi: ArrayLike | None = None,
    stratum: tuple[str | None, ...] | None = None,
    left_out: Mapping[str, int] | None = None,
) -> CriterionRatings:
    """One criterion's ratings from arrays: the newest blind estimate-purpose label of each (item, rater).

    item, rater: numbers into `items` and `raters`, shape (labels,). answer: category code, or the number
    itself on a scale without categories; ignored where status, an index into LABEL_STATUSES, is not 0
    (observed). cluster (ids), pi, stratum: one per item. Raises ValueError for a code outside the scale.
    """
    which, who = _integers(item), _integers(rater)
    states = np.zeros(len(which), dtype=np.int64) if status is None else _integers(status)
    seen, na = states == 0, states == LABEL_STATUSES.index("not_applicable")
    answers = coded(scale, np.asarray(answer)[seen])
    return CriterionRatings(
        criterion, scale, items, raters,
        item=which[seen], rater=who[seen], code=answers.code, number=answers.number,
        statuses=tally(states, LABEL_STATUSES),
        na_item=which[na], na_rater=who[na],
        missing_item=which[~seen], missing_status=states[~seen],
        judges=judges,
        cluster=None if cluster is None else _integers(cluster),
        pi=None if pi is None else np.asarray(pi, dtype=np.float64),
        stratum=stratum,
        left_out=dict(left_out or {}),
    )  # fmt: skip


def judge_column(
    judge: str,
    scale: Scale,
    *,
    item: ArrayLike,
    answer: ArrayLike,
    status: ArrayLike | None = None,
    confidence: ArrayLike | None = None,
    expected: ArrayLike | None = None,
    probs: ArrayLike | None = None,
    sources: Mapping[str, FloatArray] | None = None,
    orders: ArrayLike | None = None,
    left_out: Mapping[str, int] | None = None,
) -> JudgeColumn:
    """One judge's verdicts from arrays, one verdict per item; status is an index into VERDICT_STATUSES.

    answer: category code or number as in `ratings_from_columns`; confidence and expected: NaN where absent;
    probs: one row per verdict, one column per category; sources: by kind, like confidence. Raises
    ValueError for a code outside the scale.
    """
    which = _integers(item)
    states = np.zeros(len(which), dtype=np.int64) if status is None else _integers(status)
    seen = states == 0
    answers = coded(scale, np.asarray(answer)[seen])
    return JudgeColumn(
        judge=judge,
        item=which[seen],
        code=answers.code,
        number=answers.number,
        confidence=_floats(confidence, len(which))[seen],
        expected=_floats(expected, len(which))[seen],
        unparsed_item=which[states == VERDICT_STATUSES.index("parse_error")],
        na_item=which[states == VERDICT_STATUSES.index("not_applicable")],
        statuses=tally(states, VERDICT_STATUSES),
        probs=None if probs is None else np.asarray(probs, dtype=np.float64)[seen],
        sources={kind: _floats(stated, len(which))[seen] for kind, stated in (sources or {}).items()},
        orders=None if orders is None else _floats(orders, len(which))[seen],
        missing_item=which[~seen],
        missing_status=states[~seen],
        left_out=dict(left_out or {}),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Answers as category codes (-1: the scale has no categories) and as numbers (NaN: it has none)."""

    code: IntArray
    number: FloatArray


def coded(scale: Scale, answers: ArrayLike) -> Coded:
    """Category codes 0 .. q-1, or plain numbers on a scale without categories, as both columns."""
    categories = len(scale.categories)
    if not categories:
        numbers = np.asarray(answers, dtype=np.float64)
        return Coded(np.full(len(numbers), -1, dtype=np.int64), numbers)
    code = _integers(answers)
    if len(code) and (code.min() < 0 or code.max() >= categories):
        raise ValueError(f"codes must lie in 0..{categories - 1}, found {code.min()}..{code.max()}")
    values = numbers_of(scale)
    return Coded(code, np.full(len(code), np.nan) if values is None else np.asarray(values)[code])


def _integers(values: ArrayLike) -> IntArray:
    array = np.asarray(values)
    return array.astype(np.int64) if array.size else np.zeros(0, dtype=np.int64)


def _floats(values: ArrayLike | None, length: int) -> FloatArray:
    return np.full(length, np.nan) if values is None else np.asarray(values, dtype=np.float64)


def tally(states: IntArray, names: tuple[str, ...]) -> dict[str, int]:
    return dict(zip(names, np.bincount(states, minlength=len(names)).tolist(), strict=True))
