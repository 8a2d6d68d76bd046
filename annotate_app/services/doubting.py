"""How much each item of an open split is doubted: by one signal of one judge; held-out items are not read."""

from __future__ import annotations

import math

from annotate_app.desk import Desk
from annotate_app.services.ratings import ratings as read_ratings
from calibration.doubting import doubts
from calibration.splits import HELD_OUT
from calibration.triage.design import BadDesign, Design
from calibration.triage.signals import MEANING


def doubts_of_items(desk: Desk, design: Design, split: str) -> dict[str, float]:
    """The greatest doubt per item over the asked criteria."""
    judge, signal = design.judge, design.signal or ""
    if split == HELD_OUT:
        raise BadDesign("nothing that follows a judge is drawn on held_out")
    if judge is None:
        raise BadDesign(f"a {design.kind} wave follows a judge's doubt: name the judge")
    asked = None if design.criterion is None else (design.criterion,)
    criteria = read_ratings(desk, splits=(split,), criteria=asked).criteria
    if not criteria:
        names = ", ".join(one.name for one in desk.rubric.criteria)
        raise BadDesign(f"the rubric has no criterion {design.criterion!r}; it has: {names}")
    there = {column.judge for one in criteria.values() for column in one.judges}
    if there and judge not in there:
        raise BadDesign(f"no judge {judge!r} has verdicts here; there are: {', '.join(sorted(there))}")
    found: dict[str, float] = {}
    for one in criteria.values():
        for column in (column for column in one.judges if column.judge == judge):
            for item, doubt in zip(column.item.tolist(), doubts(one, column, (signal,))[signal], strict=True):
                if not math.isnan(doubt):
                    name = one.items[item]
                    found[name] = max(float(doubt), found.get(name, 0.0))
    if not found:
        why = f"{MEANING[signal]}, or it was not run"
        raise BadDesign(
            f"judge {judge!r} states no doubt on any item by {signal}: {why}; or draw a random wave"
        )
    return found
