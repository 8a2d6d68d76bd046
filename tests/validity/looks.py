"""A look at counts of a binary criterion, as `calibrant certify` takes it, for simulations of the gate."""

from __future__ import annotations

import numpy as np

from calibration.agreement_types import Confusion, CriterionAgreement, HumanAgreement, JudgeAgreement
from calibration.conditions import Finding, Look, check_conditions, look_at
from calibration.policy import Policy, read_policy
from calibration.stats.agreement import pair_estimate
from calibration.stats.patterns import table_of
from rubrics.rubric import Criterion, Level, Rubric, Scale

SCALE = Scale("binary", (Level("yes"), Level("no")))
RUBRIC = Rubric("support", (Criterion("grounded", "Is it?", SCALE),))
HUMANS = HumanAgreement(0, 0, 0, {}, {})
FLOOR = 0.6
POLICY = read_policy({"criteria": {"grounded": {"floor": FLOOR, "unparsed_max": 0.2}}}, RUBRIC)


def look_of(counts: np.ndarray, k: int, policy: Policy = POLICY) -> Finding:
    """Look k at judge × human counts, shape (2, 2)."""
    return finding_of(counts, look_at(policy, k), policy)


def finding_of(counts: np.ndarray, look: Look, policy: Policy = POLICY) -> Finding:
    """What this look, or stage of one, finds in judge × human counts."""
    rows = counts.reshape(2, 2).tolist()
    estimates = {"cohen_kappa": pair_estimate("cohen_kappa", table_of(rows), level=look.level)}
    n = int(counts.sum())
    confusion = Confusion(("yes", "no"), tuple(tuple(row) for row in rows))
    judge = JudgeAgreement("j", n, {"observed": n}, "majority", 0, estimates, confusion)
    found = CriterionAgreement("grounded", SCALE, HUMANS, {"j": judge})
    return check_conditions([(policy.criteria[0], found)], "j", look)
