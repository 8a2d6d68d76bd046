"""How two coders' numbers go together: correlations, concordance and typical differences."""

from __future__ import annotations

import math

import numpy as np

from calibration.stats.concordance import concordance_of_ranks
from calibration.stats.estimate import FloatArray, IntArray, Point, Undefined
from calibration.stats.numbers import NumberPairs, mass_above, mid_ranks

CONSTANT = Undefined("one of the two gave the same number to every item, so nothing can correlate")


def pearson(pairs: NumberPairs) -> Point | Undefined:
    """r = cov(x, y) / (sd x · sd y). Influence: z_x z_y - r (z_x² + z_y²) / 2."""
    p = pairs.mass / pairs.total
    x, y = _centred(pairs.x, p), _centred(pairs.y, p)
    spread_x, spread_y = float(p @ x**2), float(p @ y**2)
    if not _varies(pairs.x, spread_x) or not _varies(pairs.y, spread_y):
        return CONSTANT
    zx, zy = x / math.sqrt(spread_x), y / math.sqrt(spread_y)
    r = float(p @ (zx * zy))
    return Point(_clipped(r), zx * zy - r * (zx**2 + zy**2) / 2)


def spearman(pairs: NumberPairs) -> Point | Undefined:
    """Pearson's r of mid-ranks; its influence includes that every item moves the ranks of the others."""
    p = pairs.mass / pairs.total
    fx, fy = mid_ranks(pairs.rank_x, p) - 0.5, mid_ranks(pairs.rank_y, p) - 0.5
    spread_x, spread_y, shared = float(p @ fx**2), float(p @ fy**2), float(p @ (fx * fy))
    if spread_x <= 1e-15 or spread_y <= 1e-15:
        return CONSTANT
    by_shared = fx * fy + mass_above(pairs.rank_x, p * fy) + mass_above(pairs.rank_y, p * fx)
    by_x = fx**2 + 2 * mass_above(pairs.rank_x, p * fx)
    by_y = fy**2 + 2 * mass_above(pairs.rank_y, p * fy)
    scale = math.sqrt(spread_x * spread_y)
    rho = shared / scale
    influence = by_shared / scale - rho / 2 * (by_x / spread_x + by_y / spread_y)
    return Point(_clipped(rho), influence - float(p @ influence))


def kendall_tau_b(pairs: NumberPairs) -> Point | Undefined:
    """(concordant - discordant) / √(pairs not tied in x · pairs not tied in y) (Kendall 1945)."""
    p = pairs.mass / pairs.total
    net = concordance_of_ranks(pairs.rank_x, pairs.rank_y, p)
    free_x, free_y = _untied(pairs.rank_x, p), _untied(pairs.rank_y, p)
    total, untied_x, untied_y = float(p @ net), float(p @ free_x), float(p @ free_y)
    if untied_x <= 1e-15 or untied_y <= 1e-15:
        return CONSTANT
    scale = math.sqrt(untied_x * untied_y)
    tau = total / scale
    influence = 2 * net / scale - tau * (free_x / untied_x + free_y / untied_y)
    return Point(_clipped(tau), influence - float(p @ influence))


def lin_ccc(pairs: NumberPairs) -> Point | Undefined:
    """1 - E(x - y)² / (var x + var y + (mean x - mean y)²), variances with ddof 0 (Lin 1989).

    On coded levels this is quadratic kappa.
    """
    p = pairs.mass / pairs.total
    x, y = _centred(pairs.x, p), _centred(pairs.y, p)
    shift = float(p @ (pairs.x - pairs.y))
    apart = (pairs.x - pairs.y) ** 2
    observed, expected = float(p @ apart), float(p @ (x**2 + y**2)) + shift**2
    if expected <= 1e-300:
        return Undefined("both gave the same number to every item, so nothing can be told apart")
    by_expected = x**2 + y**2 + 2 * shift * (x - y)
    influence = -(apart - observed / expected * by_expected) / expected
    return Point(1 - observed / expected, influence - float(p @ influence))


def rmse(pairs: NumberPairs) -> Point | Undefined:
    """√ E(x - y)², in the numbers' own unit."""
    p = pairs.mass / pairs.total
    apart = (pairs.x - pairs.y) ** 2
    value = math.sqrt(float(p @ apart))
    return Point(value, (apart - value**2) / (2 * value) if value > 0 else np.zeros(len(apart)))


def mae(pairs: NumberPairs) -> Point | Undefined:
    """E|x - y|, in the numbers' own unit."""
    p = pairs.mass / pairs.total
    apart = np.abs(pairs.x - pairs.y)
    value = float(p @ apart)
    return Point(value, apart - value)


def _centred(values: FloatArray, p: FloatArray) -> FloatArray:
    """Values minus their mean, taken after a rough shift so that a large offset costs no digits."""
    shifted = values - values[0]
    return np.asarray(shifted - float(p @ shifted))


def _varies(values: FloatArray, spread: float) -> bool:
    return bool(np.ptp(values) > 0) and spread > 0


def _untied(which: IntArray, p: FloatArray) -> FloatArray:
    """For each item, the share of items with another value."""
    return np.asarray(1 - np.bincount(which, weights=p)[which])


def _clipped(value: float) -> float:
    return min(1.0, max(-1.0, value))
