"""Who answered what, in long form and checked: for the statistics in which every rater counts by itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.design import codes_in
from calibration.stats.estimate import FloatArray, IntArray

STEPS_PER_UNIT = (1, 2, 4, 5, 10, 20, 100, 1000)


@dataclass(frozen=True, slots=True)
class RaterAnswers:
    """Label k: rater number rater[k] answered answer[k] (a code or a number) to item number item[k]."""

    item: IntArray
    rater: IntArray
    answer: FloatArray
    items: int
    raters: int

    @property
    def per_item(self) -> IntArray:
        """Answers per item, shape (items,)."""
        return np.bincount(self.item, minlength=self.items)

    def without(self, rater: int) -> RaterAnswers:
        """Everybody's answers but that rater's."""
        keep = self.rater != rater
        return RaterAnswers(self.item[keep], self.rater[keep], self.answer[keep], self.items, self.raters)

    def only(self, rater: int) -> FloatArray:
        """That rater's answers as if they were verdicts: one per item, NaN where there is none."""
        own = self.rater == rater
        return verdicts(self.item[own], self.answer[own], self.items)


def rater_answers(
    item: ArrayLike, rater: ArrayLike, answer: ArrayLike, *, items: int, raters: int
) -> RaterAnswers:
    """Checked answers. item in 0 .. items - 1, rater in 0 .. raters - 1, answer finite; shapes (labels,).

    Raises ValueError for other numbers, different lengths, and a rater who answered an item twice.
    """
    which, who = codes_in(item, items, "item"), codes_in(rater, raters, "rater")
    given = np.asarray(answer, dtype=np.float64)
    if which.ndim != 1 or which.shape != who.shape or which.shape != given.shape:
        raise ValueError(
            f"item, rater and answer must be vectors of one length: {which.shape}, {given.shape}"
        )
    if not np.isfinite(given).all():
        raise ValueError("answer must hold finite numbers or codes")
    if len(np.unique(which * raters + who)) < len(which):
        raise ValueError("a rater has two answers to one item; keep the last revision only")
    return RaterAnswers(which, who, given, items, raters)


def verdicts(judge_item: ArrayLike, judge_answer: ArrayLike, items: int) -> FloatArray:
    """A judge's answers, one per item, NaN where there is none."""
    answer = np.full(items, np.nan)
    answer[codes_in(judge_item, items, "judge_item")] = np.asarray(judge_answer, dtype=np.float64)
    return answer


def in_whole_steps(*columns: FloatArray) -> tuple[FloatArray, ...]:
    """The same numbers in the largest unit in which all are whole, so that sums and comparisons are exact.

    Numbers that are whole in none of the usual units (1, 1/2 … 1/1000) come back as they are.
    """
    for steps in STEPS_PER_UNIT:
        scaled = [column * steps for column in columns]
        if all(np.allclose(s, np.rint(s), rtol=0, atol=1e-9, equal_nan=True) for s in scaled):
            return tuple(np.rint(s) for s in scaled)
    return columns
