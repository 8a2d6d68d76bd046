"""A study for simulated raters: a rubric with a hidden question, many items, and answers drawn at random."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from annotate_app.desk import open_desk
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import add_rater
from annotate_app.services.rights import HOLDER

STUDY = """
[study]
name = "Simulated raters"
rubric = "rubric.yaml"
raters_per_item = {raters_per_item}
[retention]
sessions_days = 400
texts_days = 400
"""
RUBRIC = """
name: simulated
purpose: Decides whether answers can be sent as they are.
instructions: Read the question first, then the answer.
criteria:
  - name: grounded
    question: Is every claim supported?
    scale:
      kind: binary
      levels:
        - {name: "yes", description: "Each claim is in the source."}
        - {name: "no", description: "At least one claim is not.", rationale_required: true}
  - name: fault
    question: What is wrong with the claim?
    applies_when: {criterion: grounded, values: ["no"]}
    scale:
      kind: nominal
      levels:
        - {name: invented, description: "The source is silent."}
        - {name: contradicted, description: "The source says otherwise."}
  - name: tone
    question: How friendly is it?
    not_applicable: true
    scale:
      kind: ordinal
      levels:
        - {name: cold, value: 1, description: "No greeting."}
        - {name: neutral, value: 2, description: "A greeting, nothing more."}
        - {name: warm, value: 3, description: "Greets and cares."}
"""
WORDS = "opens at nine and closes at six on all days but Sunday as the page about visits says"


def make(folder: Path, *, items: int, raters: Iterable[str], raters_per_item: int, database: str) -> None:
    """Write the study's files and fill the database at `database`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(STUDY.format(raters_per_item=raters_per_item), encoding="utf-8")
    (folder / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    rows = folder / "items.jsonl"
    rows.write_text("".join(json.dumps(item(k)) + "\n" for k in range(items)), encoding="utf-8")
    desk = open_desk(folder, database=database)
    try:
        import_files(desk, [rows], role=HOLDER)
        for name in raters:
            add_rater(desk, name)
    finally:
        desk.close()


def item(k: int) -> Mapping[str, object]:
    """The item with this number, as an import reads it."""
    words = " ".join(WORDS.split() * 12)
    return {
        "item_id": f"item-{k:05}",
        "kind": "pointwise",
        "input": f"Question {k}: when does the museum open?",
        "output": f"Answer {k}: it {words}.",
        "stratum": "typical" if k % 3 else "edge",
        "system": "assistant-1",
    }


def item_of(output: str) -> str:
    """The id of the item whose output this is."""
    return f"item-{int(output.removeprefix('Answer ').partition(':')[0]):05}"


def answers(chance: random.Random) -> list[dict[str, Any]]:
    """Answers to every question that is asked, as the page sends them."""
    tone: dict[str, Any] = {"criterion": "tone", "value": chance.randint(1, 3)}
    if chance.random() < 0.1:
        tone = {"criterion": "tone", "status": "not_applicable"}
    if chance.random() < 0.7:
        return [{"criterion": "grounded", "value": "yes"}, tone]
    why = f"Sentence {chance.randint(1, 9)} is not in the source."
    return [
        {"criterion": "grounded", "value": "no", "rationale": why},
        {"criterion": "fault", "value": chance.choice(("invented", "contradicted"))},
        tone,
    ]
