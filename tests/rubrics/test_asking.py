"""What is asked after which answers, and when a rater's answers may be saved."""

from __future__ import annotations

import pytest

from rubrics.answers import Answer
from rubrics.files import parse_rubric
from rubrics.render import applicable, check_answers
from rubrics.rubric import Value

RUBRIC = parse_rubric(
    """\
name: r
criteria:
  - name: right
    question: Is it right?
    scale: {kind: binary, levels: [{name: yes}, {name: no, rationale_required: true}]}
  - name: grade
    question: How good?
    not_applicable: true
    scale: {kind: ordinal, levels: [{name: low, value: 1}, {name: high, value: 2}]}
  - name: why
    question: What is wrong?
    applies_when: {criterion: grade, values: [low]}
    scale: {kind: nominal, levels: [{name: number}, {name: name}]}
  - name: which
    question: Which number?
    applies_when: {criterion: why, values: [number]}
    scale: {kind: interval, low: 0, high: 9}
  - name: style
    question: How is the style?
    required: false
    scale: {kind: nominal, levels: [{name: plain}, {name: ornate}]}
failure_modes:
  - {name: lost, description: A number was lost., severity: major, visibility: loud}
"""
)
RIGHT, GRADE = Answer("right", "yes"), Answer("grade", 2)


def skipped(criterion: str, reason: str | None = "cannot open it") -> Answer:
    return Answer(criterion, None, "skipped", reason=reason)


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ({}, ["right", "grade", "style"]),
        ({"grade": 2}, ["right", "grade", "style"]),
        ({"grade": 1}, ["right", "grade", "why", "style"]),
        ({"grade": 1, "why": "number"}, ["right", "grade", "why", "which", "style"]),
        ({"grade": 2, "why": "number"}, ["right", "grade", "style"]),
        ({"grade": None}, ["right", "grade", "style"]),
    ],
)
def test_a_criterion_is_asked_when_its_condition_holds(
    answers: dict[str, Value | None], asked: list[str]
) -> None:
    assert [criterion.name for criterion in applicable(RUBRIC, answers)] == asked


def test_complete_answers_come_back_canonical_in_the_order_of_the_rubric() -> None:
    given = (Answer("grade", "HIGH"), Answer("right", True, rationale="  "))
    checked = check_answers(RUBRIC, given, failure_modes=("lost",))
    assert checked.complete
    assert checked.answers == (Answer("right", "yes"), Answer("grade", 2))


def test_not_applicable_is_an_answer_where_it_is_allowed() -> None:
    checked = check_answers(RUBRIC, (RIGHT, Answer("grade", 2, "not_applicable")))
    assert checked.complete
    assert checked.answers[1] == Answer("grade", None, "not_applicable")


def test_missing_required_answers_are_named_and_optional_ones_are_not() -> None:
    assert check_answers(RUBRIC, ()).missing == ("right", "grade")
    assert check_answers(RUBRIC, (RIGHT, Answer("grade", 1))).missing == ("why",)


REFUSED = {
    "unknown criterion": ((RIGHT, GRADE, Answer("tone", 1)), "tone: is not a criterion of r"),
    "answered twice": ((RIGHT, RIGHT, GRADE), "right: is answered twice"),
    "value outside": ((RIGHT, Answer("grade", 7)), "grade: 7 is not one of"),
    "observed without value": ((RIGHT, Answer("grade", None)), "grade: needs an answer"),
    "not applicable refused": (
        (Answer("right", None, "not_applicable"), GRADE),
        "right: 'not applicable' is",
    ),
    "not asked but answered": ((RIGHT, GRADE, Answer("why", "name")), "why: is answered but not asked"),
    "rationale missing": ((Answer("right", "no"), GRADE), "right: level 'no' needs a rationale"),
    "withdrawn": ((Answer("right", None, "withdrawn"), GRADE), "right: a new answer cannot be withdrawn"),
    "half skipped": ((RIGHT, skipped("grade")), "grade: is skipped while others are answered"),
    "skipped without reason": (
        (skipped("right"), skipped("grade", " ")),
        "grade: is skipped without a reason",
    ),
    "skipped for two reasons": (
        (skipped("right"), skipped("grade", "too long")),
        "skipped for several reasons",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_answers_that_cannot_be_saved_are_named_with_what_to_do(case: str) -> None:
    answers, expected = REFUSED[case]
    problems = [str(problem) for problem in check_answers(RUBRIC, answers).problems]
    assert len(problems) == 1
    assert expected in problems[0]


def test_a_failure_mode_outside_the_rubric_is_refused() -> None:
    (problem,) = check_answers(RUBRIC, (RIGHT, GRADE), failure_modes=("lost", "won")).problems
    assert str(problem) == "failure mode 'won' is not in the rubric; it has: lost"


def test_skipping_every_required_criterion_for_one_reason_skips_the_item() -> None:
    checked = check_answers(RUBRIC, (skipped("right"), skipped("grade")))
    assert checked.complete
    assert [answer.status for answer in checked.answers] == ["skipped", "skipped"]


def test_a_level_that_asks_for_a_rationale_is_accepted_with_one() -> None:
    assert check_answers(RUBRIC, (Answer("right", "no", rationale="It says 5."), GRADE)).complete
