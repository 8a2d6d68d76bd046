"""What a rater was shown of an item's other answers: labels given after it are not blind to them."""

from __future__ import annotations

from typing import Literal

from sqlmodel import Session

from annotate_app.store.sql import rows, run, to_json

Seen = Literal["saw verdicts", "saw answers"]


def note(
    session: Session, study_id: int, rater: str, item_id: str, kinds: frozenset[Seen], *, at: str
) -> None:
    """Enter in the journal of events that the rater has seen judges' verdicts, or other raters' answers."""
    detail = to_json({"item": item_id})
    run(
        session,
        "INSERT INTO event (study_id, at, actor, kind, detail) VALUES (:study, :at, :actor, :kind, :detail)",
        [{"study": study_id, "at": at, "actor": rater, "kind": k, "detail": detail} for k in sorted(kinds)],
    )


def of_item(session: Session, study_id: int, rater: str, item_id: str) -> frozenset[Seen]:
    """What of an item's other answers the rater has seen so far."""
    found = rows(
        session,
        "SELECT DISTINCT kind FROM event WHERE study_id = :study AND actor = :actor AND detail = :detail "
        "AND kind IN ('saw verdicts', 'saw answers')",
        {"study": study_id, "actor": rater, "detail": to_json({"item": item_id})},
    )
    return frozenset(row["kind"] for row in found)
