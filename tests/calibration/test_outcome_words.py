"""Outcomes in words: asked, found, next; no number that a failed look keeps sealed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from calibration.certificate import Certificate, Condition, Evidence, JudgeIdentity, Looks, Outcome
from calibration.condition_words import AT_MOST, MEANINGS
from calibration.gate import GateOutcome
from calibration.gate_report import IN_WORDS
from calibration.outcome_words import InWords, in_words
from calibration.policy import read_policy
from calibration.policy_sections import CoefficientName
from rubrics.rubric import Criterion, Level, Rubric, Scale

RUBRIC = Rubric("support", (Criterion("grounded", "Is it?", Scale("binary", (Level("yes"), Level("no")))),))
NOW = datetime(2026, 3, 1, tzinfo=UTC)
HASH = "a" * 64


def words(
    outcome: Outcome,
    failed: tuple[tuple[str, float], ...] = (),
    *,
    bounds: tuple[float | None, float, float | None] = (0.55, 0.65, 0.75),
    needed: int | None = None,
    reasons: tuple[str, ...] = (),
    k: int = 1,
) -> InWords:
    low, value, high = bounds
    policy = read_policy({"criteria": {"grounded": {"floor": 0.6}}}, RUBRIC)
    return in_words(
        Certificate(
            judge=JudgeIdentity(name="j", spec={}, spec_hash=HASH),
            study="support", rubric_sha256=HASH, policy_sha256=HASH, policy=policy.content,
            evidence=Evidence(labels_sha256=HASH, verdicts_sha256=HASH, n=200, clusters=200, raters=3),
            looks=Looks(k=k, alpha=0.03, labels_needed=needed),
            conditions=tuple(
                Condition(name=name, criterion="grounded", bound=None, floor=limit, passed=False)
                for name, limit in failed
            ),
            estimates={"grounded": {"cohen_kappa": {"value": value, "low": low, "high": high, "level": 0.9}}},
            outcome=outcome, reasons=reasons, issued=NOW, expires=NOW + timedelta(days=90), software="c 0",
        )
    )  # fmt: skip


def test_a_trusted_judge_may_decide_until_it_expires() -> None:
    said = words("trusted", bounds=(0.61, 0.7, 0.8))
    assert "is to be at least 0.60" in said.asked[0]
    assert "0.70 on items that nobody could tune" in said.found[0]
    assert "all of that is 0.60 or more" in said.found[0]
    assert "in 3% of cases at most." in said.found[1]
    assert "2026-05-30" in said.next[1]


def test_a_later_look_says_that_it_was_tested_more_strictly() -> None:
    assert "at look 3" in words("trusted", bounds=(0.61, 0.7, 0.8), k=3).found[-1]


def test_a_judge_that_is_not_trusted_leaves_the_decision_to_people() -> None:
    said = words("not trusted", (("cohen_kappa", 0.6),), bounds=(0.3, 0.4, 0.5))
    assert "even the best of that is below 0.60" in said.found[0]
    assert said.next[0] == "Let people go on deciding this."


def test_an_undecided_judge_is_told_with_the_labels_or_the_steps_that_would_settle_it() -> None:
    labels = words("undecided", (("cohen_kappa", 0.6),), needed=150)
    assert "0.60 lies in between, so these items cannot tell" in labels.found[0]
    assert "Label about 150 more held-out items" in labels.next[0]
    steps = words("undecided", (("repeat_flips", 0.05),), reasons=("run `calibrant judge probe j`",))
    assert steps.next[0] == "run `calibrant judge probe j`"
    assert len(steps.next) == 2


def test_nobody_is_asked_for_a_million_labels() -> None:
    said = words("undecided", (("cohen_kappa", 0.6),), needed=1_000_000)
    assert "a better judge is the shorter way" in said.next[0]


def test_where_labels_would_not_help_it_says_so() -> None:
    assert "Make the judge better" in words("undecided", (("cohen_kappa", 0.6),)).next[0]


def test_a_missed_ceiling_is_named_with_its_limit_and_its_number_stays_sealed() -> None:
    said = words("not trusted", (("unparsed", 0.02), ("items", 40)))
    assert "cannot be read or never came is to be at most 2%" in said.found[1]
    assert "stays sealed" in said.found[1]
    assert "items compared is to be at least 40: there is too little of it" in said.found[2]


def test_without_an_interval_chance_is_not_spoken_of() -> None:
    assert "too few of them to say" in words("undecided", bounds=(None, 0.7, None)).found[0]


def test_every_condition_of_a_policy_has_a_meaning_in_words() -> None:
    asked = {
        "gap_floor": -0.1, "tpr_floor": 0.8, "tnr_floor": 0.8, "items_min_stratum": 10, "cost_max": 1,
        "miss_cost": 1, "false_alarm_cost": 1, "flips_max": 0.1, "cost_usd_max": 1, "latency_p95_max": 1,
    }  # fmt: skip
    requirements = read_policy({"criteria": {"grounded": asked}}, RUBRIC).criteria[0].requirements
    assert {r.name for r in requirements} - set(get_args(CoefficientName)) <= set(MEANINGS)
    assert {r.name for r in requirements if r.at_most} <= set(AT_MOST)


@pytest.mark.parametrize("outcome", get_args(GateOutcome))
def test_every_answer_of_the_gate_says_what_to_do(outcome: GateOutcome) -> None:
    assert len(IN_WORDS[outcome].format(certify="certify").split()) > 12
