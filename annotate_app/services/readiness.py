"""Whether a label that is given now would be kept: asked by whoever watches the server; says no secret."""

from __future__ import annotations

from dataclasses import dataclass

from annotate_app.desk import Desk
from annotate_app.store.standing import file_of, free_bytes, standing

ROOM_BYTES = 100 * 2**20  # some 100,000 labels with their journal


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold, and the reason in words where it does not; no path and no name in it."""

    name: str
    passed: bool
    reason: str = ""

    def as_json(self) -> dict[str, object]:
        return {"ok": self.passed} if self.passed else {"ok": False, "reason": self.reason}


def readiness(desk: Desk) -> tuple[Check, ...]:
    """Database, migrations, room on the disk and permission to write; reads alone."""
    found = standing(desk.store)
    unknown = "the database does not answer"
    fault = f"{unknown} ({found.reason})" if found.reason else unknown
    return (
        Check("database", found.answers, fault),
        Check("migrations", found.current, "the database lacks migrations" if found.answers else unknown),
        Check("writing", found.writable, "the database cannot be written to" if found.answers else unknown),
        _room(desk),
    )


def _room(desk: Desk) -> Check:
    path = file_of(desk.store)
    free = free_bytes(desk.folder if path is None else path.parent)
    if free is None:
        return Check("disk", False, "the disk does not say how much room it has")
    return Check("disk", free >= ROOM_BYTES, f"{free // 2**20} MB free, fewer than {ROOM_BYTES // 2**20}")
