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
TAIL = 30.0  # the integrand is cut off where it is smaller than exp(-TAIL)
LAST = 2e5  # and here at the latest, which only happens where it is next to nothing already
HALVINGS = 50
FEWEST = 10  # below it the bounds are the range itself, which holds always
NEAR = 1e-4  # so near to an end of the range, as a part of it, nothing is told apart


def bounded_mean(
    values: ArrayLike,
    counts: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    least: float,
    most: float,
    level: float = 0.95,
) -> Bounds:
    """Gaffke's bounds of a mean: quantiles of sum D_i x_i for D ~ Dirichlet(1, ..., 1) over n + 1 numbers.

    The numbers are the sample and `most` for the upper bound, the sample and `least` for the lower one
    (Gaffke 2005; Learned-Miller and Thomas 2019). values: the different numbers of the sample, counts: how
    often each is there (effective numbers are allowed), weights: of each, so that the mean is
    sum w x / sum w; then D_i is in proportion to w_i G_i, G_i exponential, and the number that is added
    weighs as much as the heaviest. Holds in every simulation that we and they made; a proof for all
    distributions is not known. So near to the ends of the range that it does not matter, bounds are
    rounded outwards.
    """
    x, count = np.asarray(values, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    weight = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=np.float64)
    x, count, weight = x[count > 0], count[count > 0], weight[count > 0]
    total = float(count @ weight)
    if total**2 < FEWEST * float(count @ weight**2):
        return Bounds(least, most)
    tail, mean = (1 - level) / 2, float((count * weight) @ x) / total
    count, weight = np.append(count, 1.0), np.append(weight, weight.max())
    low = _quantile(np.append(x, least), count, weight, tail, Bounds(least, mean)).low
    high = _quantile(np.append(x, most), count, weight, 1 - tail, Bounds(mean, most)).high
    return Bounds(low, high)


def _quantile(
    x: FloatArray, count: FloatArray, weight: FloatArray, probability: float, within: Bounds
) -> Bounds:
    """Both sides, as near as they were found, of t with P(sum D x <= t) = probability.

    Near an end of the range the integral is not worth its points: there they stay apart, and each bound
    takes the side that is further out.
    """
    if x.min() == x.max():
        return Bounds(float(x[0]), float(x[0]))
    below, above, near = within.low, within.high, NEAR * float(x.max() - x.min())
    for _ in range(HALVINGS):
        middle = (below + above) / 2
        if middle in (below, above) or middle - x.min() < near or x.max() - middle < near:
            break
        if _probability(weight * (x - middle), count) < probability:
            below = middle
        else:
            above = middle
    return Bounds(below, above)


def _probability(a: FloatArray, shape: FloatArray) -> float:
    """P(sum a G <= 0) for independent G ~ Gamma(shape), by inversion (Gil-Pelaez 1951; Imhof 1961).

    With sum D x <= t exactly where sum w (x - t) G <= 0, the distribution of a weighted Dirichlet mean.
    """
    if a.max() <= 0 or a.min() >= 0:
        return float(a.max() <= 0)
    a = a / math.sqrt(float(shape @ a**2))
    last = 1.0
    while last < LAST and 0.5 * float(shape @ np.log1p((a * last) ** 2)) < TAIL:
        last *= 1.5
    u = np.arange(STEP, last, STEP)
    angle, decay = np.zeros(len(u)), np.zeros(len(u))
    for one, k in zip(a.tolist(), shape.tolist(), strict=True):
        angle += k * np.arctan(one * u)
        decay += 0.5 * k * np.log1p((one * u) ** 2)
    at_zero = float(shape @ a)
    integral = STEP * (at_zero / 2 + float(np.sum(np.sin(angle) * np.exp(-decay) / u)))
    return 0.5 - integral / math.pi
