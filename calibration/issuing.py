"""Turns a look's finding into a certificate; shows of a failed look no more than its readers may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from calibration.agreement_types import CriterionAgreement
from calibration.certificate import Certificate, Condition, Evidence, JudgeIdentity, Looks
from calibration.conditions import Finding, Look, Tested
from calibration.evidence import EvidenceHashes
from calibration.policy import CriterionPolicy, Policy
from calibration.stats.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a look was about: study, judge as requested and observed, rubric, policy, software, moment."""

    study: str
    judge: str
    spec: Mapping[str, object]
    spec_hash: str
    observed: tuple[str, ...]
    rubric_sha256: str
    policy: Policy
    software: str
    now: datetime


def issue(
    finding: Finding,
    look: Look,
    circumstances: Circumstances,
    evidence: EvidenceHashes,
    agreements: Mapping[str, CriterionAgreement],
    *,
    whole: bool | None = None,
) -> Certificate:
    """The certificate of a look. One that did not end in trusted holds the outcome, the names of the failed
    conditions, and each criterion's overall value and bounds: nothing per class, stratum or item. With
    `whole` it holds everything all the same, which is for the vault and not for a file.
    """
    about = circumstances
    asked = [c for c in about.policy.criteria if c.criterion in agreements]
    shown = finding.outcome == "trusted" if whole is None else whole
    return Certificate(
        judge=JudgeIdentity(
            name=about.judge, spec=dict(about.spec), spec_hash=about.spec_hash, observed=about.observed
        ),
        study=about.study,
        rubric_sha256=about.rubric_sha256,
        policy_sha256=about.policy.sha256,
        evidence=Evidence(
            labels_sha256=evidence.labels_sha256,
            verdicts_sha256=evidence.verdicts_sha256,
            n=evidence.n,
            clusters=evidence.clusters,
            raters=evidence.raters,
        ),
        looks=Looks(k=look.k, alpha=look.alpha, labels_needed=finding.needed),
        conditions=tuple(_condition(t, shown=shown) for t in finding.tested if shown or _failed(t)),
        estimates={c.criterion: _estimates(c, agreements, about.judge, whole=shown) for c in asked},
        outcome=finding.outcome,
        issued=about.now,
        expires=about.now + timedelta(days=about.policy.evidence_days),
        software=about.software,
    )


def _failed(tested: Tested) -> bool:
    return tested.outcome != "trusted"


def _condition(tested: Tested, *, shown: bool) -> Condition:
    return Condition(
        name=tested.requirement.name,
        criterion=tested.requirement.criterion,
        bound=tested.bound if shown else None,
        floor=tested.requirement.limit,
        passed=not _failed(tested),
    )


def _estimates(
    policy: CriterionPolicy, agreements: Mapping[str, CriterionAgreement], judge: str, *, whole: bool
) -> dict[str, object]:
    """Every estimate with n and interval, or only the coefficient's value and bounds."""
    found = agreements[policy.criterion].judges.get(judge)
    if found is None:
        return {}
    if whole:
        return {name: result.as_json() for name, result in found.estimates.items()}
    result = found.estimates.get(policy.coefficient)
    if not isinstance(result, Estimate):
        return {}
    overall = {"value": result.value, "low": result.low, "high": result.high, "level": result.level}
    return {policy.coefficient: overall}
