"""The one place where a coefficient and its influence values become an estimate with an interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from calibration.stats.design import Patterns
from calibration.stats.estimate import Estimate, FloatArray, Point, Result, Undefined
from calibration.stats.obstacles import (
    FEW_CLUSTERS,
    FEW_OF_CLASS,
    TOO_FEW_CLUSTERS,
    TOO_FEW_OF_CLASS,
    Obstacles,
    obstacles_of,
)
from calibration.stats.pairs import PairTable
from calibration.stats.proportions import Bounds, clopper_pearson, effective_n, wilson
from calibration.stats.pseudo import PSEUDO_ITEMS, Table, with_pseudo_items
from calibration.stats.quantiles import normal_quantile, t_quantile, t_quantiles
from calibration.stats.stack import Evaluate, Points, Spreads, Stack

__all__ = [
    "FEW_CLUSTERS",
    "FEW_OF_CLASS",
    "PSEUDO_ITEMS",
    "TOO_FEW_CLUSTERS",
    "TOO_FEW_OF_CLASS",
    "Interval",
    "Obstacles",
    "clopper_pearson",
    "estimated",
    "normal_quantile",
    "obstacles_of",
    "standard_error",
    "t_quantile",
    "wilson",
    "with_pseudo_items",
]

Interval = Literal["root", "log", "proportion"]
MOST_LOG = 700.0


@dataclass(frozen=True, slots=True)
class Ends:
    """Interval ends on T tables, shapes (T,); NaN where the table with pseudo-items has no value below 1."""

    low: FloatArray
    high: FloatArray


def estimated(
    evaluate: Evaluate,
    stack: Stack,
    *,
    interval: Interval,
    obstacles: Sequence[Obstacles],
    level: float = 0.95,
    undefined: str,
) -> list[Result]:
    """The estimate on each table: the value, and the interval that its kind calls for; else `undefined`.

    "root": ± t · SE on the scale √(1 - value), the SE from the table with two pseudo-items spread over the
    product of the margins. "log": on the scale log(1 - value), without pseudo-items unless nothing disagrees.
    "proportion": Wilson on the effective number of items. The degrees of freedom of t are Satterthwaite's, at
    most independent units - 1. One interval serves display and gate; tests/validity measures its coverage.
    """
    with np.errstate(all="ignore"):
        points = evaluate(stack)
        spreads = stack.spreads(points.influence)
        make = {"root": _root_interval, "log": _log_interval, "proportion": _wilson_interval}[interval]
        ends = make(evaluate, points, spreads, stack, level)
    rows = zip(points.value.tolist(), ends.low.tolist(), ends.high.tolist(), spreads.df.tolist(), strict=True)
    return [
        Undefined(undefined)
        if math.isnan(value)
        else _estimate(value, Bounds(low, high), level, stack.tables[k], interval, obstacles[k], df)
        for k, (value, low, high, df) in enumerate(rows)
    ]


def _estimate(
    value: float,
    bounds: Bounds,
    level: float,
    table: Table,
    interval: Interval,
    obstacles: Obstacles,
    df: float,
) -> Estimate:
    """The value with these bounds, unless something stands against an interval."""
    if table.members is not None:
        obstacles = obstacles.with_reach(df)
    method, reason = _method(interval, table), obstacles.undefined
    if reason is not None:
        method = "no interval"
    elif math.isnan(bounds.low):
        reason = "one class only, so the data show no spread to judge by"
    elif bounds.low == bounds.high:
        reason = "one side gave the same answer throughout, so the data show no spread to judge by"
    low, high = (min(bounds.low, value), max(bounds.high, value)) if reason is None else (None, None)
    n, clusters = table.pairable, table.pairable_clusters
    return Estimate(value, low, high, level, n, clusters, method, reason, obstacles.warnings)


def standard_error(point: Point, table: Patterns) -> float:
    """Linearised standard error of a coefficient on its own table, clustered and weighted as the table is."""
    return math.sqrt(table.spread(point.influence).variance)


def degrees_of_freedom(table: Patterns) -> float:
    """Independent units - 1: the most that any interval on this table is granted."""
    return max(table.independent - 1, 1.0)


def _root_interval(evaluate: Evaluate, points: Points, spreads: Spreads, stack: Stack, level: float) -> Ends:
    """1 - (√(1 - value) ± t · SE / (2 √(1 - value)))², SE from the table with pseudo-items.

    The scale is between the natural one, whose lower bounds pass too often when few items disagree (.070 for
    .05 at kappa .8, 7 disagreements), and log(1 - value), which is too cautious there (.009).
    """
    extended = stack.extended(points.influence)
    shifted = evaluate(extended)
    root = np.sqrt(1 - _below_one(points.value, shifted.value))
    half = _half_widths(extended.spreads(shifted.influence), level) / (2 * root)
    return Ends(np.maximum(-1.0, 1 - (root + half) ** 2), 1 - np.maximum(0.0, root - half) ** 2)


def _log_interval(evaluate: Evaluate, points: Points, spreads: Spreads, stack: Stack, level: float) -> Ends:
    """exp(log(1 - value) ± t · SE / (1 - value)).

    The table with pseudo-items gives value and SE where nothing disagrees, and the SE where units are
    weighted: the few units of great weight may all agree by luck.
    """
    value, half = points.value, _half_widths(spreads, level)
    shaky = (value >= 1) | stack.weighted
    if shaky.any():
        extended = stack.extended(points.influence)
        shifted = evaluate(extended)
        value = np.where(shaky, _below_one(value, shifted.value), value)
        half = np.where(shaky, _half_widths(extended.spreads(shifted.influence), level), half)
    distance = 1 - value
    factor = np.exp(np.minimum(half / distance, MOST_LOG))
    return Ends(np.maximum(-1.0, 1 - distance * factor), 1 - distance / factor)


def log_bounds(point: Point, table: Patterns, *, level: float = 0.95) -> Bounds:
    """The interval on log(1 - value) from a point's influence, value < 1."""
    spread, distance = table.spread(point.influence), 1 - point.value
    half = t_quantile((1 + level) / 2, spread.df) * math.sqrt(spread.variance)
    factor = math.exp(min(half / distance, MOST_LOG))
    return Bounds(max(-1.0, 1 - distance * factor), 1 - distance / factor)


def _below_one(value: FloatArray, shifted: FloatArray) -> FloatArray:
    """The value, or the one with pseudo-items where nothing disagrees; NaN where that says nothing either."""
    return np.where(shifted < 1, np.where(value >= 1, shifted, value), np.nan)


def _half_widths(spreads: Spreads, level: float) -> FloatArray:
    return t_quantiles((1 + level) / 2, spreads.df) * np.sqrt(spreads.variance)


def _wilson_interval(
    evaluate: Evaluate, points: Points, spreads: Spreads, stack: Stack, level: float
) -> Ends:
    bounds = [
        _wilson(table, value, variance, level)
        for table, value, variance in zip(
            stack.tables, points.value.tolist(), spreads.variance.tolist(), strict=True
        )
    ]
    return Ends(np.array([b.low for b in bounds]), np.array([b.high for b in bounds]))


def _wilson(table: Table, value: float, variance: float, level: float) -> Bounds:
    n = table.n_eff if table.weighted else float(table.pairable)
    if table.weighted or table.members is not None or not isinstance(table, PairTable):
        n = effective_n(value, variance, n, table.pairable_clusters, level=level)
    return wilson(value * n, n, level=level)


def _method(interval: Interval, table: Table) -> str:
    names = {
        "root": "linearised on √(1 - value) with 2 pseudo-items, t",
        "log": "linearised on log(1 - value), t",
        "proportion": "Wilson",
    }
    design = (", clustered" if table.members is not None else "") + (
        ", weighted by 1/π" if table.weighted else ""
    )
    return names[interval] + design
