"""Rating: the next item for a rater, saving answers so that none is lost, taking them back, progress."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services.asking import next_item, next_items, progress
from annotate_app.services.labelling_values import (
    InvalidSubmission,
    NextItem,
    NothingLeft,
    Progress,
    RaterInfo,
    Receipt,
    Side,
    Submission,
    SubmissionConflict,
    UnknownItem,
    UnknownRater,
)
from annotate_app.services.prefetching import Held
from annotate_app.services.reserving import release
from annotate_app.services.saving import last_standing, submit, take_back, undo
from annotate_app.store import raters as rater_store
from rubrics.naming import refused_in

__all__ = [
    "Held",
    "InvalidSubmission",
    "NextItem",
    "NothingLeft",
    "Progress",
    "RaterInfo",
    "Receipt",
    "Side",
    "Submission",
    "SubmissionConflict",
    "UnknownItem",
    "UnknownRater",
    "add_rater",
    "last_standing",
    "next_item",
    "next_items",
    "progress",
    "raters",
    "release",
    "submit",
    "take_back",
    "undo",
]

LONGEST_NAME = 80


def raters(desk: Desk) -> tuple[RaterInfo, ...]:
    """The study's raters in order of name."""
    with desk.store.reading() as session:
        found = rater_store.listing(session, desk.study_id)
    return tuple(RaterInfo(rater.name, rater.added_at) for rater in found)


def add_rater(desk: Desk, name: str) -> RaterInfo:
    """Put a name on the list; a known one is returned as it is. ValueError for an unusable name."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise ValueError(f"a rater's name has 1 to {LONGEST_NAME} characters")
    if character := refused_in(name):
        raise ValueError(f"a rater's name has no invisible signs: {character} is in this one")
    with desk.store.writing() as session:
        rater_store.add(session, desk.study_id, [name], at=desk.now)
        found = rater_store.find(session, desk.study_id, name)
    if found is None:
        raise UnknownRater(f"{name!r} could not be added: open the study again, then retry")
    return RaterInfo(found.name, found.added_at)
