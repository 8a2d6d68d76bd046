"""A trusted look is certified in full; any other shows its outcome and overall bounds, and nothing finer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from calibration.agreement_types import (
    Agreement,
    Confusion,
    CriterionAgreement,
    HumanAgreement,
    JudgeAgreement,
)
from calibration.certificate import Certificate
from calibration.conditions import check_conditions, look_at
from calibration.evidence import EvidenceHashes
from calibration.gate import Expected, decide
from calibration.issuing import Circumstances, Results, issue
from calibration.policy import read_policy
from calibration.stats.agreement import pair_estimate
from calibration.stats.patterns import table_of
from rubrics.canonical import sha256_of
from rubrics.rubric import Criterion, Level, Rubric, Scale

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SCALE = Scale("binary", (Level("yes"), Level("no")))
RUBRIC = Rubric("support", (Criterion("grounded", "Is it?", SCALE),))
POLICY = read_policy({"criteria": {"grounded": {"unparsed_max": 0.05, "tpr_floor": 0.75}}}, RUBRIC)
SPEC = {"model": "acme-1"}


def certificate(counts: list[list[int]]) -> Certificate:
    look = look_at(POLICY, 1)
    table = table_of(counts)
    names = ("cohen_kappa", "percent_agreement", "gwet_ac1")
    estimates = {name: pair_estimate(name, table, level=look.level) for name in names}
    confusion = Confusion(("yes", "no"), tuple(tuple(row) for row in counts))
    judge = JudgeAgreement("rules", table.n, {"observed": table.n}, "majority", 0, estimates, confusion)
    humans = HumanAgreement(0, 0, 0, {}, {})
    found = Agreement({"grounded": CriterionAgreement("grounded", SCALE, humans, {"rules": judge})}).criteria
    finding = check_conditions([(POLICY.criteria[0], found["grounded"])], "rules", look)
    about = Circumstances(
        "support", "rules", SPEC, sha256_of(SPEC), (), RUBRIC.sha256, POLICY, "calibrant 0", NOW
    )
    return issue(
        Results(finding, look, EvidenceHashes("a" * 64, "b" * 64, table.n, table.n, 3), found), about
    )


def test_what_is_issued_as_trusted_opens_the_gate() -> None:
    text = certificate([[57, 3], [3, 57]]).sealed()
    spec_hash = sha256_of(SPEC)
    expected = Expected("rules", SPEC, spec_hash, "support", RUBRIC.sha256, POLICY, NOW + timedelta(days=1))
    assert decide(text, expected).trusted


def test_a_trusted_certificate_holds_every_estimate() -> None:
    issued = certificate([[57, 3], [3, 57]])
    assert set(issued.estimates["grounded"]) == {"cohen_kappa", "percent_agreement", "gwet_ac1"}
    assert all(c.bound is not None for c in issued.conditions)


def test_a_failed_look_shows_only_the_overall_value_and_bounds() -> None:
    issued = certificate([[40, 20], [20, 40]])
    assert issued.outcome == "not trusted"
    assert [(c.name, c.bound, c.passed) for c in issued.conditions] == [
        ("cohen_kappa", None, False),
        ("tpr", None, False),
    ]
    assert set(issued.estimates["grounded"]) == {"cohen_kappa"}
    assert set(issued.estimates["grounded"]["cohen_kappa"]) == {"value", "low", "high", "level"}
    # no rate of a class: 40 of 60 is .667
    assert "0.66" not in json.dumps(issued.content())


def test_a_failed_look_over_fewer_than_ten_items_shows_no_number() -> None:
    assert certificate([[1, 0], [0, 0]]).estimates == {"grounded": {}}
    assert certificate([[4, 2], [1, 2]]).estimates == {"grounded": {}}
    assert "value" in certificate([[4, 2], [1, 3]]).estimates["grounded"]["cohen_kappa"]


def test_an_undecided_look_says_how_many_labels_are_needed() -> None:
    issued = certificate([[50, 8], [9, 53]])
    assert issued.outcome == "undecided"
    assert issued.looks.labels_needed is not None


def test_it_expires_when_the_policy_says() -> None:
    assert certificate([[57, 3], [3, 57]]).expires == NOW + timedelta(days=90)
