"""Whether a judge beats what costs nothing: the commonest answer, and a judge learned from a few labels."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from calibration.columns import CriterionRatings, JudgeColumn, Ratings, judge_column
from calibration.pairing import weights_of
from calibration.quality import CannotEstimate
from calibration.reference import Reference, reference
from calibration.scales import numbers_of
from calibration.slicing import of_items
from calibration.stats.estimate import FloatArray, Result, Undefined
from calibration.two_judges import contrast_of

Outcome = Literal["clears the bar", "does not", "undecided"]
COMMONEST = "the commonest answer"
ERRORS = ("mae",)  # coefficients that are better when lower


@dataclass(frozen=True, slots=True)
class Hurdle:
    """One judge minus one trivial baseline, on the items that both answered, against one reference.

    `judge` and `baseline_value` are the two coefficients on these items, `difference` is paired by item.
    """

    baseline: str
    coefficient: str
    judge: Result
    baseline_value: Result
    difference: Result
    n: int
    outcome: Outcome
    reason: str

    def as_json(self) -> dict[str, object]:
        return {
            "baseline": self.baseline,
            "coefficient": self.coefficient,
            "judge": self.judge.as_json(),
            "baseline_value": self.baseline_value.as_json(),
            "difference": self.difference.as_json(),
            "n": self.n,
            "outcome": self.outcome,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Bar:
    """One judge against every trivial baseline; `learned` says whether a learned one was among them."""

    judge: str
    hurdles: tuple[Hurdle, ...]
    learned: bool

    @property
    def outcome(self) -> Outcome:
        """The bar is cleared when every hurdle is, and not when one is not."""
        outcomes = {hurdle.outcome for hurdle in self.hurdles}
        if "does not" in outcomes:
            return "does not"
        return "undecided" if "undecided" in outcomes else "clears the bar"

    def as_json(self) -> dict[str, object]:
        return {
            "outcome": self.outcome,
            "learned": self.learned,
            "hurdles": [hurdle.as_json() for hurdle in self.hurdles],
        }


Bars = Mapping[str, Mapping[str, Bar]]


def bars(ratings: Ratings, *, baselines: Collection[str] = ()) -> Bars:
    """By criterion and judge; `baselines` names the judges that were learned from development labels."""
    return {
        name: {judge.judge: bar_of(found, judge, baselines=baselines) for judge in found.judges}
        for name, found in ratings.criteria.items()
        if found.judges
    }


def bar_of(ratings: CriterionRatings, judge: JudgeColumn, *, baselines: Collection[str] = ()) -> Bar:
    """One judge; items of unknown π take no part where π is used."""
    if ratings.pi is not None and np.isnan(ratings.pi).any():
        ratings = of_items(ratings, ~np.isnan(ratings.pi))
        judge = next(j for j in ratings.judges if j.judge == judge.judge)
    learned = [other for other in ratings.judges if other.judge in baselines and other.judge != judge.judge]
    commonest = _commonest(ratings, judge)
    hurdles = [_hurdle(ratings, judge, other) for other in (commonest, *learned) if other is not None]
    return Bar(judge.judge, tuple(hurdles), bool(learned) or judge.judge in baselines)


def _commonest(ratings: CriterionRatings, judge: JudgeColumn) -> JudgeColumn:
    """A judge that gives the judge's items one answer: the references' commonest, of numbers the median.

    It is chosen on the items that it is measured on, which is in its favour.
    """
    held = reference(ratings)
    seen = np.isin(held.item, judge.item)
    items = np.unique(held.item[seen])
    answer = _best_constant(ratings, held, seen)
    return judge_column(COMMONEST, ratings.scale, item=items, answer=np.full(len(items), answer))


def _best_constant(ratings: CriterionRatings, held: Reference, seen: np.ndarray) -> float:
    """The code of the commonest answer, or of the level nearest to the median; a number without levels."""
    weights = weights_of(ratings, held.item[seen])
    weight = np.ones(int(seen.sum())) if weights is None else weights
    if not len(weight):
        return 0.0
    values = numbers_of(ratings.scale)
    if not ratings.scale.is_numeric:
        return float(np.bincount(held.code[seen], weights=weight).argmax())
    middle = _weighted_median(held.number[seen], weight)
    return middle if values is None else float(np.abs(np.asarray(values) - middle).argmin())


def _weighted_median(numbers: FloatArray, weight: FloatArray) -> float:
    order = np.argsort(numbers)
    share = np.cumsum(weight[order]) / weight.sum()
    return float(numbers[order][np.searchsorted(share, 0.5)])


def _hurdle(ratings: CriterionRatings, judge: JudgeColumn, baseline: JudgeColumn) -> Hurdle:
    try:
        found = contrast_of(ratings, judge, baseline, brief=True)
    except CannotEstimate as error:
        why = Undefined(str(error))
        return Hurdle(baseline.judge, "", why, why, why, 0, "undecided", str(error))
    one, other = (side[found.main] for side in found.estimates)
    difference = found.difference[found.main]
    outcome, reason = _outcome(found.main, difference, found.only_first + found.only_second)
    return Hurdle(baseline.judge, found.main, one, other, difference, found.n, outcome, reason)


def _outcome(coefficient: str, difference: Result, differ: int) -> tuple[Outcome, str]:
    """Beyond doubt better, beyond doubt no better, or neither, by the two-sided interval."""
    if isinstance(difference, Undefined):
        return "undecided", difference.reason
    if not differ and difference.value == 0:
        return "does not", "it is right and wrong on the same items as the baseline"
    if difference.low is None or difference.high is None:
        return "undecided", difference.interval_undefined or "no interval"
    low, high = difference.low, difference.high
    if coefficient in ERRORS:
        low, high = -high, -low
    if low > 0:
        return "clears the bar", ""
    return ("does not", "it is worse") if high < 0 else ("undecided", "the interval has 0 in it: label more")
