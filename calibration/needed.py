"""How many items a look needs: before it from the floor, after an undecided one from what was seen."""

from __future__ import annotations

import math
from collections.abc import Callable

from calibration.policy import EVIDENCE, Requirement
from calibration.stats.proportions import clopper_pearson
from calibration.stats.quantiles import normal_quantile

POWER = 0.8
MOST_LABELS = 1_000_000


def labels_needed(
    requirement: Requirement,
    value: float | None,
    bound: float | None,
    n: int,
    *,
    alpha: float,
    next_alpha: float,
) -> int | None:
    """More labelled items, after n, until `bound` probably meets its limit if `value` stays as it is.

    Evidence counts grow in proportion; a ceiling needs the n of Clopper and Pearson at the same rate. A
    floor at distance d = value - limit needs N = ((z_{1-alpha'} + z_power) s / d)^2 items: s = sqrt(n)
    standard errors read off the present bound, alpha' that of the next look, power .8 (Cantor 1996 with the
    observed variance). None when the estimate itself misses the limit, or when there is none.
    """
    if value is None or n == 0:
        return None
    if requirement.name in EVIDENCE:
        return max(math.ceil(n * (requirement.limit / value - 1)), 1) if value > 0 else None
    if requirement.at_most:
        return ceiling_needed(value, requirement.limit, n, next_alpha)
    if bound is None or value <= requirement.limit:
        return None
    spread = abs(value - bound) * math.sqrt(n) / normal_quantile(1 - alpha)
    quantiles = normal_quantile(1 - next_alpha) + normal_quantile(POWER)
    wanted = (quantiles * spread / (value - requirement.limit)) ** 2
    return min(max(math.ceil(wanted) - n, 1), MOST_LABELS)


def ceiling_needed(rate: float, limit: float, n: int, next_alpha: float) -> int | None:
    """Items more until Clopper-Pearson's upper bound of an unchanged rate is within the limit."""
    return more_until(lambda items: _upper(rate, items, next_alpha) <= limit, n) if rate < limit else None


def more_until(met: Callable[[int], bool], n: int) -> int:
    """Items more, after n > 0, until `met` is true of their number; it must stay true from there on."""
    low, high = n, 2 * n
    while not met(high):
        low, high = high, 2 * high
        if high > MOST_LABELS:
            return MOST_LABELS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if met(middle) else (middle, high)
    return high - n


def _upper(rate: float, n: int, alpha: float) -> float:
    return clopper_pearson(rate * n, n, level=1 - 2 * alpha).high


def planned_n(floor: float, alpha: float, *, margin: float = 0.2) -> int:
    """Items a fixed look needs for power .8 if the judge's true kappa is floor + margin (two even classes).

    n = ((z_{1-alpha} sqrt Q0 + z_power sqrt Q1) / (k1 - k0))^2 with Q = 1 - k^2, the Fleiss-Cohen-Everitt
    variance for even margins (Cantor 1996).
    """
    truth = min(floor + margin, (1 + floor) / 2)
    spread = normal_quantile(1 - alpha) * math.sqrt(1 - floor**2) + normal_quantile(POWER) * math.sqrt(
        1 - truth**2
    )
    return math.ceil((spread / (truth - floor)) ** 2) if truth > floor else MOST_LABELS
