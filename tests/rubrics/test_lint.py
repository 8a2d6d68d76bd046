"""What the linter finds, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rubrics.files import library_rubrics, load_rubric
from rubrics.lint import lint
from rubrics.rubric import Criterion, FailureMode, Level, Rubric, Scale

LEVELS = (
    Level("yes", None, "Each number of the output is in the source.", "It says 4, and so does the source."),
    Level("no", None, "A number of the output is missing from the source.", "It says 5; the source says 4."),
)
CRITERION = Criterion("numbers", "Are the numbers of the output in the source?", Scale("binary", LEVELS))
CLEAN = Rubric("r", (CRITERION,), "Decides whether to publish.", "Read the source first.", (), "", "90 days")
SILENT = FailureMode("lost", "A number was lost.", "critical", "silent", "count the numbers")


def asking(question: str, description: str = "") -> Rubric:
    return replace(CLEAN, criteria=(replace(CRITERION, question=question, description=description),))


def with_levels(*levels: Level) -> Rubric:
    return replace(CLEAN, criteria=(replace(CRITERION, scale=Scale("nominal", levels)),))


def described(*descriptions: str) -> Rubric:
    return with_levels(*(Level(f"level {k}", None, d, f"example {k}") for k, d in enumerate(descriptions)))


def rules(rubric: Rubric) -> list[str]:
    return [finding.rule for finding in lint(rubric)]


FINDINGS = {
    "no instructions": (replace(CLEAN, instructions=""), "no-instructions"),
    "no purpose": (replace(CLEAN, purpose=""), "no-purpose"),
    "no cadence": (replace(CLEAN, review_every=""), "no-review"),
    "nothing required": (replace(CLEAN, criteria=(replace(CRITERION, required=False),)), "nothing-required"),
    "13 criteria": (
        replace(CLEAN, criteria=tuple(replace(CRITERION, name=f"c{k}") for k in range(13))),
        "too-many-criteria",
    ),
    "critical, silent, undetected": (
        replace(CLEAN, failure_modes=(replace(SILENT, detected_by=""),)),
        "undetected-failure",
    ),
    "failure modes alike": (
        replace(CLEAN, failure_modes=(SILENT, replace(SILENT, name="gone"))),
        "failure-modes-alike",
    ),
    "and": (asking("Is it correct and polite?"), "double-barrelled"),
    "as well as": (asking("Is it correct as well as polite?"), "double-barrelled"),
    "two questions": (asking("Is it correct? Is it polite?"), "double-barrelled"),
    "negation": (asking("Does the output not invent numbers?"), "negated-question"),
    "short negation": (asking("Doesn't it invent numbers?"), "negated-question"),
    "statement": (asking("The numbers are in the source."), "not-a-question"),
    "36 words": (asking("word " * 35 + "word?"), "long-question"),
    "vague question": (asking("Is the output good?"), "vague-word"),
    "not applicable unexplained": (
        replace(CLEAN, criteria=(replace(CRITERION, not_applicable=True),)),
        "unexplained-not-applicable",
    ),
    "8 levels": (described(*(f"Kind {k} occurs." for k in range(8))), "too-many-levels"),
    "no level described": (
        with_levels(Level("x", None, "", "e1"), Level("y", None, "", "e2")),
        "missing-anchor",
    ),
    "one level not described": (with_levels(LEVELS[0], Level("y", None, "", "e")), "missing-anchor"),
    "description is the name": (
        with_levels(LEVELS[0], Level("lost number", None, "Lost number.", "e")),
        "missing-anchor",
    ),
    "range without anchors": (
        replace(CLEAN, criteria=(replace(CRITERION, scale=Scale("interval", (), 0, 1)),)),
        "missing-anchor",
    ),
    "no examples": (with_levels(*(replace(level, example="") for level in LEVELS)), "missing-example"),
    "one example missing": (with_levels(LEVELS[0], replace(LEVELS[1], example="")), "missing-example"),
    "same example twice": (
        with_levels(LEVELS[0], replace(LEVELS[1], example=LEVELS[0].example)),
        "repeated-example",
    ),
    "vague level": (described("The tone is appropriate.", "The customer is insulted."), "vague-word"),
    "same description": (described("A number is lost.", "A number is lost!"), "overlapping-levels"),
    "nearly the same words": (
        described(
            "Steps, prices, dates, limits, rights, causes, names missing from the source.",
            "The source is missing steps, prices, dates, limits, rights, causes, names.",
        ),
        "overlapping-levels",
    ),
    "overlapping counts": (described("It has 1 to 3 errors.", "It has 3 to 5 errors."), "overlapping-levels"),
}


@pytest.mark.parametrize("case", FINDINGS)
def test_a_weakness_is_found_once_and_nothing_else_is(case: str) -> None:
    rubric, rule = FINDINGS[case]
    assert rules(rubric) == [rule]


QUIET = {
    "a clean rubric": CLEAN,
    "between x and y": asking("Is the difference between input and output explained?"),
    "and in brackets": asking("Is every claim (dates and prices) in the source?"),
    "vague word explained": asking(
        "Is the tone appropriate?", "Appropriate: it names the customer's situation."
    ),
    "vague word in a long text": described(
        "The wording is appropriate: it takes up the customer's own words in one phrase, without jokes.",
        "The customer is insulted.",
    ),
    "levels that differ by a count": described("One claim is unsupported.", "Two claims are unsupported."),
    "levels that differ by a negation": described("The source is named.", "The source is not named."),
    "sides a and b": described(
        "Output A is right where they differ.", "Output B is right where they differ."
    ),
    "counts that do not meet": described("It has 1 to 3 errors.", "It has 4 to 6 errors."),
    "counts of different things": described("It has 1 to 3 errors.", "It has 2 to 5 omissions."),
    "not applicable explained": replace(
        CLEAN,
        criteria=(
            replace(CRITERION, not_applicable=True, description="Not applicable when there are no numbers."),
        ),
    ),
}


@pytest.mark.parametrize("case", QUIET)
def test_sound_wording_is_left_alone(case: str) -> None:
    assert rules(QUIET[case]) == []


def test_a_finding_names_criterion_level_and_advice() -> None:
    (finding,) = lint(with_levels(LEVELS[0], replace(LEVELS[1], example="")))
    assert (finding.criterion, finding.level) == ("numbers", "no")
    assert finding.where == "numbers / no"
    assert finding.advice.startswith("Add a worked example")


@pytest.mark.parametrize("name", library_rubrics())
def test_the_library_is_clean_and_every_level_has_a_description_and_an_example(name: str) -> None:
    rubric = load_rubric(library_rubrics()[name])
    assert rubric.name == name
    assert lint(rubric) == ()
    levels = [level for criterion in rubric.criteria for level in criterion.scale.levels]
    assert levels
    assert all(level.description and level.example for level in levels)


def test_the_library_has_its_four_rubrics() -> None:
    assert list(library_rubrics()) == [
        "pairwise_preference", "safety_refusal", "summarisation", "support_answer",
    ]  # fmt: skip


def test_the_rubric_of_the_demo_keeps_its_names() -> None:
    rubric = load_rubric(library_rubrics()["support_answer"])
    assert {c.name: c.scale.categories for c in rubric.criteria} == {
        "grounded": ("grounded", "not_grounded"),
        "resolution": (1, 2, 3, 4),
        "tone": (1, 2, 3),
        "escalation": ("correct", "missed", "unneeded"),
    }
    assert rubric.criterion("escalation").not_applicable
    assert 6 <= len(rubric.failure_modes) <= 8
