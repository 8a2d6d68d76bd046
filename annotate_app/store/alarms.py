"""Alarms, how things stood after each run of the monitor, and where following began: added, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.events import add
from annotate_app.store.sql import from_json, rows, run, to_json

BEGAN, RESTARTED = "monitor began", "monitor restarted"


@dataclass(frozen=True, slots=True)
class AlarmRecord:
    """An alarm that was raised, with its content as JSON."""

    number: int
    run_id: int
    kind: str
    subject: str
    content: Mapping[str, Any]
    at: str


@dataclass(frozen=True, slots=True)
class StateRecord:
    """How things stood when a run ended."""

    run_id: int
    judge: str
    content: Mapping[str, Any]
    at: str


def save_state(session: Session, run_id: int, content: object, *, at: str) -> None:
    """Keep how things stood at the end of a run."""
    run(
        session,
        "INSERT INTO monitor_state (run_id, content, at) VALUES (:run, :content, :at)",
        {"run": run_id, "content": to_json(content), "at": at},
    )


def states(session: Session, study_id: int) -> list[StateRecord]:
    """Every state of the study, oldest first."""
    found = rows(
        session,
        "SELECT s.run_id, r.judge_name, s.content, s.at FROM monitor_state s "
        "JOIN monitor_run r ON r.id = s.run_id WHERE r.study_id = :study ORDER BY s.run_id",
        {"study": study_id},
    )
    return [StateRecord(r["run_id"], r["judge_name"], from_json(r["content"]), r["at"]) for r in found]


def add_alarm(
    session: Session, study_id: int, run_id: int, kind: str, subject: str, content: object, *, at: str
) -> None:
    """Keep an alarm."""
    run(
        session,
        "INSERT INTO alarm (study_id, run_id, kind, subject, content, at) "
        "VALUES (:study, :run, :kind, :subject, :content, :at)",
        {
            "study": study_id, "run": run_id, "kind": kind, "subject": subject,
            "content": to_json(content), "at": at,
        },
    )  # fmt: skip


def alarms(session: Session, study_id: int, *, after: int = 0) -> list[AlarmRecord]:
    """Alarms behind number `after`, oldest first."""
    found = rows(
        session,
        "SELECT id, run_id, kind, subject, content, at FROM alarm WHERE study_id = :study AND id > :after "
        "ORDER BY id",
        {"study": study_id, "after": after},
    )
    return [
        AlarmRecord(r["id"], r["run_id"], r["kind"], r["subject"], from_json(r["content"]), r["at"])
        for r in found
    ]


def add_event(session: Session, study_id: int, kind: str, detail: object, *, actor: str, at: str) -> None:
    """Enter a beginning or a restart in the journal of events."""
    add(session, study_id, at=at, actor=actor, kind=kind, detail=detail)


def events(session: Session, study_id: int, kind: str) -> list[dict[str, Any]]:
    """The details of all events of a kind, oldest first, each with `at` and `actor`."""
    statement = "SELECT at, actor, detail FROM event WHERE study_id = :study AND kind = :kind ORDER BY id"
    found = rows(session, statement, {"study": study_id, "kind": kind})
    return [from_json(row["detail"]) | {"at": row["at"], "actor": row["actor"]} for row in found]
