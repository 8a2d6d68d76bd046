"""What a judge must show before it is trusted: the [policy] of study.toml as frozen, hashed values.

Every key has a default; a policy that names no criterion asks the defaults of every criterion of the rubric::

    [policy]
    alpha = 0.05               # error budget of all looks together
    evidence_days = 90         # how long a certificate lives
    abstained_max = 0.10       # defaults of every criterion below; on an upper bound
    unparsed_max = 0.02        # unparsed replies and provider errors together; the share itself

    [policy.criteria.grounded]
    coefficient = "cohen_kappa"   # default by scale: cohen_kappa; ordinal: cohen_kappa_quadratic
    floor = 0.60                  # on the lower bound; default .60, or .80 when stakes = "sensitive"
    stakes = "routine"
    judges = ["rules"]            # absent: asked of every judge
    reference = "majority"        # absent: the scale's default
    items_min = 40                # labelled held-out items compared
    gap_floor = -0.10             # judge-human minus human-human agreement, lower bound; absent: not asked
    tpr_floor = 0.80              # binary scales, lower bounds; absent: not asked
    tnr_floor = 0.80
    abstained_max = 0.10
    unparsed_max = 0.05
    accept_agreement = 0.85       # look for a confidence from which on verdicts may stand alone; absent: none
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rubrics.canonical import canonical_json, sha256_of
from rubrics.rubric import Criterion, Rubric, ScaleKind

Stakes = Literal["routine", "sensitive"]
Reference = Literal["majority", "median", "mean", "each", "adjudicated"]
CoefficientName = Literal[
    "percent_agreement", "cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic", "scott_pi",
    "brennan_prediger", "gwet_ac1", "gwet_ac2", "krippendorff_alpha_nominal", "krippendorff_alpha_ordinal",
    "krippendorff_alpha_interval", "krippendorff_alpha_ratio", "mcc", "balanced_accuracy", "youden_j",
]  # fmt: skip
Share = Annotated[float, Field(ge=0, le=1)]
Floor = Annotated[float, Field(ge=-1, le=1)]

CLUSTERS_MIN = 40  # fewer independent units: the interval is not to be trusted (CONTRACTS, section 5)
EVIDENCE = ("items", "clusters", "rarest_class")  # conditions on how much there is, not on the judge
ADDED_LATER = ("accept_agreement",)  # older policies keep their hash
RARE_CLASS_MIN = 10  # items of the rarest class that the reference holds

DEFAULT_FLOORS: dict[Stakes, float] = {"routine": 0.60, "sensitive": 0.80}
DEFAULT_COEFFICIENTS: dict[ScaleKind, str] = {
    "binary": "cohen_kappa",
    "nominal": "cohen_kappa",
    "pairwise": "cohen_kappa",
    "ordinal": "cohen_kappa_quadratic",
    "interval": "krippendorff_alpha_interval",
}


class BadPolicy(ValueError):
    """The policy cannot be read, or asks for something the rubric does not have."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CriterionSection(_Section):
    """[policy.criteria.NAME] as written."""

    coefficient: CoefficientName | None = None
    floor: Floor | None = None
    stakes: Stakes = "routine"
    judges: tuple[str, ...] | None = None
    reference: Reference | None = None
    items_min: Annotated[int, Field(ge=1)] | None = None
    gap_floor: Floor | None = None
    tpr_floor: Share | None = None
    tnr_floor: Share | None = None
    abstained_max: Share | None = None
    unparsed_max: Share | None = None
    accept_agreement: Annotated[float, Field(ge=0.5, lt=1)] | None = None


class PolicySection(_Section):
    """[policy] as written."""

    alpha: Annotated[float, Field(gt=0, le=0.2)] = 0.05
    evidence_days: Annotated[int, Field(ge=1, le=3660)] = 90
    abstained_max: Share = 0.10
    unparsed_max: Share = 0.02
    items_min: Annotated[int, Field(ge=1)] = 40
    criteria: dict[str, CriterionSection] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition: a bound that must reach `limit`, or with `at_most` must not exceed it."""

    name: str
    criterion: str
    limit: float
    at_most: bool

    def met_by(self, bound: float | None) -> bool:
        if bound is None:
            return False
        return bound <= self.limit if self.at_most else bound >= self.limit


@dataclass(frozen=True, slots=True)
class CriterionPolicy:
    """What is asked of a judge on one criterion, with every default filled in."""

    criterion: str
    coefficient: str
    floor: float
    reference: str | None
    judges: tuple[str, ...] | None
    items_min: int
    gap_floor: float | None
    tpr_floor: float | None
    tnr_floor: float | None
    abstained_max: float
    unparsed_max: float
    accept_agreement: float | None = None

    def asks(self, judge: str) -> bool:
        return self.judges is None or judge in self.judges

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Every condition on this criterion; all must hold."""
        least = {
            self.coefficient: self.floor,
            "gap_to_ceiling": self.gap_floor,
            "tpr": self.tpr_floor,
            "tnr": self.tnr_floor,
            "items": float(self.items_min),
            "clusters": float(CLUSTERS_MIN),
            "rarest_class": float(RARE_CLASS_MIN),
        }
        most = {"abstained": self.abstained_max, "unparsed": self.unparsed_max}
        floors = (Requirement(n, self.criterion, v, at_most=False) for n, v in least.items() if v is not None)
        ceilings = (Requirement(n, self.criterion, v, at_most=True) for n, v in most.items())
        return (*floors, *ceilings)


@dataclass(frozen=True, slots=True)
class Policy:
    """The conditions of every criterion, the error budget of all looks and the life of a certificate."""

    criteria: tuple[CriterionPolicy, ...]
    alpha: float
    evidence_days: int

    def alpha_of_look(self, k: int) -> float:
        """6 alpha / (pi^2 k^2): the part of the budget that look k may spend; all looks sum to alpha."""
        return 6 * self.alpha / (math.pi**2 * k**2)

    @property
    def content(self) -> dict[str, object]:
        """The policy with its defaults filled in, criteria by name, as plain JSON values."""
        criteria = {c.criterion: _plain(c) for c in self.criteria}
        return {"alpha": self.alpha, "evidence_days": self.evidence_days, "criteria": criteria}

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON of the policy with its defaults filled in."""
        criteria = [_plain(c) for c in self.criteria]
        return sha256_of({"criteria": criteria, "alpha": self.alpha, "evidence_days": self.evidence_days})

    def asked_of(self, judge: str, *, criteria: tuple[str, ...] = ()) -> tuple[CriterionPolicy, ...]:
        """The criteria asked of `judge`, or those of them that are named; `BadPolicy` when there is none."""
        asked = tuple(c for c in self.criteria if c.asks(judge))
        missing = [name for name in criteria if name not in {c.criterion for c in asked}]
        if missing:
            raise BadPolicy(f"[policy.criteria] asks nothing of judge {judge!r} on: {', '.join(missing)}")
        chosen = tuple(c for c in asked if not criteria or c.criterion in criteria)
        if not chosen:
            raise BadPolicy(
                f"[policy.criteria] asks nothing of judge {judge!r}: name it in a criterion's judges"
            )
        return chosen


def _plain(criterion: CriterionPolicy) -> dict[str, object]:
    """A criterion's demands as JSON values; what was added to policies later is left out where not asked."""
    content = json.loads(canonical_json(asdict(criterion)))
    return {name: value for name, value in content.items() if value is not None or name not in ADDED_LATER}


def read_policy(raw: Mapping[str, object] | PolicySection | None, rubric: Rubric) -> Policy:
    """The policy for a rubric; `raw` is the [policy] table as parsed from TOML, or None for all defaults."""
    section = _validated(raw)
    unknown = [name for name in section.criteria if name not in {c.name for c in rubric.criteria}]
    if unknown:
        names = ", ".join(c.name for c in rubric.criteria)
        raise BadPolicy(
            f"study.toml, [policy.criteria.{unknown[0]}]: the rubric has no such criterion ({names})"
        )
    named = [c for c in rubric.criteria if not section.criteria or c.name in section.criteria]
    criteria = tuple(_resolved(c, section.criteria.get(c.name, CriterionSection()), section) for c in named)
    return Policy(criteria, alpha=section.alpha, evidence_days=section.evidence_days)


def _validated(raw: Mapping[str, object] | PolicySection | None) -> PolicySection:
    if isinstance(raw, PolicySection):
        return raw
    try:
        return PolicySection.model_validate(raw or {})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadPolicy(f"study.toml, [policy] {field}: {first['msg']}") from error


def _resolved(criterion: Criterion, own: CriterionSection, shared: PolicySection) -> CriterionPolicy:
    _refuse_rates_of_other_scales(criterion, own)
    return CriterionPolicy(
        criterion=criterion.name,
        coefficient=own.coefficient or DEFAULT_COEFFICIENTS[criterion.scale.kind],
        floor=DEFAULT_FLOORS[own.stakes] if own.floor is None else own.floor,
        reference=own.reference,
        judges=own.judges,
        items_min=shared.items_min if own.items_min is None else own.items_min,
        gap_floor=own.gap_floor,
        tpr_floor=own.tpr_floor,
        tnr_floor=own.tnr_floor,
        abstained_max=shared.abstained_max if own.abstained_max is None else own.abstained_max,
        unparsed_max=shared.unparsed_max if own.unparsed_max is None else own.unparsed_max,
        accept_agreement=own.accept_agreement,
    )


def _refuse_rates_of_other_scales(criterion: Criterion, own: CriterionSection) -> None:
    asked = own.tpr_floor is not None or own.tnr_floor is not None
    if asked and criterion.scale.kind != "binary":
        where = f"study.toml, [policy.criteria.{criterion.name}]"
        kind = criterion.scale.kind
        raise BadPolicy(f"{where}: tpr_floor and tnr_floor need a binary scale; this one is {kind}")
