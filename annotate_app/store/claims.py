"""Claims: an item reserved for a rater for a short time; one open claim per (item, rater, purpose)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.codes import PURPOSE, PURPOSE_NAMED
from annotate_app.store.sql import one, rows, run
from rubrics.answers import Purpose


@dataclass(frozen=True, slots=True)
class Claim:
    """A reservation; `withdrawn` is the submission that was taken back, whose answers are a start."""

    item: int
    rater_id: int
    purpose: Purpose
    study_id: int
    wave_id: int | None
    first_side: str
    claimed_at: str
    expires_at: str
    withdrawn: int | None = None


def of_rater(session: Session, rater_id: int) -> list[Claim]:
    """The rater's reservations, expired ones included, oldest first."""
    statement = "SELECT * FROM claim WHERE rater_id = :rater ORDER BY claimed_at, item_id"
    return [_claim(row) for row in rows(session, statement, {"rater": rater_id})]


def find(session: Session, item: int, rater_id: int, purpose: Purpose) -> Claim | None:
    """The open reservation of this item by this rater for this purpose."""
    found = one(
        session,
        "SELECT * FROM claim WHERE item_id = :item AND rater_id = :rater AND purpose = :purpose",
        {"item": item, "rater": rater_id, "purpose": PURPOSE[purpose]},
    )
    return None if found is None else _claim(found)


def put(session: Session, claim: Claim) -> None:
    """Reserve, or prolong what is reserved."""
    run(
        session,
        "INSERT INTO claim (item_id, rater_id, purpose, study_id, wave_id, first_side, claimed_at, "
        "expires_at, withdrawn_id) VALUES (:item, :rater, :purpose, :study, :wave, :side, :at, "
        ":expires, :withdrawn) "
        "ON CONFLICT (item_id, rater_id, purpose) DO UPDATE SET expires_at = excluded.expires_at",
        {
            "item": claim.item, "rater": claim.rater_id, "purpose": PURPOSE[claim.purpose],
            "study": claim.study_id, "wave": claim.wave_id, "side": claim.first_side,
            "at": claim.claimed_at, "expires": claim.expires_at, "withdrawn": claim.withdrawn,
        },
    )  # fmt: skip


def drop(session: Session, item: int, rater_id: int, purpose: Purpose) -> None:
    """End the reservation of this item by this rater for this purpose, if there is one."""
    run(
        session,
        "DELETE FROM claim WHERE item_id = :item AND rater_id = :rater AND purpose = :purpose",
        {"item": item, "rater": rater_id, "purpose": PURPOSE[purpose]},
    )


def release(session: Session, rater_id: int) -> int:
    """Drop all reservations of a rater; how many."""
    return run(session, "DELETE FROM claim WHERE rater_id = :rater", {"rater": rater_id})


def _claim(row: Mapping[str, Any]) -> Claim:
    return Claim(
        item=row["item_id"], rater_id=row["rater_id"], purpose=PURPOSE_NAMED[row["purpose"]],
        study_id=row["study_id"], wave_id=row["wave_id"], first_side=row["first_side"],
        claimed_at=row["claimed_at"], expires_at=row["expires_at"], withdrawn=row["withdrawn_id"],
    )  # fmt: skip
