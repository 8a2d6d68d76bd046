"""Evidence: passages of an item's texts that a rater points at; refuses a passage that is not there."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from rubrics.items import Item

MOST_PASSAGES = 50


@dataclass(frozen=True, slots=True)
class Passage:
    """`text` is what stands from `start` up to `end` (characters, not bytes) in the item's text `field`.

    `failure_mode` names what went wrong there; without it the passage belongs to the answer it came with.
    """

    field: str
    start: int
    end: int
    text: str
    failure_mode: str | None = None


def texts_of(item: Item) -> Mapping[str, str]:
    """The item's texts by the name of their field; sources are `sources[0]`, `sources[1]`, …"""
    named = {
        "input": item.input,
        "context": item.context,
        **{f"sources[{k}]": source for k, source in enumerate(item.sources)},
        "output": item.output,
        "output_a": item.output_a,
        "output_b": item.output_b,
        "reference": item.reference,
    }
    return {field: text for field, text in named.items() if text is not None}


def fault_of(item: Item, passages: Iterable[Passage]) -> str | None:
    """What is wrong with the first passage that is not in the item's text as it says; None when all are."""
    texts, seen = texts_of(item), 0
    for passage in passages:
        seen += 1
        text = texts.get(passage.field)
        if text is None:
            return f"the item has no text {passage.field!r} to quote from"
        if not 0 <= passage.start < passage.end or text[passage.start : passage.end] != passage.text:
            return f"the quoted passage is not in {passage.field} at {passage.start}: select it again"
    return f"more than {MOST_PASSAGES} passages: quote fewer" if seen > MOST_PASSAGES else None


def of_answer(evidence: str | None) -> tuple[Passage, ...]:
    """The passages of a label that belong to its answer, not to a failure mode."""
    return tuple(passage for passage in from_json(evidence) if passage.failure_mode is None)


def of_modes(evidence: str | None, chosen: Collection[str]) -> tuple[Passage, ...]:
    """The passages of a label that belong to the failure modes chosen."""
    return tuple(passage for passage in from_json(evidence) if passage.failure_mode in chosen)


def to_json(passages: Iterable[Passage]) -> str | None:
    """Passages as one JSON text, the form in which a label carries them; None for none."""
    found = [_plain(passage) for passage in passages]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")) if found else None


def from_json(text: str | None) -> tuple[Passage, ...]:
    """The passages that `to_json` wrote; evidence of another make (imported) gives none."""
    if not text or not text.startswith("["):
        return ()
    try:
        return tuple(Passage(**entry) for entry in json.loads(text))
    except (ValueError, TypeError):
        return ()


def _plain(passage: Passage) -> dict[str, object]:
    plain: dict[str, object] = {
        "field": passage.field, "start": passage.start, "end": passage.end, "text": passage.text,
    }  # fmt: skip
    return plain | ({"failure_mode": passage.failure_mode} if passage.failure_mode else {})
