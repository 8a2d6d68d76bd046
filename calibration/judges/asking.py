"""How a model is asked: calls, form of the reply, sources of confidence; refuses settings that contradict.

Everything here is read from the study's files alone, so that the gate works out a judge's identity offline.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from calibration.judges.briefing import Briefing, brief
from calibration.judges.examples import WorkedExample, read_examples
from rubrics.canonical import sha256_of
from rubrics.items import Item
from rubrics.prompt import BadOutline, fence_item
from rubrics.rubric import Rubric

Calls = Literal["item", "criterion"]
ReplyForm = Literal["schema", "tool", "text"]
Source = Literal["logprobs", "samples", "order", "verbalised"]

# What the judge itself decides.
OURS = frozenset((
    "messages", "model", "response_format", "tools", "tool_choice", "functions", "n", "stream",
    "stream_options", "logprobs", "timeout", "request_timeout", "num_retries", "max_retries", "retry_policy",
    "fallbacks", "cache", "caching", "mock_response", "mock_tool_calls", "user", "callbacks",
))  # fmt: skip
# One item laid out as the judge receives it: a change of the layout is a change of the prompt.
LAYOUT = Item(
    "layout", "pairwise", input="i", output_a="a", output_b="b", context="c", sources=("s",), reference="r"
)


class BadAsking(ValueError):
    """A model judge's settings that cannot be followed: which field, and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")


class AskingSettings(BaseModel):
    """The part of [judges.NAME] that shapes a model's requests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: Calls = "item"
    reply: ReplyForm = "schema"
    confidence: tuple[Source, ...] = ()
    both_orders: bool = False
    examples: str | None = None
    prompt: str | None = None
    parameters: dict[str, object] = Field(default_factory=dict)
    samples: int = Field(default=1, ge=1, le=100)

    @model_validator(mode="after")
    def _agrees(self) -> AskingSettings:
        for name in self.parameters:
            if name in OURS:
                raise ValueError(f"parameters.{name}: is set by the judge itself; leave it out")
        if len(set(self.confidence)) < len(self.confidence):
            raise ValueError("confidence: names a source twice")
        if "samples" in self.confidence and self.samples < 2:
            raise ValueError("confidence: 'samples' compares several answers; set samples = 2 or more")
        if "order" in self.confidence and not self.both_orders:
            raise ValueError("confidence: 'order' compares both orders of a pair; set both_orders = true")
        if "verbalised" in self.confidence and self.examples:
            raise ValueError("examples: they would teach 'verbalised' a made-up confidence; leave one out")
        if self.samples > 1 and "seed" in self.parameters:
            raise ValueError("parameters.seed: makes all samples one answer; leave it out, or samples = 1")
        return self


@dataclass(frozen=True, slots=True)
class Asking:
    """A model judge's settings with its prompt and examples read; `settings` as study.toml has them."""

    model: str
    settings: AskingSettings
    rubric: Rubric
    outline: str | None
    examples: tuple[WorkedExample, ...]

    @property
    def units(self) -> tuple[tuple[str, ...], ...]:
        """The criteria of each call: all at once, or one by one."""
        names = tuple(criterion.name for criterion in self.rubric.criteria)
        return (names,) if self.settings.calls == "item" else tuple((name,) for name in names)

    def briefing(self, criteria: tuple[str, ...]) -> Briefing:
        """What every request about these criteria begins with."""
        settings = self.settings
        return brief(
            self.rubric.only(criteria),
            model=self.model,
            parameters=settings.parameters,
            reply=settings.reply,
            ask_confidence="verbalised" in settings.confidence,
            logprobs="logprobs" in settings.confidence,
            outline=self.outline,
            examples=self.examples,
        )

    @property
    def content(self) -> dict[str, object]:
        """The settings that are part of the judge's identity, beside model, parameters and samples."""
        settings = self.settings
        return {
            "calls": settings.calls,
            "reply": settings.reply,
            "confidence": list(settings.confidence),
            "both_orders": settings.both_orders,
        }

    @property
    def prompt_sha256(self) -> str:
        """SHA-256 of all that the model is told: instructions, schema, examples, the layout of an item."""
        told = [json.dumps(self.briefing(unit).told, ensure_ascii=False) for unit in self.units]
        return sha256_of([*told, fence_item(LAYOUT).text])


def read_asking(model: str, definition: Mapping[str, object], *, folder: Path, rubric: Rubric) -> Asking:
    """The settings of a [judges.NAME] with `model`; `rubric` holds the criteria it answers.

    Raises `BadAsking`, which names the field.
    """
    given = {k: v for k, v in definition.items() if k in AskingSettings.model_fields and v is not None}
    try:
        settings = AskingSettings.model_validate(given)
    except ValidationError as error:
        raise _first_fault(error) from error
    if settings.both_orders and not any(c.scale.kind == "pairwise" for c in rubric.criteria):
        raise BadAsking("both_orders", "the judge answers no criterion that compares a pair")
    outline = _outline(settings.prompt, folder)
    asking = Asking(model, settings, rubric, outline, read_examples(settings.examples, folder, rubric))
    try:
        asking.briefing(asking.units[0])
    except BadOutline as bad:
        raise BadAsking(f"prompt = {settings.prompt!r}", str(bad)) from bad
    return asking


def _first_fault(error: ValidationError) -> BadAsking:
    fault = error.errors()[0]
    words = fault["msg"].removeprefix("Value error, ")
    place = ".".join(str(part) for part in fault["loc"])
    if place:
        return BadAsking(place, words)
    field, _, reason = words.partition(": ")
    return BadAsking(field, reason)


def _outline(prompt: str | None, folder: Path) -> str | None:
    if prompt is None:
        return None
    path = (folder / prompt).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise BadAsking(f"prompt = {prompt!r}", f"no such file in {folder}")
    try:
        return path.read_text(encoding="utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise BadAsking(f"prompt = {prompt!r}", f"is not UTF-8 text (byte {error.start})") from error
