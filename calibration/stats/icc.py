"""Intraclass correlations of a single score: the share of the variance of scores that lies between items."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.design import cluster_ids, codes_in, design_weights, sums
from calibration.stats.estimate import Estimate, FloatArray, IntArray, Result, Undefined
from calibration.stats.numbers import NumberPairs, number_pairs
from calibration.stats.obstacles import FEW_CLUSTERS, TOO_FEW_CLUSTERS
from calibration.stats.proportions import Bounds
from calibration.stats.quantiles import f_quantile, t_quantile
from calibration.stats.variance import Kind, MeanSquares, mean_squares

Interval = Literal["jackknife", "f"]
ROUNDING = 1e-12


@dataclass(frozen=True)
class ScoreTable:
    """Items with at least two scores, each reduced to what it adds to the sums of an analysis of variance.

    parts: one row per item, the columns of `mean_squares`, times its weight (1/π, scaled so that the weights
    sum to the effective number of items). cluster: one number per item, from 0. missing: empty cells of the
    item × rater grid; with none, `raters` is the number of raters, else 0. copies: how many items each row
    stands for, where equal items are kept once; all 1 with clusters or weights.
    """

    parts: FloatArray
    cluster: IntArray
    raters: int
    missing: int
    independent: bool
    weighted: bool
    copies: FloatArray

    @property
    def n(self) -> int:
        return int(self.copies.sum())

    @property
    def clusters(self) -> int:
        return self.n if self.independent else int(self.cluster.max(initial=-1)) + 1

    @cached_property
    def squares(self) -> MeanSquares:
        """The mean squares of all scores."""
        return mean_squares(self.copies @ self.parts, self.raters)

    @cached_property
    def left_out(self) -> MeanSquares:
        """The mean squares without one item (of each row) or one cluster."""
        total = self.copies @ self.parts
        if self.independent:
            return mean_squares(total - self.parts, self.raters)
        per_cluster = np.column_stack([sums(self.cluster, c, self.clusters) for c in self.parts.T])
        return mean_squares(total - per_cluster, self.raters)


def score_table(
    item: ArrayLike,
    rater: ArrayLike,
    number: ArrayLike,
    *,
    items: int,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> ScoreTable:
    """Scores in long form: item (0 .. items - 1), rater (any integers), number, all of shape (ratings,).

    weights (1/π), clusters: shape (items,). Items with fewer than two scores are left out.
    """
    which, score = codes_in(item, items, "item"), np.asarray(number, dtype=np.float64)
    raters, who = np.unique(np.asarray(rater), return_inverse=True)
    if which.shape != score.shape or which.shape != who.shape or not np.isfinite(score).all():
        raise ValueError("item, rater and number must be vectors of one length, and number finite")
    weight, cluster = design_weights(weights, items), cluster_ids(clusters, items)
    keep = np.bincount(which, minlength=items) >= 2
    used = keep[which]
    which, score, who = (np.cumsum(keep) - 1)[which[used]], score[used], who[used]
    score = score - (score.mean() if len(score) else 0.0)
    parts, missing = _parts(which, who, score, int(keep.sum()), len(raters))
    if weight is not None:
        w = weight[keep]
        parts = parts * (w * w.sum() / (w**2).sum())[:, None]
    ids = np.arange(len(parts)) if cluster is None else np.unique(cluster[keep], return_inverse=True)[1]
    complete = 0 if missing else len(raters)
    return ScoreTable(parts, ids, complete, missing, cluster is None, weight is not None, np.ones(len(parts)))


def score_pairs(
    x: ArrayLike, y: ArrayLike, *, weights: ArrayLike | None = None, clusters: ArrayLike | None = None
) -> ScoreTable:
    """The scores of two coders (judge and reference) of the same units, shape (n,)."""
    if weights is None and clusters is None:
        return score_patterns(number_pairs(x, y))
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    n = len(first)
    return score_table(
        np.tile(np.arange(n), 2), np.repeat([0, 1], n), np.concatenate([first, second]),
        items=n, weights=weights, clusters=clusters,
    )  # fmt: skip


def score_patterns(pairs: NumberPairs) -> ScoreTable:
    """The same from pairs of numbers that are already collapsed, neither weighted nor clustered."""
    x, y, n = pairs.x, pairs.y, pairs.n
    middle = float(pairs.tally @ (x + y)) / max(2 * n, 1)
    rows = np.arange(len(x))
    parts, _ = _parts(np.tile(rows, 2), np.repeat([0, 1], len(x)), np.concatenate([x, y]) - middle, len(x), 2)
    return ScoreTable(parts, rows, 2, 0, True, False, pairs.tally.astype(np.float64))


def icc(kind: Kind, table: ScoreTable, *, level: float = 0.95, interval: Interval = "jackknife") -> Result:
    """ICC of one score (Shrout and Fleiss 1979; McGraw and Wong 1996).

    icc_1: raters may differ from item to item (one-way); where items have different numbers of scores, with
    Donner's mean size. icc_a1: the same raters on every item, absolute agreement. icc_c1: the same,
    consistency: a rater's own leniency does not count. Both are Undefined unless every rater scored every
    item.

    interval: "jackknife" over items or clusters on Fisher's scale, t. "f": quantiles of normal theory, for
    complete, unweighted, unclustered scores only; on scales of few levels they cover .88 to .97 instead of
    .95 however many items there are (simulated), so they are not the default. ValueError where "f" is asked
    for other scores.
    """
    if interval == "f" and (table.raters == 0 or table.weighted or not table.independent):
        raise ValueError("the F interval needs complete, unweighted, unclustered scores")
    if table.n < 2:
        return Undefined("fewer than two items have two scores")
    if kind != "icc_1" and table.raters == 0:
        return Undefined(
            f"{kind} needs every rater on every item, and {table.missing} scores are missing; icc_1 does not"
        )
    found = table.squares
    value = float(found.icc(kind))
    if not math.isfinite(value):
        return Undefined("all scores are equal, so there is no variance to share")
    reason = _obstacle(table, kind, value, interval)
    if reason is not None:
        return Estimate(value, None, None, level, table.n, table.clusters, "no interval", reason)
    if interval == "f":
        bounds, method = _by_f(kind, found, level), "F, normal theory"
    else:
        bounds, method = _by_jackknife(kind, table, found, level), "jackknife on Fisher's scale, t"
    return Estimate(
        value, min(bounds.low, value), max(bounds.high, value), level, table.n, table.clusters, method,
        warnings=_warnings(table),
    )  # fmt: skip


def _parts(
    item: IntArray, rater: IntArray, score: FloatArray, items: int, raters: int
) -> tuple[FloatArray, int]:
    """One row per item: 1, m, m², t, t²/m, q - t²/m, then the raters' scores where none is missing."""
    m, t, q = (sums(item, amounts, items) for amounts in (np.ones(len(score)), score, score**2))
    within = q - t**2 / np.maximum(m, 1)
    within = np.where(within > ROUNDING * q, within, 0.0)
    columns = [np.ones(items), m, m**2, t, t**2 / np.maximum(m, 1), within]
    missing = items * raters - len(score)
    if missing == 0:
        grid = np.zeros((items, raters))
        grid[item, rater] = score
        columns += list(grid.T)
    return np.column_stack(columns), missing


def _obstacle(table: ScoreTable, kind: Kind, value: float, interval: Interval) -> str | None:
    if value >= 1:
        return "the raters never differ, so the data do not show how far they could"
    if table.clusters < TOO_FEW_CLUSTERS and interval == "jackknife":
        return f"too few {_units(table)}: {table.clusters}, {TOO_FEW_CLUSTERS} are needed"
    if interval == "jackknife" and not np.isfinite(table.left_out.icc(kind)).all():
        unit = "item" if table.independent else "cluster"
        return f"all scores are equal but those of one {unit}, so the data do not show how far they vary"
    return None


def _warnings(table: ScoreTable) -> tuple[str, ...]:
    if table.clusters >= FEW_CLUSTERS:
        return ()
    return (f"few {_units(table)}: {table.clusters}; a gate needs {FEW_CLUSTERS}",)


def _units(table: ScoreTable) -> str:
    return "independent items" if table.independent else "clusters"


def _by_f(kind: Kind, squares: MeanSquares, level: float) -> Bounds:
    """Shrout and Fleiss (1979), equations 12 to 20; icc_a1: McGraw and Wong (1996), table 7."""
    n, k, msr = float(squares.n), float(squares.k), float(squares.between)
    p = (1 + level) / 2
    if kind == "icc_a1":
        return _by_f_absolute(squares, p)
    noise, below = (
        (float(squares.within), n * (k - 1)) if kind == "icc_1" else (float(squares.error), (n - 1) * (k - 1))
    )
    f = msr / noise
    low, high = f / f_quantile(p, n - 1, below), f * f_quantile(p, below, n - 1)
    return Bounds((low - 1) / (low + k - 1), (high - 1) / (high + k - 1))


def _by_f_absolute(squares: MeanSquares, p: float) -> Bounds:
    n, k, msr = float(squares.n), float(squares.k), float(squares.between)
    msc, mse, rho = float(squares.raters), float(squares.error), float(squares.icc("icc_a1"))
    a, b = k * rho / (n * (1 - rho)), 1 + k * rho * (n - 1) / (n * (1 - rho))
    v = (a * msc + b * mse) ** 2 / ((a * msc) ** 2 / (k - 1) + (b * mse) ** 2 / ((n - 1) * (k - 1)))
    upper, lower = f_quantile(p, n - 1, v), f_quantile(p, v, n - 1)
    other = k * msc + (k * n - k - n) * mse
    return Bounds(
        n * (msr - upper * mse) / (upper * other + n * msr),
        n * (lower * msr - mse) / (other + n * lower * msr),
    )


def _by_jackknife(kind: Kind, table: ScoreTable, squares: MeanSquares, level: float) -> Bounds:
    """z ± t · SE, z = ½ log((1 + (k - 1) ρ) / (1 - ρ)), SE² = (G - 1)/G Σ (z_(g) - mean z)²."""
    k = float(squares.k)
    without = table.left_out.icc(kind)
    rho = np.clip(without, 1e-9 - 1 / (k - 1), 1 - 1e-9)
    z = np.log((1 + (k - 1) * rho) / (1 - rho)) / 2
    groups, copies = table.clusters, table.copies if table.independent else np.ones(len(z))
    mean = float(copies @ z) / groups
    error = math.sqrt((groups - 1) / groups * float(copies @ (z - mean) ** 2))
    value = min(max(float(squares.icc(kind)), 1e-9 - 1 / (k - 1)), 1 - 1e-9)
    centre = math.log((1 + (k - 1) * value) / (1 - value)) / 2
    half = t_quantile((1 + level) / 2, groups - 1) * error
    low, high = (math.exp(2 * end) for end in (centre - half, centre + half))
    return Bounds((low - 1) / (low + k - 1), (high - 1) / (high + k - 1))
