"""The gate keeps its error: judges exactly at the floor are hardly ever trusted, ten looks in a row too."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from calibration.agreement_types import Confusion, CriterionAgreement, HumanAgreement, JudgeAgreement
from calibration.conditions import check_conditions, look_at
from calibration.policy import Policy, read_policy
from calibration.stats.agreement import pair_estimate
from calibration.stats.patterns import table_of
from rubrics.rubric import Criterion, Level, Rubric, Scale

pytestmark = pytest.mark.validity

SCALE = Scale("binary", (Level("yes"), Level("no")))
RUBRIC = Rubric("support", (Criterion("grounded", "Is it?", SCALE),))
HUMANS = HumanAgreement(0, 0, 0, {}, {})
POLICY = read_policy({"criteria": {"grounded": {"floor": 0.6, "unparsed_max": 0.2}}}, RUBRIC)


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


def measured(cells: np.ndarray, n: int, alpha: float, rng: np.random.Generator) -> CriterionAgreement:
    counts = rng.multinomial(n, cells).reshape(2, 2).tolist()
    table = table_of(counts)
    estimates = {"cohen_kappa": pair_estimate("cohen_kappa", table, level=1 - 2 * alpha)}
    confusion = Confusion(("yes", "no"), tuple(tuple(row) for row in counts))
    judge = JudgeAgreement("j", n, {"observed": n}, "majority", 0, estimates, confusion)
    return CriterionAgreement("grounded", SCALE, HUMANS, {"j": judge})


def trusted(policy: Policy, world: World, n: int, k: int, rng: np.random.Generator) -> bool:
    look = look_at(policy, k)
    found = measured(world.cells(), n, look.alpha, rng)
    return check_conditions([(policy.criteria[0], found)], "j", look).outcome == "trusted"


@pytest.mark.parametrize("share", [0.5, 0.2, 0.1])
@pytest.mark.parametrize("n", [100, 200, 400])
def test_ten_looks_at_judges_on_the_floor_stay_within_the_budget(share: float, n: int) -> None:
    """Each look is at another judge whose kappa is exactly the floor: the worst an engineer can bring."""
    rng = np.random.default_rng(n + round(100 * share))
    studies, world = 1000, World(share, 0.6)
    passed = sum(any(trusted(POLICY, world, n, k, rng) for k in range(1, 11)) for _ in range(studies))
    rate, error = passed / studies, math.sqrt(0.055 * 0.945 / studies)
    print(f"share {share} n {n}: trusted {rate:.4f} (Monte-Carlo error {error:.4f})")
    assert rate <= 0.055 + 2 * error


def test_a_judge_well_above_the_floor_is_trusted_at_the_first_look() -> None:
    rng = np.random.default_rng(3)
    passed = sum(trusted(POLICY, World(0.5, 0.85), 120, 1, rng) for _ in range(300))
    assert passed / 300 > 0.9
