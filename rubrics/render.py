"""One rubric, three renderings: form for people, prompt for judges, schema for replies; none is edited alone.

The form is here; prompt and schema are in `rubrics.prompt`, the parser of replies in `rubrics.replies`, the
rules of what is asked after what in `rubrics.asking`; all are offered here too.
"""

from __future__ import annotations

from dataclasses import dataclass

from rubrics.asking import AnswerProblem, CheckedAnswers, applicable, check_answers
from rubrics.prompt import ItemPrompt, fence_item, render_prompt, reply_schema
from rubrics.replies import JudgeAnswer, ParsedReply, parse_reply
from rubrics.rubric import AppliesWhen, Criterion, FailureMode, Level, Rubric, ScaleKind, Value

__all__ = [
    "AnswerProblem",
    "CheckedAnswers",
    "Choice",
    "Form",
    "ItemPrompt",
    "JudgeAnswer",
    "ParsedReply",
    "Question",
    "applicable",
    "check_answers",
    "fence_item",
    "parse_reply",
    "render_form",
    "render_prompt",
    "reply_schema",
]


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer a rater can choose: what is stored, what is shown, and the key that chooses it."""

    value: Value
    label: str
    description: str
    example: str
    key: str
    rationale_required: bool


@dataclass(frozen=True, slots=True)
class Question:
    """One criterion as the form draws it; without choices (interval) a number is typed."""

    name: str
    question: str
    help: str
    dimension: str
    kind: ScaleKind
    choices: tuple[Choice, ...]
    anchors: tuple[Choice, ...]
    not_applicable: bool
    required: bool
    ask_sure: bool
    applies_when: AppliesWhen | None
    low: float | None
    high: float | None
    step: float | None


@dataclass(frozen=True, slots=True)
class Form:
    """A rubric as raters see it."""

    name: str
    sha256: str
    purpose: str
    instructions: str
    questions: tuple[Question, ...]
    failure_modes: tuple[FailureMode, ...]


def render_form(rubric: Rubric) -> Form:
    """The rubric as frozen values that a view draws without deciding anything."""
    return Form(
        rubric.name,
        rubric.sha256,
        rubric.purpose,
        rubric.instructions,
        tuple(_question(criterion) for criterion in rubric.criteria),
        rubric.failure_modes,
    )


def _question(criterion: Criterion) -> Question:
    scale = criterion.scale
    choices = () if scale.kind == "interval" else _choices(criterion)
    anchors = tuple(
        _choice(level.value, level, "")
        for level in scale.levels
        if scale.kind == "interval" and level.value is not None
    )
    return Question(
        name=criterion.name,
        question=criterion.question,
        help=criterion.description,
        dimension=criterion.dimension,
        kind=scale.kind,
        choices=choices,
        anchors=anchors,
        not_applicable=criterion.not_applicable,
        required=criterion.required,
        ask_sure=criterion.ask_sure,
        applies_when=criterion.applies_when,
        low=scale.low,
        high=scale.high,
        step=scale.step,
    )


def _choices(criterion: Criterion) -> tuple[Choice, ...]:
    """Keys 1 to 9 by position; further levels have no key."""
    scale = criterion.scale
    pairs = zip(scale.categories, scale.levels, strict=True)
    return tuple(
        _choice(value, level, str(place) if place <= 9 else "")
        for place, (value, level) in enumerate(pairs, start=1)
    )


def _choice(value: Value, level: Level, key: str) -> Choice:
    return Choice(value, level.name, level.description, level.example, key, level.rationale_required)
