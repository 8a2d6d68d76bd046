"""A look in stages as it is declared before any label is compared, and what each stage decides; no I/O."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from calibration.certificate import Staged
from calibration.conditions import Finding, Look, Tested
from calibration.policy import Policy
from calibration.stats.obstacles import FEW_CLUSTERS
from calibration.stats.stages import Decision, StagePlan, stage_plan, stopping_with_power
from rubrics.canonical import sha256_of


@dataclass(frozen=True, slots=True)
class DeclaredPlan:
    """One look in stages, as stored before it: error, order and sizes, and all that must stay as it is.

    order: every planned item, in the order in which they are read. sizes: cumulative numbers of items at
    the end of each stage, alphas: the one-sided level of each stage's bounds. raters: how many must have
    answered (or skipped) an item. named: criteria that were asked for by name; none stands for all that the
    policy asks of the judge.
    """

    judge: str
    criteria: tuple[str, ...]
    named: tuple[str, ...]
    k: int
    alpha: float
    order: tuple[str, ...]
    sizes: tuple[int, ...]
    alphas: tuple[float, ...]
    raters: int
    seed: int
    frame: int
    frame_sha256: str
    spec_hash: str
    rubric_sha256: str
    policy_sha256: str
    split_sha256: str
    strata_sha256: str
    by: str
    at: str

    @property
    def items(self) -> int:
        return len(self.order)

    def content(self) -> dict[str, Any]:
        """The whole plan as JSON values."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @property
    def sha256(self) -> str:
        return sha256_of(self.content())

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> DeclaredPlan:
        """The plan that `content` is of."""
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in content.items()}
        return cls(**values)

    def upto(self, stage: int) -> tuple[str, ...]:
        """The items that are compared at the end of `stage` (from 1)."""
        return self.order[: self.sizes[stage - 1]]

    def of_stage(self, stage: int) -> tuple[str, ...]:
        """The items that `stage` adds."""
        return self.order[(self.sizes[stage - 2] if stage > 1 else 0) : self.sizes[stage - 1]]

    def terms(self) -> dict[str, str]:
        """What must stay as it is while the plan is open, by name."""
        return {
            "judge": self.spec_hash,
            "policy": self.policy_sha256,
            "rubric": self.rubric_sha256,
            "split": self.split_sha256,
            "strata shares": self.strata_sha256,
        }


def alphas_of(stages: StagePlan) -> tuple[float, ...]:
    """The one-sided level of each stage, to ten digits: what is stored is what is tested."""
    return tuple(float(f"{stage.alpha:.10g}") for stage in stages.stages)


@lru_cache
def last_alpha(alpha: float) -> float:
    """The level of the last stage of a look at alpha, at which whatever is to be trusted must still hold."""
    return alphas_of(stage_plan(1_000, alpha))[-1]


def stages_of(plan: DeclaredPlan) -> StagePlan:
    """The stages again, from the plan's number of items and its alpha."""
    return stage_plan(plan.items, plan.alpha, stages=len(plan.sizes))


def spends_as_declared(plan: DeclaredPlan) -> bool:
    """Whether the stored levels and sizes are those that the number of items and alpha give."""
    again = stages_of(plan)
    pairs = zip(plan.alphas, again.stages, strict=True)
    return plan.sizes == again.items and all(math.isclose(a, s.alpha, rel_tol=1e-6) for a, s in pairs)


def look_of_stage(plan: DeclaredPlan, stage: int, policy: Policy) -> Look:
    """The level at which a stage's conditions are tested; the look spends the plan's whole alpha."""
    return Look(plan.k, plan.alphas[stage - 1], policy.alpha_of_look(plan.k + 1), spends=plan.alpha)


def decide(finding: Finding, *, last: bool) -> Decision:
    """What a stage says: all conditions met is trusted, an upper bound below its floor is not trusted.

    Else go on, and after the last stage what any look would say. A count without bounds ends nothing early:
    one unreadable verdict among the first twenty is no reason to stop.
    """
    if last or finding.outcome == "trusted":
        return finding.outcome
    refuted = any(_refuted(tested) for tested in finding.tested)
    return "not trusted" if refuted and finding.outcome == "not trusted" else "go on"


def _refuted(tested: Tested) -> bool:
    return tested.outcome == "not trusted" and tested.measured.low != tested.measured.high


def staged(plan: DeclaredPlan, stage: int) -> Staged:
    """What a certificate says of the plan it ended, and what the stages saved."""
    used = plan.sizes[stage - 1]
    return Staged(
        plan_sha256=plan.sha256,
        declared=plan.at,
        items=plan.items,
        sizes=plan.sizes,
        stage=stage,
        alpha=plan.alphas[stage - 1],
        used=used,
        saved=plan.items - used,
        expected_saved=round(plan.items * expected_saving(stages_of(plan)), 1),
    )


def expected_saving(stages: StagePlan) -> float:
    """The share of the items that is saved on average for a judge that the plan trusts with power .8."""
    return 1 - stopping_with_power(stages, least=FEW_CLUSTERS).share
