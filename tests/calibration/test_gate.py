"""The gate says trusted only for the judge, rubric, policy and time that a whole certificate covers."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calibration.certificate import Certificate, read_certificate
from calibration.gate import Decision, Expected, Given, decide
from calibration.policy import Policy, read_policy
from rubrics.canonical import sha256_of
from rubrics.rubric import Criterion, Level, Rubric, Scale

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
SPEC = {
    "model": "acme-1",
    "parameters": {"temperature": 0},
    "prompt": "Is it grounded? " * 20,
    "parser": "1",
    "samples": 1,
}
GROUNDED = Criterion("grounded", "Is it?", Scale("binary", (Level("yes"), Level("no"))))
RUBRIC = Rubric("support", (GROUNDED,), purpose="tests")


def policy(**changes: object) -> Policy:
    return read_policy({"criteria": {"grounded": {"floor": 0.6, **changes}}}, RUBRIC)


def certificate(**changes: object) -> Certificate:
    bounds = {
        "cohen_kappa": 0.71,
        "items": 120,
        "clusters": 118,
        "rarest_class": 30,
        "abstained": 0.05,
        "unparsed": 0.01,
    }
    content: dict[str, object] = {
        "judge": {"name": "rules", "spec": SPEC, "spec_hash": sha256_of(SPEC), "observed": ["acme-1-0425"]},
        "study": "support",
        "rubric_sha256": RUBRIC.sha256,
        "policy_sha256": policy().sha256,
        "evidence": {
            "labels_sha256": "a" * 64,
            "verdicts_sha256": "b" * 64,
            "n": 120,
            "clusters": 118,
            "raters": 5,
        },
        "looks": {"k": 2, "alpha": policy().alpha_of_look(2)},
        "conditions": [
            {
                "name": r.name,
                "criterion": r.criterion,
                "bound": bounds[r.name],
                "floor": r.limit,
                "passed": True,
            }
            for r in policy().criteria[0].requirements
        ],
        "estimates": {"grounded": {"cohen_kappa": {"value": 0.8, "low": 0.71, "high": 0.88}}},
        "outcome": "trusted",
        "issued": NOW - timedelta(days=10),
        "expires": NOW + timedelta(days=80),
        "software": "calibrant 0.1.0",
    }
    return Certificate.model_validate(content | changes)


def expected(**changes: object) -> Expected:
    now = Expected("rules", SPEC, sha256_of(SPEC), "support", RUBRIC.sha256, policy(), NOW)
    return replace(now, **changes)  # type: ignore[arg-type]


def failed(decision: Decision) -> list[str]:
    return [check.name for check in decision.checks if not check.passed]


def test_a_whole_certificate_of_the_same_judge_is_trusted() -> None:
    decision = decide(certificate().sealed(), expected())
    assert failed(decision) == []
    assert decision.outcome == "trusted"


def test_what_is_written_reads_back_the_same() -> None:
    text = certificate().sealed()
    assert read_certificate(text).sealed() == text


def test_every_single_character_of_the_file_matters() -> None:
    """No change of one character in any string or number of the file is trusted."""
    text = certificate().sealed()
    for place in range(0, len(text), 3):
        if text[place].isalnum():
            changed = text[:place] + ("7" if text[place] != "7" else "3") + text[place + 1 :]
            decision = decide(changed, expected())
            assert not decision.trusted, f"position {place}: {text[place - 20 : place + 20]!r}"
            assert failed(decision)


@pytest.mark.parametrize("field", ["model", "prompt", "parser", "parameters", "samples"])
def test_a_changed_judge_is_named_with_both_values(field: str) -> None:
    spec = {**SPEC, field: {"temperature": 1} if field == "parameters" else "changed"}
    decision = decide(certificate().sealed(), expected(spec=spec, spec_hash=sha256_of(spec)))
    assert decision.outcome == "mismatched"
    leaf = "parameters.temperature" if field == "parameters" else field
    assert failed(decision) == [f"judge {leaf}", "judge spec_hash"]
    check = next(c for c in decision.checks if c.name == f"judge {leaf}")
    assert check.expected != check.found


def test_a_changed_rubric_is_named() -> None:
    wording = replace(RUBRIC, instructions="Look twice.")
    assert failed(decide(certificate().sealed(), expected(rubric_sha256=wording.sha256))) == ["rubric"]


def test_a_raised_floor_is_named_with_both_floors() -> None:
    decision = decide(certificate().sealed(), expected(policy=policy(floor=0.7)))
    assert failed(decision) == ["policy", "grounded: cohen_kappa"]
    check = next(c for c in decision.checks if c.name == "grounded: cohen_kappa")
    assert (check.expected, check.found) == (">= 0.7", "tested against 0.6")


def test_a_condition_that_was_never_tested_fails() -> None:
    assert "grounded: tpr" in failed(decide(certificate().sealed(), expected(policy=policy(tpr_floor=0.8))))


@pytest.mark.parametrize(
    ("changes", "outcome", "check"),
    [
        ({"outcome": "not trusted"}, "not trusted", "outcome"),
        ({"outcome": "undecided"}, "undecided", "outcome"),
        ({"conditions": []}, "mismatched", "grounded: cohen_kappa"),
        ({"study": "other"}, "mismatched", "study"),
        ({"looks": {"k": 2, "alpha": 0.05}}, "mismatched", "error budget of look 2"),
        ({"issued": NOW + timedelta(days=1)}, "mismatched", "issued"),
        ({"expires": NOW - timedelta(seconds=1)}, "expired", "expires"),
        ({"expires": NOW + timedelta(days=900)}, "mismatched", "lifetime"),
    ],
)
def test_certificates_that_do_not_cover_today_fail(
    changes: dict[str, object], outcome: str, check: str
) -> None:
    decision = decide(certificate(**changes).sealed(), expected())
    assert decision.outcome == outcome
    assert check in failed(decision)


def test_a_bound_below_its_floor_fails_even_when_it_says_passed() -> None:
    conditions = [c.model_dump() for c in certificate().conditions]
    conditions[0]["bound"] = 0.59
    assert failed(decide(certificate(conditions=conditions).sealed(), expected())) == [
        "grounded: cohen_kappa"
    ]


def test_a_missing_file_fails() -> None:
    assert decide(None, expected()).outcome == "missing"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (" \n", "empty"),
        (certificate().sealed()[:400], "not valid JSON"),
        ("[]", "JSON object"),
        ("{}", "wrong schema"),
        ('{"schema": "calibrant/certificate/2"}', "wrong schema"),
        ('{"schema": "calibrant/certificate/1"}', "field judge"),
        (
            certificate().sealed().replace('"study"', '"outcome": "trusted", "study"', 1),
            "duplicate key 'outcome'",
        ),
        (certificate().sealed().replace('"study"', '"extra": 1, "study"', 1), "field extra"),
        (certificate().sealed().replace('"bound": 0.71', '"bound": NaN', 1), "NaN"),
        (certificate().sealed().replace('"bound": 0.71', '"bound": 1e999', 1), "cannot carry"),
        (certificate().sealed().replace('"bound": 0.71', '"bound": 0.91', 1), "content was changed"),
        ("[" * 100_000, "not a certificate"),
        ("9" * 10_000, "not a certificate"),
        (certificate().sealed().replace('"support"', '"\\ud800"', 1), "cannot carry"),
    ],
)
def test_files_that_cannot_be_relied_on_fail_with_the_reason(text: str, said: str) -> None:
    decision = decide(text, expected())
    assert decision.outcome == "unreadable"
    assert said in decision.checks[0].found


def test_a_signature_is_asked_for_when_there_is_a_key() -> None:
    signed = certificate().sealed(b"secret")
    assert decide(signed, expected(key=b"secret")).trusted
    assert failed(decide(signed, expected(key=b"other"))) == ["signature"]
    assert failed(decide(certificate().sealed(), expected(key=b"secret"))) == ["signature"]


def test_models_that_were_not_observed_are_named() -> None:
    assert decide(certificate().sealed(), expected(given=Given(("acme-1-0425",)))).trusted
    decision = decide(certificate().sealed(), expected(given=Given(("acme-1-0425", "acme-1-0501"))))
    assert failed(decision) == ["reported models"]


def test_a_narrower_question_needs_no_more_than_it_asks() -> None:
    assert decide(certificate().sealed(), expected(criteria=("grounded",))).trusted
    assert not decide(certificate().sealed(), expected(criteria=("kind",))).trusted


def test_a_judge_that_the_policy_does_not_name_is_never_trusted() -> None:
    assert "conditions" in failed(decide(certificate().sealed(), expected(policy=policy(judges=["other"]))))


def test_the_decision_prints_as_json() -> None:
    content = json.loads(json.dumps(decide(None, expected()).as_json()))
    assert (content["schema"], content["trusted"]) == ("calibrant/gate/1", False)


def test_the_gate_needs_no_numbers_library_and_no_database() -> None:
    probe = (
        "import sys, calibration.gate; "
        "heavy = ('numpy', 'scipy', 'pandas', 'sqlmodel', 'sqlalchemy', 'litellm'); "
        "print([m for m in heavy if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
