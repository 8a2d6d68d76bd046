"""What was done to a whole database, entered in the audit log of each study in it; hinders nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from annotate_app.desk import Clock, timestamp, utc_now
from annotate_app.services.databases import PRESENT, CannotDo, opened, version_of
from annotate_app.store import events, schema
from annotate_app.store.engine import Session
from annotate_app.store.schema import UnusableDatabase

Kind = Literal["database.backed_up", "database.copied", "database.migrated", "database.restored"]


def enter_with(
    session: Session, kind: Kind, detail: Mapping[str, object], *, by: str, clock: Clock = utc_now
) -> None:
    """Enter it for every study in the transaction that does it; one of an earlier version has no log."""
    if schema.version(session.connection()) == PRESENT:
        events.add_to_all(session, at=timestamp(clock()), actor=by, kind=kind, detail=detail)


def enter(
    address: str, kind: Kind, detail: Mapping[str, object], *, by: str, clock: Clock = utc_now
) -> str | None:
    """Enter it for every study in a transaction of its own; None, or why there is no entry.

    For what leaves the database: before the file or the other database is there. A database that cannot be
    written, or that has no log in this version's form, stays as it is.
    """
    try:
        with opened(address) as store, store.writing() as session:
            if version_of(session, store) != PRESENT:
                return f"{store.address} is of another version: `calibrant db migrate` brings it to this one"
            events.add_to_all(session, at=timestamp(clock()), actor=by, kind=kind, detail=detail)
    except (CannotDo, UnusableDatabase) as unwritten:
        return str(unwritten)
    return None
