"""The mean cost of a judge's errors per item, with bounds that do not trust to luck with rare costly ones.

A miss is a failure, by the raters' reference, that the judge passes; a false alarm the other error.
"""

from __future__ import annotations

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
from calibration.stats.estimate import Estimate, FloatArray, Undefined

METHOD = "Gaffke, clusters as units"
DIGITS = 8


def cost_error(case: Case) -> Found:
    """Mean cost per compared item; abstained, unparsed and failed verdicts have ceilings of their own."""
    costs, against = case.policy.costs, case.reference
    pairs = judge_pairs(case.ratings, case.judge, against, Options())
    if costs is None or not len(pairs):
        return Found(Undefined("no item has a verdict and a reference"))
    units = units_of(case.ratings, pairs.item, repeated=against.kind == "each")
    losses = _losses(case.ratings, pairs, costs, case.facts)
    level, n, mean = case.error.level, len(pairs), units.mean(losses)
    ends = units.bounds(losses, most=costs.most, level=level)
    found = Estimate(mean, _rounded(ends.low), _rounded(ends.high), level, n, units.count, METHOD)
    limit, next_level = case.limit("cost_error"), 1 - 2 * case.error.next_alpha
    if mean >= limit:
        return Found(found)

    def met(items: int) -> bool:
        then = units.bounds(losses, most=costs.most, level=next_level, times=items / n)
        return then.high <= limit

    return Found(found, more_until(met, n))


def _rounded(bound: float) -> float:
    """To digits that any machine's integration gives alike."""
    return float(f"{bound:.{DIGITS}g}")


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
