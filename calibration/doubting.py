"""Every signal's doubt about every verdict of a judge, from the ratings of one criterion."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from calibration.columns import CriterionRatings, JudgeColumn
from calibration.stats.estimate import FloatArray, IntArray
from calibration.triage.signals import NEEDS_LABELS, SIGNALS, Case
from rubrics.rubric import Value, plain_number


def doubts(
    ratings: CriterionRatings,
    judge: JudgeColumn,
    names: Iterable[str] = tuple(SIGNALS),
    *,
    step: float | None = None,
) -> dict[str, FloatArray]:
    """By signal the doubt about each observed verdict of the judge, NaN where there is no opinion."""
    wanted = tuple(names)
    found = {name: np.full(len(judge.item), np.nan) for name in wanted}
    for at, case in enumerate(cases(ratings, judge, labels=not NEEDS_LABELS.isdisjoint(wanted), step=step)):
        for name in wanted:
            doubt = SIGNALS[name](case)
            if doubt is not None:
                found[name][at] = doubt
    return found


def cases(
    ratings: CriterionRatings, judge: JudgeColumn, *, labels: bool = True, step: float | None = None
) -> Iterator[Case]:
    """What is known of each observed verdict, in the judge's order; `labels`: of raters' answers too.

    step: of an interval scale that declares none.
    """
    scale = ratings.scale
    answers = scale.categories
    allowed = (scale.step or step) if scale.kind == "interval" else None
    others = _others(ratings, judge)
    told = _told(ratings, answers) if labels else {}
    probs, orders = judge.probs, judge.orders
    values = _values(judge.code, judge.number, answers)
    for at, item in enumerate(judge.item.tolist()):
        row = None if probs is None or np.isnan(probs[at]).any() else probs[at].tolist()
        yield Case(
            value=values[at],
            answers=answers,
            numeric=scale.is_numeric,
            step=allowed,
            confidence=_stated(judge.confidence, at),
            expected=_stated(judge.expected, at),
            probs={} if row is None else dict(zip(answers, row, strict=True)),
            orders=None if orders is None else _stated(orders, at),
            others=others.get(item, ()),
            labels=told.get(item, ()),
        )


def _others(ratings: CriterionRatings, judge: JudgeColumn) -> Mapping[int, list[Value]]:
    """Other judges' answers by item."""
    found: dict[int, list[Value]] = defaultdict(list)
    for other in ratings.judges:
        if other.judge != judge.judge:
            values = _values(other.code, other.number, ratings.scale.categories)
            for item, value in zip(other.item.tolist(), values, strict=True):
                found[item].append(value)
    return found


def _told(ratings: CriterionRatings, answers: tuple[Value, ...]) -> Mapping[int, list[Value]]:
    """Raters' answers by item."""
    found: dict[int, list[Value]] = defaultdict(list)
    values = _values(ratings.code, ratings.number, answers)
    for item, value in zip(ratings.item.tolist(), values, strict=True):
        found[item].append(value)
    return found


def _values(code: IntArray, number: FloatArray, answers: tuple[Value, ...]) -> list[Value]:
    if not answers:
        return [plain_number(x) for x in number.tolist()]
    return [answers[k] for k in code.tolist()]


def _stated(column: FloatArray, at: int) -> float | None:
    value = float(column[at])
    return None if np.isnan(value) else value
