"""Bounds of the mean of bounded numbers that hold at small n; refuses to trust a spread of few numbers.

Where a rare number is large, such as the cost of a critical miss, the usual interval is short just when
none was drawn. Gaffke's bound is not: for zeros and ones it is that of Clopper and Pearson.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.estimate import FloatArray
from calibration.stats.proportions import Bounds

STEP = 0.1  # of the trapezoidal rule, whose error falls exponentially with 1 / STEP
TAIL = 36.0  # the integrand is cut off where it is smaller than exp(-TAIL)
HALVINGS = 50
FEWEST = 5  # below it the bounds are the range itself, which holds always


def bounded_mean(
    values: ArrayLike, shares: ArrayLike, n: float, *, least: float, most: float, level: float = 0.95
) -> Bounds:
    """Gaffke's bounds of a mean: quantiles of sum D_i x_i for D ~ Dirichlet(1, ..., 1) over n + 1 numbers.

    The numbers are the sample and `most` for the upper bound, the sample and `least` for the lower one
    (Gaffke 2005; Learned-Miller and Thomas 2019). values: the different numbers of the sample, shares: how
    large a part of it each is; n: how many independent ones (effective numbers are allowed). Holds in
    every simulation that we and they made; a proof for all distributions is not known.
    """
    x, p = np.asarray(values, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    x, p = x[p > 0], p[p > 0] / p.sum()
    if n < FEWEST:
        return Bounds(least, most)
    tail, mean = (1 - level) / 2, float(x @ p)
    low = _quantile(np.append(x, least), np.append(n * p, 1.0), tail, least, mean)
    high = _quantile(np.append(x, most), np.append(n * p, 1.0), 1 - tail, mean, most)
    return Bounds(low, high)


def _quantile(x: FloatArray, shape: FloatArray, probability: float, start: float, end: float) -> float:
    """t in [start, end] with P(sum D x <= t) = probability for D ~ Dirichlet(shape)."""
    if x.min() == x.max():
        return float(x[0])
    below, above = start, end
    for _ in range(HALVINGS):
        middle = (below + above) / 2
        if middle in (below, above):
            break
        if _probability(x - middle, shape) < probability:
            below = middle
        else:
            above = middle
    return (below + above) / 2


def _probability(a: FloatArray, shape: FloatArray) -> float:
    """P(sum a G <= 0) for independent G ~ Gamma(shape), by inversion (Gil-Pelaez 1951; Imhof 1961).

    With sum D x <= t exactly where sum (x - t) G <= 0, the distribution of a Dirichlet mean.
    """
    if a.max() <= 0 or a.min() >= 0:
        return float(a.max() <= 0)
    a = a / math.sqrt(float(shape @ a**2))
    last = 1.0
    while 0.5 * float(shape @ np.log1p((a * last) ** 2)) < TAIL:
        last *= 1.5
    u = np.arange(STEP, last, STEP)
    angle, decay = np.zeros(len(u)), np.zeros(len(u))
    for one, weight in zip(a.tolist(), shape.tolist(), strict=True):
        angle += weight * np.arctan(one * u)
        decay += 0.5 * weight * np.log1p((one * u) ** 2)
    at_zero = float(shape @ a)
    integral = STEP * (at_zero / 2 + float(np.sum(np.sin(angle) * np.exp(-decay) / u)))
    return 0.5 - integral / math.pi
