"""Chat traces in the shape of OpenAI's API as items: the last answer is judged, the rest is its input."""

from __future__ import annotations

from calibration.readers.foreign.row import Format, Hints, Numbered, Rows, digest, item, nested, objects
from calibration.readers.reading import Reject, Row
from rubrics.canonical import canonical_json

NAMES = ("item_id", "id", "trace_id", "custom_id", "request_id")


def fits(row: Row) -> bool:
    if "value" in row or "output" in row or "rater" in row or "judge" in row:
        return False
    return bool(objects(row.get("messages"))) or bool(objects(nested(row, "response", "body", "choices")))


def rows(numbered: Numbered, hints: Hints) -> Rows:
    """`messages` up to the last by the assistant are the input, that one is the output.

    Replies of the API (`response.body.choices`, or `choices`) are outputs themselves. Without an id the
    hash of the conversation names the item; `metadata` is kept as meta.
    """
    for row in numbered:
        if isinstance(row, Reject):
            yield row
            continue
        line, given = row.line, row.fields
        asked, said = _parts(given)
        if said is None or _content(said) == "":
            yield Reject(line, "messages", "hold no answer by the assistant: there is nothing to judge")
            continue
        name = next((given[n] for n in NAMES if given.get(n)), None)
        meta = given.get("metadata")
        model = given.get("model") or nested(given, "response", "body", "model")
        yield item(
            line,
            name or digest([asked, said]),
            {
                "input": _shown(asked),
                "output": _content(said),
                "system": model,
                "correlation_id": given.get("trace_id"),
                "meta": meta if isinstance(meta, dict) else None,
            },
        )


def _parts(given: Row) -> tuple[list[Row], Row | None]:
    """What was asked, and the message under judgement."""
    messages = objects(given.get("messages")) or objects(nested(given, "body", "messages"))
    choices = objects(nested(given, "response", "body", "choices")) or objects(given.get("choices"))
    reply = choices[0].get("message") if choices else None
    if isinstance(reply, dict):
        return messages, reply
    last = max((k for k, one in enumerate(messages) if one.get("role") == "assistant"), default=None)
    return (messages, None) if last is None else (messages[:last], messages[last])


def _shown(messages: list[Row]) -> object | None:
    """One question as its text, a conversation as JSON text."""
    if not messages:
        return None
    only = messages[0].get("content") if len(messages) == 1 and messages[0].get("role") == "user" else None
    return only if isinstance(only, str) else canonical_json({"messages": messages})


def _content(message: Row) -> object:
    """The words of a message; tool calls or parts as the conversation that they are."""
    content = message.get("content")
    plain = isinstance(content, str) and not message.get("tool_calls")
    return content if plain else canonical_json({"messages": [message]})


TRACES = Format("chat", fits, rows)
