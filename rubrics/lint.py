"""Findings about a rubric that is valid but hard to answer alike: deterministic, each with its advice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

from rubrics.lint_words import CONTRAST_WORDS, STOP_WORDS, VAGUE_WORDS
from rubrics.rubric import Criterion, Level, Rubric

MAX_LEVELS = 7
MAX_CRITERIA = 12
MAX_QUESTION_WORDS = 35
# A description this long has room to say what its vague word means.
EXPLAINED_WORDS = 12
SAME_WORDS = 0.85


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that will cost agreement; `criterion` and `level` are empty when it concerns the whole."""

    rule: str
    message: str
    advice: str
    criterion: str = ""
    level: str = ""

    @property
    def where(self) -> str:
        return " / ".join(part for part in (self.criterion, self.level) if part) or "rubric"

    def __str__(self) -> str:
        return f"{self.where}: {self.message} [{self.rule}]. {self.advice}"

    def as_json(self) -> dict[str, object]:
        return {
            "rule": self.rule,
            "criterion": self.criterion or None,
            "level": self.level or None,
            "message": self.message,
            "advice": self.advice,
        }


def lint(rubric: Rubric) -> tuple[Finding, ...]:
    """All findings: first those of the whole, then criterion by criterion in the rubric's order."""
    found = [finding for rule in RUBRIC_RULES for finding in rule(rubric)]
    for criterion in rubric.criteria:
        found += [finding for rule in CRITERION_RULES for finding in rule(criterion)]
    return tuple(found)


# The whole rubric


def no_instructions(rubric: Rubric) -> Iterator[Finding]:
    if not rubric.instructions:
        advice = "Say what raters should read first, what to ignore, and what to do when they are torn."
        yield Finding("no-instructions", "there are no instructions", advice)


def no_purpose(rubric: Rubric) -> Iterator[Finding]:
    if not rubric.purpose:
        advice = "Say in one sentence which decision the answers serve."
        yield Finding("no-purpose", "there is no purpose", advice)


def no_review(rubric: Rubric) -> Iterator[Finding]:
    if not rubric.review_every:
        advice = "Set review_every, for example 90 days, so that the wording is looked at again."
        yield Finding("no-review", "there is no review cadence", advice)


def too_many_criteria(rubric: Rubric) -> Iterator[Finding]:
    if len(rubric.criteria) > MAX_CRITERIA:
        message = f"there are {len(rubric.criteria)} criteria"
        advice = f"Keep at most {MAX_CRITERIA}: split the rubric; raters tire and answer by habit."
        yield Finding("too-many-criteria", message, advice)


def nothing_required(rubric: Rubric) -> Iterator[Finding]:
    if not any(criterion.required for criterion in rubric.criteria):
        advice = "Make at least one criterion required: otherwise an empty submission counts as an answer."
        yield Finding("nothing-required", "no criterion is required", advice)


def failure_modes_alike(rubric: Rubric) -> Iterator[Finding]:
    for one, other in combinations(rubric.failure_modes, 2):
        if _overlap(one.description, other.description) >= SAME_WORDS:
            message = f"failure modes {one.name} and {other.name} are described alike"
            yield Finding("failure-modes-alike", message, "Merge them, or say what only one of them covers.")


def undetected_silent_failure(rubric: Rubric) -> Iterator[Finding]:
    for mode in rubric.failure_modes:
        if mode.severity == "critical" and mode.visibility == "silent" and not mode.detected_by:
            message = f"failure mode {mode.name} is critical and silent, and nothing is named that detects it"
            advice = "Fill detected_by: the check, the person or the comparison that would reveal it."
            yield Finding("undetected-failure", message, advice)


# The question


def double_barrelled(criterion: Criterion) -> Iterator[Finding]:
    question = re.sub(r"\([^)]*\)|\"[^\"]*\"|“[^”]*”|\bbetween\b[^,?]*\band\b", " ", criterion.question)
    joined = re.search(r"\b(and|and/or|as well as)\b", question, flags=re.IGNORECASE)
    if joined or criterion.question.count("?") > 1:
        what = f"joins two things with “{joined.group(1)}”" if joined else "is more than one question"
        advice = "Ask for one thing only: make two criteria, or name what both have in common."
        yield Finding("double-barrelled", f"the question {what}", advice, criterion.name)


def negated_question(criterion: Criterion) -> Iterator[Finding]:
    if re.search(r"\b(not|never)\b|n't\b|n’t\b", criterion.question, flags=re.IGNORECASE):
        advice = "Ask for what is there: a “yes” to a negated question is read both ways."
        yield Finding("negated-question", "the question is negated", advice, criterion.name)


def not_a_question(criterion: Criterion) -> Iterator[Finding]:
    if "?" not in criterion.question:
        advice = "Write it as a question that the levels answer."
        yield Finding("not-a-question", "there is no question mark in the question", advice, criterion.name)


def long_question(criterion: Criterion) -> Iterator[Finding]:
    count = len(criterion.question.split())
    if count > MAX_QUESTION_WORDS:
        advice = "Move the explanation to the description."
        yield Finding("long-question", f"the question has {count} words", advice, criterion.name)


def vague_question(criterion: Criterion) -> Iterator[Finding]:
    word = _vague_word(criterion.question)
    if word and not criterion.description:
        advice = "Name what can be seen in the output, or say in the description what the word means here."
        yield Finding("vague-word", f"“{word}” in the question is a matter of taste", advice, criterion.name)


def unexplained_not_applicable(criterion: Criterion) -> Iterator[Finding]:
    if criterion.not_applicable and not re.search(
        r"not applicable|does not apply|\bn/a\b", criterion.description, flags=re.IGNORECASE
    ):
        advice = "Say in the description when “not applicable” is the right answer."
        message = "“not applicable” is allowed, but not explained"
        yield Finding("unexplained-not-applicable", message, advice, criterion.name)


# The levels


def too_many_levels(criterion: Criterion) -> Iterator[Finding]:
    count = len(criterion.scale.levels)
    if criterion.scale.kind in ("ordinal", "nominal") and count > MAX_LEVELS:
        advice = f"Keep at most {MAX_LEVELS}: people do not tell more apart from item to item."
        yield Finding("too-many-levels", f"{count} levels", advice, criterion.name)


def missing_anchor(criterion: Criterion) -> Iterator[Finding]:
    levels, name = criterion.scale.levels, criterion.name
    describe = "Describe what an output at this level looks like."
    say_more = "Say what can be seen in the output; the name alone does not."
    if not levels:
        advice = "Describe at least the two ends as levels with a value."
        yield Finding("missing-anchor", "no value of the range is described", advice, name)
    elif not any(level.description for level in levels):
        yield Finding("missing-anchor", "no level has a description", describe, name)
        return
    for level in levels:
        if not level.description:
            yield Finding("missing-anchor", "the level has no description", describe, name, level.name)
        elif _words(level.description) == _words(level.name):
            message = "the description only repeats the name"
            yield Finding("missing-anchor", message, say_more, name, level.name)


def missing_example(criterion: Criterion) -> Iterator[Finding]:
    levels = criterion.scale.levels
    advice = "Add a worked example: a short output, and why it has this level."
    if levels and not any(level.example for level in levels):
        yield Finding("missing-example", "no level has an example", advice, criterion.name)
        return
    for level in levels:
        if not level.example:
            yield Finding("missing-example", "the level has no example", advice, criterion.name, level.name)


def repeated_example(criterion: Criterion) -> Iterator[Finding]:
    for one, other in _pairs(criterion):
        if one.example and one.example.casefold() == other.example.casefold():
            message = f"has the same example as {one.name!r}"
            yield Finding("repeated-example", message, "Give each its own.", criterion.name, other.name)


def vague_level(criterion: Criterion) -> Iterator[Finding]:
    for level in criterion.scale.levels:
        word = _vague_word(level.description)
        if word and len(level.description.split()) < EXPLAINED_WORDS:
            advice = "Say what can be counted or pointed at in the output instead."
            message = f"“{word}” in the description is a matter of taste"
            yield Finding("vague-word", message, advice, criterion.name, level.name)


def overlapping_levels(criterion: Criterion) -> Iterator[Finding]:
    for one, other in _pairs(criterion):
        if not one.description or not other.description:
            continue
        if _words(one.description) == _words(other.description):
            message = f"is described like {one.name!r}"
        elif _overlap(one.description, other.description) >= SAME_WORDS:
            message = f"is described in nearly the same words as {one.name!r}"
        elif shared := _shared_count(one.description, other.description):
            message = f"shares {shared} with {one.name!r}"
        else:
            continue
        advice = "Say what tells the two apart, so that one output fits one level."
        yield Finding("overlapping-levels", message, advice, criterion.name, other.name)


RUBRIC_RULES: tuple[Callable[[Rubric], Iterator[Finding]], ...] = (
    no_purpose, no_instructions, no_review, too_many_criteria, nothing_required, failure_modes_alike,
    undetected_silent_failure,
)  # fmt: skip
CRITERION_RULES: tuple[Callable[[Criterion], Iterator[Finding]], ...] = (
    not_a_question, double_barrelled, negated_question, long_question, vague_question,
    unexplained_not_applicable, too_many_levels, missing_anchor, missing_example, repeated_example,
    vague_level, overlapping_levels,
)  # fmt: skip


def _pairs(criterion: Criterion) -> Iterator[tuple[Level, Level]]:
    return combinations(criterion.scale.levels, 2)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.casefold())


def _vague_word(text: str) -> str | None:
    return next((word for word in _words(text) if word in VAGUE_WORDS), None)


def _overlap(one: str, other: str) -> float:
    """Share of content words in common; 0 when a word of contrast or a number tells the texts apart."""
    first, second = (set(_words(text)) for text in (one, other))
    if any(word in CONTRAST_WORDS or word.isdigit() for word in first ^ second):
        return 0.0
    first, second = first - STOP_WORDS, second - STOP_WORDS
    return len(first & second) / len(first | second) if first | second else 0.0


def _shared_count(one: str, other: str) -> str | None:
    """A count that both descriptions claim, as in "1 to 3 errors" and "3 to 5 errors"."""
    for low, high, noun in _ranges(one):
        for low2, high2, noun2 in _ranges(other):
            if noun == noun2 and max(low, low2) <= min(high, high2):
                return f"{max(low, low2)} {noun}"
    return None


def _ranges(text: str) -> list[tuple[int, int, str]]:
    found = re.findall(r"\b(\d{1,9})\s*(?:to|-|–)\s*(\d{1,9})\s+([^\W\d_]+)", text.casefold())
    return [(int(low), int(high), noun) for low, high, noun in found]
