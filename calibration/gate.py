"""The decision a pipeline acts on: does this certificate cover this judge, rubric and policy today?

Pure and offline: text and expectations in, a table of checks out. Anything missing, unreadable or
different is a failed check; trusted needs every check passed. Imports neither numpy nor a database.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from calibration.certificate import BadCertificate, Certificate, read_certificate, signed_with
from calibration.policy import CriterionPolicy, Policy, Requirement
from rubrics.canonical import canonical_json, sha256_of

CLOCK_SKEW = timedelta(minutes=5)
SHOWN = 60  # characters of a value that fit into a table

GateOutcome = Literal["trusted", "not trusted", "undecided", "missing", "unreadable", "expired", "mismatched"]


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: what was expected, what the certificate says, and whether that is good enough."""

    name: str
    expected: str
    found: str
    passed: bool
    kind: GateOutcome = "mismatched"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the study's files say today; `criteria` narrows the question, `key` asks for a signature."""

    judge: str
    spec: Mapping[str, object]
    spec_hash: str
    study: str
    rubric_sha256: str
    policy: Policy
    now: datetime
    criteria: tuple[str, ...] = ()
    key: bytes | None = None
    reported: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The gate's answer: trusted, or the kind of the first failed check, with every check made."""

    judge: str
    outcome: GateOutcome
    checks: tuple[Check, ...]

    @property
    def trusted(self) -> bool:
        return self.outcome == "trusted"

    def as_json(self) -> dict[str, object]:
        checks = [
            {"name": c.name, "expected": c.expected, "found": c.found, "passed": c.passed}
            for c in self.checks
        ]
        return {
            "schema": "calibrant/gate/1",
            "judge": self.judge,
            "outcome": self.outcome,
            "trusted": self.trusted,
            "checks": checks,
        }


def decide(text: str | None, expected: Expected) -> Decision:
    """Check a certificate's text (None: there is no file) against what the study's files say now."""
    if text is None:
        return _decision(
            expected, [Check("certificate", "a certificate file", "no such file", False, "missing")]
        )
    try:
        certificate = read_certificate(text)
    except BadCertificate as error:
        return _decision(expected, [Check("certificate", "a readable file", str(error), False, "unreadable")])
    return _decision(
        expected, [Check("certificate", "intact", "intact", True), *_checks(certificate, expected)]
    )


def _decision(expected: Expected, checks: list[Check]) -> Decision:
    failed = [check for check in checks if not check.passed]
    return Decision(expected.judge, failed[0].kind if failed else "trusted", tuple(checks))


def _checks(certificate: Certificate, expected: Expected) -> Iterator[Check]:
    yield from _seal(certificate, expected.key)
    yield _same("judge", expected.judge, certificate.judge.name)
    yield _same("study", expected.study, certificate.study)
    yield from _identity(certificate, expected)
    yield _same("rubric", expected.rubric_sha256, certificate.rubric_sha256)
    yield _same("policy", expected.policy.sha256, certificate.policy_sha256)
    yield from _reported(certificate, expected.reported)
    outcome = certificate.outcome
    kind: GateOutcome = "undecided" if outcome == "undecided" else "not trusted"
    yield Check("outcome", "trusted", outcome, outcome == "trusted", kind)
    yield from _conditions(certificate, expected)
    yield from _look(certificate, expected.policy)
    yield from _dates(certificate, expected)


def _seal(certificate: Certificate, key: bytes | None) -> Iterator[Check]:
    if key is not None:
        good = signed_with(certificate, key)
        found = "signed" if good else "wrong signature" if certificate.signature else "no signature"
        yield Check("signature", "signed with CALIBRANT_SIGNING_KEY", found, good)


def _identity(certificate: Certificate, expected: Expected) -> Iterator[Check]:
    """Every field of the judge's specification that differs, by name, then the hash of the whole."""
    now, then = json.loads(canonical_json(expected.spec)), certificate.judge.spec
    for field in sorted({*now, *then}):
        if now.get(field) != then.get(field):
            yield Check(f"judge {field}", _shown(now.get(field)), _shown(then.get(field)), False)
    yield _same("judge spec_hash", expected.spec_hash, certificate.judge.spec_hash)


def _reported(certificate: Certificate, reported: tuple[str, ...] | None) -> Iterator[Check]:
    if reported is not None:
        strangers = sorted(set(reported) - set(certificate.judge.observed))
        known = ", ".join(certificate.judge.observed) or "none observed"
        found = ", ".join(strangers) or ("as observed" if reported else "no verdict in the file")
        yield Check("reported models", found, known, bool(reported) and not strangers)


def _conditions(certificate: Certificate, expected: Expected) -> Iterator[Check]:
    asked = [c for c in expected.policy.criteria if c.asks(expected.judge)]
    asked = [c for c in asked if not expected.criteria or c.criterion in expected.criteria]
    named = {c.criterion for c in asked}
    for name in [n for n in expected.criteria if n not in named]:
        yield Check(f"{name}: policy", "asked of this judge", "the policy asks nothing", False)
    if not asked:
        yield Check("conditions", "at least one", "the policy asks nothing of this judge", False)
    for criterion in asked:
        yield from _criterion(certificate, criterion)


def _criterion(certificate: Certificate, criterion: CriterionPolicy) -> Iterator[Check]:
    for requirement in criterion.requirements:
        yield _condition(certificate, requirement)


def _condition(certificate: Certificate, requirement: Requirement) -> Check:
    """The certificate holds this very condition, with today's limit, and its bound meets it."""
    name = f"{requirement.criterion}: {requirement.name}"
    wanted = f"{'<=' if requirement.at_most else '>='} {requirement.limit:g}"
    key = (requirement.criterion, requirement.name)
    held = [c for c in certificate.conditions if (c.criterion, c.name) == key]
    if len(held) != 1:
        return Check(name, wanted, "not tested" if not held else "stated twice", False)
    condition = held[0]
    if condition.floor != requirement.limit:
        return Check(name, wanted, f"tested against {condition.floor:g}", False)
    met = condition.passed and requirement.met_by(condition.bound)
    return Check(name, wanted, _bound(condition.bound), met, "not trusted")


def _bound(bound: float | None) -> str:
    return "failed" if bound is None else f"{bound:.4g}"


def _look(certificate: Certificate, policy: Policy) -> Iterator[Check]:
    due, used = policy.alpha_of_look(certificate.looks.k), certificate.looks.alpha
    name = f"error budget of look {certificate.looks.k}"
    yield Check(name, f"{due:.5g}", f"{used:.5g}", abs(used - due) <= 1e-9)


def _dates(certificate: Certificate, expected: Expected) -> Iterator[Check]:
    issued, expires, now = certificate.issued, certificate.expires, expected.now
    yield Check("issued", f"by {now:%Y-%m-%d %H:%M}", f"{issued:%Y-%m-%d %H:%M}", issued <= now + CLOCK_SKEW)
    last = issued + timedelta(days=expected.policy.evidence_days)
    yield Check("lifetime", f"at most until {last:%Y-%m-%d}", f"until {expires:%Y-%m-%d}", expires <= last)
    yield Check(
        "expires", f"after {now:%Y-%m-%d %H:%M}", f"{expires:%Y-%m-%d %H:%M}", now < expires, "expired"
    )


def _same(name: str, expected: str, found: str) -> Check:
    return Check(name, expected, found, expected == found)


def _shown(value: object) -> str:
    """A value short enough for a table; a long one by its first words and its hash."""
    text = value if isinstance(value, str) else canonical_json(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 20].strip()}… sha256 {sha256_of(value)[:8]}"
