"""What a judge's verdicts take: mean dollars of an item, and the seconds that 95% of items stay within.

A price or a time that is not known leaves the question open; a failed call is slower than any limit.
"""

from __future__ import annotations

import math
from bisect import bisect_left

import numpy as np

from calibration.columns import CriterionRatings
from calibration.demands.case import Case
from calibration.demands.facts import Error, Found, Taken
from calibration.demands.independent import Units, units_of
from calibration.needed import MOST_LABELS, POWER, ceiling_needed
from calibration.pairing import clusters_of, weights_of
from calibration.stats.estimate import Estimate, FloatArray, IntArray, Undefined
from calibration.stats.paired_means import mean_of
from calibration.stats.quantiles import normal_quantile, t_quantile
from calibration.stats.skewed import mean_amount

SLOWEST = 0.05  # the share that may be slower than the 95th percentile
OF_AMOUNTS = "mean, transformed for skewness (Hall, Cox), clustered where items are"
BY_ORDER = "order statistics, clusters as units"


def cost_usd(case: Case) -> Found:
    """Mean dollars of an item that got an answer, all its criteria together."""
    item = _judged(case)
    taken = _taken(case, item)
    answered = [k for k, one in enumerate(taken) if not one.failed]
    known = [usd for k in answered if (usd := taken[k].usd) is not None]
    if not known or len(known) < len(answered):
        return _unknown(case.facts.judge, "cost", len(answered) - len(known), len(answered))
    found = _mean_dollars(case.ratings, item[answered], np.array(known), case.error.level)
    return Found(found, _more_dollars(found, case.limit("cost_usd"), case.error))


def _mean_dollars(
    ratings: CriterionRatings, item: IntArray, dollars: FloatArray, level: float
) -> Estimate | Undefined:
    weights, clusters = weights_of(ratings, item), clusters_of(ratings, item, repeated=False)
    usual = mean_of(dollars, weights=weights, clusters=clusters, level=level).mean
    if isinstance(usual, Undefined) or usual.low is None or usual.low == usual.high:
        return usual
    units = units_of(ratings, item)
    error = (usual.value - usual.low) / t_quantile((1 + level) / 2, max(units.count - 1, 1))
    ends = mean_amount(units.means(dollars), units.weights(), error=error, level=level)
    return Estimate(usual.value, ends.low, ends.high, level, len(item), units.count, OF_AMOUNTS)


def _more_dollars(found: Estimate | Undefined, limit: float, error: Error) -> int | None:
    """((z + z_power) s / d)^2 items in all, as for a floor."""
    if isinstance(found, Undefined) or found.high is None or found.value >= limit:
        return None
    spread = (found.high - found.value) * math.sqrt(found.n) / normal_quantile(1 - error.alpha)
    reach = normal_quantile(1 - error.next_alpha) + normal_quantile(POWER)
    wanted = (reach * spread / (limit - found.value)) ** 2
    return min(max(math.ceil(wanted) - found.n, 1), MOST_LABELS)


def latency_p95(case: Case) -> Found:
    """The 95th percentile of an item's seconds with binomial bounds by order statistics.

    Upper bound: the least time seen that, with probability 1 - alpha, at most 5% exceed. The seconds of an
    item are those of its slowest call.
    """
    item = _judged(case)
    taken = _taken(case, item)
    seconds = np.array([math.inf if one.failed else _number(one.seconds) for one in taken])
    unknown = int(np.isnan(seconds).sum())
    if unknown or not taken:
        return _unknown(case.facts.judge, "latency", unknown, len(taken))
    units = units_of(case.ratings, item)
    found = _percentile(seconds, units, case.error.level)
    over = units.mean((seconds > case.limit("latency_p95")).astype(np.float64))
    return Found(found, ceiling_needed(over, SLOWEST, len(item), case.error.next_alpha))


def _number(seconds: float | None) -> float:
    return math.nan if seconds is None else seconds


def _percentile(seconds: FloatArray, units: Units, level: float) -> Estimate | Undefined:
    """The least time that at most 5% exceed; the ends are times at which the bounds of a share cross 5%."""
    times = np.unique(seconds).tolist()

    def slower(time: float) -> FloatArray:
        return (seconds > time).astype(np.float64)

    def reached(time: float) -> FloatArray:
        return (seconds >= time).astype(np.float64)

    value = next(t for t in times if units.mean(slower(t)) <= SLOWEST + 1e-9)
    if not math.isfinite(value):
        return Undefined("more than 5% of calls failed: the 95th percentile is no number")
    top = bisect_left(times, True, key=lambda t: units.bounds(slower(t), most=1, level=level).high <= SLOWEST)
    end = bisect_left(times, True, key=lambda t: units.bounds(reached(t), most=1, level=level).low <= SLOWEST)
    n = len(seconds)
    if top == len(times) or not math.isfinite(times[top]):
        why = "too few calls, or too many that failed, for an upper bound of their 95th percentile"
        return Estimate(value, None, None, level, n, units.count, BY_ORDER, why)
    return Estimate(value, times[end - 1] if end else 0.0, times[top], level, n, units.count, BY_ORDER)


def _judged(case: Case) -> IntArray:
    """Labelled items with a verdict of any status, in order."""
    return np.intersect1d(case.ratings.item, np.append(case.judge.item, case.judge.missing_item))


def _taken(case: Case, item: IntArray) -> list[Taken]:
    return [case.facts.taken.get(case.ratings.items[k], Taken(None, None)) for k in item.tolist()]


def _unknown(judge: str, what: str, unknown: int, total: int) -> Found:
    said = f"the {what} of {unknown} of {total} verdicts is not known" if total else "there is no verdict"
    mend = {
        "cost": f"state it in study.toml ([judges.{judge}.price], or usd_per_call of a program) and judge "
        "again, or import verdicts with cost_usd",
        "latency": "judge again with calibrant, or import verdicts with latency_seconds",
    }
    return Found(Undefined(said), advice=f"{said}: {mend[what]}")
