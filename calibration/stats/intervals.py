"""The one place where a coefficient and its influence values become an estimate with an interval."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from calibration.stats.counts import CountTable
from calibration.stats.design import Patterns
from calibration.stats.estimate import Estimate, FloatArray, Point, Result, Undefined
from calibration.stats.pairs import PairTable
from calibration.stats.proportions import Bounds, clopper_pearson, effective_n, wilson
from calibration.stats.quantiles import normal_quantile, t_quantile

__all__ = [
    "Interval",
    "Obstacles",
    "clopper_pearson",
    "estimated",
    "normal_quantile",
    "standard_error",
    "t_quantile",
    "wilson",
    "with_pseudo_items",
]

Interval = Literal["root", "log", "proportion"]
Table = PairTable | CountTable
Evaluate = Callable[[Table], Point | Undefined]
PSEUDO_ITEMS = 2.0
TOO_FEW_OF_CLASS, FEW_OF_CLASS = 5, 10
TOO_FEW_CLUSTERS, FEW_CLUSTERS = 10, 40
FEW_DF = 15.0


@dataclass(frozen=True, slots=True)
class Obstacles:
    """Why there is no interval (None: there is one), and what the reader must be warned of."""

    undefined: str | None = None
    warnings: tuple[str, ...] = ()


def estimated(
    coefficient: Evaluate,
    table: Table,
    *,
    interval: Interval,
    obstacles: Obstacles,
    level: float = 0.95,
) -> Result:
    """The estimate of `coefficient` on `table`: its value, and the interval that its kind calls for.

    "root": ± t · SE on the scale √(1 - value), the SE from the table with two pseudo-items spread over the
    product of the margins. "log": on the scale log(1 - value), without pseudo-items unless nothing disagrees.
    "proportion": Wilson on the effective number of items. The degrees of freedom of t are Satterthwaite's, at
    most independent units - 1. One interval serves display and gate; tests/validity measures its coverage.
    """
    point = coefficient(table)
    if isinstance(point, Undefined):
        return point
    obstacles = _with_reach(obstacles, point, table)
    if obstacles.undefined is not None:
        return _estimate(point.value, None, table, level, "no interval", obstacles)
    make = {"root": _root_interval, "log": _log_interval, "proportion": _wilson_interval}[interval]
    bounds = make(coefficient, point, table, level)
    if bounds is None:
        obstacles = replace(obstacles, undefined="undefined on the table with pseudo-items")
    return _estimate(point.value, bounds, table, level, _method(interval, table), obstacles)


def _with_reach(obstacles: Obstacles, point: Point, table: Table) -> Obstacles:
    """A warning more where a handful of clusters decide the standard error."""
    if table.members is None:
        return obstacles
    df = table.spread(point.influence).df
    if df >= FEW_DF:
        return obstacles
    text = f"few clusters carry the disagreement: {df:.3g} degrees of freedom; a gate needs {FEW_DF:g}"
    return replace(obstacles, warnings=(*obstacles.warnings, text))


def standard_error(point: Point, table: Patterns) -> float:
    """Linearised standard error of a coefficient on its own table, clustered and weighted as the table is."""
    return math.sqrt(table.spread(point.influence).variance)


def degrees_of_freedom(table: Patterns) -> float:
    """Independent units - 1: the most that any interval on this table is granted."""
    return max(table.independent - 1, 1.0)


def with_pseudo_items(table: Table, *, size: float = 1.0) -> Table:
    """The table with two pseudo-items, each worth Σw / n_eff, spread over the product of the margins."""
    return _pairs_extended(table, size) if isinstance(table, PairTable) else _counts_extended(table, size)


def _pairs_extended(table: PairTable, size: float) -> PairTable:
    p, weight = table.proportions, size * table.item_weight
    mass = PSEUDO_ITEMS * weight * np.outer(p.sum(axis=1), p.sum(axis=0)).ravel()
    square = mass * weight
    return replace(
        table, mass=table.mass + mass, square=table.square + square, pseudo=square, pseudo_weight=weight
    )


def _counts_extended(table: CountTable, size: float) -> CountTable:
    """Pseudo-items of a count table have two answers each, drawn from the margin of the pairable units."""
    q, weight = table.categories, size * table.item_weight
    paired = (table.sizes >= 2)[:, None] * table.ratings
    margin = table.mass @ paired
    mass = PSEUDO_ITEMS * weight * np.outer(margin, margin).ravel() / margin.sum() ** 2
    eye = np.eye(q)
    nothing = np.zeros(q * q)
    square = mass * weight
    return replace(
        table,
        mass=np.concatenate([table.mass, mass]),
        square=np.concatenate([table.square, square]),
        tally=np.concatenate([table.tally, nothing.astype(np.int64)]),
        pseudo_weight=weight,
        pseudo=np.concatenate([np.zeros(len(table.mass)), square]),
        ratings=np.concatenate([table.ratings, (eye[:, None, :] + eye[None, :, :]).reshape(q * q, q)]),
    )


def _root_interval(coefficient: Evaluate, point: Point, table: Table, level: float) -> Bounds | None:
    """1 - (√(1 - value) ± t · SE / (2 √(1 - value)))², SE from the table with pseudo-items.

    The scale is between the natural one, whose lower bounds pass too often when few items disagree (.070 for
    .05 at kappa .8, 7 disagreements), and log(1 - value), which is too cautious there (.009).
    """
    extended = with_pseudo_items(table, size=table.design_effect(point.influence))
    shifted = coefficient(extended)
    if isinstance(shifted, Undefined):
        return None
    root = math.sqrt(1 - (shifted if point.value >= 1 else point).value)
    half = _half_width(shifted, extended, level) / (2 * root)
    return Bounds(max(-1.0, 1 - (root + half) ** 2), 1 - max(0.0, root - half) ** 2)


def _log_interval(coefficient: Evaluate, point: Point, table: Table, level: float) -> Bounds | None:
    """exp(log(1 - value) ± t · SE / (1 - value)).

    The table with pseudo-items gives value and SE where nothing disagrees, and the SE where units are
    weighted: the few units of great weight may all agree by luck.
    """
    basis, used, centre = table, point, point
    if point.value >= 1 or table.weighted:
        basis = with_pseudo_items(table, size=table.design_effect(point.influence))
        shifted = coefficient(basis)
        if isinstance(shifted, Undefined):
            return None
        used, centre = shifted, shifted if point.value >= 1 else point
    distance = 1 - centre.value
    factor = math.exp(min(_half_width(used, basis, level) / distance, 700.0))
    return Bounds(max(-1.0, 1 - distance * factor), 1 - distance / factor)


def _half_width(point: Point, table: Table, level: float) -> float:
    spread = table.spread(point.influence)
    return t_quantile((1 + level) / 2, spread.df) * math.sqrt(spread.variance)


def _wilson_interval(coefficient: Evaluate, point: Point, table: Table, level: float) -> Bounds | None:
    n = table.n_eff if table.weighted else float(table.pairable)
    if table.weighted or table.members is not None or not isinstance(table, PairTable):
        n = effective_n(
            point.value, table.spread(point.influence).variance, n, table.pairable_clusters, level=level
        )
    return wilson(point.value * n, n, level=level)


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


def _estimate(
    value: float, bounds: Bounds | None, table: Table, level: float, method: str, obstacles: Obstacles
) -> Estimate:
    return Estimate(
        value=value,
        low=None if bounds is None else bounds.low,
        high=None if bounds is None else bounds.high,
        level=level,
        n=table.pairable,
        clusters=table.pairable_clusters,
        method=method,
        interval_undefined=obstacles.undefined,
        warnings=obstacles.warnings,
    )


def obstacles_of(table: Table, *, class_items: FloatArray | None, ordered: bool) -> Obstacles:
    """The rules for few items and few clusters: below the lower limit no interval, below the upper a warning.

    class_items: items of each category by the humans; None where the rule does not apply (raw agreement).
    Two categories: both count, used or not. More: the rarest category that occurs. Where categories are
    ordered, an outer level used twice says little about the interval, so there the limits apply to all items
    outside the most common level (for two categories this is the rarest class again).
    """
    findings = [_class_finding(class_items, ordered=ordered)] if class_items is not None else []
    if class_items is not None or table.members is not None:
        findings.append(_cluster_finding(table))
    reasons = [f.undefined for f in findings if f.undefined]
    return Obstacles("; ".join(reasons) or None, tuple(w for f in findings for w in f.warnings))


def _class_finding(class_items: FloatArray, *, ordered: bool) -> Obstacles:
    used = class_items if len(class_items) <= 2 else class_items[class_items > 0]
    rarest = float(used.sum() - used.max()) if ordered else float(used.min())
    what = "outside the most common class" if ordered else "of the rarest class"
    text = f"only {rarest:.4g} items {what}"
    if rarest < TOO_FEW_OF_CLASS:
        return Obstacles(f"too few of the rare class: {text}, {TOO_FEW_OF_CLASS} are needed")
    if rarest < FEW_OF_CLASS:
        return Obstacles(None, (f"few of the rare class: {text}; a gate needs {FEW_OF_CLASS}",))
    return Obstacles()


def _cluster_finding(table: Table) -> Obstacles:
    units = table.pairable_clusters
    kind = "clusters" if table.members is not None else "independent items"
    if units < TOO_FEW_CLUSTERS:
        return Obstacles(f"too few {kind}: {units}, {TOO_FEW_CLUSTERS} are needed")
    if units < FEW_CLUSTERS:
        return Obstacles(None, (f"few {kind}: {units}; a gate needs {FEW_CLUSTERS}",))
    return Obstacles()
