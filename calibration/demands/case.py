"""One judge on one criterion before its demands are measured; holds, and computes next to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from calibration.agreement_types import ReferenceKind
from calibration.columns import CriterionRatings, JudgeColumn
from calibration.demands.facts import Error, Facts
from calibration.policy import CriterionPolicy
from calibration.reference import Reference, reference


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """What a demand is measured on: labels, verdicts, other facts of the judge, and the look's error."""

    policy: CriterionPolicy
    ratings: CriterionRatings
    judge: JudgeColumn
    facts: Facts
    error: Error

    def limit(self, name: str) -> float:
        """The ceiling that the policy states for this condition."""
        return self.policy.ceilings[name]

    @property
    def reference(self) -> Reference:
        """What the policy holds the judge against."""
        return reference(self.ratings, cast("ReferenceKind | None", self.policy.reference))
