"""Krippendorff's alpha of numbers that need not repeat: O(N log N) time, O(N) memory, safe at any offset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from calibration.stats.design import sums
from calibration.stats.estimate import Estimate, FloatArray, IntArray, Point, Result, Undefined
from calibration.stats.intervals import log_bounds
from calibration.stats.numbers import NumberTable, mid_ranks, ranks_of
from calibration.stats.obstacles import FEW_CLUSTERS, TOO_FEW_CLUSTERS

MOST_RATIO_VALUES = 20_000


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Σ o δ² and Σ n n δ² over all pairs, and what a unit's mass adds to each, shape (units,).

    `by_observed` is a unit's own disagreement; `by_both` the change of observed - share · expected through
    the numbers' ranks alone, given share = observed / expected.
    """

    observed: float
    expected: float
    by_observed: FloatArray
    by_expected: FloatArray
    by_both: FloatArray


def alpha_of_numbers(level: str, table: NumberTable) -> Point | Undefined:
    """α = 1 - (n - 1) Σ o δ² / Σ n n δ² for level "nominal", "ordinal", "interval" or "ratio".

    Influence as for coded answers; n - 1 becomes n (1 - 1/n*) with weights. KeyError for another level.
    """
    measure = _MEASURES[level]
    if len(table.mass) == 0:
        return Undefined("no item was rated twice")
    if level == "ratio" and len(np.unique(table.value)) > MOST_RATIO_VALUES:
        return Undefined(f"ratio alpha of more than {MOST_RATIO_VALUES:,} different numbers takes too long")
    found = measure(table)
    if found.expected <= 0:
        return Undefined("all raters gave the same number to every item, so agreement by chance is complete")
    size = float(table.mass @ table.sizes)
    factor = size - table.item_weight
    distance = factor * found.observed / found.expected
    slope = factor * (found.by_observed + found.by_both) - distance * found.by_expected
    influence = -table.total * (slope / found.expected + distance * table.sizes / size)
    return Point(1 - distance, influence - float(table.mass @ influence) / table.total)


def number_alpha_estimate(level: str, table: NumberTable, *, confidence: float = 0.95) -> Result:
    """Alpha with its interval on log(1 - α), t; no interval where no two raters differ."""
    point = alpha_of_numbers(level, table)
    if isinstance(point, Undefined):
        return point
    n, kind = table.clusters, "independent items" if table.members is None else "clusters"
    reason = None
    if point.value >= 1:
        reason = "no two raters differ, so the data show no spread to judge by"
    elif n < TOO_FEW_CLUSTERS:
        reason = f"too few {kind}: {n}, {TOO_FEW_CLUSTERS} are needed"
    if reason is not None:
        return Estimate(point.value, None, None, confidence, table.n, n, "no interval", reason)
    bounds = log_bounds(point, table, level=confidence)
    warnings = (f"few {kind}: {n}; a gate needs {FEW_CLUSTERS}",) if n < FEW_CLUSTERS else ()
    method = "linearised on log(1 - value), t" + (", clustered" if table.members is not None else "")
    return Estimate(point.value, bounds.low, bounds.high, confidence, table.n, n, method, warnings=warnings)


def _interval(table: NumberTable) -> Disagreement:
    """δ² = (c - k)²: D_o = Σ 2 (m Σx² - (Σx)²) / (m - 1), D_e = 2 (N Σx² - (Σx)²), after a rough shift."""
    return _squares(table, table.value - float(np.mean(table.value)))


def _squares(table: NumberTable, x: FloatArray) -> Disagreement:
    c, m = table.mass, table.sizes
    units = len(c)
    first, second = sums(table.unit, x, units), sums(table.unit, x**2, units)
    own = 2 * (m * second - first**2) / (m - 1)
    own[_constant(table, x)] = 0.0
    n, s1, s2 = float(c @ m), float(c @ first), float(c @ second)
    by_expected = 2 * (m * s2 + n * second - 2 * s1 * first)
    return Disagreement(float(c @ own), 2 * (n * s2 - s1**2), own, by_expected, np.zeros(units))


def _constant(table: NumberTable, x: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Units whose numbers are all equal: rounding must not make them disagree."""
    low, high = np.full(len(table.mass), np.inf), np.full(len(table.mass), -np.inf)
    np.minimum.at(low, table.unit, x)
    np.maximum.at(high, table.unit, x)
    return np.asarray(low == high)


def _ordinal(table: NumberTable) -> Disagreement:
    """δ² = (R_c - R_k)² with mid-ranks R; a unit moves the ranks of all numbers above its own."""
    c, m, units = table.mass, table.sizes, len(table.mass)
    weight = c[table.unit]
    ranks = mid_ranks(ranks_of(table.value), weight)
    plain = _squares(table, ranks - float(np.mean(ranks)))
    if plain.expected <= 0:
        return plain
    first = sums(table.unit, ranks, units)
    size, total = float(c @ m), float(c @ first)
    observed = weight / (m - 1)[table.unit] * (m[table.unit] * ranks - first[table.unit])
    expected = weight * (size * ranks - total)
    pull = 4 * (observed - plain.observed / plain.expected * expected)
    _, which = np.unique(table.value, return_inverse=True)
    at = np.bincount(which, weights=pull)
    moved = (np.cumsum(at[::-1])[::-1] - at / 2)[which]
    by_both = sums(table.unit, moved, units)
    return Disagreement(plain.observed, plain.expected, plain.by_observed, plain.by_expected, by_both)


def _nominal(table: NumberTable) -> Disagreement:
    """δ² = 1 where the numbers differ."""
    _, which = np.unique(table.value, return_inverse=True)
    return _by_scatter(table, _same_value_scatter(table, which), lambda a, b: (a != b).astype(np.float64))


def _ratio(table: NumberTable) -> Disagreement:
    """δ² = ((c - k) / (c + k))²: every pair of different numbers, in blocks."""
    values, which = np.unique(table.value, return_inverse=True)
    at = np.bincount(which, weights=table.mass[table.unit])
    scatter = np.empty(len(values))
    for start in range(0, len(values), 256):
        block = values[start : start + 256]
        scatter[start : start + 256] = _ratio_difference(block[:, None], values[None, :]) @ at
    return _by_scatter(table, scatter[which], _ratio_difference)


def _ratio_difference(a: FloatArray, b: FloatArray) -> FloatArray:
    total = a + b
    return np.divide(a - b, total, out=np.zeros(np.broadcast(a, b).shape), where=total != 0) ** 2


def _same_value_scatter(table: NumberTable, which: IntArray) -> FloatArray:
    at = np.bincount(which, weights=table.mass[table.unit])
    return np.asarray(at.sum() - at[which])


def _by_scatter(
    table: NumberTable, scatter: FloatArray, difference: Callable[[FloatArray, FloatArray], FloatArray]
) -> Disagreement:
    """scatter: Σ_k n_k δ² for each number in long form; pairs inside a unit are met lag by lag."""
    c, m, units = table.mass, table.sizes, len(table.mass)
    order = np.argsort(table.unit, kind="stable")
    unit, value = table.unit[order], table.value[order]
    own = np.zeros(units)
    for lag in range(1, int(m.max())):
        same = unit[lag:] == unit[:-lag]
        gaps = 2 * difference(value[lag:][same], value[:-lag][same])
        own += sums(unit[lag:][same], gaps, units)
    own /= m - 1
    by_unit = sums(table.unit, scatter, units)
    return Disagreement(float(c @ own), float(c @ by_unit), own, 2 * by_unit, np.zeros(units))


_MEASURES: dict[str, Callable[[NumberTable], Disagreement]] = {
    "nominal": _nominal,
    "ordinal": _ordinal,
    "interval": _interval,
    "ratio": _ratio,
}
