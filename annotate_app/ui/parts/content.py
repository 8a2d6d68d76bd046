"""What a text of an item is: a conversation, structured data or prose; refuses to guess beyond valid JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

# Longer texts are shown as written: parsing them would keep the rater waiting.
LONGEST_PARSED = 100_000


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation; `data` holds what is not text (tool calls, images) as parsed JSON."""

    role: str
    text: str
    data: object = None


@dataclass(frozen=True, slots=True)
class Conversation:
    turns: tuple[Turn, ...]
    rest: object = None


@dataclass(frozen=True, slots=True)
class Structured:
    value: object


@dataclass(frozen=True, slots=True)
class Prose:
    text: str


Content = Conversation | Structured | Prose


def read(text: str) -> Content:
    """The kind of content in `text`; whatever is not clearly a conversation or an object is prose."""
    parsed = _parse(text)
    if isinstance(parsed, dict) and _is_conversation(parsed.get("messages")):
        rest = {key: value for key, value in parsed.items() if key != "messages"}
        return Conversation(tuple(_turn(message) for message in parsed["messages"]), rest or None)
    if isinstance(parsed, dict) or (
        isinstance(parsed, list) and any(isinstance(v, dict | list) for v in parsed)
    ):
        return Structured(parsed)
    return Prose(text)


def _parse(text: str) -> object:
    start = text.lstrip()[:1]
    if start not in ("{", "[") or len(text) > LONGEST_PARSED * 10:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_conversation(messages: object) -> bool:
    return (
        isinstance(messages, list)
        and bool(messages)
        and all(isinstance(message, dict) and isinstance(message.get("role"), str) for message in messages)
    )


def _turn(message: Mapping[str, object]) -> Turn:
    text, other = _text_and_data(message.get("content"))
    extra = {key: value for key, value in message.items() if key not in ("role", "content")}
    if other:
        extra["content"] = other
    return Turn(str(message["role"]), text, extra or None)


def _text_and_data(content: object) -> tuple[str, list[object]]:
    """The text of a message's content and the parts that are not text (OpenAI's and Anthropic's shape)."""
    if content is None:
        return "", []
    if isinstance(content, str):
        return content, []
    if not isinstance(content, list):
        return "", [content]
    texts = [part["text"] for part in content if _is_text(part)]
    return "\n\n".join(texts), [part for part in content if not _is_text(part)]


def _is_text(part: object) -> bool:
    return isinstance(part, dict) and isinstance(part.get("text"), str) and set(part) <= {"type", "text"}
