"""[policy] of study.toml as written: names, types and ranges of its keys; refuses keys it does not know."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Stakes = Literal["routine", "sensitive"]
Reference = Literal["majority", "median", "mean", "each", "adjudicated"]
CoefficientName = Literal[
    "percent_agreement", "cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic", "scott_pi",
    "brennan_prediger", "gwet_ac1", "gwet_ac2", "krippendorff_alpha_nominal", "krippendorff_alpha_ordinal",
    "krippendorff_alpha_interval", "krippendorff_alpha_ratio", "mcc", "balanced_accuracy", "youden_j",
]  # fmt: skip
# Strict: `floor = false` is a slip, and no floor of 0. Amounts end where nobody means them any more.
Share = Annotated[float, Field(ge=0, le=1, strict=True)]
Floor = Annotated[float, Field(ge=-1, le=1, strict=True)]
Positive = Annotated[float, Field(gt=0, ge=1e-9, le=1e9, strict=True)]
Factor = Annotated[float, Field(ge=1, le=1e6, strict=True)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000, strict=True)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SeverityCosts(_Section):
    """By how much a miss costs more where raters name such a failure mode; `silent` multiplies the others."""

    critical: Factor = 1
    major: Factor = 1
    minor: Factor = 1
    silent: Factor = 1


class CriterionSection(_Section):
    """[policy.criteria.NAME] as written."""

    coefficient: CoefficientName | None = None
    floor: Floor | None = None
    stakes: Stakes = "routine"
    judges: tuple[str, ...] | None = None
    reference: Reference | None = None
    items_min: Count | None = None
    items_min_stratum: Count | None = None
    gap_floor: Floor | None = None
    tpr_floor: Share | None = None
    tnr_floor: Share | None = None
    abstained_max: Share | None = None
    unparsed_max: Share | None = None
    accept_agreement: Annotated[float, Field(ge=0.5, lt=1, strict=True)] | None = None
    cost_max: Positive | None = None
    miss_cost: Positive | None = None
    false_alarm_cost: Positive | None = None
    failure: str | None = None
    severity_costs: SeverityCosts | None = None
    flips_max: Share | None = None
    position_flips_max: Share | None = None
    cost_usd_max: Positive | None = None
    latency_p95_max: Positive | None = None


class PolicySection(_Section):
    """[policy] as written."""

    alpha: Annotated[float, Field(gt=0, le=0.2, strict=True)] = 0.05
    evidence_days: Annotated[int, Field(ge=1, le=3660, strict=True)] = 90
    abstained_max: Share = 0.10
    unparsed_max: Share = 0.02
    items_min: Count = 40
    criteria: dict[str, CriterionSection] = Field(default_factory=dict)
