"""What answers are worth as numbers in [0, 1]: right or wrong against a reference, or good by the scale."""

from __future__ import annotations

import numpy as np

from calibration.agreement_types import ReferenceKind
from calibration.columns import CriterionRatings, JudgeColumn
from calibration.reference import Reference, reference
from calibration.stats.estimate import FloatArray, IntArray
from rubrics.rubric import Scale


def rightness(
    ratings: CriterionRatings, judge: JudgeColumn, kind: ReferenceKind | None = None
) -> tuple[IntArray, FloatArray]:
    """Items with a reference about which the judge was asked, and how right it was: shapes (items,).

    Of names 1 for the reference's answer and 0 for another, of numbers 1 - |difference| / range of the scale;
    no answer is 0. Under `each` an item's labels are averaged.
    """
    held = reference(ratings, kind)
    asked = np.unique(np.concatenate([judge.item, judge.missing_item]))
    units = np.flatnonzero(np.isin(held.item, asked))
    place = np.full(len(ratings.items), -1, dtype=np.int64)
    place[judge.item] = np.arange(len(judge.item))
    at = place[held.item[units]]
    right = np.zeros(len(units))
    right[at >= 0] = _right(ratings.scale, judge, held, units[at >= 0], at[at >= 0])
    items, of_unit = np.unique(held.item[units], return_inverse=True)
    count = np.bincount(of_unit, minlength=len(items))
    return items, np.bincount(of_unit, weights=right, minlength=len(items)) / np.maximum(count, 1)


def _right(scale: Scale, judge: JudgeColumn, held: Reference, units: IntArray, at: IntArray) -> FloatArray:
    if not scale.is_numeric:
        return np.asarray(judge.code[at] == held.code[units], dtype=np.float64)
    low, high = ends_of(scale) or (float(held.number.min()), float(held.number.max()))
    away = np.abs(judge.number[at] - held.number[units]) / max(high - low, 1e-12)
    return np.asarray(np.clip(1 - away, 0, 1), dtype=np.float64)


def ends_of(scale: Scale) -> tuple[float, float] | None:
    """The smallest and the largest number of a scale; None where it has no ends."""
    if scale.low is not None and scale.high is not None:
        return float(scale.low), float(scale.high)
    numbers = [float(value) for value in scale.categories] if scale.kind == "ordinal" else []
    return (min(numbers), max(numbers)) if len(numbers) > 1 else None


def is_directed(scale: Scale) -> bool:
    """Whether an answer is better or worse than another: two answers, the first one good, or numbers."""
    return scale.kind == "binary" or (scale.is_numeric and ends_of(scale) is not None)


def goodness(scale: Scale, code: IntArray, number: FloatArray) -> FloatArray:
    """Answers as numbers from 0 to 1, the best: of two answers the first is good, of numbers the largest.

    NaN where there is no answer on the scale.
    """
    if scale.kind == "binary":
        return np.asarray(np.where(code < 0, np.nan, code == 0), dtype=np.float64)
    low, high = ends_of(scale) or (0.0, 1.0)
    return (number - low) / (high - low)
