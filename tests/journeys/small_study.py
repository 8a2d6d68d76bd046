"""A small study made by hand: twelve items, four questions, two earlier raters and a judge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from annotate_app.desk import open_desk
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import add_rater
from annotate_app.services.rights import HOLDER
from annotate_app.store import labels as label_store
from rubrics.answers import Label

RATERS = ("Ada", "Grace")

STUDY = """
[study]
name = "Small study"
rubric = "rubric.yaml"
raters_per_item = 3

[split]
shares = {development = 0.5, validation = 0.25, held_out = 0.25}
seed = 7
"""

RUBRIC = """
name: small
purpose: Decides whether answers can be sent as they are.
instructions: |
  Read the **question** first, then the answer.
criteria:
  - name: grounded
    question: Is every claim supported?
    scale:
      kind: binary
      levels:
        - {name: "yes", description: "Each claim is in the source.", example: "Opens at 9, as it says."}
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
  - name: score
    question: How useful is it, from 0 to 10?
    required: false
    scale: {kind: interval, low: 0, high: 10, step: 1}
failure_modes:
  - {name: wrong_price, description: "Names a wrong price.", severity: major, visibility: silent}
"""


def write(folder: Path, items: Iterable[Mapping[str, object]] | None = None) -> Path:
    """Write the study's two files and its items; returns the items file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    (folder / "rubric.yaml").write_text(RUBRIC, encoding="utf-8")
    return write_lines(folder / "items.jsonl", items or twelve_items())


def write_lines(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def twelve_items() -> list[Mapping[str, object]]:
    return [
        {
            "item_id": f"item-{k:02}",
            "kind": "pointwise",
            "input": f"Question {k}: when do you open?",
            "output": f"Answer {k}: we open at nine.",
            "stratum": "typical" if k % 2 else "edge",
            "system": "secret-system",
        }
        for k in range(12)
    ]


def labels(raters: Iterable[str]) -> list[Mapping[str, object]]:
    """Each rater answers every item; they differ where the item's number and the rater's place say so."""
    return [
        {"item_id": f"item-{k:02}", "rater": rater, "criterion": criterion, "value": value}
        for place, rater in enumerate(raters)
        for k in range(12)
        for criterion, value in (
            ("grounded", "no" if (k + place) % 3 == 0 else "yes"), ("tone", 1 + (k + place) % 3),
        )
    ]  # fmt: skip


def verdicts(judge: str) -> list[Mapping[str, object]]:
    return [
        {
            "item_id": f"item-{k:02}",
            "judge": judge,
            "criterion": "grounded",
            "value": "no" if k % 3 == 0 else "yes",
            "confidence": 0.9,
        }
        for k in range(12)
    ]


def fill(folder: Path, *files: Path) -> None:
    """Import files into the study, as `calibrant import` does, and put two raters on its list."""
    desk = open_desk(folder)
    import_files(desk, files, role=HOLDER)
    for name in RATERS:
        add_rater(desk, name)
    desk.store.close()


def journal(folder: Path) -> list[Label]:
    """Every entry of the study's journal, read as another process would."""
    desk = open_desk(folder)
    with desk.store.reading() as session:
        entries = list(label_store.journal(session, desk.study_id))
    desk.store.close()
    return entries
