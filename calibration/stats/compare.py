"""Two judges on the same labelled units: paired differences of coefficients, and McNemar's test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.agreement import COEFFICIENTS, Coefficient
from calibration.stats.contrast import Contrast, Sampling, sampling_of
from calibration.stats.estimate import FloatArray, Result, Undefined
from calibration.stats.joint import JointTable, with_pseudo_items
from calibration.stats.mcnemar import McNemar, mcnemar
from calibration.stats.obstacles import obstacles_of


@dataclass(frozen=True, slots=True)
class Difference:
    """A coefficient of judge A minus that of judge B, with the two-sided p-value of no difference."""

    first: Result
    second: Result
    difference: Result
    p: float | None

    def distinguishable(self, level: float = 0.95) -> bool:
        """Whether "no difference" is rejected at 1 - level; without a p-value nothing is."""
        return self.p is not None and self.p < 1 - level


def difference(
    name: str, table: JointTable, *, values: ArrayLike | None = None, level: float = 0.95
) -> Difference:
    """The coefficient called `name` of judge A minus that of judge B, by joint influence values.

    SE² = Σ w² (u_a - u_b)² / (Σw)² on the table with two pseudo-items spread over the product of the three
    margins (whose own margins are the pseudo-items of either coefficient alone), t quantile, sides lengthened
    for skewness; clustered and weighted like any estimate. Positive: A agrees more. KeyError for an unknown
    name.
    (Linearisation: Gwet 2016, "Testing the difference of correlated agreement coefficients".)
    """
    coefficient = COEFFICIENTS[name]
    first = coefficient.estimate(table.first, values=values, level=level)
    second = coefficient.estimate(table.second, values=values, level=level)
    if isinstance(first, Undefined):
        return Difference(first, second, first, None)
    if isinstance(second, Undefined):
        return Difference(first, second, second, None)
    contrast = Contrast(first.value - second.value, _sampling(coefficient, table, values))
    reference = table.first
    classes = reference.class_items if coefficient.chance_corrected else None
    found = contrast.estimate(
        n=table.n,
        clusters=table.clusters,
        level=level,
        obstacles=obstacles_of(reference, class_items=classes, ordered=coefficient.ordered),
        method="paired, linearised, 2 pseudo-items, t" + _design(table),
    )
    return Difference(first, second, found, None if found.low is None else contrast.p_zero())


def compare(
    table: JointTable, names: Sequence[str], *, values: ArrayLike | None = None, level: float = 0.95
) -> dict[str, Difference]:
    """The difference of every named coefficient."""
    return {name: difference(name, table, values=values, level=level) for name in names}


def mcnemar_of(table: JointTable) -> McNemar:
    """McNemar's test of who is right (equals the reference) more often; units count, weights do not."""
    q = table.categories
    tally = table.tally.reshape(q, q, q)
    first, second, reference = np.indices((q, q, q))
    only_first = tally[(first == reference) & (second != reference)].sum()
    only_second = tally[(first != reference) & (second == reference)].sum()
    return mcnemar(int(only_first), int(only_second))


def _sampling(coefficient: Coefficient, table: JointTable, values: ArrayLike | None) -> Sampling | None:
    """How the difference varies, on the table with two pseudo-items, each the size of the design effect."""
    plain = _influence(coefficient, table, values)
    if plain is None:
        return None
    extended = with_pseudo_items(table, size=table.design_effect(plain))
    shifted = _influence(coefficient, extended, values)
    return None if shifted is None else sampling_of(extended, shifted)


def _influence(coefficient: Coefficient, table: JointTable, values: ArrayLike | None) -> FloatArray | None:
    """u_a - u_b of each pattern (judge A, judge B, reference)."""
    first = coefficient.point(table.first, values=values)
    second = coefficient.point(table.second, values=values)
    if isinstance(first, Undefined) or isinstance(second, Undefined):
        return None
    q = table.categories
    return np.asarray((first.influence.reshape(q, 1, q) - second.influence.reshape(1, q, q)).ravel())


def _design(table: JointTable) -> str:
    clustered = ", clustered" if table.members is not None else ""
    return clustered + (", weighted by 1/π" if table.weighted else "")
