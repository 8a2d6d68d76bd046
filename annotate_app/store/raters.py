"""The raters of a study, by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, select

from annotate_app.store.codes import PURPOSE
from annotate_app.store.sql import one, rows, run
from annotate_app.store.tables import RaterRow


@dataclass(frozen=True, slots=True)
class RaterRecord:
    """A rater's number, name, and when the name was added."""

    rater_id: int
    name: str
    added_at: str


def listing(session: Session, study_id: int) -> list[RaterRecord]:
    """Every rater of the study in order of name."""
    query = select(RaterRow).where(RaterRow.study_id == study_id).order_by(RaterRow.name)
    return [_record(row) for row in session.exec(query)]


def find(session: Session, study_id: int, name: str) -> RaterRecord | None:
    """The rater with this name."""
    found = one(
        session,
        "SELECT id, name, added_at FROM rater WHERE study_id = :study AND name = :name",
        {"study": study_id, "name": name},
    )
    return None if found is None else RaterRecord(found["id"], found["name"], found["added_at"])


def _record(row: RaterRow) -> RaterRecord:
    return RaterRecord(row.id or 0, row.name, row.added_at)


def add(session: Session, study_id: int, names: Iterable[str], *, at: str) -> None:
    """Make the raters who are new."""
    run(
        session,
        "INSERT INTO rater (study_id, name, added_at) VALUES (:study, :name, :at) "
        "ON CONFLICT (study_id, name) DO NOTHING",
        [{"study": study_id, "name": name, "at": at} for name in dict.fromkeys(names)],
    )


def counts(session: Session, study_id: int) -> dict[str, int]:
    """How many items each rater has answered, by name, training aside; 0 for those who have none.

    An item that was answered again, for another purpose, counts again: as the desk counts it.
    """
    found = rows(
        session,
        "SELECT r.name, (SELECT count(*) FROM rated d WHERE d.rater_id = r.id "
        "AND d.purpose <> :training) AS n FROM rater r WHERE r.study_id = :study ORDER BY r.name",
        {"study": study_id, "training": PURPOSE["training"]},
    )
    return {row["name"]: row["n"] for row in found}
