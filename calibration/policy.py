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
    items_min_stratum = 20        # labelled held-out items compared in every stratum; absent: not asked
    cost_max = 0.50               # binary scales: mean cost of the judge's errors per item; absent: not asked
    miss_cost = 5.0               # ... of a failure that it passes
    false_alarm_cost = 1.0        # ... of a good output that it fails
    failure = "no"                # which answer is the failure; default: the scale's second
    severity_costs = {critical = 10, major = 3, silent = 2}   # factors of a miss, by failure modes named
    flips_max = 0.05              # probability that asking again gets another answer, by a probe
    position_flips_max = 0.10     # pairwise: share of answers that change with the order, by a probe
    cost_usd_max = 0.02           # mean dollars per item
    latency_p95_max = 8.0         # seconds that 95% of verdicts stay within
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from pydantic import ValidationError

from calibration.error_costs import ErrorCosts
from calibration.policy_sections import CriterionSection, PolicySection, SeverityCosts, Stakes
from rubrics.canonical import canonical_json, sha256_of
from rubrics.rubric import Criterion, Rubric, ScaleKind

CLUSTERS_MIN = 40  # fewer independent units: the interval is not to be trusted (CONTRACTS, section 5)
# Conditions on how much there is, not on the judge.
EVIDENCE = ("items", "clusters", "rarest_class", "items_per_stratum")
# What the key of a condition measures, where it is a ceiling that is only asked where it is written.
CEILINGS = {
    "cost_error": "cost_max",
    "repeat_flips": "flips_max",
    "position_flips": "position_flips_max",
    "cost_usd": "cost_usd_max",
    "latency_p95": "latency_p95_max",
}
ADDED_LATER = (  # older policies keep their hash
    "accept_agreement", "items_min_stratum", "costs", "cost_max", "flips_max", "position_flips_max",
    "cost_usd_max", "latency_p95_max",
)  # fmt: skip
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
    items_min_stratum: int | None = None
    costs: ErrorCosts | None = None
    cost_max: float | None = None
    flips_max: float | None = None
    position_flips_max: float | None = None
    cost_usd_max: float | None = None
    latency_p95_max: float | None = None

    def asks(self, judge: str) -> bool:
        return self.judges is None or judge in self.judges

    @property
    def ceilings(self) -> dict[str, float]:
        """The ceilings that are asked because they are written, by what is measured."""
        asked = {name: getattr(self, key) for name, key in CEILINGS.items()}
        return {name: float(limit) for name, limit in asked.items() if limit is not None}

    @property
    def demands(self) -> tuple[str, ...]:
        """The conditions asked beyond agreement and the counts that every criterion has."""
        strata = () if self.items_min_stratum is None else ("items_per_stratum",)
        return (*self.ceilings, *strata)

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
            "items_per_stratum": None if self.items_min_stratum is None else float(self.items_min_stratum),
        }
        most = {"abstained": self.abstained_max, "unparsed": self.unparsed_max, **self.ceilings}
        floors = (Requirement(n, self.criterion, v, at_most=False) for n, v in least.items() if v is not None)
        ceilings = (Requirement(n, self.criterion, v, at_most=True) for n, v in most.items())
        return (*floors, *ceilings)


@dataclass(frozen=True, slots=True)
class Policy:
    """The conditions of every criterion, the error budget of all looks and the life of a certificate.

    `strata`: the declared shares of production traffic, by which overall numbers are reweighted.
    """

    criteria: tuple[CriterionPolicy, ...]
    alpha: float
    evidence_days: int
    strata: tuple[tuple[str, float], ...] = ()

    def alpha_of_look(self, k: int) -> float:
        """6 alpha / (pi^2 k^2): the part of the budget that look k may spend; all looks sum to alpha."""
        return 6 * self.alpha / (math.pi**2 * k**2)

    @property
    def content(self) -> dict[str, object]:
        """The policy with its defaults filled in, criteria by name, as plain JSON values."""
        return {**self._shared, "criteria": {c.criterion: _plain(c) for c in self.criteria}}

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON of the policy with its defaults filled in."""
        return sha256_of({**self._shared, "criteria": [_plain(c) for c in self.criteria]})

    @property
    def _shared(self) -> dict[str, object]:
        """What holds for all criteria; without declared strata the hash is that of a policy before them."""
        declared = {"strata": dict(self.strata)} if self.strata else {}
        return {"alpha": self.alpha, "evidence_days": self.evidence_days, **declared}

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


def read_policy(
    raw: Mapping[str, object] | PolicySection | None,
    rubric: Rubric,
    *,
    strata: Mapping[str, float] | None = None,
) -> Policy:
    """The policy for a rubric; `raw` is the [policy] table as parsed from TOML, or None for all defaults."""
    section = _validated(raw)
    unknown = [name for name in section.criteria if name not in {c.name for c in rubric.criteria}]
    if unknown:
        names = ", ".join(c.name for c in rubric.criteria)
        raise BadPolicy(
            f"study.toml, [policy.criteria.{unknown[0]}]: the rubric has no such criterion ({names})"
        )
    named = [c for c in rubric.criteria if not section.criteria or c.name in section.criteria]
    criteria = tuple(
        _resolved(c, section.criteria.get(c.name, CriterionSection()), section, rubric) for c in named
    )
    shares = tuple(sorted((strata or {}).items()))
    return Policy(criteria, alpha=section.alpha, evidence_days=section.evidence_days, strata=shares)


def _validated(raw: Mapping[str, object] | PolicySection | None) -> PolicySection:
    if isinstance(raw, PolicySection):
        return raw
    try:
        return PolicySection.model_validate(raw or {})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadPolicy(f"study.toml, [policy] {field}: {first['msg']}") from error


def _resolved(
    criterion: Criterion, own: CriterionSection, shared: PolicySection, rubric: Rubric
) -> CriterionPolicy:
    _refuse_what_the_scale_has_not(criterion, own)
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
        items_min_stratum=own.items_min_stratum,
        costs=_costs(criterion, own, rubric),
        cost_max=own.cost_max,
        flips_max=own.flips_max,
        position_flips_max=own.position_flips_max,
        cost_usd_max=own.cost_usd_max,
        latency_p95_max=own.latency_p95_max,
    )


def _costs(criterion: Criterion, own: CriterionSection, rubric: Rubric) -> ErrorCosts | None:
    """The costs of errors where a ceiling on them is asked; `BadPolicy` for half of what is needed."""
    said = [k for k in ("miss_cost", "false_alarm_cost", "failure", "severity_costs") if getattr(own, k)]
    if own.cost_max is None:
        if said:
            raise _bad(criterion, f"{said[0]} says what an error costs, and cost_max is missing: add it")
        return None
    if own.miss_cost is None or own.false_alarm_cost is None:
        raise _bad(criterion, "cost_max needs miss_cost and false_alarm_cost beside it")
    if own.severity_costs is not None and not rubric.failure_modes:
        raise _bad(criterion, "severity_costs needs failure modes, and the rubric lists none")
    answers = [str(answer) for answer in criterion.scale.categories]
    failure = own.failure or answers[-1]
    if failure not in answers:
        raise _bad(criterion, f"failure = {failure!r} is no answer of its scale ({', '.join(answers)})")
    return ErrorCosts(failure, own.miss_cost, own.false_alarm_cost, _factors(own.severity_costs))


def _factors(written: SeverityCosts | None) -> dict[str, float] | None:
    return None if written is None else {name: float(cost) for name, cost in written.model_dump().items()}


def _refuse_what_the_scale_has_not(criterion: Criterion, own: CriterionSection) -> None:
    kind = criterion.scale.kind
    for keys, wanted in ((("tpr_floor", "tnr_floor"), "binary"), (("cost_max",), "binary"),
                         (("position_flips_max",), "pairwise")):  # fmt: skip
        if kind != wanted and any(getattr(own, key) is not None for key in keys):
            need = "needs" if len(keys) == 1 else "need"
            raise _bad(criterion, f"{' and '.join(keys)} {need} a {wanted} scale; this one is {kind}")


def _bad(criterion: Criterion, what: str) -> BadPolicy:
    return BadPolicy(f"study.toml, [policy.criteria.{criterion.name}]: {what}")
