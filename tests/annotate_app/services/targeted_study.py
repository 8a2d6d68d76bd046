"""A study whose judge is unsure of most of its errors, and ways to draw and label its items."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from grounded import RUBRIC

from annotate_app.desk import Desk, open_desk
from annotate_app.services.importing import import_files
from annotate_app.services.rights import HOLDER
from annotate_app.store.sql import rows
from calibration.triage.design import Design

STUDY = """
[study]
name = "support"
[judges.robot]
import = "robot of elsewhere"
[judges.other]
import = "another one"
"""
ITEMS = 240
MIXED = Design("mixed", 80, random_share=0.3, signal="low_confidence", judge="robot")
SEARCH = Design("search", 60, signal="low_confidence", judge="robot")


def truth(k: int) -> str:
    return "yes" if k % 2 else "no"


def wrong(k: int) -> bool:
    """A third of the verdicts."""
    return k % 3 == 0


def confidence(k: int) -> float:
    """Low for three errors of four, and for one right verdict of eight or so."""
    return 0.5 if (wrong(k) and k % 4) or k % 8 == 1 else 0.95


def targeted_desk(folder: Path) -> Desk:
    """All items judged by both judges, none labelled; `other` errs in every seventh."""
    (folder / "study.toml").write_text(STUDY)
    (folder / "rubric.yaml").write_text(RUBRIC)
    desk = open_desk(folder, clock=lambda: datetime(2026, 5, 4, 12, 0, tzinfo=UTC))
    load(
        desk,
        [{"item_id": f"i{k}", "kind": "pointwise", "output": f"answer {k}"} for k in range(ITEMS)],
        "items",
    )
    verdicts = [
        {"item_id": f"i{k}", "judge": name, "criterion": "grounded", "confidence": confidence(k),
         "value": truth(k + 1) if errs else truth(k)}
        for k in range(ITEMS)
        for name, errs in (("robot", wrong(k)), ("other", k % 7 == 0))
    ]  # fmt: skip
    load(desk, verdicts, "verdicts")
    return desk


def load(desk: Desk, records: list[dict[str, object]], name: str) -> None:
    path = desk.folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    import_files(desk, [path], role=HOLDER)


def label(desk: Desk, items: list[str], raters: tuple[str, ...] = ("ada",), **extra: object) -> None:
    """True answers to these items; the second rater errs where the judge is unsure, every other time."""
    labels = [
        {"item_id": item, "rater": rater, "criterion": "grounded", "value": _said(int(item[1:]), place)}
        | extra
        for item in items
        for place, rater in enumerate(raters)
    ]
    load(desk, labels, f"labels-{len(items)}")


def _said(k: int, place: int) -> str:
    slips = place > 0 and confidence(k) < 0.9 and k % 2 == 0
    return truth(k + 1) if slips else truth(k)


def selected(desk: Desk, wave: str) -> list[str]:
    statement = (
        "SELECT i.item_id FROM wave_item w JOIN item i ON i.id = w.item_id JOIN wave ON wave.id = w.wave_id "
        "WHERE w.selected AND wave.name = :wave"
    )
    with desk.store.reading() as session:
        return [row["item_id"] for row in rows(session, statement, {"wave": wave})]
