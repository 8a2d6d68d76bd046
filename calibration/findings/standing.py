"""Where a judge stands among people: non-inferiority, each rater left out, the alternative annotator test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np

from calibration.columns import CriterionRatings, JudgeColumn, Ratings
from calibration.comparing import by_category
from calibration.pairing import clusters_of, weights_of
from calibration.pooling import main_coefficient
from calibration.scales import numbers_of
from calibration.slicing import of_items
from calibration.stand_in import stand_in_test
from calibration.stats.alternative import ITEMS_NEEDED
from calibration.stats.ceiling import NonInferiority, non_inferiority
from calibration.stats.common_items import common_items
from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.left_out import LeaveOneOut, LeftOut, left_out_by_majority, left_out_by_mean
from calibration.stats.rater_answers import rater_answers

MARGIN = 0.10  # how far below people a judge may be where the policy does not say
EPSILON = 0.20  # the value that the authors of the test name for experts
LEAST_RATERS = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """One judge on one criterion, measured as if it were one more rater.

    `left_out_raters` names the raters of `leave_one_out`, which counts those with 30 items or more.
    `alternative_annotator_test` is the object of `stand_in_test`; no gate may rest on it alone.
    """

    judge: str
    margin: float
    non_inferiority: NonInferiority | Undefined
    leave_one_out: LeaveOneOut | Undefined
    left_out_raters: tuple[str, ...]
    alternative_annotator_test: Mapping[str, object]

    def as_json(self) -> dict[str, object]:
        found = self.non_inferiority
        return {
            "margin": self.margin,
            "non_inferiority": found.as_json() if isinstance(found, Undefined) else asdict(found),
            "leave_one_out": self._leave_one_out(),
            "alternative_annotator_test": dict(self.alternative_annotator_test),
        }

    def _leave_one_out(self) -> dict[str, object]:
        found = self.leave_one_out
        if isinstance(found, Undefined):
            return found.as_json()
        each = [
            {
                "rater": name,
                "n": one.n,
                "human": one.human.as_json(),
                "judge": one.judge.as_json(),
                "gap": None if one.gap is None else one.gap.as_json(),
            }
            for name, one in zip(self.left_out_raters, found.each, strict=True)
        ]
        return {
            "coefficient": found.coefficient,
            "human": found.human,
            "judge": found.judge,
            "raters": found.raters,
            "each": each,
        }


Standings = Mapping[str, Mapping[str, Standing]]


def standings(ratings: Ratings, *, margins: Mapping[str, float] | None = None) -> Standings:
    """Every judge's standing by criterion and judge; `margins` by criterion, .10 where it has none."""
    chosen = margins or {}
    return {
        name: {judge.judge: standing(found, judge, margin=chosen.get(name, MARGIN)) for judge in found.judges}
        for name, found in ratings.criteria.items()
    }


def standing(ratings: CriterionRatings, judge: JudgeColumn, *, margin: float = MARGIN) -> Standing:
    """One judge's standing; items of unknown π take no part where π is used."""
    if ratings.pi is not None and np.isnan(ratings.pi).any():
        known = of_items(ratings, ~np.isnan(ratings.pi))
        ratings, judge = known, next(j for j in known.judges if j.judge == judge.judge)
    found = _leave_one_out(ratings, judge)
    names = () if isinstance(found, Undefined) else tuple(ratings.raters[one.rater] for one in found.each)
    return Standing(
        judge=judge.judge,
        margin=margin,
        non_inferiority=_non_inferiority(ratings, judge, margin),
        leave_one_out=found,
        left_out_raters=names,
        alternative_annotator_test=_alternative(ratings, judge),
    )


def _non_inferiority(
    ratings: CriterionRatings, judge: JudgeColumn, margin: float
) -> NonInferiority | Undefined:
    """The scale's main κ with people against that among people, on items with two raters and a verdict."""
    if not by_category(ratings):
        return Undefined("pooled kappas need a closed scale of few answers")
    everything = np.arange(len(ratings.items))
    common = common_items(
        ratings.item, ratings.code, judge.item, judge.code, len(ratings.scale.categories),
        items=len(ratings.items),
        weights=weights_of(ratings, everything),
        clusters=clusters_of(ratings, everything, repeated=False),
    )  # fmt: skip
    name, values = main_coefficient(ratings.scale), numbers_of(ratings.scale)
    return non_inferiority(common, name, margin=margin, values=values)


def _leave_one_out(ratings: CriterionRatings, judge: JudgeColumn) -> LeaveOneOut | Undefined:
    """Spearman with the mean of the others where answers are numbers, else κ with their majority."""
    items, numeric = len(ratings.items), ratings.scale.is_numeric
    if not len(ratings.item) or not (numeric or by_category(ratings)):
        return Undefined("nobody answered")
    answers = rater_answers(
        ratings.item,
        ratings.rater,
        ratings.number if numeric else ratings.code,
        items=items,
        raters=len(ratings.raters),
    )
    everything = np.arange(items)
    weights = weights_of(ratings, everything)
    clusters = clusters_of(ratings, everything, repeated=False)
    if numeric:
        found = left_out_by_mean(answers, judge.item, judge.number, weights=weights, clusters=clusters)
    else:
        scale = ratings.scale
        tie = None if scale.tie is None else scale.categories.index(scale.tie)
        found = left_out_by_majority(
            answers, judge.item, judge.code, len(scale.categories),
            tie=tie, weights=weights, clusters=clusters,
        )  # fmt: skip
    return found if isinstance(found, Undefined) else _with_enough_items(found)


def _with_enough_items(found: LeaveOneOut) -> LeaveOneOut | Undefined:
    """Means over raters with 30 items: a coefficient of three items would weigh as much as one of 300."""
    each = tuple(one for one in found.each if one.n >= ITEMS_NEEDED and _defined(one))
    if not each:
        return Undefined(f"no rater has {ITEMS_NEEDED} items with a verdict and another rater")
    human, judge = (
        float(np.mean([side.value for one in each if isinstance(side := getattr(one, name), Estimate)]))
        for name in ("human", "judge")
    )
    return replace(found, human=human, judge=judge, raters=len(each), each=each)


def _defined(one: LeftOut) -> bool:
    return isinstance(one.human, Estimate) and isinstance(one.judge, Estimate)


def _alternative(ratings: CriterionRatings, judge: JudgeColumn) -> Mapping[str, object]:
    enough = int(np.sum(np.bincount(ratings.rater, minlength=1) >= ITEMS_NEEDED))
    if enough < LEAST_RATERS:
        reason = f"raters with {ITEMS_NEEDED} items or more: {enough}; {LEAST_RATERS} are needed"
        return {"epsilon": EPSILON, "undefined": reason}
    return stand_in_test(ratings, judge, EPSILON)
