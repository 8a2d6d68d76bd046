"""Who did what, newest first: the journal of events beside submissions, which are a journal themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.sql import from_json, number, one, rows

LABELS, MOST_COUNTED = "labels.", 100_000
_EVENTS = """
FROM event e LEFT JOIN event_link l ON l.event_id = e.id WHERE e.study_id = :study
  AND (:since = '' OR e.at >= :since) AND (:until = '' OR e.at < :until)
  AND (:actor = '' OR e.actor = :actor) AND (:kind = '' OR e.kind = :kind OR e.kind LIKE :group ESCAPE '!')
"""
_SUBMISSIONS = """
FROM submission s JOIN rater r ON r.id = s.rater_id JOIN item i ON i.id = s.item_id
WHERE s.study_id = :study AND (:since = '' OR s.at >= :since) AND (:until = '' OR s.at < :until)
  AND (:actor = '' OR r.name = :actor)
  AND (:kind = '' OR :labels || s.kind = :kind OR :labels || s.kind LIKE :group ESCAPE '!')
"""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries: from a moment on and before another, of one person, of one kind or group of kinds."""

    since: str = ""
    until: str = ""
    actor: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did what, when; `number` is its place in the chain, None for submissions and older entries."""

    at: str
    actor: str
    kind: str
    detail: Mapping[str, Any]
    number: int | None = None

    def as_json(self) -> dict[str, object]:
        numbered = {} if self.number is None else {"number": self.number}
        return {
            "at": self.at,
            "actor": self.actor,
            "kind": self.kind,
            "detail": dict(self.detail),
            **numbered,
        }


def newest(session: Session, study_id: int, sought: Sought, *, limit: int) -> list[Entry]:
    """The newest entries of both journals, at most `limit`."""
    values = {**_values(study_id, sought), "limit": limit}
    events = rows(
        session,
        f"SELECT e.at, e.actor, e.kind, e.detail, l.number {_EVENTS} ORDER BY e.id DESC LIMIT :limit",
        values,
    )
    sent = rows(
        session,
        "SELECT s.at, r.name AS actor, s.kind, i.item_id AS item, s.submission_id AS submission "
        f"{_SUBMISSIONS} ORDER BY s.id DESC LIMIT :limit",
        values,
    )
    found = [Entry(e["at"], e["actor"], e["kind"], _detail(e["detail"]), e["number"]) for e in events]
    found += [
        Entry(s["at"], s["actor"], LABELS + s["kind"], {"item": s["item"], "submission": s["submission"]})
        for s in sent
    ]
    return sorted(found, key=lambda entry: entry.at, reverse=True)[:limit]


def count(session: Session, study_id: int, sought: Sought) -> int:
    """How many entries both journals have; of each no more than MOST_COUNTED are counted."""
    values = {**_values(study_id, sought), "most": MOST_COUNTED}
    return sum(
        number(session, f"SELECT count(*) FROM (SELECT 1 AS yes {part} LIMIT :most) AS found", values)
        for part in (_EVENTS, _SUBMISSIONS)
    )


def kinds(session: Session, study_id: int) -> list[str]:
    """Every kind of entry that there is."""
    values = {"study": study_id}
    events = rows(session, "SELECT DISTINCT kind FROM event WHERE study_id = :study", values)
    sent = rows(session, "SELECT DISTINCT kind FROM submission WHERE study_id = :study", values)
    return sorted([*(row["kind"] for row in events), *(LABELS + row["kind"] for row in sent)])


def last(session: Session, study_id: int, kind: str) -> Entry | None:
    """The last entry of a kind."""
    row = one(
        session,
        "SELECT at, actor, kind, detail FROM event WHERE study_id = :study AND kind = :kind "
        "ORDER BY id DESC LIMIT 1",
        {"study": study_id, "kind": kind},
    )
    return None if row is None else Entry(row["at"], row["actor"], row["kind"], _detail(row["detail"]))


def _values(study_id: int, sought: Sought) -> dict[str, Any]:
    escaped = sought.kind.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return {
        "study": study_id, "since": sought.since, "until": sought.until, "actor": sought.actor,
        "kind": sought.kind, "group": f"{escaped}.%", "labels": LABELS,
    }  # fmt: skip


def _detail(written: str) -> Mapping[str, Any]:
    found = from_json(written)
    return found if isinstance(found, dict) else {"about": found}
