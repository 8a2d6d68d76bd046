"""The chain that binds the journal of events: followed from its first entry, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from annotate_app.store import events
from annotate_app.store.engine import Session


@dataclass(frozen=True, slots=True)
class Chain:
    """What following the chain found: how many entries it binds, its last hash, and what is wrong."""

    entries: int
    sha256: str
    faults: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        return {"schema": "calibrant/audit-chain/1", **asdict(self)}


def follow(session: Session, study_id: int, *, known: str | None = None) -> Chain:
    """What following a study's chain finds; `known` is a hash of it that was noted elsewhere."""
    head = events.head(session, study_id)
    unbound = events.unbound_after(session, study_id)
    ended = events.bound_anew(session, study_id)
    walked = _Walk()
    faults = list(walked.faults(events.links(session, study_id)))
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
