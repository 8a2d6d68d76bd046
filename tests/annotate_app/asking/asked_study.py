"""The study that tests ask about, and what they read back from its database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from annotate_app.desk import Desk
from annotate_app.store import studies
from annotate_app.store import verdicts as verdict_store
from rubrics.answers import Verdict

RUBRIC = """
name: answers
instructions: Read the sources first.
criteria:
  - name: grounded
    question: Is every claim supported by the sources?
    scale: {kind: binary, levels: [{name: "yes", description: All.}, {name: "no", description: Not all.}]}
  - name: cause
    question: What is the first unsupported claim about?
    applies_when: {criterion: grounded, values: ["no"]}
    scale: {kind: nominal, levels: [{name: number, description: A figure.}, {name: name, description: Who.}]}
  - name: helpful
    question: How much of the task is done?
    scale:
      kind: ordinal
      levels: [{name: low, value: 1}, {name: mid, value: 2}, {name: high, value: 3}]
"""
PAIRS = """
name: pairs
criteria:
  - name: better
    question: Which output is better?
    scale: {kind: pairwise, levels: [{name: a}, {name: b}, {name: tie}]}
"""


def write_items(path: Path, count: int, *, pairs: bool = False) -> Path:
    """Items i0, i1, …: text k, or a pair whose first output is longer when k is even."""
    lines = []
    for k in range(count):
        texts = {"output": f"text {k}"}
        if pairs:
            long, short = f"long answer number {k}", f"short {k}"
            first, second = (long, short) if k % 2 == 0 else (short, long)
            texts = {"output_a": first, "output_b": second}
        lines.append(json.dumps({"item_id": f"i{k}", "cluster": f"c{k // 2}", **texts}) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def verdicts(desk: Desk, judge: str = "m") -> list[Verdict]:
    """The newest verdicts of every exact judge of this name."""
    with desk.store.reading() as session:
        known = [j.judge_id for j in studies.judges(session, desk.study_id) if j.name == judge]
        return [one for number in known for one in verdict_store.latest(session, desk.study_id, number)]


def by_item(desk: Desk, criterion: str, judge: str = "m") -> dict[str, Verdict]:
    return {one.item_id: one for one in verdicts(desk, judge) if one.criterion == criterion}


def table(desk: Desk, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with desk.store.bulk() as bulk:
        return bulk.connection.execute(statement).fetchall()


def last_run(desk: Desk) -> tuple[str, dict[str, Any]]:
    """Outcome and counts of the newest run that ended."""
    outcome, counts = table(desk, "SELECT outcome, counts FROM judge_run_end ORDER BY run_id DESC LIMIT 1")[0]
    return outcome, json.loads(counts)
