"""The median of a sample with an interval that assumes nothing of how the values are spread."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.quantiles import normal_quantile

METHOD = "median, interval by order statistics"
EXACT = 1_000  # values up to which the binomial ranks are exact


def median(values: ArrayLike, *, level: float = 0.95) -> Result:
    """The middle value, with the order statistics that enclose the population's median (Thompson 1936).

    The k-th smallest and k-th largest of n enclose it with probability 1 - 2 P(B < k), B ~ Bin(n, 1/2). Fewer
    than 6 values have no 95% interval.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    if not n:
        return Undefined("nothing was measured")
    middle, rank = float(np.median(ordered)), _rank(n, (1 - level) / 2)
    if rank < 1:
        return Estimate(middle, None, None, level, n, n, METHOD, f"{n} values: 6 are needed")
    return Estimate(middle, float(ordered[rank - 1]), float(ordered[n - rank]), level, n, n, METHOD)


def _rank(n: int, tail: float) -> int:
    """The largest k with P(Bin(n, 1/2) < k) <= tail; by the normal approximation for many values."""
    if n > EXACT:
        return math.floor(n / 2 - normal_quantile(1 - tail) * math.sqrt(n) / 2)
    below, rank = 0.0, 0
    while rank <= n and (below := below + math.comb(n, rank) / 2**n) <= tail:
        rank += 1
    return rank
