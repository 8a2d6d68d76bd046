"""From the fields of a form to answers and back; refuses nothing: the rubric's own check does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rubrics.answers import Answer
from rubrics.evidence import Passage
from rubrics.render import applicable
from rubrics.rubric import NOT_APPLICABLE, Criterion, Rubric, Value

Part = Literal["value", "not_applicable", "rationale", "sure", "failure_modes", "note"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form; `criterion` is empty for fields of the whole item."""

    criterion: str
    part: Part


Fields = Mapping[Field, object]
NOTE, FAILURE_MODES = Field("", "note"), Field("", "failure_modes")
SURE, UNSURE = "sure", "unsure"


def asked(rubric: Rubric, fields: Fields) -> list[Criterion]:
    """The criteria that apply to the answers so far."""
    return applicable(rubric, {c.name: _value(fields, c.name) for c in rubric.criteria})


def answers(rubric: Rubric, fields: Fields) -> tuple[Answer, ...]:
    """An answer for every criterion that is asked and has one."""
    given = (_answer(criterion.name, fields) for criterion in asked(rubric, fields))
    return tuple(answer for answer in given if answer is not None)


def with_evidence(answers: Sequence[Answer], quoted: Mapping[str, tuple[Passage, ...]]) -> tuple[Answer, ...]:
    """The answers with the passages that were quoted for them before: a form without the desk keeps them."""
    return tuple(
        replace(answer, evidence=quoted.get(answer.criterion, ())) if answer.status != "skipped" else answer
        for answer in answers
    )


def skip_answers(rubric: Rubric, reason: str) -> tuple[Answer, ...]:
    """Every required criterion skipped for the same reason; where none is required, every criterion."""
    always = [c for c in rubric.criteria if not c.applies_when]
    wanted = [c for c in always if c.required] or always
    return tuple(Answer(c.name, None, "skipped", reason=reason) for c in wanted)


def failure_modes(fields: Fields) -> tuple[str, ...]:
    chosen = fields.get(FAILURE_MODES)
    return tuple(str(name) for name in chosen) if isinstance(chosen, list | tuple) else ()


def note(fields: Fields) -> str | None:
    return _text(fields, NOTE)


def needs_rationale(criterion: Criterion, fields: Fields) -> bool:
    """Whether the chosen level asks for a reason."""
    value = _value(fields, criterion.name)
    level = None if value is None else criterion.scale.level_of(value)
    return level is not None and level.rationale_required


def fields_of(rubric: Rubric, given: Sequence[Answer]) -> dict[Field, object]:
    """The fields that show `given` answers again."""
    fields: dict[Field, object] = {}
    for answer in given:
        if answer.status == "not_applicable" and rubric.criterion(answer.criterion).scale.kind == "interval":
            fields[Field(answer.criterion, "not_applicable")] = True
        elif answer.status == "not_applicable":
            fields[Field(answer.criterion, "value")] = NOT_APPLICABLE
        elif answer.value is not None:
            fields[Field(answer.criterion, "value")] = answer.value
        if answer.rationale:
            fields[Field(answer.criterion, "rationale")] = answer.rationale
        if answer.sure is not None:
            fields[Field(answer.criterion, "sure")] = SURE if answer.sure else UNSURE
    return fields


def _answer(criterion: str, fields: Fields) -> Answer | None:
    refused = _not_applicable(fields, criterion)
    if fields.get(Field(criterion, "value")) is None and not refused:
        return None
    sure = fields.get(Field(criterion, "sure"))
    return Answer(
        criterion,
        _value(fields, criterion),
        "not_applicable" if refused else "observed",
        rationale=_text(fields, Field(criterion, "rationale")),
        sure=None if sure is None else sure == SURE,
    )


def _value(fields: Fields, criterion: str) -> Value | None:
    raw = fields.get(Field(criterion, "value"))
    return raw if isinstance(raw, str | int | float) and not _not_applicable(fields, criterion) else None


def _not_applicable(fields: Fields, criterion: str) -> bool:
    """Said as one of the choices, or by the box beside a number."""
    boxed = fields.get(Field(criterion, "not_applicable")) is True
    return boxed or fields.get(Field(criterion, "value")) == NOT_APPLICABLE


def _text(fields: Fields, field: Field) -> str | None:
    return str(fields.get(field) or "").strip() or None
