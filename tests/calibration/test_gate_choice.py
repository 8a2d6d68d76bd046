"""Of several certificate files the last look at each criterion answers, and none is overlooked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calibration.certificate import Certificate
from calibration.gate import Decision, Expected
from calibration.gate_choice import decide_among, later_looks
from calibration.policy import read_policy
from rubrics.canonical import sha256_of
from rubrics.rubric import Criterion, Level, Rubric, Scale

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SCALE = Scale("binary", (Level("yes"), Level("no")))
RUBRIC = Rubric("support", tuple(Criterion(name, "Is it?", SCALE) for name in ("grounded", "polite")))
POLICY = read_policy({"criteria": {"grounded": {}, "polite": {"judges": ["rules", "other"]}}}, RUBRIC)
SPEC = {"kind": "code", "requested": "judge.py:judge"}
EXPECTED = Expected("rules", SPEC, sha256_of(SPEC), "support", RUBRIC.sha256, POLICY, NOW)
COUNTS = {"items": 120, "clusters": 120, "rarest_class": 40}
BOUNDS = {**COUNTS, "cohen_kappa": 0.7, "abstained": 0, "unparsed": 0}


def certificate(*criteria: str, outcome: str = "trusted", days: int = 10, spec: object = SPEC) -> Certificate:
    """A look so many days ago at these criteria; one that failed lists the coefficients that failed."""
    asked = [r for c in POLICY.criteria if c.criterion in criteria for r in c.requirements]
    conditions = [
        {"name": r.name, "criterion": r.criterion, "floor": r.limit, "passed": outcome == "trusted",
         "bound": BOUNDS[r.name] if outcome == "trusted" else None}
        for r in asked
        if outcome == "trusted" or r.name == "cohen_kappa"
    ]  # fmt: skip
    issued = NOW - timedelta(days=days)
    content = {
        "judge": {"name": "rules", "spec": spec, "spec_hash": sha256_of(spec)},
        "study": "support",
        "rubric_sha256": RUBRIC.sha256,
        "policy_sha256": POLICY.sha256,
        "evidence": {"labels_sha256": "a" * 64, "verdicts_sha256": "b" * 64, "n": 120, "clusters": 120,
                     "raters": 5},
        "looks": {"k": 1, "alpha": POLICY.alpha_of_look(1)},
        "conditions": conditions,
        "estimates": {name: {} for name in criteria},
        "outcome": outcome,
        "issued": issued,
        "expires": issued + timedelta(days=90),
        "software": "calibrant",
    }  # fmt: skip
    return Certificate.model_validate(content)


def among(*given: Certificate | str, criteria: tuple[str, ...] = ()) -> Decision:
    files = {f"rules.{k}.json": c if isinstance(c, str) else c.sealed() for k, c in enumerate(given)}
    return decide_among(files, replace(EXPECTED, criteria=criteria))


def failed(decision: Decision) -> list[str]:
    return [check.name for check in decision.checks if not check.passed]


def test_certificates_of_single_criteria_together_cover_what_is_asked() -> None:
    decision = among(certificate("grounded"), certificate("polite"))
    assert decision.trusted
    assert [c.found for c in decision.checks if c.name == "certificate"] == ["rules.0.json", "rules.1.json"]


def test_a_criterion_without_a_look_is_named_with_what_there_is() -> None:
    decision = among(certificate("grounded"))
    assert (decision.outcome, failed(decision)) == ("missing", ["certificate for polite"])
    assert decision.checks[0].found == "none; there is rules.0.json (grounded)"
    assert among(certificate("grounded"), criteria=("grounded",)).trusted


def test_without_any_file_the_certificate_is_missing() -> None:
    assert (among().outcome, failed(among())) == ("missing", ["certificate"])


def test_a_later_look_that_failed_goes_before_an_earlier_one_that_passed() -> None:
    both, later = certificate("grounded", "polite"), certificate("polite", outcome="not trusted", days=2)
    assert among(both).trusted
    assert among(both, later).outcome == "not trusted"
    assert among(both, later, criteria=("grounded",)).trusted
    assert not among(both, later, criteria=("polite",)).trusted


def test_a_later_look_that_passed_mends_an_earlier_one() -> None:
    first = certificate("grounded", "polite", outcome="undecided", days=9)
    assert among(first, certificate("grounded", "polite", days=1)).trusted
    assert not among(first, certificate("grounded", days=1)).trusted  # polite is undecided still


def test_a_later_look_at_another_version_of_the_judge_says_nothing_of_this_one() -> None:
    other = certificate("grounded", "polite", outcome="not trusted", days=1, spec={"kind": "code"})
    assert among(certificate("grounded", "polite"), other).trusted
    assert among(other).outcome == "mismatched"


def test_a_file_that_cannot_be_read_closes_the_gate() -> None:
    decision = among(certificate("grounded", "polite"), "{")
    assert (decision.outcome, failed(decision)) == ("unreadable", ["certificate"])
    assert decision.checks[0].found.startswith("rules.1.json: not valid JSON")


def test_a_named_certificate_gives_way_to_a_later_look_that_failed() -> None:
    text = certificate("grounded", "polite").sealed()
    later = {"rules.json": certificate("polite", outcome="undecided", days=1).sealed()}
    assert [check.found for check in later_looks(later, text, EXPECTED)] == ["rules.json: undecided"]
    assert later_looks(later, text, replace(EXPECTED, criteria=("grounded",))) == []
    assert later_looks({"rules.json": text}, text, EXPECTED) == []


@pytest.mark.parametrize("criteria", [("kind",), ("grounded", "kind")])
def test_a_criterion_that_the_policy_does_not_ask_is_never_trusted(criteria: tuple[str, ...]) -> None:
    assert "kind: policy" in failed(among(certificate("grounded", "polite"), criteria=criteria))
