"""Worlds in which two judges and three raters answer the same items, and the known gaps between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
RATER, FIRST, SECOND, ANSWERED = 0.8, 0.7, 0.8, 0.7
GAP = FIRST * RATER - RATER**2
DIFFERENCE = FIRST * RATER - SECOND * RATER


@dataclass(frozen=True)
class Sampled:
    """Answers of three raters (-1: none), of both judges, 1/π and the clusters of the items drawn."""

    raters: Ints
    first: Ints
    second: Ints
    weights: Floats | None
    clusters: Ints | None


@dataclass(frozen=True)
class Design:
    """`items` in the pool, each drawn with π by the first judge's answer, alike within clusters of `size`.

    Everybody copies the item's truth with a probability of their own, else draws blindly from the prevalence;
    so kappa of two of them is the product of the two probabilities, whatever the prevalence.
    """

    items: int
    prevalence: float = 0.5
    pi: tuple[float, float] | None = None
    size: int = 1

    @property
    def clusters(self) -> int:
        return self.items // self.size

    @property
    def allowed(self) -> float:
        """The share of false passes that is allowed."""
        return 0.075 if self.size > 1 and self.clusters <= 80 else 0.065

    def draw(self, rng: np.random.Generator) -> Sampled:
        which = np.arange(self.items) // self.size
        common = self._blind(rng, self.clusters)[which]
        truth = np.where(
            (rng.random(self.items) < 0.3) & (self.size > 1), common, self._blind(rng, self.items)
        )
        raters = np.stack([self._copied(truth, RATER, rng) for _ in range(3)], axis=1)
        raters[rng.random(raters.shape) >= ANSWERED] = -1
        first, second = self._copied(truth, FIRST, rng), self._copied(truth, SECOND, rng)
        clusters = which if self.size > 1 else None
        if self.pi is None:
            return Sampled(raters, first, second, None, clusters)
        pi = np.array(self.pi)[first]
        kept = rng.random(self.items) < pi
        own = None if clusters is None else clusters[kept]
        return Sampled(raters[kept], first[kept], second[kept], 1 / pi[kept], own)

    def _blind(self, rng: np.random.Generator, n: int) -> Ints:
        return (rng.random(n) < self.prevalence).astype(np.int64)

    def _copied(self, truth: Ints, skill: float, rng: np.random.Generator) -> Ints:
        return np.where(rng.random(len(truth)) < skill, truth, self._blind(rng, len(truth)))

    def __str__(self) -> str:
        kind = f"{self.clusters} clusters of {self.size}" if self.size > 1 else f"{self.items} items"
        drawn = f", π {self.pi[0]:g} / {self.pi[1]:g}" if self.pi else ""
        return f"{kind}, prevalence {self.prevalence:g}{drawn}"
