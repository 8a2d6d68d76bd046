"""The decision a pipeline acts on: does this certificate cover this judge, rubric and policy today?

Pure and offline: text and expectations in, a table of checks out. Anything missing, unreadable or
different is a failed check; trusted needs every check passed. Imports neither numpy nor a database.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from calibration.certificate import BadCertificate, Certificate, read_certificate, signed_with
from calibration.differences import differences
from calibration.policy import CriterionPolicy, Policy, Requirement
from rubrics.canonical import canonical_json

CLOCK_SKEW = timedelta(minutes=5)
NONE_REPORTED = "none reported"
UNKNOWN_JUDGE = "no spec_hash"

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
class Given:
    """What the verdicts of a file say of their maker: the models reported, and the hashes of the judge.

    NONE_REPORTED and UNKNOWN_JUDGE stand for verdicts that do not say.
    """

    models: tuple[str, ...]
    spec_hashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """What the study's files say today; `criteria` narrows the question, `key` asks for a signature.

    `given` are verdicts in use, which must come from the certified judge.
    """

    judge: str
    spec: Mapping[str, object]
    spec_hash: str
    study: str
    rubric_sha256: str
    policy: Policy
    now: datetime
    criteria: tuple[str, ...] = ()
    key: bytes | None = None
    given: Given | None = None

    @property
    def asked(self) -> tuple[CriterionPolicy, ...]:
        """What the policy asks of the judge, or of that the criteria in question."""
        asked = (c for c in self.policy.criteria if c.asks(self.judge))
        return tuple(c for c in asked if not self.criteria or c.criterion in self.criteria)


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
        return decided(
            expected.judge, [Check("certificate", "a certificate file", "no such file", False, "missing")]
        )
    try:
        certificate = read_certificate(text)
    except BadCertificate as error:
        return decided(expected.judge, [_unreadable(str(error))])
    return decided(expected.judge, [_intact(), *checks_of(certificate, expected)])


def decided(judge: str, checks: Sequence[Check]) -> Decision:
    """Trusted when every check passed, and there was one; else the kind of the first that did not."""
    failed = [check for check in checks if not check.passed]
    return Decision(judge, failed[0].kind if failed else "trusted" if checks else "missing", tuple(checks))


def _intact() -> Check:
    return Check("certificate", "intact", "intact", True)


def _unreadable(why: str) -> Check:
    return Check("certificate", "a readable file", why, False, "unreadable")


def checks_of(certificate: Certificate, expected: Expected) -> Iterator[Check]:
    """Every check of an intact certificate."""
    yield from _seal(certificate, expected.key)
    yield _same("judge", expected.judge, certificate.judge.name)
    yield _same("study", expected.study, certificate.study)
    yield from _identity(certificate, expected)
    yield _same("rubric", expected.rubric_sha256, certificate.rubric_sha256)
    yield from _policy(certificate, expected.policy)
    yield from _given(certificate, expected.given)
    yield _outcome(certificate)
    yield from _conditions(certificate, expected)
    yield from _look(certificate, expected.policy)
    yield from _dates(certificate, expected.now)
    yield _lifetime(certificate, expected.policy)


def checks_alone(certificate: Certificate, *, now: datetime, key: bytes | None) -> Iterator[Check]:
    """What can be said of an intact certificate without the study's files: trusted then, and not expired."""
    yield from _seal(certificate, key)
    yield _outcome(certificate)
    for condition in certificate.conditions:
        name = f"{condition.criterion}: {condition.name}"
        found = "passed" if condition.passed else "failed"
        yield Check(name, "passed", found, condition.passed, "not trusted")
    yield from _dates(certificate, now)


def _outcome(certificate: Certificate) -> Check:
    found = certificate.outcome
    kind: GateOutcome = "undecided" if found == "undecided" else "not trusted"
    return Check("outcome", "trusted", found, found == "trusted", kind)


def _seal(certificate: Certificate, key: bytes | None) -> Iterator[Check]:
    if key is not None:
        good = signed_with(certificate, key)
        found = "signed" if good else "wrong signature" if certificate.signature else "no signature"
        yield Check("signature", "signed with CALIBRANT_SIGNING_KEY", found, good)
    elif certificate.signature:
        yield Check("signature", "CALIBRANT_SIGNING_KEY is not set", "signed, not verified", True)


def _identity(certificate: Certificate, expected: Expected) -> Iterator[Check]:
    """Every field of the judge's specification that differs, by name, then the hash of the whole."""
    now = json.loads(canonical_json(expected.spec))
    for one in differences(_named(now), _named(certificate.judge.spec)):
        yield Check(f"judge {one.name}", one.now, one.then, False)
    yield _same("judge spec_hash", expected.spec_hash, certificate.judge.spec_hash)


def _named(spec: Mapping[str, object]) -> dict[str, object]:
    """The specification with a panel's member hashes under the members' names."""
    members, named = spec.get("members"), dict(spec)
    if isinstance(members, list):
        names = str(spec.get("requested", "")).split(", ")
        names += [str(place + 1) for place in range(len(names), len(members))]
        del named["members"]
        named["member"] = dict(zip(names, members, strict=False))
    return named


def _policy(certificate: Certificate, policy: Policy) -> Iterator[Check]:
    """Every demand that differs, by name, then the hash of the whole."""
    if certificate.policy is not None and certificate.policy_sha256 != policy.sha256:
        for one in differences(policy.content, certificate.policy):
            yield Check(f"policy {one.name}", one.now, one.then, False)
    yield _same("policy", policy.sha256, certificate.policy_sha256)


def _given(certificate: Certificate, given: Given | None) -> Iterator[Check]:
    if given is None:
        return
    known = maker(certificate)
    yield _known("reported models", given.models, known.models)
    if given.spec_hashes:
        yield _known("verdicts' spec_hash", given.spec_hashes, known.spec_hashes)


def maker(certificate: Certificate) -> Given:
    """What verdicts of the certified judge say of themselves.

    Only a judge that asks no model may report none, and only imported verdicts may leave out the judge.
    """
    judge = certificate.judge
    models = judge.observed or (() if judge.spec.get("kind") == "model" else (NONE_REPORTED,))
    if judge.spec.get("kind") != "import":
        return Given(models, (judge.spec_hash,))
    return Given(models, (judge.spec_hash, str(judge.spec.get("requested")), UNKNOWN_JUDGE))


def _known(name: str, given: Sequence[str], known: Sequence[str]) -> Check:
    """All that is given is known, and there is something."""
    strangers = sorted({*given} - {*known})
    said = ", ".join(strangers) or ("as at the look" if given else "no verdict of this judge in the file")
    return Check(name, said, ", ".join(known) or "none observed", bool(given) and not strangers)


def _conditions(certificate: Certificate, expected: Expected) -> Iterator[Check]:
    asked = expected.asked
    named = {c.criterion for c in asked}
    for name in [n for n in expected.criteria if n not in named]:
        yield Check(f"{name}: policy", "asked of this judge", "the policy asks nothing", False)
    if not asked:
        yield Check("conditions", "at least one", "the policy asks nothing of this judge", False)
    for criterion in asked:
        yield from _criterion(certificate, criterion)


def _criterion(certificate: Certificate, criterion: CriterionPolicy) -> Iterator[Check]:
    """Every condition; of a look that failed, which closes the gate as such, those that it names."""
    named = {c.name for c in certificate.conditions if c.criterion == criterion.criterion}
    for requirement in criterion.requirements:
        if certificate.outcome == "trusted" or requirement.name in named:
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


def _dates(certificate: Certificate, now: datetime) -> Iterator[Check]:
    issued, expires = certificate.issued, certificate.expires
    yield Check("issued", f"by {now:%Y-%m-%d %H:%M}", f"{issued:%Y-%m-%d %H:%M}", issued <= now + CLOCK_SKEW)
    yield Check(
        "expires", f"after {now:%Y-%m-%d %H:%M}", f"{expires:%Y-%m-%d %H:%M}", now < expires, "expired"
    )


def _lifetime(certificate: Certificate, policy: Policy) -> Check:
    last, expires = certificate.issued + timedelta(days=policy.evidence_days), certificate.expires
    return Check("lifetime", f"at most until {last:%Y-%m-%d}", f"until {expires:%Y-%m-%d}", expires <= last)


def _same(name: str, expected: str, found: str) -> Check:
    return Check(name, expected, found, expected == found)
