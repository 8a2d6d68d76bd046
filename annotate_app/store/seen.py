"""What a rater was shown of an item's other answers: labels given after it are not blind to them."""

from __future__ import annotations

from typing import Literal

from sqlmodel import Session

from annotate_app.store import events
from annotate_app.store.sql import rows, to_json

Seen = Literal["saw verdicts", "saw answers"]


def note(
    session: Session, study_id: int, rater: str, item_id: str, kinds: frozenset[Seen], *, at: str
) -> None:
    """Enter in the journal of events that the rater has seen judges' verdicts, or other raters' answers."""
    for kind in sorted(kinds):
        events.add(session, study_id, at=at, actor=rater, kind=kind, detail={"item": item_id})


def of_item(session: Session, study_id: int, rater: str, item_id: str) -> frozenset[Seen]:
    """What of an item's other answers the rater has seen so far."""
    found = rows(
        session,
        "SELECT DISTINCT kind FROM event WHERE study_id = :study AND actor = :actor AND detail = :detail "
        "AND kind IN ('saw verdicts', 'saw answers')",
        {"study": study_id, "actor": rater, "detail": to_json({"item": item_id})},
    )
    return frozenset(row["kind"] for row in found)
