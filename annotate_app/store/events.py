"""The journal of events: the one place that adds an entry, each bound to the one before by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.engines.dialect import Raw
from annotate_app.store.sql import Row, from_json, number, one, rows, run, stream, to_json

FIRST = ""
ERASED = "rater.erased"


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain with the entry that it binds; `kind` is None where the entry is not there."""

    number: int
    sha256: str
    at: str | None
    actor: str | None
    kind: str | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of a chain: how many entries it binds, and their hash."""

    number: int
    sha256: str


def add(session: Session | Raw, study_id: int, *, at: str, actor: str, kind: str, detail: object) -> None:
    """Enter who did what, bound to the entry before; the chain's head is held until the transaction ends."""
    written = to_json(detail)
    (entered,) = _made(
        session,
        "INSERT INTO event (study_id, at, actor, kind, detail) "
        "VALUES (:study, :at, :actor, :kind, :detail) RETURNING id",
        {"study": study_id, "at": at, "actor": actor, "kind": kind, "detail": written},
    )
    place, before = _made(
        session,
        "INSERT INTO event_head (study_id, number, sha256) VALUES (:study, 1, :first) "
        "ON CONFLICT (study_id) DO UPDATE SET number = event_head.number + 1 RETURNING number, sha256",
        {"study": study_id, "first": FIRST},
    )
    sha256 = link_sha256(before, place, (at, actor, kind, written))
    _made(
        session,
        "INSERT INTO event_link (event_id, study_id, number, sha256) "
        "VALUES (:event, :study, :number, :sha256) RETURNING number",
        {"event": entered, "study": study_id, "number": place, "sha256": sha256},
    )
    _made(
        session,
        "UPDATE event_head SET sha256 = :sha256 WHERE study_id = :study RETURNING number",
        {"study": study_id, "sha256": sha256},
    )


def add_to_all(session: Session, *, at: str, actor: str, kind: str, detail: object) -> None:
    """Enter in every study's journal what was done to the whole database."""
    for row in rows(session, "SELECT id FROM study ORDER BY id"):
        add(session, row["id"], at=at, actor=actor, kind=kind, detail=detail)


def _made(session: Session | Raw, statement: str, values: Row) -> tuple[Any, ...]:
    """What the one row has that a statement wrote; an import's connection is asked alike."""
    if isinstance(session, Session):
        row = one(session, statement, values)
        found = [] if row is None else [tuple(row.values())]
    else:
        found = [tuple(row) for row in session.execute(statement, values).fetchall()]
    if len(found) != 1:
        raise RuntimeError(f"the journal of events: the database wrote {len(found)} rows for one entry")
    return found[0]


def link_sha256(before: str, place: int, entry: tuple[str | None, ...]) -> str:
    """The hash of a link: over the link before it, its number, and when, who, what and the details."""
    return hashlib.sha256(to_json([before, place, *entry]).encode()).hexdigest()


def links(session: Session, study_id: int) -> Iterator[Link]:
    """The study's chain from its first link."""
    found = stream(
        session,
        "SELECT l.number, l.sha256, e.at, e.actor, e.kind, e.detail FROM event_link l "
        "LEFT JOIN event e ON e.id = l.event_id AND e.study_id = l.study_id "
        "WHERE l.study_id = :study ORDER BY l.number",
        {"study": study_id},
    )
    for row in found:
        yield Link(row["number"], row["sha256"], row["at"], row["actor"], row["kind"], row["detail"])


def studies_with_entries(session: Session) -> list[int]:
    """The numbers of all studies whose journal is bound, or should be."""
    found = rows(session, "SELECT study_id FROM event_head ORDER BY study_id")
    return [row["study_id"] for row in found]


def head(session: Session, study_id: int) -> Head | None:
    """The last link as the study's row keeps it; None before the first entry."""
    row = one(session, "SELECT number, sha256 FROM event_head WHERE study_id = :study", {"study": study_id})
    return None if row is None else Head(row["number"], row["sha256"])


def unbound_after(session: Session, study_id: int) -> int:
    """Entries without a link that came after the first bound one: added by something else than `add`."""
    return number(
        session,
        "SELECT count(*) FROM event e LEFT JOIN event_link l ON l.event_id = e.id "
        "WHERE e.study_id = :study AND l.event_id IS NULL AND e.id > "
        "(SELECT min(event_id) FROM event_link WHERE study_id = :study)",
        {"study": study_id},
    )


def bind_anew(session: Session, study_id: int) -> bool:
    """Follow the chain and write the hashes of what it says now; whether any was another.

    For the erasure of a person alone: every other change must be found by `links`.
    """
    before, changed = FIRST, False
    for link in list(links(session, study_id)):
        sha256 = link_sha256(before, link.number, (link.at, link.actor, link.kind, link.detail))
        if sha256 != link.sha256:
            changed = True
            run(
                session,
                "UPDATE event_link SET sha256 = :sha256 WHERE study_id = :study AND number = :number",
                {"sha256": sha256, "study": study_id, "number": link.number},
            )
        before = sha256
    values = {"sha256": before, "study": study_id}
    run(session, "UPDATE event_head SET sha256 = :sha256 WHERE study_id = :study", values)
    return changed


def bound_anew(session: Session, study_id: int) -> frozenset[str]:
    """The hashes with which the chain ended when a person was erased and it was bound anew."""
    statement = "SELECT detail FROM event WHERE study_id = :study AND kind = :kind ORDER BY id"
    found = rows(session, statement, {"study": study_id, "kind": ERASED})
    return frozenset(filter(None, (from_json(row["detail"])["chain_before"] for row in found)))
