"""Probes of judges: what each found, as JSON; added and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from annotate_app.store.sql import from_json, rows, run, to_json


def add(
    session: Session, study_id: int, judge_id: int, kind: str, content: Mapping[str, object], *, at: str
) -> None:
    """Keep what a probe found."""
    run(
        session,
        "INSERT INTO probe (study_id, judge_id, kind, content, at) "
        "VALUES (:study, :judge, :kind, :content, :at)",
        {"study": study_id, "judge": judge_id, "kind": kind, "content": to_json(content), "at": at},
    )


def counts(session: Session, judge_id: int, *, until: str | None = None) -> dict[str, int]:
    """How many probes of each kind were made of one exact judge; none after `until`."""
    found = rows(
        session,
        "SELECT kind, count(*) AS n FROM probe WHERE judge_id = :judge "
        "AND (CAST(:until AS TEXT) IS NULL OR at <= :until) GROUP BY kind",
        {"judge": judge_id, "until": until},
    )
    return {row["kind"]: row["n"] for row in found}


def latest(session: Session, judge_id: int, *, until: str | None = None) -> list[dict[str, Any]]:
    """The content of the newest probe of each kind of one exact judge, by kind; none after `until`."""
    found = rows(
        session,
        "SELECT content FROM probe WHERE id IN "
        "(SELECT max(id) FROM probe WHERE judge_id = :judge "
        "AND (CAST(:until AS TEXT) IS NULL OR at <= :until) GROUP BY kind) ORDER BY kind",
        {"judge": judge_id, "until": until},
    )
    return [from_json(row["content"]) for row in found]
