"""Files of neighbouring tools for tests: written by hand in their shapes, and read into records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from calibration.readers import Aside, Hints, How, Mapping, Reject, read_records
from rubrics.answers import Label, Verdict
from rubrics.items import Item


@dataclass(frozen=True)
class Taken:
    """What a file gave, by kind."""

    items: list[Item]
    labels: list[Label]
    verdicts: list[Verdict]
    rejects: list[Reject]
    asides: list[Aside]

    @property
    def counts(self) -> tuple[int, int, int]:
        return len(self.items), len(self.labels), len(self.verdicts)


def take(
    path: Path, hints: Hints | None = None, *, named: str = "auto", mapping: Mapping | None = None
) -> Taken:
    how = How(named, hints or Hints(), mapping or Mapping())
    taken = Taken([], [], [], [], [])
    places = {
        Item: taken.items, Label: taken.labels, Verdict: taken.verdicts, Reject: taken.rejects,
        Aside: taken.asides,
    }  # fmt: skip
    for read in read_records(path, how):
        places[type(read.record)].append(read.record)  # type: ignore[attr-defined]
    return taken


def write_json(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def write_lines(path: Path, rows: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
