"""A judge on a binary criterion with any answers, costs, times and clusters, for the tests of demands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.demands.case import Case
from calibration.demands.facts import Error, Facts
from calibration.policy import read_policy
from calibration.ratings import judge_column, ratings_from_columns
from rubrics.rubric import Criterion, FailureMode, Level, Rubric, Scale

SCALE = Scale("binary", (Level("yes"), Level("no")))
MODES = (
    FailureMode("wrong_dose", "A dose that harms.", "critical", "silent"),
    FailureMode("rude", "Rude.", "minor", "loud"),
)
RUBRIC = Rubric("support", (Criterion("grounded", "Is it?", SCALE),), failure_modes=MODES)
ERROR = Error(0.03, 0.0075)


def case(
    truth: Sequence[int],
    answers: Sequence[int],
    facts: Facts | None = None,
    *,
    cluster: Sequence[int] | None = None,
    stratum: Sequence[str | None] | None = None,
    **asked: object,
) -> Case:
    """Item k has one label truth[k] and one verdict answers[k]: 0 is yes, 1 is no, which is the failure."""
    n = len(truth)
    column = judge_column("j", SCALE, item=np.arange(n), answer=answers)
    ratings = ratings_from_columns(
        "grounded", SCALE,
        items=tuple(f"i{k}" for k in range(n)), raters=("ann",),
        item=np.arange(n), rater=np.zeros(n), answer=truth, judges=(column,),
        cluster=cluster, stratum=None if stratum is None else tuple(stratum),
    )  # fmt: skip
    policy = read_policy({"criteria": {"grounded": asked}}, RUBRIC).criteria[0]
    known = {mode.name: mode for mode in MODES}
    return Case(policy, ratings, column, facts or Facts("j", known_modes=known), ERROR)
