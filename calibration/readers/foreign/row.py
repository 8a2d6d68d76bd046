"""What every format's reader takes and gives: numbered objects in, native raw rows and asides out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

import msgspec

from calibration.readers.reading import Aside, CannotRead, RawRow, Reject, Row
from calibration.readers.times import in_utc

Rows = Iterator[RawRow | Reject | Aside]
Numbered = Iterable[RawRow | Reject]
LEFT, RIGHT = "a", "b"
UNBLINDED: Row = {"judge": False}
OWN_ID = "calibrant_item_id"  # where exports for tools with ids of their own keep ours
NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Hints:
    """What a file cannot say about itself: the study's criteria, and names where the file has none."""

    criteria: tuple[str, ...] = ()
    criterion: str | None = None
    rater: str | None = None
    judge: str | None = None

    def only_criterion(self, line: int) -> str:
        """The criterion of a file that names none. Raises CannotRead where several could be meant."""
        if self.criterion is not None:
            return self.criterion
        if len(self.criteria) == 1:
            return self.criteria[0]
        meant = f"one of {', '.join(self.criteria)}" if self.criteria else "a name"
        raise CannotRead(
            f"line {line}: it names no criterion; give --criterion with {meant} "
            "(without a study: --scale NAME=…)"
        )


@dataclass(frozen=True, slots=True)
class Format:
    """One tool's export: its name, how its rows are recognised, and what they become.

    `fits` is asked about the first row alone; `rows` gets every row of the file with its line.
    """

    name: str
    fits: Callable[[Row], bool]
    rows: Callable[[Numbered, Hints], Rows]


def item(line: int, item_id: object, content: Mapping[str, object] = NOTHING) -> RawRow:
    """An item's raw row; what is None or empty is left out."""
    return RawRow(line, _given({"item_id": item_id, **content}))


def label(
    line: int,
    item_id: object,
    rater: object,
    criterion: str,
    value: object,
    more: Mapping[str, object] = NOTHING,
) -> RawRow:
    """A label's raw row; a value of None is a skip."""
    return RawRow(line, _answer({"item_id": item_id, "rater": rater, "criterion": criterion}, value, more))


def verdict(
    line: int,
    item_id: object,
    judge: object,
    criterion: str,
    value: object,
    more: Mapping[str, object] = NOTHING,
) -> RawRow:
    """A verdict's raw row; a value of None is a reply that could not be read."""
    return RawRow(line, _answer({"item_id": item_id, "judge": judge, "criterion": criterion}, value, more))


def _answer(names: Row, value: object, more: Mapping[str, object]) -> Row:
    return {**names, "value": value, **_given(more)}


def _given(content: Mapping[str, object]) -> Row:
    return {name: raw for name, raw in content.items() if raw is not None and raw != ""}


def spelled(value: object) -> str:
    """Content as a text that it can be found by: text as it is, 1.0 as 1, true and false as words."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def digest(content: object) -> str:
    """A short name for content that has none: of its sorted JSON, with numbers that JSON lacks as null."""
    return sha256(msgspec.json.encode(content, order="sorted")).hexdigest()[:16]


def nested(row: object, *path: str) -> object:
    """What stands at a path of keys; None where a step is missing or is no object."""
    found = row
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def objects(content: object) -> list[Row]:
    """The objects of a list; an empty list for anything else."""
    return [entry for entry in content if isinstance(entry, dict)] if isinstance(content, list) else []


def text_of(content: object) -> str | None:
    """Text that is not blank; None for anything else."""
    return content if isinstance(content, str) and content.strip() else None


def share(content: object) -> float | None:
    """A number from 0 to 1, as a confidence; None for anything else."""
    if isinstance(content, bool) or not isinstance(content, int | float):
        return None
    return float(content) if 0 <= content <= 1 else None


def utc(content: object) -> str | None:
    """A time as ISO 8601 in UTC; what cannot be read stays, so that its row is told to have lost it."""
    if content is None or content == "":
        return None
    found = in_utc(content) if isinstance(content, str) else None
    return found or spelled(content)


INPUTS = ("input", "prompt", "question", "query", "instruction", "request", "user_input", "q")
OUTPUTS = ("output", "response", "answer", "completion", "model_output", "prediction_text", "generation")
LEFTS = ("output_a", "response_a", "answer_a", "response1", "answer1", "output1", "left", "chosen")
RIGHTS = ("output_b", "response_b", "answer_b", "response2", "answer2", "output2", "right", "rejected")
PARTS: Mapping[str, tuple[str, ...]] = {
    "input": INPUTS, "output": OUTPUTS, "output_a": LEFTS, "output_b": RIGHTS,
    "context": ("context", "source", "document"), "sources": ("sources", "contexts", "retrieved_contexts"),
    "reference": ("reference", "ground_truth", "expected_output", "expected"),
    "stratum": ("stratum", "segment", "slice", "category"), "cluster": ("cluster",),
    "system": ("system", "model"), "correlation_id": ("correlation_id",), "input_id": ("input_id",),
}  # fmt: skip


def own_id(holder: object) -> str | None:
    """Our id of an item, where an export of ours left it for another tool to give back."""
    return text_of(nested(holder, OWN_ID))


def texts_of(data: Mapping[str, object]) -> Row:
    """An item's parts from a tool's own field names; what has no place among them becomes `meta`.

    A single field that is nowhere known is what was judged: it becomes the output.
    """
    found: Row = {}
    rest = {name: raw for name, raw in data.items() if raw is not None and raw != ""}
    for part, names in PARTS.items():
        named = next((name for name in rest if name.casefold() in names), None)
        if named is not None:
            found[part] = rest.pop(named)
    if found.keys().isdisjoint(("output", "output_a")) and len(rest) == 1 and "input" not in found:
        found["output"] = rest.popitem()[1]
    if rest:
        found["meta"] = rest
    return found
