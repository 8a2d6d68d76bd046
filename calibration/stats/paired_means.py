"""The mean of one number per unit, weighted and clustered: its value, interval and p-value of being zero."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.design import Patterns, Sample, cluster_ids, design_weights
from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.obstacles import TOO_FEW_CLUSTERS
from calibration.stats.quantiles import t_probability, t_quantile


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its interval, and the two-sided p-value of "it is zero" (None without an interval)."""

    mean: Result
    p: float | None


def mean_of(
    numbers: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> Mean:
    """Σ w x / Σ w ± t · SE, the SE linearised (Hájek) and clustered; shape of the arrays: (n,).

    Fewer than two units have no interval, fewer than ten clusters neither.
    """
    x = np.asarray(numbers, dtype=np.float64)
    n = len(x)
    if n == 0:
        return Mean(Undefined("no items were compared"), None)
    table = _each_unit(n, weights, clusters)
    value = float(table.mass @ x / table.total)
    least = 2 if table.members is None else TOO_FEW_CLUSTERS
    if table.clusters < least:
        reason = f"too few units: {table.clusters}, {least} are needed"
        return Mean(Estimate(value, None, None, level, n, table.clusters, "no interval", reason), None)
    spread = table.spread(x - value)
    error = math.sqrt(spread.variance)
    half = t_quantile((1 + level) / 2, spread.df) * error
    design = (", clustered" if table.members is not None else "") + (
        ", weighted by 1/π" if table.weighted else ""
    )
    found = Estimate(
        value, value - half, value + half, level, n, table.clusters, f"mean, linearised, t{design}"
    )
    if error == 0:
        return Mean(found, 1.0 if value == 0 else 0.0)
    return Mean(found, 2 * t_probability(-abs(value) / error, spread.df))


def _each_unit(n: int, weights: ArrayLike | None, clusters: ArrayLike | None) -> Patterns:
    """A table in which every unit is a pattern of its own."""
    sample = Sample(np.arange(n), n, design_weights(weights, n), cluster_ids(clusters, n))
    members = sample.members()
    return Patterns(
        mass=sample.mass(),
        square=sample.square(),
        tally=sample.tally(),
        clusters=n if members is None else len(members.copies),
        weighted=weights is not None,
        members=members,
    )
