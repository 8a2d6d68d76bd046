"""The mean cost of a judge's errors per item, with bounds that do not trust to luck with rare costly ones.

A miss is a failure, by the raters' reference, that the judge passes; a false alarm the other error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.agreement_types import Options
from calibration.columns import CriterionRatings
from calibration.demands.case import Case
from calibration.demands.facts import Facts, Found
from calibration.demands.independent import units_of
from calibration.error_costs import ErrorCosts
from calibration.judge_agreement import judge_pairs
from calibration.needed import more_until
from calibration.pairing import Pairs
from calibration.stats.bounded import bounded_mean
from calibration.stats.estimate import Estimate, FloatArray, Undefined
from calibration.stats.proportions import Bounds

METHOD = "Gaffke, each cluster as one item"


def cost_error(case: Case) -> Found:
    """Mean cost per compared item; abstained, unparsed and failed verdicts have ceilings of their own."""
    costs, against = case.policy.costs, case.reference
    pairs = judge_pairs(case.ratings, case.judge, against, Options())
    if costs is None or not len(pairs):
        return Found(Undefined("no item has a verdict and a reference"))
    units = units_of(case.ratings, pairs.item, repeated=against.kind == "each")
    losses = _losses(case.ratings, pairs, costs, case.facts)
    values, place = np.unique(losses, return_inverse=True)
    shares = np.bincount(place, units.share).astype(np.float64)
    table = _Costs(values, shares, costs.most)
    level, n = case.error.level, len(pairs)
    ends, mean = table.bounds(units.worth, level), float(losses @ units.share)
    found = Estimate(mean, ends.low, ends.high, level, n, units.clusters, METHOD)
    limit, next_level = case.limit("cost_error"), 1 - 2 * case.error.next_alpha
    if mean >= limit:
        return Found(found)
    worth = units.worth / n
    return Found(found, more_until(lambda k: table.bounds(worth * k, next_level).high <= limit, n))


@dataclass(frozen=True, slots=True, eq=False)
class _Costs:
    """The different costs that units have, the share of each, and the largest cost there could be."""

    values: FloatArray
    shares: FloatArray
    most: float

    def bounds(self, n: float, level: float) -> Bounds:
        """Of the mean, if n independent items had these shares."""
        return bounded_mean(self.values, self.shares, n, least=0.0, most=self.most, level=level)


def _losses(ratings: CriterionRatings, pairs: Pairs, costs: ErrorCosts, facts: Facts) -> FloatArray:
    """What the judge's answer to each unit costs; judge a, reference b."""
    failure = [str(answer) for answer in ratings.scale.categories].index(costs.failure)
    factor = np.array([_factor(ratings.items[item], costs, facts) for item in pairs.item.tolist()])
    missed = (pairs.b == failure) & (pairs.a != failure)
    alarmed = (pairs.b != failure) & (pairs.a == failure)
    return np.where(missed, costs.miss * factor, 0.0) + np.where(alarmed, costs.false_alarm, 0.0)


def _factor(item: str, costs: ErrorCosts, facts: Facts) -> float:
    """The largest factor of the modes named; of one that the rubric no longer has, the largest there is."""
    if costs.factors is None:
        return 1.0
    known = [facts.known_modes.get(name) for name in facts.modes.get(item, ())]
    worst = costs.most_factor
    return max((costs.factor(m.severity, m.visibility) if m else worst for m in known), default=1.0)
