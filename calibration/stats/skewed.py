"""Bounds of the mean of amounts, which are mostly small and sometimes large; refuses negative ones.

The usual bound of such a mean is too low far more often than it promises: the sample has too few of the
large amounts just when its mean is low.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.estimate import FloatArray
from calibration.stats.proportions import Bounds
from calibration.stats.quantiles import t_quantile


def mean_amount(amounts: ArrayLike, weights: ArrayLike, *, error: float, level: float = 0.95) -> Bounds:
    """Hall's bounds of a mean, and as the upper one Cox's of log-normal amounts where that is larger.

    amounts >= 0 of independent units and their weights; error: the standard error of the weighted mean
    (> 0). Sources: Hall (1992), Zhou and Gao (1997).
    """
    x, w = np.asarray(amounts, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if x.min() < 0:
        raise ValueError(f"an amount is at least 0, found {x.min():g}")
    p, n = w / w.sum(), len(x)
    mean = float(p @ x)
    pull = w * (x - mean)  # of each unit on the mean
    skewness = float(np.mean(pull**3)) / float(np.mean(pull**2)) ** 1.5
    reach = t_quantile((1 + level) / 2, max(n - 1, 1))
    usual = transformed(mean, error, skewness, n, reach=reach)
    return Bounds(max(usual.low, 0.0), max(usual.high, _cox(x, p, 1 / float(p @ p), reach)))


def transformed(value: float, error: float, skewness: float, n: float, *, reach: float) -> Bounds:
    """value -+ `reach` standard errors after Hall's transformation, which takes out skewness."""
    spread, step = error * math.sqrt(n), reach / math.sqrt(n)
    return Bounds(value - spread * _hall(step, skewness, n), value - spread * _hall(-step, skewness, n))


def _hall(x: float, skewness: float, n: float) -> float:
    """T with T + g T^2 / 3 + g^2 T^3 / 27 + g / (6 n) = x, g the skewness."""
    if abs(skewness) < 1e-8:
        return x
    return 3 / skewness * (math.cbrt(1 + skewness * (x - skewness / (6 * n))) - 1)


def _cox(x: FloatArray, p: FloatArray, n: float, reach: float) -> float:
    """exp(m + v / 2 + reach sqrt(v / n + v^2 / (2 (n - 1)))), m and v of the logarithms; 0 with a zero among
    the amounts, which no log-normal has."""
    if x.min() == 0 or n < 2:
        return 0.0
    logs = np.log(x)
    mean = float(p @ logs)
    variance = float(p @ (logs - mean) ** 2) * n / (n - 1)
    return math.exp(mean + variance / 2 + reach * math.sqrt(variance / n + variance**2 / (2 * (n - 1))))
