"""The audit log: who did what, entered in the same transaction and read by the owner; never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from annotate_app import logs
from annotate_app.desk import Desk
from annotate_app.services.audit_chain import Chain, follow
from annotate_app.services.rights import Holder, Role, require
from annotate_app.store import audit as store
from annotate_app.store import events
from annotate_app.store.audit import Entry, Sought
from annotate_app.store.engine import Raw, Session

__all__ = ["AuditPage", "Chain", "Entry", "Sought", "entries", "every", "kinds", "record", "verify"]

PER_PAGE, MOST = 50, 100_000
UNKNOWN = "(not said)"
NOTE = (
    "Entries of the journal are bound by their hashes; submissions are a journal of their own, and are shown "
    "here beside it."
)


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page (from 0) of the log, newest first; `total` stops counting at MOST."""

    entries: tuple[Entry, ...]
    page: int
    pages: int
    total: int


def record(
    session: Session | Raw, desk: Desk, *, actor: str | None, kind: str, detail: Mapping[str, object]
) -> None:
    """Enter who did what, in the transaction that does it: both are durable, or neither is.

    `detail` says what, never an answer of a rater or judge: the log is read by people who may not see those.
    Inside a request its id is entered too, by which the server's log says the rest.
    """
    asked = logs.correlation_id()
    told = dict(detail) | ({"request": asked} if asked else {})
    events.add(session, desk.study_id, at=desk.now, actor=actor or UNKNOWN, kind=kind, detail=told)


def kinds(desk: Desk, *, role: Role | Holder) -> tuple[str, ...]:
    """Every kind of entry that there is. Raises NotAllowed."""
    require(role, "audit.see")
    with desk.store.reading() as session:
        return tuple(store.kinds(session, desk.study_id))


def entries(desk: Desk, *, role: Role | Holder, sought: Sought | None = None, page: int = 0) -> AuditPage:
    """One page of the log, for the owner. Raises NotAllowed."""
    require(role, "audit.see")
    wanted, page = sought or Sought(), max(page, 0)
    with desk.store.reading() as session:
        total = store.count(session, desk.study_id, wanted)
        pages = max(1, -(-total // PER_PAGE))
        page = min(page, pages - 1)
        found = store.newest(session, desk.study_id, wanted, limit=(page + 1) * PER_PAGE)
    return AuditPage(tuple(found[page * PER_PAGE :]), page, pages, total)


def every(desk: Desk, *, role: Role | Holder, sought: Sought | None = None) -> tuple[Entry, ...]:
    """The newest MOST entries, for a file. Raises NotAllowed."""
    require(role, "audit.see")
    with desk.store.reading() as session:
        return tuple(store.newest(session, desk.study_id, sought or Sought(), limit=MOST))


def verify(desk: Desk, *, role: Role | Holder, known: str | None = None) -> Chain:
    """Follow the chain from its first entry; `known` is a hash of it that was noted elsewhere earlier.

    Removed, changed, added and reordered entries are found. Whoever can write the database can also make a
    whole new chain, or cut off its end: only a hash that was noted elsewhere finds that. The erasure of a
    person binds the chain anew, and enters the hash that it ended with until then: that one is known, too.
    """
    require(role, "audit.see")
    with desk.store.reading() as session:
        return follow(session, desk.study_id, known=known)
