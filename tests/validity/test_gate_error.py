"""The gate keeps its error: judges exactly at the floor are hardly ever trusted, ten looks in a row too."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from looks import look_of

pytestmark = pytest.mark.validity


@dataclass(frozen=True)
class World:
    """Share of the first class, and a judge that errs at the same rate on both classes."""

    share: float
    kappa: float

    def cells(self) -> np.ndarray:
        """Joint probabilities (judge, human) with symmetric margins and the stated kappa."""
        p = self.share
        off = (1 - self.kappa) * p * (1 - p)  # pa - pe = kappa (1 - pe) with both margins (p, 1 - p)
        return np.array([p - off, off, off, 1 - p - off])


def trusted(world: World, n: int, k: int, rng: np.random.Generator) -> bool:
    return look_of(rng.multinomial(n, world.cells()), k).outcome == "trusted"


@pytest.mark.parametrize("share", [0.5, 0.2, 0.1])
@pytest.mark.parametrize("n", [100, 200, 400])
def test_ten_looks_at_judges_on_the_floor_stay_within_the_budget(share: float, n: int) -> None:
    """Each look is at another judge whose kappa is exactly the floor: the worst an engineer can bring."""
    rng = np.random.default_rng(n + round(100 * share))
    studies, world = 1000, World(share, 0.6)
    passed = sum(any(trusted(world, n, k, rng) for k in range(1, 11)) for _ in range(studies))
    rate, error = passed / studies, math.sqrt(0.055 * 0.945 / studies)
    print(f"share {share} n {n}: trusted {rate:.4f} (Monte-Carlo error {error:.4f})")
    assert rate <= 0.055 + 2 * error


def test_a_judge_well_above_the_floor_is_trusted_at_the_first_look() -> None:
    rng = np.random.default_rng(3)
    passed = sum(trusted(World(0.5, 0.85), 120, 1, rng) for _ in range(300))
    assert passed / 300 > 0.9
