"""Items with two raters and a verdict, collapsed so that rater pairs and judge pairs stay joined by item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.counts import distinct_keys, distinct_rows
from calibration.stats.design import Members, Patterns, Sample, cluster_ids, codes_in, design_weights
from calibration.stats.estimate import FloatArray, IntArray, Undefined
from calibration.stats.pairs import PairTable


@dataclass(frozen=True, slots=True)
class CommonItems:
    """Distinct (answers, verdict) patterns of items, and the two tables of pairs that they make.

    ratings[u, k]: answers k in pattern u. human_pairs[u], judge_pairs[u]: what one item of pattern u adds to
    each cell of the rater–rater table (both orders, half each) and of the judge–rater table, shape (P, K²).
    rows: which patterns each independent unit (cluster, or item) holds; units that look alike are kept once.
    Both tables have the items, or the given clusters, as clusters: pairs of one item are not independent.
    """

    sample: Patterns
    rows: Members
    ratings: FloatArray
    human_pairs: FloatArray
    judge_pairs: FloatArray
    humans: PairTable
    judge: PairTable

    @property
    def items(self) -> int:
        return self.sample.n

    @property
    def clusters(self) -> int:
        return self.sample.clusters

    @property
    def class_items(self) -> FloatArray:
        """(Effective) items of each category, an item counting by the share of its raters' answers."""
        shares = self.ratings / self.ratings.sum(axis=1, keepdims=True)
        return self.sample.effective_items(shares, np.ones(len(shares)))


def common_items(
    item: ArrayLike,
    code: ArrayLike,
    judge_item: ArrayLike,
    judge_code: ArrayLike,
    categories: int,
    *,
    items: int,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> CommonItems | Undefined:
    """Collapse human answers (long form: item, code) and one verdict per item (judge_item, judge_code).

    items: number of items; item numbers lie in 0 .. items - 1. weights (1/π), clusters: shape (items,).
    Undefined where no item has two answers and a verdict. ValueError for codes outside the scale.
    """
    answers = item_answers(item, code, categories, items=items, weights=weights, clusters=clusters)
    return answers.with_verdicts(judge_item, judge_code)


@dataclass(frozen=True, slots=True)
class ItemAnswers:
    """What raters answered to each item: its pattern, and the counts of answers (P, K) of every pattern.

    weights (1/π), clusters: shape (items,), or None.
    """

    pattern: IntArray
    ratings: IntArray
    weights: FloatArray | None
    clusters: IntArray | None

    def with_verdicts(self, judge_item: ArrayLike, judge_code: ArrayLike) -> CommonItems | Undefined:
        """The items that also have a verdict: judge_code (one per item) on judge_item."""
        items, categories = len(self.pattern), self.ratings.shape[1]
        verdict = np.full(items, -1, dtype=np.int64)
        verdict[codes_in(judge_item, items, "judge_item")] = codes_in(judge_code, categories, "judge_code")
        kept = np.flatnonzero((self.ratings.sum(axis=1) >= 2)[self.pattern] & (verdict >= 0))
        if not len(kept):
            return Undefined("no item has two raters and a verdict")
        key = self.pattern[kept] * categories + verdict[kept]
        found = distinct_keys(key)
        return _collapsed(
            self.ratings[key[found.first] // categories],
            key[found.first] % categories,
            found.which,
            None if self.weights is None else self.weights[kept],
            None if self.clusters is None else self.clusters[kept],
        )


def item_answers(
    item: ArrayLike,
    code: ArrayLike,
    categories: int,
    *,
    items: int,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> ItemAnswers:
    """Human answers in long form, collapsed once for all judges; arguments as in `common_items`."""
    which, codes = codes_in(item, items, "item"), codes_in(code, categories, "code")
    counts = np.bincount(which * categories + codes, minlength=items * categories).reshape(items, categories)
    found = distinct_rows(counts)
    return ItemAnswers(
        found.which, counts[found.first], design_weights(weights, items), cluster_ids(clusters, items)
    )


def _collapsed(
    counts: IntArray,
    said: IntArray,
    pattern: IntArray,
    weights: FloatArray | None,
    clusters: IntArray | None,
) -> CommonItems:
    """counts, said: raters' answers (P, K) and verdict (P,) of each pattern; pattern: that of each item."""
    sample = Sample(pattern, len(counts), weights, clusters)
    members = sample.members()
    patterns = Patterns(
        mass=sample.mass(),
        square=sample.square(),
        tally=sample.tally(),
        clusters=len(pattern) if members is None else len(members.copies),
        weighted=weights is not None,
        members=members,
    )
    return _joined(counts, said, patterns, _item_rows(patterns, pattern, weights))


def common_patterns(counts: IntArray, said: IntArray, items: IntArray) -> CommonItems | Undefined:
    """The same from counted patterns: raters' answers (P, K), verdict (P,), and how many items have both.

    Patterns with fewer than two answers take no part; Undefined where no other is left.
    """
    kept = np.flatnonzero((counts.sum(axis=1) >= 2) & (items > 0))
    if not len(kept):
        return Undefined("no item has two raters and a verdict")
    tally = items[kept]
    mass = tally.astype(np.float64)
    patterns = Patterns(mass=mass, square=mass, tally=tally, clusters=int(tally.sum()))
    kinds = np.arange(len(kept))
    rows = Members(kinds, kinds, np.ones(len(kept)), mass)
    return _joined(counts[kept], said[kept], patterns, rows)


def _joined(counts: IntArray, said: IntArray, patterns: Patterns, rows: Members) -> CommonItems:
    """Both tables of pairs of the patterns' answers and verdicts."""
    ratings = counts.astype(np.float64)
    q = ratings.shape[1]
    judge_pairs = (np.eye(q)[said][:, :, None] * ratings[:, None, :]).reshape(-1, q * q)
    products = ratings[:, :, None] * ratings[:, None, :] - ratings[:, :, None] * np.eye(q)
    human_pairs = products.reshape(-1, q * q) / 2
    in_one_order = np.triu(products + products * (1 - np.eye(q)), 0).reshape(-1, q * q) / 2
    return CommonItems(
        sample=patterns,
        rows=rows,
        ratings=ratings,
        human_pairs=human_pairs,
        judge_pairs=judge_pairs,
        humans=_pairs_of(patterns, rows, human_pairs, in_one_order),
        judge=_pairs_of(patterns, rows, judge_pairs, judge_pairs),
    )


def _item_rows(patterns: Patterns, pattern: IntArray, weights: FloatArray | None) -> Members:
    """Clusters of the pair tables: the given ones; else items, those that look alike kept once, with copi"""
    if patterns.members is not None:
        return patterns.members
    if weights is None:
        kinds = np.arange(len(patterns.tally))
        return Members(kinds, kinds, np.ones(len(kinds)), patterns.tally.astype(np.float64))
    return Members(np.arange(len(pattern)), pattern, weights, np.ones(len(pattern)))


def _pairs_of(patterns: Patterns, rows: Members, per_item: FloatArray, tally: FloatArray) -> PairTable:
    """The table of pairs: pattern u adds per_item[u] to the cells, and tally[u] to the number of pairs."""
    kind, cell = np.nonzero(per_item)
    start = np.searchsorted(kind, np.arange(len(per_item) + 1))
    cells = np.diff(start)[rows.pattern]
    row = np.repeat(np.arange(len(rows.pattern)), cells)
    entry = start[rows.pattern][row] + np.arange(len(row)) - np.repeat(np.cumsum(cells) - cells, cells)
    spread = per_item[kind[entry], cell[entry]]
    return PairTable(
        mass=patterns.mass @ per_item,
        square=patterns.square @ per_item,
        tally=np.rint(patterns.tally @ tally).astype(np.int64),
        clusters=patterns.clusters,
        weighted=patterns.weighted,
        members=Members(rows.cluster[row], cell[entry], rows.mass[row] * spread, rows.copies),
        categories=_categories(per_item),
    )


def _categories(per_item: FloatArray) -> int:
    """K of an array with K² columns."""
    return int(np.sqrt(per_item.shape[1]) + 0.5)
