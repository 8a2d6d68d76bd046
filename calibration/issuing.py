"""Turns a look's finding into a certificate; shows of a failed look no more than its readers may know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from calibration.agreement_types import CriterionAgreement
from calibration.certificate import Certificate, Condition, Evidence, JudgeIdentity, Looks, Staged, Threshold
from calibration.conditions import Finding, Look, Tested
from calibration.demands.measuring import Demands
from calibration.evidence import EvidenceHashes
from calibration.policy import CriterionPolicy, Policy
from calibration.stats.estimate import Estimate

LEAST = 10  # items behind a number that is shown: over fewer it would say what people answered to one


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


@dataclass(frozen=True, slots=True)
class Results:
    """What a look found: conditions, evidence; agreements, thresholds and other demands by criterion."""

    finding: Finding
    look: Look
    evidence: EvidenceHashes
    agreements: Mapping[str, CriterionAgreement]
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    stages: Staged | None = None
    demands: Mapping[str, Demands] = field(default_factory=dict)


def issue(results: Results, circumstances: Circumstances, *, whole: bool | None = None) -> Certificate:
    """The certificate of a look. One that did not end in trusted holds the outcome, the names of the failed
    conditions, and each criterion's overall value and bounds, over ten items or more: nothing per class,
    stratum or item. With `whole` it holds everything all the same, and the key of its hashes: that is for
    the vault and not for a file.
    """
    about, finding, agreements = circumstances, results.finding, results.agreements
    evidence, look = results.evidence, results.look
    asked = [c for c in about.policy.criteria if c.criterion in agreements]
    shown = finding.outcome == "trusted" if whole is None else whole
    return Certificate(
        judge=JudgeIdentity(
            name=about.judge, spec=dict(about.spec), spec_hash=about.spec_hash, observed=about.observed
        ),
        study=about.study,
        rubric_sha256=about.rubric_sha256,
        policy_sha256=about.policy.sha256,
        policy=about.policy.content,
        evidence=Evidence(
            labels_sha256=evidence.labels_sha256,
            verdicts_sha256=evidence.verdicts_sha256,
            n=evidence.n,
            clusters=evidence.clusters,
            raters=evidence.raters,
            facts_sha256=evidence.facts_sha256,
            key=evidence.key if whole else None,
        ),
        looks=Looks(k=look.k, alpha=look.spends or look.alpha, labels_needed=finding.needed),
        stages=results.stages,
        conditions=tuple(_condition(t, shown=shown) for t in finding.tested if shown or _failed(t)),
        estimates={c.criterion: _estimates(c, results, about.judge, whole=shown) for c in asked},
        threshold=dict(results.thresholds) or None,
        outcome=finding.outcome,
        reasons=finding.advice if finding.outcome == "undecided" else (),
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
        bound=_rounded(tested.bound) if shown and tested.bound is not None else None,
        floor=tested.requirement.limit,
        passed=not _failed(tested),
    )


def _estimates(policy: CriterionPolicy, results: Results, judge: str, *, whole: bool) -> dict[str, object]:
    """Every estimate with n and interval, or only the coefficient's value and bounds."""
    found = results.agreements[policy.criterion].judges.get(judge)
    if found is None:
        return {}
    if whole:
        others = {name: one.result for name, one in results.demands.get(policy.criterion, {}).items()}
        return {name: _exact(result.as_json()) for name, result in {**found.estimates, **others}.items()}
    result = found.estimates.get(policy.coefficient)
    if not isinstance(result, Estimate) or result.clusters < LEAST:
        return {}
    overall = {"value": result.value, "low": result.low, "high": result.high, "level": result.level}
    return {policy.coefficient: _exact(overall)}


def _exact(estimate: Mapping[str, object]) -> dict[str, object]:
    return {name: _rounded(v) if isinstance(v, float) else v for name, v in estimate.items()}


def _rounded(number: float) -> float:
    """Twelve significant digits: what any machine recomputes to the last one."""
    return float(f"{number:.12g}")
