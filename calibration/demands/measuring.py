"""Every demand of a criterion's policy, measured; one that is not asked is not measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping

import numpy as np

from calibration.columns import CriterionRatings
from calibration.demands.case import Case
from calibration.demands.cost_error import cost_error
from calibration.demands.facts import Error, Facts, Found
from calibration.demands.flips import position_flips, repeat_flips
from calibration.demands.spending import cost_usd, latency_p95
from calibration.policy import CriterionPolicy
from calibration.slicing import of_items
from calibration.stats.estimate import Estimate

Demands = Mapping[str, Found]
NONE_COMPARED = (
    "of some stratum nothing was compared: label held-out items of every stratum, and declare no share of "
    "one that has none"
)
# Measured without holding a verdict against a label: they may be known before a look.
OF_THE_JUDGE_ALONE = ("repeat_flips", "position_flips", "cost_usd", "latency_p95")


def measure_demands(
    policy: CriterionPolicy,
    ratings: CriterionRatings,
    judge: str,
    facts: Facts,
    error: Error,
    *,
    only: Collection[str] | None = None,
) -> Demands:
    """By condition what was found, for the conditions beyond agreement that this policy asks.

    Items of unknown π take no part where π is used. `only` narrows the conditions.
    """
    known = ratings if ratings.pi is None else of_items(ratings, ~np.isnan(ratings.pi))
    column = next((c for c in known.judges if c.judge == judge), None)
    if column is None:
        return {}
    case = Case(policy, known, column, facts, error)
    return {name: DEMANDS[name](case) for name in policy.demands if only is None or name in only}


def items_per_stratum(case: Case) -> Found:
    """Compared items of the stratum that has fewest, which is not named; declared ones count with none."""
    compared = np.intersect1d(case.reference.item, case.judge.item)
    stratum = case.ratings.stratum or (None,) * len(case.ratings.items)
    counts = {name or "": 0 for name in (*case.facts.strata, *stratum)}
    for item in compared.tolist():
        counts[stratum[item] or ""] += 1
    fewest, n = min(counts.values()), len(compared)
    least = case.policy.items_min_stratum or 0
    more = math.ceil(n * (least / fewest - 1)) if 0 < fewest < least else None
    advice = "" if fewest else NONE_COMPARED
    return Found(Estimate(fewest, fewest, fewest, case.error.level, n, n, "a count"), more, advice)


DEMANDS: Mapping[str, Callable[[Case], Found]] = {
    "cost_error": cost_error,
    "repeat_flips": repeat_flips,
    "position_flips": position_flips,
    "cost_usd": cost_usd,
    "latency_p95": latency_p95,
    "items_per_stratum": items_per_stratum,
}
