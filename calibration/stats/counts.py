"""Any number of exchangeable raters per unit, collapsed to the distinct multisets of their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.design import Patterns, Sample, cluster_ids, codes_in, design_weights, sums
from calibration.stats.estimate import FloatArray, IntArray
from calibration.stats.pairs import PairTable

SMALL_KEYS = 1 << 16


@dataclass(frozen=True, kw_only=True)
class CountTable(Patterns):
    """Pattern u holds `ratings[u, k]` answers k; patterns with fewer than two are kept."""

    ratings: FloatArray
    categories: int
    pairable_clusters: int

    @cached_property
    def sizes(self) -> FloatArray:
        """Answers per pattern, m_u."""
        return np.asarray(self.ratings @ np.ones(self.categories))

    @cached_property
    def pairable(self) -> int:
        """Units with at least two answers."""
        return int(self.tally[self.sizes >= 2].sum())

    @cached_property
    def independent(self) -> float:
        """Independent units with at least two answers; their n_eff where weighted and not clustered."""
        if self.weighted and self.members is None:
            keep = self.sizes >= 2
            return float(self.mass[keep].sum() ** 2 / max(self.square[keep].sum(), 1e-300))
        return float(self.pairable_clusters)

    @cached_property
    def class_items(self) -> FloatArray:
        """(Effective) items of each category among pairable units, by the share of their answers."""
        return self.effective_items(
            self.ratings / np.maximum(self.sizes, 1)[:, None], (self.sizes >= 2).astype(np.float64)
        )


def count_table(
    unit: ArrayLike,
    code: ArrayLike,
    categories: int,
    *,
    units: int,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> CountTable:
    """The table of answers in long form: rater identity is dropped, units without a pair are kept.

    unit, code: integers, shape (ratings,); unit in 0 .. units - 1. weights (1/π), clusters: shape (units,).
    Raises ValueError for codes or units outside their range.
    """
    which, codes = codes_in(unit, units, "unit"), codes_in(code, categories, "code")
    if which.ndim != 1 or which.shape != codes.shape:
        raise ValueError(f"unit and code must be vectors of one length, not {which.shape} and {codes.shape}")
    ratings = np.bincount(which * categories + codes, minlength=units * categories)
    return _collapsed(
        ratings.reshape(units, categories), design_weights(weights, units), cluster_ids(clusters, units)
    )


def as_counts(table: PairTable) -> CountTable:
    """A pair table seen as units with two answers each, the coders exchangeable."""
    q = table.categories
    eye = np.eye(q)
    return CountTable(
        mass=table.mass,
        square=table.square,
        tally=table.tally,
        clusters=table.clusters,
        weighted=table.weighted,
        members=table.members,
        pseudo=table.pseudo,
        pseudo_weight=table.pseudo_weight,
        ratings=(eye[:, None, :] + eye[None, :, :]).reshape(q * q, q),
        categories=q,
        pairable_clusters=table.clusters,
    )


def _collapsed(ratings: IntArray, weights: FloatArray | None, clusters: IntArray | None) -> CountTable:
    """One row per distinct row of `ratings`."""
    found = distinct_rows(ratings)
    return collapsed_counts(ratings[found.first].astype(np.float64), found.which, weights, clusters)


def collapsed_counts(
    ratings: FloatArray, pattern: IntArray, weights: FloatArray | None, clusters: IntArray | None
) -> CountTable:
    """A count table from its distinct patterns (P, K) and the pattern number of each unit."""
    sample = Sample(pattern, len(ratings), weights, clusters)
    members = sample.members()
    paired = (ratings.sum(axis=1) >= 2)[pattern]
    return CountTable(
        mass=sample.mass(),
        square=sample.square(),
        tally=sample.tally(),
        clusters=len(pattern) if members is None else len(members.copies),
        weighted=weights is not None,
        members=members,
        drawn=sample.drawn(),
        ratings=ratings,
        categories=ratings.shape[1],
        pairable_clusters=int(paired.sum()) if clusters is None else len(np.unique(clusters[paired])),
    )


def counted_patterns(ratings: ArrayLike, items: ArrayLike) -> CountTable:
    """A count table from patterns that were counted before: answers (P, K), and items with each, shape (P,).

    Every item is its own cluster and weighs 1; equal patterns may occur more than once.
    """
    rows = np.asarray(ratings, dtype=np.int64)
    found = distinct_rows(rows)
    mass = sums(found.which, np.asarray(items, dtype=np.float64), len(found.first))
    tally, answers = mass.astype(np.int64), rows[found.first].astype(np.float64)
    return CountTable(
        mass=mass,
        square=mass,
        tally=tally,
        clusters=int(tally.sum()),
        ratings=answers,
        categories=rows.shape[1],
        pairable_clusters=int(tally[answers.sum(axis=1) >= 2].sum()),
    )


def aligned(tables: Sequence[CountTable]) -> list[CountTable]:
    """The same tables, all with the patterns that occur in any of them, in one order."""
    if len(tables) < 2:
        return list(tables)
    rows = np.concatenate([table.ratings for table in tables])
    found, ends = distinct_rows(rows.astype(np.int64)), np.cumsum([len(table.mass) for table in tables])
    return [
        _moved(table, rows[found.first], found.which[end - len(table.mass) : end])
        for table, end in zip(tables, ends.tolist(), strict=True)
    ]


def _moved(table: CountTable, ratings: FloatArray, place: IntArray) -> CountTable:
    """The table with its pattern u as pattern place[u] of `ratings`."""
    members = table.members
    tally = np.zeros(len(ratings), dtype=np.int64)
    tally[place] = table.tally
    return replace(
        table,
        mass=sums(place, table.mass, len(ratings)),
        square=sums(place, table.square, len(ratings)),
        tally=tally,
        members=None if members is None else replace(members, pattern=place[members.pattern]),
        drawn=None,
        ratings=ratings,
    )


@dataclass(frozen=True, slots=True)
class Distinct:
    """Where each distinct row occurs first, and which distinct row each row is, in the order of keys."""

    first: IntArray
    which: IntArray


def distinct_keys(key: IntArray) -> Distinct:
    """The distinct values of keys ≥ 0, by counting where they are small beside their number."""
    bound = int(key.max(initial=-1)) + 1
    if bound > len(key) + SMALL_KEYS:
        _, first, which = np.unique(key, return_index=True, return_inverse=True)
        return Distinct(first, which)
    first = np.full(bound, -1, dtype=np.int64)
    first[key[::-1]] = np.arange(len(key) - 1, -1, -1)
    return Distinct(first[first >= 0], (np.cumsum(first >= 0) - 1)[key])


def distinct_rows(rows: IntArray) -> Distinct:
    """The distinct rows of small non-negative integers."""
    return distinct_keys(pattern_key(rows))


def pattern_key(rows: IntArray) -> IntArray:
    """One integer per row of small non-negative integers, equal exactly for equal rows."""
    key = np.zeros(len(rows), dtype=np.int64)
    bound = 1
    for column in rows.T:
        base = int(column.max()) + 1 if len(column) else 1
        if bound * base > 2**62:
            _, key = np.unique(key, return_inverse=True)
            bound = len(rows)
        key = key * base + column
        bound *= base
    return key
