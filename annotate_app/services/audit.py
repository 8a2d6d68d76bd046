"""The audit log: who did what, entered in the same transaction and read by the owner; never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from annotate_app import logs
from annotate_app.desk import Desk
from annotate_app.services.rights import Role, require
from annotate_app.store import audit as store
from annotate_app.store import events
from annotate_app.store.audit import Entry, Sought
from annotate_app.store.engine import Session

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


@dataclass(frozen=True, slots=True)
class Chain:
    """What following the chain found: how many entries it binds, its last hash, and what is wrong."""

    entries: int
    sha256: str
    faults: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        return {"schema": "calibrant/audit-chain/1", **asdict(self)}


def record(
    session: Session, desk: Desk, *, actor: str | None, kind: str, detail: Mapping[str, object]
) -> None:
    """Enter who did what, in the transaction that does it: both are durable, or neither is.

    `detail` says what, never an answer of a rater or judge: the log is read by people who may not see those.
    Inside a request its id is entered too, by which the server's log says the rest.
    """
    asked = logs.correlation_id()
    told = dict(detail) | ({"request": asked} if asked else {})
    events.add(session, desk.study_id, at=desk.now, actor=actor or UNKNOWN, kind=kind, detail=told)


def kinds(desk: Desk, *, role: Role | None) -> tuple[str, ...]:
    """Every kind of entry that there is. Raises NotAllowed."""
    require(role, "audit.see")
    with desk.store.reading() as session:
        return tuple(store.kinds(session, desk.study_id))


def entries(desk: Desk, *, role: Role | None, sought: Sought | None = None, page: int = 0) -> AuditPage:
    """One page of the log, for the owner. Raises NotAllowed."""
    require(role, "audit.see")
    wanted, page = sought or Sought(), max(page, 0)
    with desk.store.reading() as session:
        total = store.count(session, desk.study_id, wanted)
        pages = max(1, -(-total // PER_PAGE))
        page = min(page, pages - 1)
        found = store.newest(session, desk.study_id, wanted, limit=(page + 1) * PER_PAGE)
    return AuditPage(tuple(found[page * PER_PAGE :]), page, pages, total)


def every(desk: Desk, *, role: Role | None, sought: Sought | None = None) -> tuple[Entry, ...]:
    """The newest MOST entries, for a file. Raises NotAllowed."""
    require(role, "audit.see")
    with desk.store.reading() as session:
        return tuple(store.newest(session, desk.study_id, sought or Sought(), limit=MOST))


def verify(desk: Desk, *, role: Role | None, known: str | None = None) -> Chain:
    """Follow the chain from its first entry; `known` is a hash of it that was noted elsewhere earlier.

    Removed, changed, added and reordered entries are found. Whoever can write the database can also make a
    whole new chain, or cut off its end: only a hash that was noted elsewhere finds that. The erasure of a
    person binds the chain anew, and enters the hash that it ended with until then: that one is known, too.
    """
    require(role, "audit.see")
    with desk.store.reading() as session:
        head = events.head(session, desk.study_id)
        unbound = events.unbound_after(session, desk.study_id)
        ended = events.bound_anew(session, desk.study_id)
        walked = _Walk()
        faults = list(walked.faults(events.links(session, desk.study_id)))
    if (walked.number, walked.sha256) != ((head.number, head.sha256) if head else (0, events.FIRST)):
        faults.append("the end of the chain is not where it was: entries were removed or added at its end")
    if unbound:
        faults.append(f"{unbound} entries were added past the chain")
    if known is not None and known not in walked.seen | ended:
        faults.append(f"no entry has the hash {known}: the chain is not the one it was noted from")
    return Chain(walked.number, walked.sha256, tuple(faults))


class _Walk:
    """The chain as it is followed: where it is, and every hash on the way."""

    def __init__(self) -> None:
        self.number, self.sha256, self.seen = 0, events.FIRST, set[str]()

    def faults(self, links: Iterator[events.Link]) -> Iterator[str]:
        for link in links:
            if link.number != self.number + 1:
                yield f"entries {self.number + 1} to {link.number - 1} were removed"
            elif link.kind is None:
                yield f"entry {link.number} was removed"
            elif link.sha256 != self._expected(link):
                yield f"entry {link.number} is not what it was when it was entered"
            self.number, self.sha256 = link.number, link.sha256
            self.seen.add(link.sha256)

    def _expected(self, link: events.Link) -> str:
        return events.link_sha256(self.sha256, link.number, (link.at, link.actor, link.kind, link.detail))
