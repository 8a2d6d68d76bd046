"""What a text of an item is: a conversation, structured data or prose; refuses to guess beyond valid JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Longer texts are shown as written: parsing them would keep the rater waiting.
LONGEST_PARSED = 100_000
DEEPEST_PARSED = 64


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call with its arguments, or (`result`) what a tool gave back inside a turn."""

    name: str
    arguments: object
    result: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation; `data` holds as parsed JSON whatever is neither text, image nor call.

    `name` says which tool answered, where the turn is a tool's.
    """

    role: str
    text: str
    data: object = None
    calls: tuple[Call, ...] = ()
    images: tuple[str, ...] = ()
    name: str = ""


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
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return None if _too_deep(parsed) else parsed


def _too_deep(value: object) -> bool:
    """Whether a value is deeper than what follows, which calls itself once a level, could show."""
    level: list[object] = [value]
    for _ in range(DEEPEST_PARSED):
        level = [inner for one in level for inner in _inside(one) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _is_conversation(messages: object) -> bool:
    return (
        isinstance(messages, list)
        and bool(messages)
        and all(isinstance(message, dict) and isinstance(message.get("role"), str) for message in messages)
    )


def _turn(message: Mapping[str, object]) -> Turn:
    extra = {key: value for key, value in message.items() if key not in ("role", "content")}
    calls = [
        *_calls(extra.pop("tool_calls", None), extra),
        *_calls(_one(extra.pop("function_call", None)), extra),
    ]
    text, images, other = _parts(message.get("content"), calls)
    name = str(extra.pop("name", "")) if message["role"] in ("tool", "function") else ""
    if other:
        extra["content"] = other
    return Turn(str(message["role"]), text, extra or None, tuple(calls), tuple(images), name)


def _one(found: object) -> object:
    return None if found is None else [found]


def _calls(found: object, extra: dict[str, object]) -> list[Call]:
    """Tool calls of OpenAI's shapes; what is not one goes back to `extra`."""
    if not isinstance(found, list):
        if found is not None:
            extra["tool_calls"] = found
        return []
    calls, rest = [], []
    for entry in found:
        inner = entry.get("function") if isinstance(entry, dict) and "function" in entry else entry
        if isinstance(inner, dict) and isinstance(inner.get("name"), str) and "arguments" in inner:
            calls.append(Call(inner["name"], _decoded(inner["arguments"])))
        else:
            rest.append(entry)
    if rest:
        extra["tool_calls"] = rest
    return calls


def _decoded(arguments: object) -> object:
    """Arguments are often JSON inside JSON."""
    parsed = _parse(arguments) if isinstance(arguments, str) else None
    return arguments if parsed is None else parsed


def _parts(content: object, calls: list[Call]) -> tuple[str, list[str], list[object]]:
    """A message's text, images and rest (OpenAI's and Anthropic's shapes); calls go to `calls`."""
    if content is None:
        return "", [], []
    if isinstance(content, str):
        return content, [], []
    if not isinstance(content, list):
        return "", [], [content]
    texts, images, rest = [], [], []
    for part in content:
        if _is_text(part):
            texts.append(part["text"])
        elif address := _image(part):
            images.append(address)
        elif call := _call_part(part):
            calls.append(call)
        else:
            rest.append(part)
    return "\n\n".join(texts), images, rest


def _image(part: object) -> str | None:
    """The address of an image part; one written out becomes a data address."""
    match part:
        case {"type": "image_url", "image_url": {"url": str(address)}}:
            return address
        case {"type": "image_url", "image_url": str(address)}:
            return address
        case {"type": "image", "source": {"type": "base64", "media_type": str(kind), "data": str(data)}}:
            return f"data:{kind};base64,{data}"
        case {"type": "image", "source": {"type": "url", "url": str(address)}}:
            return address
    return None


def _call_part(part: object) -> Call | None:
    match part:
        case {"type": "tool_use", "name": str(name), "input": arguments}:
            return Call(name, arguments)
        case {"type": "tool_result", "content": given}:
            return Call(str(part.get("tool_use_id", "")), given, result=True)  # type: ignore[attr-defined]
    return None


def _is_text(part: object) -> bool:
    return isinstance(part, dict) and isinstance(part.get("text"), str) and set(part) <= {"type", "text"}
