"""Which verdicts can be held against a reference, and which of them are errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.agreement_types import ReferenceKind
from calibration.columns import CriterionRatings, JudgeColumn
from calibration.reference import reference
from calibration.stats.estimate import IntArray

NO_STEP = "on an interval scale without a step nothing is plainly wrong: say what one step is"


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Places of verdicts whose item has a reference, and whether each verdict is right.

    Under `each` a verdict has one entry per label. `ties` counts items without a reference because their vote
    was tied; `nothing` says why nothing can be compared at all.
    """

    at: IntArray
    right: NDArray[np.float64]
    ties: int = 0
    nothing: str | None = None


def compared_with(
    ratings: CriterionRatings,
    judge: JudgeColumn,
    kind: ReferenceKind | None = None,
    *,
    step: float | None = None,
) -> Compared:
    """Right: the reference's answer; on an interval scale at most one step from it.

    step: of an interval scale that declares none.
    """
    held, scale = reference(ratings, kind), ratings.scale
    allowed = scale.step or step
    if scale.kind == "interval" and not allowed:
        return Compared(np.zeros(0, dtype=np.int64), np.zeros(0), held.ties, NO_STEP)
    place = np.full(len(ratings.items), -1, dtype=np.int64)
    place[judge.item] = np.arange(len(judge.item))
    known = np.flatnonzero(place[held.item] >= 0)
    known = known[np.argsort(place[held.item[known]], kind="stable")]
    at = place[held.item[known]]
    if scale.kind == "interval":
        right = np.abs(judge.number[at] - held.number[known]) <= (allowed or 0) * (1 + 1e-9)
    else:
        right = judge.code[at] == held.code[known]
    return Compared(at, right.astype(np.float64), held.ties)
