"""Causes of disagreements: an append-only list, of which the last word on each counts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from annotate_app.store.sql import rows, run


@dataclass(frozen=True, slots=True)
class Tag:
    """What somebody said of one disagreement: between which answers, why, in whose words."""

    item_id: str
    criterion: str
    judge: str
    verdict: str
    reference: str
    cause: str
    note: str
    actor: str
    at: str


def add(session: Session, study_id: int, item: int, criterion_id: int, tag: Tag) -> None:
    """Put a tag behind the others."""
    run(
        session,
        "INSERT INTO triage_tag (study_id, item_id, criterion_id, judge_name, verdict, reference, cause, "
        "note, actor, at) VALUES (:study, :item, :criterion, :judge, :verdict, :reference, :cause, :note, "
        ":actor, :at)",
        {
            "study": study_id, "item": item, "criterion": criterion_id, "judge": tag.judge,
            "verdict": tag.verdict, "reference": tag.reference, "cause": tag.cause, "note": tag.note,
            "actor": tag.actor, "at": tag.at,
        },
    )  # fmt: skip


def listing(session: Session, study_id: int) -> list[Tag]:
    """Every tag, oldest first."""
    found = rows(
        session,
        "SELECT i.item_id, c.name AS criterion, t.judge_name, t.verdict, t.reference, t.cause, t.note, "
        "t.actor, t.at FROM triage_tag t JOIN item i ON i.id = t.item_id "
        "JOIN criterion c ON c.id = t.criterion_id WHERE t.study_id = :study ORDER BY t.id",
        {"study": study_id},
    )
    return [Tag(*row.values()) for row in found]
