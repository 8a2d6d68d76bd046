"""Questions to the lead: one append-only thread per item and rater, and the answers published as rulings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlmodel import Session

from annotate_app.store.sql import number, one, rows, run

Kind = Literal["asked", "answered", "closed", "ruling", "seen"]
State = Literal["asked", "answered", "closed"]

_STATE = """(SELECT e.kind FROM thread_entry e WHERE e.thread_id = t.id
  AND e.kind IN ('asked', 'answered', 'closed') ORDER BY e.id DESC LIMIT 1)"""
_THREAD = f"""SELECT t.id, t.item_id AS item, i.item_id, r.name AS rater, {_STATE} AS state
FROM thread t JOIN item i ON i.id = t.item_id JOIN rater r ON r.id = t.rater_id"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of a thread: who, when, what; a ruling is what the lead tells all raters."""

    number: int
    entry_id: str
    kind: Kind
    author: str
    text: str
    at: str
    rubric_number: int | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """What one rater and the lead said about one item; its state is its last step that counts."""

    thread_id: int
    item: int
    item_id: str
    rater: str
    state: State
    entries: tuple[Entry, ...]

    @property
    def unread(self) -> bool:
        """Whether the lead said something that the rater has not marked as read."""
        steps = [entry.kind for entry in self.entries if entry.kind != "ruling"]
        said = [place for place, kind in enumerate(steps) if kind == "answered"]
        mine = [place for place, kind in enumerate(steps) if kind in ("seen", "asked")]
        return bool(said) and (not mine or said[-1] > mine[-1])


def opened(session: Session, study_id: int, item: int, rater_id: int, *, at: str) -> int:
    """The number of the thread of this item and rater, begun if there is none."""
    run(
        session,
        "INSERT INTO thread (study_id, item_id, rater_id, at) VALUES (:study, :item, :rater, :at) "
        "ON CONFLICT (item_id, rater_id) DO NOTHING",
        {"study": study_id, "item": item, "rater": rater_id, "at": at},
    )
    return number(
        session,
        "SELECT id FROM thread WHERE item_id = :item AND rater_id = :rater",
        {"item": item, "rater": rater_id},
    )


def add(
    session: Session,
    thread_id: int,
    entry_id: str,
    kind: Kind,
    *,
    author: str,
    text: str,
    rubric_id: int | None,
    at: str,
) -> int | None:
    """Put a step behind the others, once; the thread that has the entry of this id."""
    run(
        session,
        "INSERT INTO thread_entry (entry_id, thread_id, kind, author, text, rubric_id, at) "
        "VALUES (:entry, :thread, :kind, :author, :text, :rubric, :at) ON CONFLICT (entry_id) DO NOTHING",
        {
            "entry": entry_id, "thread": thread_id, "kind": kind, "author": author, "text": text,
            "rubric": rubric_id, "at": at,
        },
    )  # fmt: skip
    found = one(session, "SELECT thread_id FROM thread_entry WHERE entry_id = :entry", {"entry": entry_id})
    return None if found is None else int(found["thread_id"])


def find(session: Session, study_id: int, thread_id: int) -> Thread | None:
    """One thread of the study."""
    found = rows(
        session,
        f"{_THREAD} WHERE t.study_id = :study AND t.id = :thread",
        {"study": study_id, "thread": thread_id},
    )
    return _threads(session, found)[0] if found else None


def of_rater(session: Session, study_id: int, rater_id: int, *, limit: int) -> list[Thread]:
    """The rater's own threads, newest first."""
    statement = f"{_THREAD} WHERE t.study_id = :study AND t.rater_id = :rater ORDER BY t.id DESC LIMIT :limit"
    return _threads(session, rows(session, statement, {"study": study_id, "rater": rater_id, "limit": limit}))


def in_state(session: Session, study_id: int, state: State, *, offset: int, limit: int) -> list[Thread]:
    """Threads in a state, the one that waits longest first."""
    statement = (
        f"{_THREAD} WHERE t.study_id = :study AND {_STATE} = :state ORDER BY t.id LIMIT :limit OFFSET :offset"
    )
    values = {"study": study_id, "state": state, "limit": limit, "offset": offset}
    return _threads(session, rows(session, statement, values))


def count(session: Session, study_id: int) -> dict[State, int]:
    """How many threads are in each state."""
    found = rows(
        session,
        f"SELECT {_STATE} AS state, count(*) AS n FROM thread t WHERE t.study_id = :study GROUP BY 1",
        {"study": study_id},
    )
    counts: dict[State, int] = {"asked": 0, "answered": 0, "closed": 0}
    return counts | {row["state"]: row["n"] for row in found if row["state"]}


def rulings(session: Session, study_id: int, *, limit: int) -> list[Entry]:
    """What the lead published to all raters, newest first."""
    found = rows(
        session,
        "SELECT e.*, v.number AS rubric_number FROM thread_entry e JOIN thread t ON t.id = e.thread_id "
        "LEFT JOIN rubric_version v ON v.id = e.rubric_id "
        "WHERE e.kind = 'ruling' AND t.study_id = :study ORDER BY e.id DESC LIMIT :limit",
        {"study": study_id, "limit": limit},
    )
    return [_entry(row) for row in found]


def _threads(session: Session, found: Sequence[Mapping[str, Any]]) -> list[Thread]:
    if not found:
        return []
    numbers = ", ".join(str(int(row["id"])) for row in found)
    entries: dict[int, list[Entry]] = {}
    for row in rows(
        session,
        "SELECT e.*, v.number AS rubric_number FROM thread_entry e "
        f"LEFT JOIN rubric_version v ON v.id = e.rubric_id WHERE e.thread_id IN ({numbers}) ORDER BY e.id",
    ):
        entries.setdefault(row["thread_id"], []).append(_entry(row))
    return [
        Thread(
            row["id"], row["item"], row["item_id"], row["rater"], row["state"] or "asked",
            tuple(entries.get(row["id"], ())),
        )
        for row in found
    ]  # fmt: skip


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        row["id"], row["entry_id"], row["kind"], row["author"], row["text"] or "", row["at"],
        row["rubric_number"],
    )  # fmt: skip
