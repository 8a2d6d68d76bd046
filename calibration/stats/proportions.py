"""Intervals for a proportion: Wilson for display, Clopper–Pearson for certification, both for surveys too."""

from __future__ import annotations

import math
from dataclasses import dataclass

from calibration.stats.quantiles import beta_quantile, normal_quantile, t_quantile


@dataclass(frozen=True, slots=True)
class Bounds:
    """The two ends of an interval."""

    low: float
    high: float


def wilson(successes: float, n: float, *, level: float = 0.95) -> Bounds:
    """Wilson's score interval for successes out of n > 0 (Wilson 1927); both may be effective numbers."""
    p, z = successes / n, normal_quantile((1 + level) / 2)
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return Bounds(
        0.0 if successes <= 0 else max(0.0, centre - half), 1.0 if p >= 1 else min(1.0, centre + half)
    )


def clopper_pearson(successes: float, n: float, *, level: float = 0.95) -> Bounds:
    """The exact interval by beta quantiles (Clopper and Pearson 1934); effective numbers are allowed."""
    tail = (1 - level) / 2
    low = 0.0 if successes <= 0 else beta_quantile(tail, successes, n - successes + 1)
    high = 1.0 if successes >= n else beta_quantile(1 - tail, successes + 1, n - successes)
    return Bounds(low, high)


def effective_n(p: float, variance: float, n: float, clusters: int, *, level: float = 0.95) -> float:
    """The number of independent items that carry as much about p as this sample (Korn and Graubard 1998).

    p (1 - p) / variance, at most n, times (t_{n-1} / t_{clusters-1})² for the uncertainty of the variance.
    Where p is 0 or 1 the design effect cannot be seen: then every cluster counts as one item.
    """
    seen = p * (1 - p) / variance if variance > 0 else float(clusters)
    share = (1 + level) / 2
    caution = t_quantile(share, max(n - 1, 1.0)) / t_quantile(share, max(clusters - 1, 1))
    return min(n, seen) * min(1.0, caution) ** 2
