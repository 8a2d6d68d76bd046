"""Several raters who keep their identity: distinct rows of answers, and Conger's kappa."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.counts import CountTable, distinct_rows
from calibration.stats.design import Members, Patterns, Sample, cluster_ids, design_weights, sums
from calibration.stats.estimate import FloatArray, IntArray
from calibration.stats.matrix import matrix_codes
from calibration.stats.multirater import unit_agreement
from calibration.stats.pairs import PairTable
from calibration.stats.smooth import Smooth, ratio


@dataclass(frozen=True, kw_only=True)
class NamedTable(Patterns):
    """Pattern u holds the answer `codes[u, j]` of rater j, -1 where missing."""

    codes: IntArray
    categories: int
    pairable_clusters: int

    @cached_property
    def sizes(self) -> FloatArray:
        """Answers per pattern."""
        return np.asarray((self.codes >= 0).sum(axis=1), dtype=np.float64)

    @cached_property
    def answers(self) -> FloatArray:
        """1 where rater j said k in pattern u; shape (P, J, K)."""
        return np.asarray(self.codes[:, :, None] == np.arange(self.categories), dtype=np.float64)

    @cached_property
    def pairable(self) -> int:
        """Units with at least two answers."""
        return int(self.tally[self.sizes >= 2].sum())

    @cached_property
    def independent(self) -> float:
        """Independent units with at least two answers; n_eff where weighted and not clustered."""
        return self.n_eff if self.weighted and self.members is None else float(self.pairable_clusters)

    @cached_property
    def class_items(self) -> FloatArray:
        """(Effective) items of each category among pairable units, by the share of their answers."""
        share = self.answers.sum(axis=1) / np.maximum(self.sizes, 1)[:, None]
        return self.effective_items(share, (self.sizes >= 2).astype(np.float64))

    def common_units(self) -> IntArray:
        """How many units each two raters both answered, shape (J, J)."""
        answered = (self.codes >= 0).astype(np.float64)
        return np.rint((answered * self.tally[:, None]).T @ answered).astype(np.int64)

    def between(self, first: int, second: int) -> PairTable:
        """The pair table of two raters on the units that both answered."""
        a, b, q = self.codes[:, first], self.codes[:, second], self.categories
        cell = np.where((a >= 0) & (b >= 0), a * q + b, -1)
        kept = np.flatnonzero(cell >= 0)
        tally = np.rint(sums(cell[kept], self.tally[kept].astype(np.float64), q * q)).astype(np.int64)
        members = None if self.members is None else _held(self.members, cell)
        return PairTable(
            mass=sums(cell[kept], self.mass[kept], q * q),
            square=sums(cell[kept], self.square[kept], q * q),
            tally=tally,
            clusters=int(tally.sum()) if members is None else len(members.copies),
            weighted=self.weighted,
            members=members,
            categories=q,
        )

    def as_counts(self) -> CountTable:
        """The same units with exchangeable raters, pattern by pattern."""
        return CountTable(
            mass=self.mass,
            square=self.square,
            tally=self.tally,
            clusters=self.clusters,
            weighted=self.weighted,
            members=self.members,
            pseudo=self.pseudo,
            pseudo_weight=self.pseudo_weight,
            ratings=self.answers.sum(axis=1),
            categories=self.categories,
            pairable_clusters=self.pairable_clusters,
        )


def _held(members: Members, cell: IntArray) -> Members:
    """The clusters with what they hold of the patterns in a cell (≥ 0), pattern u being cell[u]."""
    kept = cell[members.pattern] >= 0
    clusters, cluster = np.unique(members.cluster[kept], return_inverse=True)
    return Members(cluster, cell[members.pattern[kept]], members.mass[kept], members.copies[clusters])


def named_table(
    codes: ArrayLike,
    categories: int,
    *,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> NamedTable:
    """The table of named raters from codes of shape (units, raters), -1 where an answer is missing.

    weights (1/π) and clusters: shape (units,). Raises ValueError for codes outside the scale.
    """
    matrix = matrix_codes(codes, categories)
    found = distinct_rows(matrix + 1)
    rows, groups = matrix[found.first], cluster_ids(clusters, len(matrix))
    sample = Sample(found.which, len(rows), design_weights(weights, len(matrix)), groups)
    members = sample.members()
    paired = (matrix >= 0).sum(axis=1) >= 2
    return NamedTable(
        mass=sample.mass(),
        square=sample.square(),
        tally=sample.tally(),
        clusters=len(matrix) if members is None else len(members.copies),
        weighted=weights is not None,
        members=members,
        drawn=sample.drawn(),
        codes=rows.astype(np.int64),
        categories=categories,
        pairable_clusters=int(paired.sum()) if groups is None else len(np.unique(groups[paired])),
    )


def conger(table: NamedTable, mass: FloatArray, weights: FloatArray) -> Smooth:
    """(pa - pe) / (1 - pe) with pe the mean of Σ w_kl p_jk p_hl over ordered pairs of raters (Conger 1980).

    p_j is the margin of rater j over the units that j rated; pa is the mean over units of the share of
    agreeing pairs (Gwet 2014, chapter 2). Shapes: mass (..., P). For two raters this is Cohen's kappa.
    """
    answers, raters = table.answers, table.codes.shape[1]
    rated, paired = answers.sum(axis=2), (table.sizes >= 2).astype(np.float64)
    agree = unit_agreement(answers.sum(axis=1), weights)
    pairable, by_rater = mass @ paired, mass @ rated
    observed = ratio(mass @ (agree * paired), pairable)
    totals = np.tensordot(mass, answers, axes=1)
    margin = totals / np.maximum(by_rater, 1e-300)[..., None]
    both = weights + weights.T
    gradient = (margin.sum(-2, keepdims=True) - margin) @ both / (raters * (raters - 1))
    expected = (gradient * margin).sum((-2, -1)) / 2
    value = ratio(observed - expected, 1 - expected)

    def influence() -> FloatArray:
        total = mass.sum(-1)[..., None]
        slope = gradient * (total / np.maximum(by_rater, 1e-300))[..., None]
        own = slope.reshape(*mass.shape[:-1], -1) @ answers.reshape(len(answers), -1).T
        own = own - (slope * margin).sum(-1) @ rated.T
        by_agreement = paired * (agree - observed[..., None]) * total / pairable[..., None]
        return np.asarray((by_agreement - (1 - value)[..., None] * own) / (1 - expected)[..., None])

    return Smooth(value, influence)
