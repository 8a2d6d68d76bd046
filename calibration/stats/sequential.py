"""Evidence that may be looked at again and again: e-processes and confidence sequences for a proportion."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.estimate import Estimate, FloatArray, Result, Undefined

BETS = (0.025, 0.06, 0.12, 0.24, 0.36)  # alternatives, as relative drops below the floor


@dataclass(frozen=True, slots=True, eq=False)
class Alarm:
    """Evidence after each observation (1 at the start), and after how many it first reached 1/alpha."""

    evidence: FloatArray
    alpha: float
    at: int | None

    @property
    def raised(self) -> bool:
        return self.at is not None


def below_floor(right: ArrayLike, floor: float, *, alpha: float = 0.05) -> Alarm:
    """Has the share of right answers fallen below the floor? E_t = mean over p of Π (p/floor)^x (…)^(1-x).

    right: 1 or 0 in the order of time; 0 < floor < 1; p: five alternatives below the floor. If the share is
    at least the floor, E ever reaches 1/alpha with probability at most alpha, whenever and however often
    one looks (Ville's inequality; a mixture of bets, Waudby-Smith and Ramdas 2024).
    """
    if not 0 < floor < 1:
        raise ValueError(f"floor must be between 0 and 1, not {floor:g}")
    x = np.asarray(right, dtype=np.float64)
    hits = np.cumsum(x)
    misses = np.arange(1, len(x) + 1) - hits
    bets = floor * (1 - np.array(BETS))[:, None]
    logs = hits * np.log(bets / floor) + misses * np.log((1 - bets) / (1 - floor))
    evidence = np.exp(np.minimum(logs, 700.0)).mean(axis=0)
    reached = np.flatnonzero(evidence >= 1 / alpha)
    return Alarm(evidence, alpha, int(reached[0]) + 1 if len(reached) else None)


def confidence_sequence(right: int, n: int, *, level: float = 0.95) -> Result:
    """An interval for a proportion that holds at every n at once, after `right` of n (beta-binomial mixture).

    All p for which the likelihood exceeds (1 - level) times its mean under a uniform prior (Robbins 1970).
    """
    if n == 0:
        return Undefined("nothing was observed")
    # log of the mean of p^k (1 - p)^(n - k) over p in [0, 1]: the beta function B(k + 1, n - k + 1)
    mean = math.lgamma(right + 1) + math.lgamma(n - right + 1) - math.lgamma(n + 2)
    least = mean + math.log(1 - level)

    def inside(p: float) -> bool:
        return _log_power(p, right) + _log_power(1 - p, n - right) >= least

    share = right / n
    low, high = _edge(inside, share, 0.0), _edge(inside, share, 1.0)
    return Estimate(share, low, high, level, n, n, "confidence sequence (beta-binomial mixture)")


def look_alpha(k: int, alpha: float = 0.05) -> float:
    """The part of alpha that look k may spend: 6 alpha / (pi² k²), which sums to alpha over all looks."""
    if k < 1:
        raise ValueError(f"looks are counted from 1, not {k}")
    return 6 * alpha / (math.pi * k) ** 2


def _log_power(base: float, exponent: int) -> float:
    if exponent == 0:
        return 0.0
    return exponent * math.log(base) if base > 0 else -math.inf


def _edge(inside: Callable[[float], bool], start: float, end: float) -> float:
    """The last point from start towards end that is inside, by bisection."""
    if inside(end):
        return end
    for _ in range(60):
        middle = (start + end) / 2
        start, end = (middle, end) if inside(middle) else (start, middle)
    return start
