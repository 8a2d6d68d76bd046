"""Submissions: one rater's answers to one item sent together; a client-made id makes saving idempotent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlmodel import Session

from annotate_app.store.codes import PURPOSE, PURPOSE_NAMED
from annotate_app.store.engine import in_order
from annotate_app.store.items import NO_HELD_OUT_SUBMISSION
from annotate_app.store.sql import from_json, made, one, rows, run, to_json
from rubrics import evidence
from rubrics.answers import Purpose
from rubrics.evidence import Passage

Kind = Literal["rated", "undone"]


@dataclass(frozen=True, slots=True)
class SubmissionRecord:
    """A submission as stored; `number` is the store's own (0 before it is stored)."""

    number: int
    submission_id: str
    study_id: int
    item: int
    rater_id: int
    rubric_id: int
    kind: Kind
    purpose: Purpose
    at: str
    wave_id: int | None = None
    first_side: str | None = None
    active_seconds: float | None = None
    reason: str | None = None
    note: str | None = None
    failure_modes: tuple[str, ...] = ()
    evidence: tuple[Passage, ...] = ()


def find(session: Session, submission_id: str) -> SubmissionRecord | None:
    """The submission with this client-made id."""
    found = one(session, "SELECT * FROM submission WHERE submission_id = :id", {"id": submission_id})
    return None if found is None else _record(found)


def among(session: Session, rater_id: int, ids: Collection[str]) -> frozenset[str]:
    """Those of these ids under which a submission of the rater is stored."""
    statement = "SELECT 1 AS yes FROM submission WHERE submission_id = :id AND rater_id = :rater"
    return frozenset(i for i in ids if one(session, statement, {"id": i, "rater": rater_id}) is not None)


def by_number(session: Session, submission: int) -> SubmissionRecord | None:
    """The submission with this number in the store."""
    found = one(session, "SELECT * FROM submission WHERE id = :id", {"id": submission})
    return None if found is None else _record(found)


def add(session: Session, record: SubmissionRecord) -> int:
    """Store a submission behind all that are stored; its number."""
    in_order(session)
    return made(
        session,
        "INSERT INTO submission (submission_id, study_id, item_id, rater_id, rubric_id, kind, purpose, "
        "wave_id, first_side, active_seconds, at, reason, note, failure_modes, evidence) "
        "VALUES (:submission, :study, :item, :rater, :rubric, :kind, :purpose, :wave, :side, :seconds, :at, "
        ":reason, :note, :modes, :evidence)",
        {
            "submission": record.submission_id, "study": record.study_id, "item": record.item,
            "rater": record.rater_id, "rubric": record.rubric_id, "kind": record.kind,
            "purpose": PURPOSE[record.purpose], "wave": record.wave_id, "side": record.first_side,
            "seconds": record.active_seconds, "at": record.at, "reason": record.reason, "note": record.note,
            "modes": to_json(list(record.failure_modes)) if record.failure_modes else None,
            "evidence": evidence.to_json(record.evidence),
        },
    )  # fmt: skip


def labels_written(session: Session, submission: int) -> Mapping[str, int]:
    """How many labels a submission wrote, and their highest revision."""
    found = one(
        session,
        "SELECT count(*) AS n, coalesce(max(revision), 0) AS revision FROM label WHERE submission_id = :id",
        {"id": submission},
    )
    return {"labels": found["n"], "revision": found["revision"]} if found else {"labels": 0, "revision": 0}


def last_standing(session: Session, rater_id: int) -> SubmissionRecord | None:
    """The rater's newest submission whose labels stand; training answers are never taken back."""
    found = one(
        session,
        "SELECT s.* FROM submission s JOIN rated d ON d.item_id = s.item_id AND d.rater_id = s.rater_id "
        "AND d.purpose = s.purpose AND d.submission_id = s.id "
        "WHERE s.rater_id = :rater AND s.purpose <> :training ORDER BY s.id DESC LIMIT 1",
        {"rater": rater_id, "training": PURPOSE["training"]},
    )
    return None if found is None else _record(found)


def recent(session: Session, rater_id: int, *, limit: int) -> list[SubmissionRecord]:
    """The rater's newest first answers to items, newest first; no changes and no training."""
    found = rows(
        session,
        "SELECT * FROM submission WHERE rater_id = :rater AND kind = 'rated' AND purpose <> :training "
        "AND reason IS NULL ORDER BY id DESC LIMIT :limit",
        {"rater": rater_id, "training": PURPOSE["training"], "limit": limit},
    )
    return [_record(row) for row in found]


def open_seconds(session: Session, study_id: int, version: int | None, *, limit: int) -> list[float]:
    """Active seconds of each rater's newest first answers, at most `limit` each; no changes, no training.

    `version`: the split whose held-out items are left out, None where nothing is held out.
    """
    found = rows(
        session,
        "SELECT o.active_seconds FROM (SELECT s.id, s.active_seconds, "
        "row_number() OVER (PARTITION BY s.rater_id ORDER BY s.id DESC) AS place FROM submission s "
        "WHERE s.study_id = :study AND s.kind = 'rated' AND s.purpose <> :training AND s.reason IS NULL "
        f"AND {NO_HELD_OUT_SUBMISSION}) AS o "
        "WHERE o.place <= :limit AND o.active_seconds IS NOT NULL ORDER BY o.id",
        {
            "study": study_id, "training": PURPOSE["training"], "limit": limit,
            "version": -1 if version is None else version,
        },
    )  # fmt: skip
    return [row["active_seconds"] for row in found]


def last_rubric(session: Session, rater_id: int) -> str | None:
    """The hash of the wording that the rater's last answers were to."""
    found = one(
        session,
        "SELECT v.sha256 FROM submission s JOIN rubric_version v ON v.id = s.rubric_id "
        "WHERE s.rater_id = :rater AND s.kind = 'rated' ORDER BY s.id DESC LIMIT 1",
        {"rater": rater_id},
    )
    return None if found is None else str(found["sha256"])


def stands(session: Session, record: SubmissionRecord) -> bool:
    """Whether the labels that stand for this item and rater are this submission's."""
    found = one(session, "SELECT 1 AS yes FROM rated WHERE submission_id = :id", {"id": record.number})
    return found is not None


def mark_rated(session: Session, record: SubmissionRecord, submission: int) -> None:
    """From now on this rater's labels of this item stand, by this submission."""
    run(
        session,
        "INSERT INTO rated (item_id, rater_id, purpose, study_id, submission_id) "
        "VALUES (:item, :rater, :purpose, :study, :submission) "
        "ON CONFLICT (item_id, rater_id, purpose) DO UPDATE SET submission_id = excluded.submission_id",
        {
            "item": record.item, "rater": record.rater_id, "purpose": PURPOSE[record.purpose],
            "study": record.study_id, "submission": submission,
        },
    )  # fmt: skip


def unmark_rated(session: Session, record: SubmissionRecord) -> None:
    """The rater's labels of the item no longer stand."""
    run(
        session,
        "DELETE FROM rated WHERE item_id = :item AND rater_id = :rater AND purpose = :purpose",
        {"item": record.item, "rater": record.rater_id, "purpose": PURPOSE[record.purpose]},
    )


def is_rated(session: Session, item: int, rater_id: int, purpose: Purpose) -> bool:
    """Whether the rater's labels of the item stand."""
    found = one(
        session,
        "SELECT 1 AS yes FROM rated WHERE item_id = :item AND rater_id = :rater AND purpose = :purpose",
        {"item": item, "rater": rater_id, "purpose": PURPOSE[purpose]},
    )
    return found is not None


def standing(session: Session, item: int, rater_id: int, purpose: Purpose) -> SubmissionRecord | None:
    """The submission by which the rater's labels of the item stand."""
    found = one(
        session,
        "SELECT s.* FROM rated d JOIN submission s ON s.id = d.submission_id "
        "WHERE d.item_id = :item AND d.rater_id = :rater AND d.purpose = :purpose",
        {"item": item, "rater": rater_id, "purpose": PURPOSE[purpose]},
    )
    return None if found is None else _record(found)


def _record(row: Mapping[str, Any]) -> SubmissionRecord:
    return SubmissionRecord(
        number=row["id"], submission_id=row["submission_id"], study_id=row["study_id"], item=row["item_id"],
        rater_id=row["rater_id"], rubric_id=row["rubric_id"], kind=row["kind"],
        purpose=PURPOSE_NAMED[row["purpose"]], at=row["at"], wave_id=row["wave_id"],
        first_side=row["first_side"], active_seconds=row["active_seconds"], reason=row["reason"],
        note=row["note"],
        failure_modes=tuple(from_json(row["failure_modes"])) if row["failure_modes"] else (),
        evidence=evidence.from_json(row["evidence"]),
    )  # fmt: skip
