"""Worked examples that a model sees before the item: a file of the study; refuses answers off the scale."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from rubrics.asking import applicable
from rubrics.items import Item
from rubrics.prompt import fence_item
from rubrics.rubric import NOT_ASKED, Rubric, UnknownAnswer, Value

MOST = 50
NOT_ASKED_PART = {"rationale": "The condition for this question does not hold.", "answer": NOT_ASKED}
TEXTS = ("input", "output", "output_a", "output_b", "context", "reference")


class BadExamples(ValueError):
    """A file of worked examples that cannot be used: line, field, reason."""


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """An item with the answers it should get and why: {criterion: (answer, rationale)}."""

    item: Item
    answers: Mapping[str, tuple[Value, str]]

    def messages(self, rubric: Rubric) -> list[dict[str, str]]:
        """The item as a question and the answers to the rubric's criteria as a reply; none if one lacks."""
        given = {c.name: self.answers[c.name][0] for c in rubric.criteria if c.name in self.answers}
        asked = [c.name for c in applicable(rubric, given)]
        if any(name not in self.answers for name in asked):
            return []
        reply = {c.name: self._part(c.name) if c.name in asked else NOT_ASKED_PART for c in rubric.criteria}
        return [
            {"role": "user", "content": fence_item(self.item).text},
            {"role": "assistant", "content": json.dumps(reply, ensure_ascii=False)},
        ]

    def _part(self, criterion: str) -> dict[str, object]:
        answer, rationale = self.answers[criterion]
        return {"rationale": rationale, "answer": answer}


def read_examples(name: str | None, folder: Path, rubric: Rubric) -> tuple[WorkedExample, ...]:
    """The examples in a JSON Lines file of the study folder; none without a name. Raises `BadExamples`.

    A line is {"item_id", the item's texts, "answers": {criterion: {"answer", "rationale"}}}.
    """
    if name is None:
        return ()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise BadExamples(f"examples = {name!r}: no such file in {folder}")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadExamples(f"examples = {name!r}: is not UTF-8 text (byte {error.start})") from error
    lines = [line for line in text.split("\n") if line.strip()]
    if not 1 <= len(lines) <= MOST:
        raise BadExamples(f"{name}: has {len(lines)} examples; 1 to {MOST} can be shown")
    return tuple(_example(line, f"{name}, line {k}", rubric) for k, line in enumerate(lines, start=1))


def _example(line: str, where: str, rubric: Rubric) -> WorkedExample:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadExamples(f"{where}: not JSON: {error}") from error
    if not isinstance(row, dict) or not isinstance(row.get("answers"), dict) or "item_id" not in row:
        raise BadExamples(f"{where}: needs item_id, the item's texts, and answers by criterion")
    names = {criterion.name for criterion in rubric.criteria}
    answers = {
        name: _answer(part, f"{where}, answers.{name}", name, rubric)
        for name, part in row["answers"].items()
        if name in names
    }
    return WorkedExample(_item(row), answers)


def _item(row: Mapping[str, object]) -> Item:
    texts = {name: str(row[name]) for name in TEXTS if row.get(name) is not None}
    sources = tuple(str(text) for text in cast("list[object]", row.get("sources") or []))
    kind = "pairwise" if "output_a" in texts else "pointwise"
    return Item(str(row["item_id"]), kind, sources=sources, **texts)  # type: ignore[arg-type]


def _answer(part: object, where: str, name: str, rubric: Rubric) -> tuple[Value, str]:
    if not isinstance(part, dict) or "answer" not in part or not str(part.get("rationale") or "").strip():
        raise BadExamples(f"{where}: needs an answer and a rationale")
    try:
        return rubric.criterion(name).scale.parse(part["answer"]), str(part["rationale"])
    except UnknownAnswer as unknown:
        raise BadExamples(f"{where}: {unknown}") from unknown
