"""A judge's reply to answers: strict JSON in, one status per criterion out; what is malformed stays so."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from rubrics.answers import VerdictStatus
from rubrics.asking import applicable
from rubrics.rubric import (
    CANNOT_TELL,
    NOT_APPLICABLE,
    NOT_ASKED,
    Criterion,
    Rubric,
    UnknownAnswer,
    Value,
    spelling,
)

PARSER_VERSION = "1"
MAX_REPLY = 200_000
SWAPPED_SIDES = {"a": "b", "b": "a"}


@dataclass(frozen=True, slots=True)
class JudgeAnswer:
    """One criterion's part of a reply; `reason` says why there is no value."""

    criterion: str
    value: Value | None
    status: VerdictStatus
    rationale: str | None = None
    confidence: float | None = None
    reason: str | None = None
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedReply:
    """The answers to the criteria that were asked; `problem` when the reply as a whole could not be read."""

    answers: tuple[JudgeAnswer, ...]
    problem: str | None = None

    def of(self, criterion: str) -> JudgeAnswer | None:
        """The answer to one criterion; None when it was not asked after the judge's own answers."""
        return next((answer for answer in self.answers if answer.criterion == criterion), None)


class _Malformed(ValueError):
    """The reply is not the one JSON object that was asked for."""


def answer_words(criterion: Criterion) -> tuple[str, ...]:
    """The answers a judge may give beside the scale's own."""
    words = [CANNOT_TELL]
    words += [NOT_APPLICABLE] if criterion.not_applicable else []
    words += [NOT_ASKED] if criterion.applies_when else []
    return tuple(words)


def parse_reply(rubric: Rubric, text: str, *, swapped: bool = False) -> ParsedReply:
    """The answers in a judge's reply.

    Accepted is one JSON object, bare or alone in one code fence. "cannot tell" is abstained, an allowed "not
    applicable" is not_applicable; anything else outside the scale, an answer before its rationale, or a
    missing rationale is a parse_error of that criterion; a reply that is not such an object is a parse_error
    of every unconditional criterion. Criteria whose condition does not hold after the judge's own answers are
    left out.
    `swapped` turns a and b of pairwise answers back to item order.
    """
    try:
        reply = _read_object(text)
        _refuse_unknown(rubric, reply)
    except _Malformed as malformed:
        failed = (_failed(criterion.name, str(malformed)) for criterion in applicable(rubric, {}))
        return ParsedReply(tuple(failed), str(malformed))
    answers = {c.name: _answer(c, reply.get(c.name), swapped) for c in rubric.criteria}
    observed = {name: a.value for name, a in answers.items() if a.status == "observed"}
    return ParsedReply(tuple(answers[c.name] for c in applicable(rubric, observed)))


def _failed(criterion: str, reason: str, raw: str | None = None) -> JudgeAnswer:
    return JudgeAnswer(criterion, None, "parse_error", reason=reason, raw=raw)


def _read_object(text: str) -> dict[str, object]:
    if len(text) > MAX_REPLY:
        raise _Malformed(f"the reply has {len(text)} characters; at most {MAX_REPLY} are read")
    try:
        found = json.loads(
            _without_code_fence(text.removeprefix("\ufeff").strip()),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
        )
    except _Malformed:
        raise
    except json.JSONDecodeError as error:
        raise _Malformed(f"the reply is not one JSON object: {error.msg} at character {error.pos}") from error
    except (ValueError, RecursionError) as error:
        raise _Malformed("the reply is not readable JSON: nested too deeply or a number too long") from error
    if not isinstance(found, dict):
        raise _Malformed("the reply is JSON but not an object")
    return found


def _without_code_fence(text: str) -> str:
    first, _, rest = text.partition("\n")
    if first.strip().casefold() in ("```", "```json") and rest.endswith("```"):
        return rest.removesuffix("```")
    return text


def _object(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    content: dict[str, object] = {}
    for name, value in pairs:
        if name in content:
            raise _Malformed(f"field {name!r} is given twice")
        content[name] = value
    return content


def _refuse_constant(name: str) -> object:
    raise _Malformed(f"{name} is not JSON")


def _refuse_unknown(rubric: Rubric, reply: dict[str, object]) -> None:
    known = {criterion.name for criterion in rubric.criteria}
    unknown = [name for name in reply if name not in known]
    if unknown:
        raise _Malformed(f"unknown field {unknown[0]!r}; the criteria are: {', '.join(sorted(known))}")


def _answer(criterion: Criterion, part: object, swapped: bool) -> JudgeAnswer:
    name = criterion.name
    if not isinstance(part, dict):
        return _failed(name, "is missing" if part is None else "is not an object with rationale and answer")
    fault = _fault_of_shape(part)
    raw = json.dumps(part.get("answer"), ensure_ascii=True) if "answer" in part else None
    if fault:
        return _failed(name, fault, raw)
    return _valued(criterion, part, raw, swapped)


def _fault_of_shape(part: dict[str, object]) -> str | None:
    fields = list(part)
    unknown = [name for name in fields if name not in ("rationale", "answer", "confidence")]
    if unknown:
        return f"unknown field {unknown[0]!r}"
    if "answer" not in part:
        return "has no answer"
    rationale = part.get("rationale")
    if not isinstance(rationale, str) or not rationale.strip():
        return "has no rationale"
    if fields.index("answer") < fields.index("rationale"):
        return "answers before its rationale: the rationale was not used to decide"
    confidence = part.get("confidence")
    if confidence is None:
        return None
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        return f"confidence {confidence!r} is not a number from 0 to 1"
    return None


def _valued(criterion: Criterion, part: dict[str, object], raw: str | None, swapped: bool) -> JudgeAnswer:
    rationale = _encodable(str(part["rationale"]).strip())
    confidence = part.get("confidence")
    number = float(confidence) if isinstance(confidence, int | float) else None
    given, name = part["answer"], criterion.name
    word = spelling(given) if isinstance(given, str) else ""
    if word == CANNOT_TELL:
        reason = "the judge cannot tell"
        return JudgeAnswer(name, None, "abstained", rationale, number, reason, raw)
    if word == NOT_APPLICABLE and criterion.not_applicable:
        return JudgeAnswer(name, None, "not_applicable", rationale, number, None, raw)
    try:
        value = _strict_value(criterion, given)
    except UnknownAnswer as unknown:
        return JudgeAnswer(name, None, "parse_error", rationale, None, str(unknown), raw)
    if swapped and criterion.scale.kind == "pairwise":
        value = SWAPPED_SIDES.get(str(value), value)
    return JudgeAnswer(name, value, "observed", rationale, number, None, raw)


def _strict_value(criterion: Criterion, given: object) -> Value:
    """The scale's answer; a judge may use its canonical spelling or the level's name, not import aliases."""
    scale = criterion.scale
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise UnknownAnswer(f"{given!r} is not one of the scale's answers")
    if scale.kind == "interval":
        if isinstance(given, str):
            raise UnknownAnswer(f"{given!r} is text, not a number")
        return scale.parse(given)
    for level, category in zip(scale.levels, scale.categories, strict=True):
        if spelling(given) in (spelling(level.name), spelling(category)):
            return category
    allowed = ", ".join(str(category) for category in scale.categories)
    raise UnknownAnswer(f"{given!r} is not one of: {allowed}")


def _encodable(text: str) -> str:
    """Lone surrogates, which JSON escapes can smuggle in, cannot be stored as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")
