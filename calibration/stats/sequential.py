"""Evidence that may be looked at again and again: e-processes and confidence sequences for a proportion."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.estimate import Estimate, FloatArray, Result, Undefined

BETS = (0.025, 0.06, 0.12, 0.24, 0.36)  # alternatives, as relative drops below the floor
MOST_LOG = 700.0


@dataclass(frozen=True, slots=True, eq=False)
class Alarm:
    """Evidence after each observation (1 at the start), and after how many it first reached 1/alpha."""

    evidence: FloatArray
    alpha: float
    at: int | None

    @property
    def raised(self) -> bool:
        return self.at is not None


def below_floor(
    right: ArrayLike,
    floor: float,
    *,
    alpha: float = 0.05,
    weights: ArrayLike | None = None,
    restart: int | None = None,
    alternatives: Sequence[float] | None = None,
) -> Alarm:
    """Has the mean fallen below the floor? E_t = mean over p of Π (1 - b_p w (x - floor)).

    right: x in [0, 1] (1 or 0 for right or wrong) in the order of time; 0 < floor < 1; p: alternatives below
    the floor (five by default), b_p = (floor - p) / (floor (1 - floor)), so that without weights a factor is
    (p/floor)^x ((1-p)/(1-floor))^(1-x). weights: w in (0, 1], known before x, such as c / π of an item that
    was drawn with probability π; the mean is then the weighted one. restart: so often a new product begins;
    the k-th has the share 6 / (π² k²) of the whole, so that a long good time does not hide a fall.
    If the mean is at least the floor, E ever reaches 1/alpha with probability at most alpha, whenever and
    however often one looks (Ville's inequality; betting: Waudby-Smith and Ramdas 2024; mixtures over the
    time of change: Shin, Ramdas and Rinaldo 2022).
    """
    if not 0 < floor < 1:
        raise ValueError(f"floor must be between 0 and 1, not {floor:g}")
    x = np.asarray(right, dtype=np.float64)
    w = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=np.float64)
    worse = np.asarray(floor * (1 - np.array(BETS)) if alternatives is None else alternatives)
    if not len(worse) or worse.min() <= 0 or worse.max() >= floor:
        raise ValueError(f"alternatives must lie between 0 and the floor {floor:g}")
    if len(w) and (w.min() <= 0 or w.max() > 1):
        raise ValueError("weights must be above 0 and at most 1")
    bets = ((floor - worse) / (floor * (1 - floor)))[:, None]
    evidence = _mixture(np.log1p(-bets * w * (x - floor)), restart or max(len(x), 1), restart is None)
    reached = np.flatnonzero(evidence >= 1 / alpha)
    return Alarm(evidence, alpha, int(reached[0]) + 1 if len(reached) else None)


def _mixture(logs: FloatArray, every: int, whole: bool) -> FloatArray:
    """Mean over bets (rows) of Σ_k share_k exp(sum of logs since start k); what has not begun counts as 1."""
    bets, n = logs.shape
    evidence = np.ones(n)
    begun, left = np.full(bets, -np.inf), 1.0
    for k, start in enumerate(range(0, n, every), start=1):
        share = 1.0 if whole else 6 / (math.pi * k) ** 2
        begun, left = np.logaddexp(begun, math.log(share)), left - share
        grown = begun[:, None] + np.cumsum(logs[:, start : start + every], axis=1)
        evidence[start : start + every] = np.exp(np.minimum(grown, MOST_LOG)).mean(axis=0) + max(left, 0.0)
        begun = grown[:, -1]
    return evidence


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
