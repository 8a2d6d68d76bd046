"""What the desk's script and the server say to each other, as JSON; refuses fields that it does not know."""

from __future__ import annotations

from dataclasses import asdict
from html import escape
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from annotate_app.services.labelling import Held, NextItem, Receipt, Submission
from annotate_app.ui.parts.choices import Screen, choice_name, range_words
from annotate_app.ui.parts.item import item_html, text_html
from rubrics.answers import Answer
from rubrics.evidence import MOST_PASSAGES, Passage, texts_of
from rubrics.render import Choice, Form, Question, render_form
from rubrics.rubric import Rubric, Value

Id = Annotated[str, StringConstraints(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
Text = Annotated[str, StringConstraints(max_length=20_000)]
JSON = dict[str, object]


class Message(BaseModel):
    """Edge data: frozen, and nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Told = Literal["estimate", "training"]  # all that a page is told of purposes, and may say


class HeldItem(Message):
    item_id: Name
    purpose: Told = "estimate"

    def value(self) -> Held:
        return Held(self.item_id, self.purpose)


class Wanted(Message):
    """A request for the next items; `held` are those that the page has already."""

    count: Annotated[int, Field(ge=0, le=3)] = 3
    held: Annotated[tuple[HeldItem, ...], Field(max_length=500, strict=False)] = ()
    rubric_sha256: str | None = None


class Leaving(Message):
    keep: Annotated[tuple[HeldItem, ...], Field(max_length=500, strict=False)] = ()


class SignIn(Message):
    ticket: Annotated[str, StringConstraints(max_length=4_000)]


class GivenPassage(Message):
    """A passage of one of the item's texts; whether it is there is checked with the item at hand."""

    field: Name
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    failure_mode: Name | None = None

    def value(self) -> Passage:
        return Passage(self.field, self.start, self.end, self.text, self.failure_mode)


Passages = Annotated[tuple[GivenPassage, ...], Field(max_length=MOST_PASSAGES, strict=False)]


class GivenAnswer(Message):
    criterion: Name
    value: str | int | float | None = None
    status: Literal["observed", "not_applicable", "skipped"] = "observed"
    rationale: Text | None = None
    sure: bool | None = None
    reason: Text | None = None
    evidence: Passages = ()

    def answer(self) -> Answer:
        quoted = tuple(given.value() for given in self.evidence)
        return Answer(self.criterion, self.value, self.status, self.rationale, self.sure, self.reason, quoted)


class Sent(Message):
    """One item's answers under the id that the page made."""

    kind: Literal["submission"]
    submission_id: Id
    item_id: Name
    answers: Annotated[tuple[GivenAnswer, ...], Field(max_length=500, strict=False)]
    failure_modes: Annotated[tuple[Name, ...], Field(max_length=500, strict=False)] = ()
    evidence: Passages = ()
    note: Text | None = None
    active_seconds: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] | None = None
    wave: Name | None = None
    purpose: Told = "estimate"
    rubric_sha256: str | None = None
    reason: Text | None = None
    seal: Annotated[str, StringConstraints(max_length=8_000)] | None = None

    def submission(self, rater: str) -> Submission:
        return Submission(
            submission_id=self.submission_id,
            item_id=self.item_id,
            rater=rater,
            answers=tuple(given.answer() for given in self.answers),
            failure_modes=self.failure_modes,
            evidence=tuple(given.value() for given in self.evidence),
            note=(self.note or "").strip() or None,
            active_seconds=self.active_seconds,
            wave=self.wave,
            purpose=self.purpose,
            reason=self.reason,
            rubric_sha256=self.rubric_sha256,
        )


class Undo(Message):
    """Take back the submission with this id."""

    kind: Literal["undo"]
    submission_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]


Operation = Annotated[Sent | Undo, Field(discriminator="kind")]


class Outbox(Message):
    """Operations in the order in which the rater did them."""

    rater: Name
    operations: Annotated[tuple[Operation, ...], Field(min_length=1, max_length=50, strict=False)]
    process: Annotated[str, StringConstraints(max_length=64)] | None = None


def receipt(found: Receipt) -> JSON:
    return {"saved": True, "duplicate": found.duplicate, "revision": found.revision, "at": found.at}


def next_item(found: NextItem, image_hosts: tuple[str, ...] = (), why: str = "") -> JSON:
    """One item as the page shows it: our own safe HTML, formatted and as written; nothing of its origin.

    The page calls it by its token and learns no purpose and no wave; training alone is no secret.
    """
    note = f'<p class="cal-note cal-quiet">{escape(why)}</p>' if why else ""
    return {
        "item_id": found.token or found.item.item_id,
        "purpose": "training" if found.purpose == "training" else "estimate",
        "wave": None,
        "first_side": found.first_side,
        "pair": found.item.kind == "pairwise",
        "html": note + item_html(found.item, found.first_side, False, image_hosts),
        "written": note + item_html(found.item, found.first_side, True),
        "previous": None if found.previous is None else [_answer(given) for given in found.previous],
        "failure_modes": list(found.previous_failure_modes),
        "evidence": [asdict(passage) for passage in found.previous_evidence],
        "note": found.previous_note or "",
        "texts": dict(texts_of(found.item)),
    }


def form(rubric: Rubric) -> JSON:
    """The rubric as the page draws it."""
    found: Form = render_form(rubric)
    return {
        "name": found.name,
        "sha256": found.sha256,
        "instructions": f'<div class="cal-note">{text_html(found.instructions)}</div>'
        if found.instructions
        else "",
        "questions": [_question(question) for question in found.questions],
        "failure_modes": [
            {
                "name": mode.name,
                "label": mode.name.replace("_", " "),
                "description": f"{mode.description} ({mode.severity}, {mode.visibility})",
            }
            for mode in found.failure_modes
        ],
    }


def _answer(given: Answer) -> JSON:
    return {
        "criterion": given.criterion,
        "value": given.value,
        "status": given.status,
        "rationale": given.rationale,
        "sure": given.sure,
        "evidence": [asdict(passage) for passage in given.evidence],
    }


def _question(question: Question) -> JSON:
    when = question.applies_when
    plain = (
        "name",
        "question",
        "help",
        "kind",
        "required",
        "not_applicable",
        "ask_sure",
        "low",
        "high",
        "step",
    )
    return {
        **{name: getattr(question, name) for name in plain},
        "range": range_words(question) if question.kind == "interval" else "",
        "applies_when": when and {"criterion": when.criterion, "values": list(when.values)},
        "choices": [_choice(question, choice) for choice in question.choices],
        "meanings": _meanings(question),
    }


def _choice(question: Question, choice: Choice) -> JSON:
    return {
        "value": choice.value,
        "label": choice_name(question, choice, Screen()),
        "key": choice.key,
        "rationale_required": choice.rationale_required,
    }


def _meanings(question: Question) -> list[JSON]:
    """What the answers mean, as far as the rubric says it; on a number's scale, what its anchors mean."""
    described = [c for c in (*question.choices, *question.anchors) if c.description or c.example]
    return [
        {
            "value": choice.value,
            "label": _number_words(choice.value)
            if question.kind == "interval"
            else choice_name(question, choice, Screen()),
            "description": choice.description,
            "example": choice.example,
        }
        for choice in described
    ]


def _number_words(value: Value) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)
