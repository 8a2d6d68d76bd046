"""Two judges and the reference on the same units, collapsed to one weighted table of triples."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.design import Members, Patterns, Sample, cluster_ids, codes_in, design_weights
from calibration.stats.estimate import FloatArray
from calibration.stats.pairs import PairTable
from calibration.stats.pseudo import PSEUDO_ITEMS


@dataclass(frozen=True, slots=True, kw_only=True)
class JointTable(Patterns):
    """categories³ patterns: judge A said k, judge B said l, the reference said m."""

    categories: int

    @property
    def first(self) -> PairTable:
        """Judge A against the reference."""
        return _margin(self, keep=0)

    @property
    def second(self) -> PairTable:
        """Judge B against the reference."""
        return _margin(self, keep=1)


def joint_table(
    a: ArrayLike,
    b: ArrayLike,
    reference: ArrayLike,
    categories: int,
    *,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> JointTable:
    """The table of two judges and the reference on the units that all three answered.

    a, b, reference: integer codes 0 .. categories - 1, shape (n,). weights: 1/π; clusters: integer ids.
    """
    codes = [codes_in(v, categories, name) for v, name in ((a, "a"), (b, "b"), (reference, "reference"))]
    first, second, last = codes
    if first.ndim != 1 or first.shape != second.shape or first.shape != last.shape:
        shapes = ", ".join(str(c.shape) for c in codes)
        raise ValueError(f"a, b and reference must be vectors of one length, not {shapes}")
    n, key = len(first), (first * categories + second) * categories + last
    sample = Sample(key, categories**3, design_weights(weights, n), cluster_ids(clusters, n))
    members = sample.members()
    return JointTable(
        mass=sample.mass(),
        square=sample.square(),
        tally=sample.tally(),
        clusters=n if members is None else len(members.copies),
        weighted=weights is not None,
        members=members,
        categories=categories,
    )


def with_pseudo_items(table: JointTable, *, size: float = 1.0) -> JointTable:
    """The table with two pseudo-items spread over the product of its margins, each worth `size` items."""
    q = table.categories
    p = (table.mass / table.total).reshape(q, q, q)
    product = np.einsum("i,j,k->ijk", p.sum((1, 2)), p.sum((0, 2)), p.sum((0, 1))).ravel()
    weight = size * table.item_weight
    mass = PSEUDO_ITEMS * weight * product
    square = mass * weight
    return replace(
        table,
        mass=table.mass + mass,
        square=table.square + square,
        pseudo=square,
        pseudo_weight=weight,
    )


def _margin(table: JointTable, *, keep: int) -> PairTable:
    """The pair table of one judge (0: A, 1: B) and the reference."""
    q = table.categories

    def summed(array: FloatArray) -> FloatArray:
        return np.asarray(array.reshape(q, q, q).sum(axis=1 - keep).ravel())

    members = table.members
    return PairTable(
        mass=summed(table.mass),
        square=summed(table.square),
        tally=summed(table.tally.astype(np.float64)).astype(np.int64),
        clusters=table.clusters,
        weighted=table.weighted,
        members=None if members is None else _on_cells(members, q, keep),
        pseudo=None if table.pseudo is None else summed(table.pseudo),
        pseudo_weight=table.pseudo_weight,
        categories=q,
    )


def _on_cells(members: Members, q: int, keep: int) -> Members:
    judge = members.pattern // q**2 if keep == 0 else members.pattern // q % q
    return replace(members, pattern=judge * q + members.pattern % q)
