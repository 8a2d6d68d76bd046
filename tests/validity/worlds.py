"""Worlds with a known coefficient: joint distributions of judge and humans, and ways to sample from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.stats.patterns import CountTable, PairTable, count_table_from_matrix, pair_table, table_of

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """Humans answer with `prevalence`; the judge copies them with probability `skill`, else draws blindly.

    Without `bias` kappa is exactly `skill`; with it the judge turns that share of its last-class answers into
    the first class.
    """

    prevalence: tuple[float, ...]
    skill: float
    bias: float = 0.0

    @property
    def joint(self) -> Floats:
        """P(judge k, human l), shape (K, K)."""
        p = np.array(self.prevalence)
        joint = self.skill * np.diag(p) + (1 - self.skill) * np.outer(p, p)
        moved = joint[-1] * self.bias
        joint[0] += moved
        joint[-1] -= moved
        return joint

    @property
    def categories(self) -> int:
        return len(self.prevalence)

    @property
    def disagreement(self) -> float:
        """Share of items on which judge and human differ."""
        return float(1 - np.trace(self.joint))

    def population(self) -> PairTable:
        """So many items that the sample is the population."""
        return table_of(np.rint(self.joint * 1e9).astype(np.int64))

    def __str__(self) -> str:
        shares = " ".join(f"{p:g}" for p in self.prevalence)
        return f"[{shares}] skill {self.skill:g}" + (f" bias {self.bias:g}" if self.bias else "")


def independent_items(world: World, n: int, rng: np.random.Generator) -> PairTable:
    """n items drawn independently."""
    counts = rng.multinomial(n, world.joint.ravel())
    return table_of(counts.reshape(world.categories, world.categories))


@dataclass(frozen=True)
class Clusters:
    """Clusters of 1 to 2·size - 1 items; an item copies its cluster's draw with probability `likeness`."""

    number: int
    size: int
    likeness: float

    @property
    def design_effect(self) -> float:
        """1 + ρ (E m² / E m - 1) with ρ = likeness², the correlation of two items of one cluster."""
        sizes = np.arange(1, 2 * self.size)
        return float(1 + self.likeness**2 * ((sizes**2).mean() / sizes.mean() - 1))

    def draw(self, world: World, rng: np.random.Generator) -> PairTable:
        sizes = rng.integers(1, 2 * self.size, size=self.number)
        which = np.repeat(np.arange(self.number), sizes)
        cells = world.joint.ravel()
        own = rng.choice(len(cells), size=len(which), p=cells)
        shared = rng.choice(len(cells), size=self.number, p=cells)[which]
        cell = np.where(rng.random(len(which)) < self.likeness, shared, own)
        q = world.categories
        return pair_table(cell // q, cell % q, q, clusters=which)


@dataclass(frozen=True)
class Doubtful:
    """A pool of items of which doubtful ones are taken `times` as often, with known π.

    An item is doubtful with probability .6 where judge and human differ, .2 where they agree.
    """

    pool: int
    expected: int
    times: float

    def draw(self, world: World, rng: np.random.Generator) -> PairTable:
        cells, q = world.joint.ravel(), world.categories
        cell = rng.choice(len(cells), size=self.pool, p=cells)
        judge, human = cell // q, cell % q
        doubtful = rng.random(self.pool) < np.where(judge != human, 0.6, 0.2)
        size = np.where(doubtful, self.times, 1.0)
        pi = np.minimum(1.0, self.expected * size / size.sum())
        taken = rng.random(self.pool) < pi
        return pair_table(judge[taken], human[taken], q, weights=1 / pi[taken])

    def n_eff(self, world: World) -> float:
        """Expected number of effective items, from one large draw."""
        big = Doubtful(self.pool * 200, self.expected * 200, self.times)
        return big.draw(world, np.random.default_rng(0)).n_eff / 200


def many_raters(world: World, n: int, raters: int, rng: np.random.Generator) -> CountTable:
    """Raters copy the item's truth with probability √skill, else draw blindly; a fifth is missing."""
    p = np.array(world.prevalence)
    truth = rng.choice(len(p), size=(n, 1), p=p)
    blind = rng.choice(len(p), size=(n, raters), p=p)
    codes = np.where(rng.random((n, raters)) < np.sqrt(world.skill), truth, blind)
    codes[rng.random((n, raters)) < 0.2] = -1
    return count_table_from_matrix(codes.astype(np.int8), len(p))
