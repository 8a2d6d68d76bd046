"""What was done to a whole database, entered in the audit log of each study in it; hinders nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from annotate_app.desk import Clock, timestamp, utc_now
from annotate_app.services.databases import PRESENT, CannotDo, opened, version_of
from annotate_app.store import events, studies
from annotate_app.store.schema import UnusableDatabase

Kind = Literal["database.backed_up", "database.copied", "database.migrated", "database.restored"]


def enter(
    address: str, kind: Kind, detail: Mapping[str, object], *, by: str, clock: Clock = utc_now
) -> str | None:
    """Enter it for every study, after it was done; None, or why there is no entry.

    A database that cannot be written, or that has no log in this version's form, stays as it is.
    """
    try:
        with opened(address) as store, store.writing() as session:
            if version_of(session, store) != PRESENT:
                return f"{store.address} is of another version: `calibrant db migrate` brings it to this one"
            for study in studies.listing(session):
                events.add(session, study.study_id, at=timestamp(clock()), actor=by, kind=kind, detail=detail)
    except (CannotDo, UnusableDatabase) as unwritten:
        return str(unwritten)
    return None
