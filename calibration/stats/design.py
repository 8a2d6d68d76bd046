"""What every pattern table shares: weighted counts per pattern, and what a standard error needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.estimate import FloatArray, IntArray

LEAST_DF = 4.0


@dataclass(frozen=True, slots=True)
class Spread:
    """A variance and the degrees of freedom of that estimate."""

    variance: float
    df: float


def satterthwaite(second: float, fourth: float, units: float) -> float:
    """2 S₂² / (S₄ - S₂²/G): how many degrees of freedom a sum of squares of G independent totals has.

    S₂, S₄: sums of squares and of fourth powers. A few influential units (a rare class, one large cluster)
    make a variance estimate as uncertain as one from few units; G - 1 is the most that is granted. Fourth
    powers are themselves too noisy to claim fewer than LEAST_DF. (Satterthwaite 1946, moments plugged in.)
    """
    most = max(units - 1, 1.0)
    excess = fourth / second**2 - 1 / units if second > 0 else 0.0
    return most if excess <= 2 / most else min(most, max(2 / excess, LEAST_DF))


@dataclass(frozen=True)
class Members:
    """Which patterns each cluster holds: rows (cluster, pattern, mass), and how many such clusters exist.

    `copies[g]` > 1 means that so many clusters look exactly like cluster g; their number is `copies.sum()`.
    """

    cluster: IntArray
    pattern: IntArray
    mass: FloatArray
    copies: FloatArray

    def totals(self, influence: FloatArray) -> FloatArray:
        """Sum of mass × influence per distinct cluster."""
        return sums(self.cluster, self.mass * influence[self.pattern], len(self.copies))

    @cached_property
    def shares(self) -> FloatArray:
        """Share of the total mass that each distinct cluster holds."""
        mass = sums(self.cluster, self.mass, len(self.copies))
        return np.asarray(mass / float(self.copies @ mass))


@dataclass(frozen=True, kw_only=True)
class Patterns:
    """Distinct patterns with the mass Σw, the square Σw² and the number of units behind each.

    w = 1/π, or 1. `members` is None when every unit is its own cluster;
    `drawn` then holds the weighted units one by one, for resampling. `pseudo` is the Σw² of pseudo-items
    that an interval has added; it is not part of the data.
    """

    mass: FloatArray
    square: FloatArray
    tally: IntArray
    clusters: int
    weighted: bool = False
    members: Members | None = None
    drawn: Members | None = None
    pseudo: FloatArray | None = None
    pseudo_weight: float | None = None

    @cached_property
    def n(self) -> int:
        """Units compared."""
        return int(self.tally.sum())

    @cached_property
    def total(self) -> float:
        return float(self.mass.sum())

    @cached_property
    def n_eff(self) -> float:
        """Kish's effective number of units: (Σw)² / Σw²."""
        square = float(self.square.sum())
        return self.total**2 / square if square > 0 else 0.0

    @cached_property
    def item_weight(self) -> float:
        """The weight of one effective unit: Σw / n_eff = Σw² / Σw."""
        return float(self.square.sum()) / self.total if self.total > 0 else 1.0

    @cached_property
    def independent(self) -> float:
        """Independent units: clusters, or n_eff where weighted units are their own clusters."""
        return self.n_eff if self.weighted and self.members is None else float(self.clusters)

    def effective_items(self, share: FloatArray, counted: FloatArray) -> FloatArray:
        """How many independent items each class is worth: its items divided by their design effect.

        share: (P, K), the part of a pattern that belongs to each class; counted: (P,), 1 where the pattern
        counts at all. The design effect compares the variance of the class's share with that of as many
        independent items; it is taken to be at least 1.
        """
        items = (self.tally * counted) @ share
        if self.members is None and not self.weighted:
            return np.asarray(items)
        n = float(self.tally @ counted)
        p = ((self.mass * counted) @ share) / float(self.mass @ counted)
        scale = self.total / float(self.mass @ counted)
        seen = [self.variance(scale * counted * (share[:, k] - p[k])) for k in range(share.shape[1])]
        independent = p * (1 - p) / n
        return np.asarray(
            [
                items[k] * min(1.0, independent[k] / seen[k]) if seen[k] > 0 else items[k]
                for k in range(len(seen))
            ]
        )

    def variance(self, influence: FloatArray) -> float:
        """The variance of `spread` alone."""
        return self.spread(influence).variance

    def spread(self, influence: FloatArray) -> Spread:
        """Linearised variance of a coefficient from its influence values (one per pattern, mean zero).

        Independent units: Σ w²u² / (Σw)², with known π times n_eff/(n_eff - 1). Clusters:
        (G-1)/G · Σ_g (t_g / (1 - h_g))² / (Σw)² with t_g = Σ_i w_i u_i and h_g the cluster's share of Σw,
        which is the jackknife, linearised; for clusters of equal mass it is G/(G-1) · Σ t_g² / (Σw)².
        """
        squared = influence**2
        if self.members is None:
            second, fourth = float(self.square @ squared), float(self.quartic @ squared**2)
            if self.weighted and self.independent > 1:
                second *= self.independent / (self.independent - 1)
        else:
            held = np.minimum(self.members.shares, 0.5)
            totals = (self.members.totals(influence) / (1 - held)) ** 2
            groups = float(self.members.copies.sum())
            second = float(self.members.copies @ totals) * (groups - 1) / groups
            fourth = float(self.members.copies @ totals**2)
            if self.pseudo is not None:
                second += float(self.pseudo @ squared)
                fourth += float(self.pseudo @ squared**2) * self._pseudo_weight() ** 2
        return Spread(second / self.total**2, satterthwaite(second, fourth, self.independent))

    def _pseudo_weight(self) -> float:
        return self.item_weight if self.pseudo_weight is None else self.pseudo_weight

    def design_effect(self, influence: FloatArray) -> float:
        """The variance with clusters divided by that of independent units, at least 1."""
        if self.members is None:
            return 1.0
        alone = float(self.square @ influence**2) / self.total**2
        largest = max(1.0, self.n_eff / self.clusters)
        return largest if alone <= 0 else max(1.0, self.variance(influence) / alone)

    @cached_property
    def quartic(self) -> FloatArray:
        """Σw⁴ per pattern, as if units of one pattern had one weight."""
        units = self.tally.astype(np.float64)
        if self.pseudo is not None:
            units = units + self.pseudo / self._pseudo_weight() ** 2
        return np.divide(self.square**2, units, out=np.zeros_like(units), where=units > 0)


@dataclass(frozen=True, slots=True)
class Sample:
    """One unit's pattern number, weight and cluster, before they are collapsed."""

    pattern: IntArray
    patterns: int
    weights: FloatArray | None
    clusters: IntArray | None

    def mass(self) -> FloatArray:
        if self.weights is None:
            return self.tally().astype(np.float64)
        return sums(self.pattern, self.weights, self.patterns)

    def square(self) -> FloatArray:
        if self.weights is None:
            return self.tally().astype(np.float64)
        return sums(self.pattern, self.weights**2, self.patterns)

    def tally(self) -> IntArray:
        return np.bincount(self.pattern, minlength=self.patterns)

    def drawn(self) -> Members | None:
        """Weighted units that are their own clusters, one by one."""
        if self.weights is None or self.clusters is not None:
            return None
        n = len(self.pattern)
        return Members(np.arange(n), self.pattern, self.weights, np.ones(n))

    def members(self) -> Members | None:
        """Clusters renumbered from 0, one row per (cluster, pattern)."""
        if self.clusters is None:
            return None
        _, cluster = np.unique(self.clusters, return_inverse=True)
        rows, row = np.unique(cluster * self.patterns + self.pattern, return_inverse=True)
        groups = int(cluster.max()) + 1 if len(cluster) else 0
        weights = np.ones(len(row)) if self.weights is None else self.weights
        mass = sums(row, weights, len(rows))
        return Members(rows // self.patterns, rows % self.patterns, mass, np.ones(groups))


def sums(index: IntArray, amounts: FloatArray, length: int) -> FloatArray:
    """Sum of the amounts for each index 0 .. length - 1."""
    return np.asarray(np.bincount(index, weights=amounts, minlength=length), dtype=np.float64)


def codes_in(codes: ArrayLike, categories: int, name: str) -> IntArray:
    """Integer codes, checked to lie in 0 .. categories - 1; ValueError names the culprit."""
    array = np.asarray(codes)
    if array.size == 0:
        return np.zeros(array.shape, dtype=np.int64)
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must hold integer codes, not {array.dtype}")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high >= categories:
        culprit = low if low < 0 else high
        raise ValueError(f"{name} holds code {culprit}; the scale has codes 0 to {categories - 1}")
    return array.astype(np.int64, copy=False)


def design_weights(weights: ArrayLike | None, n: int) -> FloatArray | None:
    """Weights 1/π, checked: one per unit, finite and positive."""
    if weights is None:
        return None
    array = np.asarray(weights, dtype=np.float64)
    if array.shape != (n,):
        raise ValueError(f"weights must have one number per unit ({n}), not shape {array.shape}")
    if not np.all(np.isfinite(array)) or np.any(array <= 0):
        raise ValueError("weights must be finite and positive: each is 1/π of a unit that was drawn")
    return array


def cluster_ids(clusters: ArrayLike | None, n: int) -> IntArray | None:
    """Cluster numbers, checked: one integer per unit."""
    if clusters is None:
        return None
    array = np.asarray(clusters)
    if array.shape != (n,) or not (array.size == 0 or np.issubdtype(array.dtype, np.integer)):
        raise ValueError(f"clusters must have one integer per unit ({n})")
    return array.astype(np.int64, copy=False)
