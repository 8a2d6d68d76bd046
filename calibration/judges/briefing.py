"""What a judge's requests share, and one whole request; refuses nothing: its parts are checked before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calibration.judges.examples import WorkedExample
from rubrics.canonical import canonical_json
from rubrics.items import Item
from rubrics.prompt import fence_item, render_prompt, reply_schema
from rubrics.rubric import Rubric

TOOL = "give_answers"
MOST_LOGPROBS = 20  # what providers give at most


@dataclass(frozen=True, slots=True)
class Briefing:
    """The body of every request about some criteria, complete but for the item's message."""

    criteria: tuple[str, ...]
    body: Mapping[str, object]

    @property
    def messages(self) -> list[dict[str, str]]:
        return list(self.body["messages"])  # type: ignore[call-overload, no-any-return]

    @property
    def told(self) -> list[object]:
        """All but the model and its parameters: messages, and the form that the reply must have."""
        return [self.messages, self.body.get("response_format"), self.body.get("tools")]

    @property
    def text(self) -> str:
        """The body as JSON, fields in the order in which they are sent."""
        return json.dumps(self.body, ensure_ascii=False)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model: the briefing, then the item; `swapped` shows a pair in the other order.

    `replicate` numbers requests that are the same to the letter, so that each has an answer of its own.
    """

    briefing: Briefing
    item: Item
    message: str
    swapped: bool = False
    replicate: int = 0

    @property
    def body(self) -> dict[str, object]:
        """The whole request as it is sent."""
        return {
            **self.briefing.body,
            "messages": [*self.briefing.messages, {"role": "user", "content": self.message}],
        }

    @property
    def key(self) -> str:
        """SHA-256 of the full request and the replicate: whatever has the same key has the same answer."""
        parts = (self.briefing.sha256, self.message, str(self.replicate))
        return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def request(briefing: Briefing, item: Item, *, swapped: bool = False, replicate: int = 0) -> Request:
    """The question about one item."""
    return Request(briefing, item, fence_item(item, swapped=swapped).text, swapped, replicate)


def brief(
    rubric: Rubric,
    *,
    model: str,
    parameters: Mapping[str, object],
    reply: str,
    ask_confidence: bool = False,
    logprobs: bool = False,
    outline: str | None = None,
    examples: Sequence[WorkedExample] = (),
) -> Briefing:
    """The briefing of a judge on the criteria of `rubric`.

    `reply` is the form of the answer: `schema` (the provider holds the model to a JSON schema), `tool` (the
    answers are the arguments of one tool) or `text`. Raises `rubrics.prompt.BadOutline`.
    """
    system = render_prompt(rubric, ask_confidence=ask_confidence, outline=outline)
    messages = [{"role": "system", "content": system}]
    for example in examples:
        messages += example.messages(rubric)
    # In one order: what study.toml lists otherwise is the same judge, and the same request.
    body: dict[str, object] = {"model": model, "messages": messages, **json.loads(canonical_json(parameters))}
    body |= _reply_form(rubric, reply, ask_confidence)
    if logprobs:
        body |= {"logprobs": True, "top_logprobs": parameters.get("top_logprobs", MOST_LOGPROBS)}
    return Briefing(tuple(criterion.name for criterion in rubric.criteria), body)


def _reply_form(rubric: Rubric, reply: str, ask_confidence: bool) -> dict[str, object]:
    schema = reply_schema(rubric, ask_confidence=ask_confidence)
    if reply == "schema":
        named = {"name": "reply", "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": named}}
    if reply == "tool":
        function = {"name": TOOL, "description": "Give your answers.", "strict": True, "parameters": schema}
        return {
            "tools": [{"type": "function", "function": function}],
            "tool_choice": {"type": "function", "function": {"name": TOOL}},
        }
    return {}
