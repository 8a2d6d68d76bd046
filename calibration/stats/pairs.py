"""Two coders' answers to the same units as a (weighted) square table; the second is the reference."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.design import Patterns, Sample, cluster_ids, codes_in, design_weights
from calibration.stats.estimate import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True)
class PairTable(Patterns):
    """categories² patterns: cell (k, l) = the first coder said k, the second (the reference) said l."""

    categories: int

    @cached_property
    def proportions(self) -> FloatArray:
        """p_kl, shape (categories, categories), summing to 1."""
        return np.asarray(self.mass / self.total).reshape(self.categories, self.categories)

    @property
    def counts(self) -> IntArray:
        """Unweighted number of units in each cell, shape (categories, categories)."""
        return self.tally.reshape(self.categories, self.categories)

    @cached_property
    def class_items(self) -> FloatArray:
        """Number of (effective) units that the reference puts in each category."""
        return self.effective_items(
            np.tile(np.eye(self.categories), (self.categories, 1)), np.ones(len(self.mass))
        )

    @property
    def pairable(self) -> int:
        return self.n

    @property
    def pairable_clusters(self) -> int:
        return self.clusters


def pair_table(
    a: ArrayLike,
    b: ArrayLike,
    categories: int,
    *,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> PairTable:
    """The table of two coders, cell (k, l) = Σw over units where `a` says k and `b` says l.

    a, b: integer codes 0 .. categories - 1, shape (n,); b is the reference (the humans), whose rarest class
    decides whether an interval is printed. weights: 1/π, shape (n,). clusters: integer ids, shape (n,).
    Raises ValueError for codes outside the scale and for arrays of different lengths.
    """
    first, second = codes_in(a, categories, "a"), codes_in(b, categories, "b")
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"a and b must be vectors of one length, not {first.shape} and {second.shape}")
    n = len(first)
    sample = Sample(
        first * categories + second, categories**2, design_weights(weights, n), cluster_ids(clusters, n)
    )
    members = sample.members()
    return PairTable(
        mass=sample.mass(),
        square=sample.square(),
        tally=sample.tally(),
        clusters=n if members is None else len(members.copies),
        weighted=weights is not None,
        members=members,
        drawn=sample.drawn(),
        categories=categories,
    )


def table_of(counts: ArrayLike) -> PairTable:
    """A pair table from a square matrix of counts, rows = first coder, columns = reference."""
    matrix = np.asarray(counts)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or np.any(matrix < 0):
        raise ValueError("counts must be a square matrix of numbers that are not negative")
    tally = matrix.astype(np.int64).ravel()
    if np.any(tally != matrix.ravel()):
        raise ValueError("counts must be whole numbers; give weights to pair_table instead")
    mass = tally.astype(np.float64)
    return PairTable(
        mass=mass,
        square=mass,
        tally=tally,
        clusters=int(tally.sum()),
        categories=matrix.shape[0],
    )
