"""Numbers given by two coders, or by any raters, to the same units; equal pairs are one pattern."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.design import Patterns, Sample, cluster_ids, codes_in, design_weights, sums
from calibration.stats.estimate import FloatArray, IntArray
from calibration.stats.pairs import PairTable


@dataclass(frozen=True, kw_only=True)
class NumberPairs(Patterns):
    """x[i] and y[i] are the two coders' numbers in pattern i; y is the reference."""

    x: FloatArray
    y: FloatArray

    @cached_property
    def rank_x(self) -> IntArray:
        """The place of each x among the different ones, from 0."""
        return ranks_of(self.x)

    @cached_property
    def rank_y(self) -> IntArray:
        """The same of y."""
        return ranks_of(self.y)


@dataclass(frozen=True, kw_only=True)
class NumberTable(Patterns):
    """Long form of the units with at least two numbers: unit[i] got value[i]; units are numbered from 0."""

    unit: IntArray
    value: FloatArray

    @cached_property
    def sizes(self) -> FloatArray:
        """Numbers per unit."""
        return np.bincount(self.unit, minlength=len(self.mass)).astype(np.float64)


def number_pairs(
    x: ArrayLike, y: ArrayLike, *, weights: ArrayLike | None = None, clusters: ArrayLike | None = None
) -> NumberPairs:
    """Two coders' numbers, shape (n,), with weights 1/π and integer cluster ids of the same shape or None.

    Raises ValueError for different lengths and for numbers that are not finite.
    """
    first, second = _finite(x, "x"), _finite(y, "y")
    if first.shape != second.shape:
        raise ValueError(f"x and y must have one length, not {first.shape} and {second.shape}")
    n = len(first)
    _, found, which = np.unique(first + 1j * second, return_index=True, return_inverse=True)
    where = np.sort(found)  # patterns are numbered as they appear
    pattern = np.searchsorted(where, found[which])
    sample = Sample(pattern, len(where), design_weights(weights, n), cluster_ids(clusters, n))
    members = sample.members()
    return NumberPairs(
        mass=sample.mass(),
        square=sample.square(),
        tally=sample.tally(),
        clusters=n if members is None else len(members.copies),
        weighted=weights is not None,
        members=members,
        x=first[where],
        y=second[where],
    )


def numbers_of_cells(table: PairTable, values: FloatArray) -> NumberPairs:
    """The pairs of numbers behind a pair table whose category k stands for values[k]."""
    held = np.flatnonzero(table.tally)
    members = table.members
    if members is not None:
        members = replace(members, pattern=np.searchsorted(held, members.pattern))
    return NumberPairs(
        mass=table.mass[held],
        square=table.square[held],
        tally=table.tally[held],
        clusters=table.clusters,
        weighted=table.weighted,
        members=members,
        x=values[held // table.categories],
        y=values[held % table.categories],
    )


def number_table(
    unit: ArrayLike,
    value: ArrayLike,
    *,
    units: int,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> NumberTable:
    """Numbers in long form, shape (ratings,), with unit in 0 .. units - 1; weights, clusters: shape (units,).

    Units with fewer than two numbers are left out, since nothing can disagree there.
    """
    which, numbers = codes_in(unit, units, "unit"), _finite(value, "value")
    if which.shape != numbers.shape:
        raise ValueError(f"unit and value must have one length, not {which.shape} and {numbers.shape}")
    kept = np.bincount(which, minlength=units) >= 2
    renumbered = np.cumsum(kept) - 1
    w, groups = design_weights(weights, units), cluster_ids(clusters, units)
    n = int(kept.sum())
    sample = Sample(np.arange(n), n, None if w is None else w[kept], None if groups is None else groups[kept])
    members, rows = sample.members(), kept[which]
    return NumberTable(
        mass=sample.mass(),
        square=sample.square(),
        tally=sample.tally(),
        clusters=n if members is None else len(members.copies),
        weighted=weights is not None,
        members=members,
        unit=renumbered[which[rows]],
        value=numbers[rows],
    )


def ranks_of(values: FloatArray) -> IntArray:
    """The place of each value among the different ones, from 0."""
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def mid_ranks(which: IntArray, mass: FloatArray) -> FloatArray:
    """For each rank: the mass at lower ones plus half the mass at the same."""
    at = sums(which, mass, int(which.max()) + 1 if len(which) else 0)
    return np.asarray((np.cumsum(at) - at / 2)[which])


def mass_above(which: IntArray, amounts: FloatArray) -> FloatArray:
    """For each rank: the sum of the amounts at higher ones plus half of those at the same."""
    at = sums(which, amounts, int(which.max()) + 1 if len(which) else 0)
    return np.asarray((np.cumsum(at[::-1])[::-1] - at / 2)[which])


def _finite(values: ArrayLike, name: str) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not np.all(np.isfinite(array)):
        raise ValueError(f"{name} must be a vector of finite numbers; drop the missing ones first")
    return array
