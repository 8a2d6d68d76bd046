"""Two judges on the same labelled units: paired differences of coefficients, and McNemar's test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.agreement import COEFFICIENTS, Coefficient
from calibration.stats.design import Patterns
from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.intervals import degrees_of_freedom, obstacles_of
from calibration.stats.joint import JointTable, with_pseudo_items
from calibration.stats.mcnemar import McNemar, mcnemar
from calibration.stats.quantiles import t_probability, t_quantile


@dataclass(frozen=True, slots=True)
class Difference:
    """A coefficient of judge A minus that of judge B, with the two-sided p-value of no difference."""

    first: Result
    second: Result
    difference: Result
    p: float | None


def difference(
    name: str, table: JointTable, *, values: ArrayLike | None = None, level: float = 0.95
) -> Difference:
    """The coefficient called `name` of judge A minus that of judge B, by joint influence values.

    SE² = Σ w² (u_a - u_b)² / (Σw)² on the table with two pseudo-items spread over the product of the three
    margins (whose own margins are the pseudo-items of either coefficient alone); t with units - 1 degrees of
    freedom; clustered and weighted like any estimate. Positive: A agrees more (Gwet 2016, linearised).
    """
    coefficient = COEFFICIENTS[name]
    first = coefficient.estimate(table.first, values=values, level=level)
    second = coefficient.estimate(table.second, values=values, level=level)
    if isinstance(first, Undefined):
        return Difference(first, second, first, None)
    if isinstance(second, Undefined):
        return Difference(first, second, second, None)
    return _compared(coefficient, table, values, first, second)


def _compared(
    coefficient: Coefficient, table: JointTable, values: ArrayLike | None, first: Estimate, second: Estimate
) -> Difference:
    value, level = first.value - second.value, first.level
    reference = table.first
    classes = reference.class_items if coefficient.chance_corrected else None
    obstacles = obstacles_of(reference, class_items=classes, ordered=coefficient.ordered)
    shifted, error = _shifted(coefficient, table, values)
    reason = obstacles.undefined
    if reason is None and not math.isfinite(error):
        reason = "undefined on the table with pseudo-items"
    bare = Estimate(
        value, None, None, level, table.n, table.clusters, "no interval", reason, obstacles.warnings
    )
    if reason is not None:
        return Difference(first, second, bare, None)
    df = degrees_of_freedom(reference)
    half = t_quantile((1 + level) / 2, df) * error
    method = "paired, linearised, 2 pseudo-items, t" + _design(table)
    found = replace(bare, low=min(shifted - half, value), high=max(shifted + half, value), method=method)
    p = 2 * t_probability(-abs(shifted) / error, df) if error > 0 else 1.0
    return Difference(first, second, found, p)


def _shifted(coefficient: Coefficient, table: JointTable, values: ArrayLike | None) -> tuple[float, float]:
    """Difference and its standard error on the table with two pseudo-items."""
    extended = with_pseudo_items(table)
    first = coefficient.point(extended.first, values=values)
    second = coefficient.point(extended.second, values=values)
    if isinstance(first, Undefined) or isinstance(second, Undefined):
        return math.nan, math.nan
    q = table.categories
    u_a, u_b = first.influence.reshape(q, 1, q), second.influence.reshape(1, q, q)
    return first.value - second.value, math.sqrt(extended.variance((u_a - u_b).ravel()))


def compare(
    table: JointTable, names: Sequence[str], *, values: ArrayLike | None = None, level: float = 0.95
) -> dict[str, Difference]:
    """The difference of every named coefficient. KeyError for a name that is not in COEFFICIENTS."""
    return {name: difference(name, table, values=values, level=level) for name in names}


def mcnemar_of(table: JointTable) -> McNemar:
    """McNemar's test of who is right (equals the reference) more often; units count, weights do not."""
    q = table.categories
    tally = table.tally.reshape(q, q, q)
    first, second, reference = np.indices((q, q, q))
    only_first = tally[(first == reference) & (second != reference)].sum()
    only_second = tally[(first != reference) & (second == reference)].sum()
    return mcnemar(int(only_first), int(only_second))


def _design(table: Patterns) -> str:
    clustered = ", clustered" if table.members is not None else ""
    return clustered + (", weighted by 1/π" if table.weighted else "")
