"""Coefficients of scored scales with their intervals, pooled or per group with how many groups survived."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats import association
from calibration.stats.estimate import Estimate, Point, Result, Undefined
from calibration.stats.numbers import NumberPairs, number_pairs
from calibration.stats.obstacles import FEW_CLUSTERS, TOO_FEW_CLUSTERS
from calibration.stats.proportions import Bounds
from calibration.stats.quantiles import t_quantile


@dataclass(frozen=True, slots=True)
class NumberCoefficient:
    """A coefficient of two coders' numbers, and the scale on which its interval is symmetric.

    "fisher": atanh(value), for -1 .. 1. "log": log(value), for typical differences ≥ 0.
    """

    name: str
    point: Callable[[NumberPairs], Point | Undefined]
    scale: Literal["fisher", "log"]

    def estimate(self, pairs: NumberPairs, *, level: float = 0.95) -> Result:
        """The value with its linearised interval, clustered and weighted as the pairs are."""
        if pairs.n < 2:
            return Undefined(f"{self.name} needs at least two items, there are {pairs.n}")
        point = self.point(pairs)
        if isinstance(point, Undefined):
            return point
        bounds = self._bounds(point, pairs, level)
        if isinstance(bounds, str):
            return Estimate(
                point.value, None, None, level, pairs.n, pairs.clusters, "no interval", bounds, ()
            )
        return Estimate(
            point.value, bounds.low, bounds.high, level, pairs.n, pairs.clusters, self._method(pairs),
            warnings=_warnings(pairs),
        )  # fmt: skip

    def _bounds(self, point: Point, pairs: NumberPairs, level: float) -> Bounds | str:
        """The interval, or the reason why there is none."""
        if pairs.clusters < TOO_FEW_CLUSTERS:
            return f"too few {_kind(pairs)}: {pairs.clusters}, {TOO_FEW_CLUSTERS} are needed"
        spread = pairs.spread(point.influence)
        half = t_quantile((1 + level) / 2, spread.df) * math.sqrt(spread.variance)
        if half <= 0 or (self.scale == "fisher" and abs(point.value) >= 1 - 1e-12):
            return "every item fits exactly, so the data show no spread to judge by"
        if self.scale == "log":
            factor = math.exp(min(half / point.value, 700.0))
            return Bounds(point.value / factor, point.value * factor)
        centre, reach = math.atanh(point.value), half / (1 - point.value**2)
        return Bounds(math.tanh(centre - reach), math.tanh(centre + reach))

    def _method(self, pairs: NumberPairs) -> str:
        scale = "Fisher's z" if self.scale == "fisher" else "log"
        clustered = ", clustered" if pairs.members is not None else ""
        return f"linearised on {scale}, t{clustered}{', weighted by 1/π' if pairs.weighted else ''}"


NUMBER_COEFFICIENTS: dict[str, NumberCoefficient] = {
    row.name: row
    for row in (
        NumberCoefficient("pearson", association.pearson, "fisher"),
        NumberCoefficient("spearman", association.spearman, "fisher"),
        NumberCoefficient("kendall_tau_b", association.kendall_tau_b, "fisher"),
        NumberCoefficient("lin_ccc", association.lin_ccc, "fisher"),
        NumberCoefficient("rmse", association.rmse, "log"),
        NumberCoefficient("mae", association.mae, "log"),
    )
}


def number_estimate(name: str, pairs: NumberPairs, *, level: float = 0.95) -> Result:
    """The coefficient called `name` of two coders' numbers. KeyError where NUMBER_COEFFICIENTS lacks it."""
    return NUMBER_COEFFICIENTS[name].estimate(pairs, level=level)


@dataclass(frozen=True, slots=True)
class GroupedEstimate:
    """The mean of a coefficient over groups, and how many of the groups had one.

    A group whose numbers are constant has no correlation; leaving it out silently would flatter the judge.
    """

    estimate: Result
    groups: int
    survived: int

    def __str__(self) -> str:
        return f"{self.estimate} ({self.survived} of {self.groups} groups)"


def grouped_estimate(
    name: str, x: ArrayLike, y: ArrayLike, group: ArrayLike, *, level: float = 0.95
) -> GroupedEstimate:
    """The coefficient within each group (integer ids, shape (n,)), averaged; t interval over the groups.

    Groups are the independent units, so the interval says nothing about new items of the same groups alone.
    """
    first, second, which = np.asarray(x, float), np.asarray(y, float), np.asarray(group)
    found = [
        NUMBER_COEFFICIENTS[name].point(number_pairs(first[rows], second[rows]))
        for rows in (which == g for g in np.unique(which))
    ]
    values = np.array([p.value for p in found if isinstance(p, Point)])
    if len(values) == 0:
        return GroupedEstimate(Undefined(f"{name} is undefined in all {len(found)} groups"), len(found), 0)
    return GroupedEstimate(_mean(values, level), len(found), len(values))


def _mean(values: np.ndarray[tuple[int], np.dtype[np.float64]], level: float) -> Estimate:
    n, mean = len(values), float(values.mean())
    if n < TOO_FEW_CLUSTERS:
        reason = f"too few groups: {n}, {TOO_FEW_CLUSTERS} are needed"
        return Estimate(mean, None, None, level, n, n, "no interval", reason)
    half = t_quantile((1 + level) / 2, n - 1) * float(values.std(ddof=1)) / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, level, n, n, "mean over groups, t")


def _kind(pairs: NumberPairs) -> str:
    return "independent items" if pairs.members is None else "clusters"


def _warnings(pairs: NumberPairs) -> tuple[str, ...]:
    if pairs.clusters >= FEW_CLUSTERS:
        return ()
    return (f"few {_kind(pairs)}: {pairs.clusters}; a gate needs {FEW_CLUSTERS}",)
