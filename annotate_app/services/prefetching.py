"""Several items at once for a page that shows the next without asking; each is reserved, none twice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from annotate_app.desk import Desk, timestamp
from annotate_app.services.labelling_values import NextItem
from annotate_app.services.reserving import (
    RESERVED_FOR,
    FreeItem,
    find_free,
    next_item_of,
    open_sources,
    own_rows,
    rater_number,
    reservation,
    reserve,
    still_holds,
)
from annotate_app.store import claims, items, queue, tokens
from annotate_app.store.claims import Claim
from annotate_app.store.engine import Session
from rubrics.answers import Purpose

MOST_AT_ONCE = 3
A_MOMENT = timedelta(minutes=3)
TOLD_AS_ESTIMATE: tuple[Purpose, ...] = ("estimate", "search", "gold", "planted", "repeat")


@dataclass(frozen=True, slots=True)
class Held:
    """An item that the rater's page has already: on the screen, waiting its turn, or answered and unsent.

    `item_id` is its token, or its id.
    """

    item_id: str
    purpose: Purpose = "estimate"


def next_items(desk: Desk, rater: str, *, count: int, held: Collection[Held] = ()) -> tuple[NextItem, ...]:
    """Up to `count` (at most 3) items that the page does not hold, all reserved for the rater.

    What the rater has reserved comes first, oldest first, and is prolonged, held or not; then what the
    queue offers. Fewer come when little is left or another rater was faster. Raises UnknownRater.
    """
    count = max(0, min(count, MOST_AT_ONCE))
    with desk.store.reading() as session:
        rater_id = rater_number(session, desk, rater)
        known = _numbers(session, desk, held, rater_id)
    if desk.study_file.study.closed:
        return ()
    with desk.store.writing(own=own_rows(desk, rater)) as session:
        upcoming = _prolonged(session, desk, rater_id, known)[:count]
        reserved = {(claim.item, claim.purpose) for claim in claims.of_rater(session, rater_id)}
    found = _free(desk, rater_id, count - len(upcoming), known | reserved)
    if not found:
        return tuple(upcoming)
    with desk.store.writing(own=own_rows(desk, rater)) as session:
        fresh = [reserve(session, desk, rater_id, free, place=place) for place, free in enumerate(found)]
    return (*upcoming, *(found_item for found_item in fresh if found_item is not None))


def release_others(desk: Desk, rater: str, keep: Collection[Held]) -> int:
    """Give the items that were reserved after the last of `keep` back to the queue; how many.

    Those before it stay reserved, as when they had just been given: a page that could choose which to give
    back would see from what comes next which of them were mixed in.
    """
    with desk.store.writing(own=own_rows(desk, rater)) as session:
        rater_id = rater_number(session, desk, rater)
        kept = _numbers(session, desk, keep, rater_id)
        given: list[Claim] = []
        for claim in claims.of_rater(session, rater_id):
            given = [] if (claim.item, claim.purpose) in kept else [*given, claim]
        for claim in given:
            claims.drop(session, claim.item, rater_id, claim.purpose)
        return len(given)


def _numbers(session: Session, desk: Desk, held: Collection[Held], rater_id: int) -> set[tuple[int, Purpose]]:
    """The store's numbers of what is held, by token or id; what the study does not have is left out."""
    numbers: set[tuple[int, Purpose]] = set()
    for one in held:
        if (meant := tokens.find(session, rater_id, one.item_id)) is not None:
            numbers.add((meant.item, meant.purpose))
        elif (item := items.get(session, desk.study_id, one.item_id)) is not None:
            meanings = TOLD_AS_ESTIMATE if one.purpose == "estimate" else (one.purpose,)
            numbers |= {(item.number, purpose) for purpose in meanings}
    return numbers


def _prolonged(
    session: Session, desk: Desk, rater_id: int, known: Collection[tuple[int, Purpose]]
) -> list[NextItem]:
    """The rater's reservations that hold, with time enough; those that the page lacks, as next items.

    What was reserved or prolonged a moment ago is left as it is: a step that changes nothing costs no write.
    What a clock that ran ahead has reserved for too long runs from now again.
    """
    long_enough, latest = (timestamp(desk.clock() + RESERVED_FOR - less) for less in (A_MOMENT, -A_MOMENT))
    sources = {source.wave_id: source for source in open_sources(session, desk)}
    upcoming = []
    for claim in claims.of_rater(session, rater_id):
        if not still_holds(session, desk, claim, sources.get(claim.wave_id or queue.POOL)):
            claims.drop(session, claim.item, rater_id, claim.purpose)
            continue
        if not long_enough <= claim.expires_at <= latest:
            claim = reservation(desk, claim)
            claims.put(session, claim)
        if (claim.item, claim.purpose) not in known:
            upcoming.append(next_item_of(session, claim))
    return upcoming


def _free(desk: Desk, rater_id: int, count: int, skip: Collection[tuple[int, Purpose]]) -> list[FreeItem]:
    """The next `count` free items of the rater's queue; looked for outside the write lock."""
    found: list[FreeItem] = []
    passed = set(skip)
    while len(found) < count:
        following = find_free(desk, rater_id, skip=passed, coming=found)
        if following is None:
            break
        passed.add((following.candidate.item, following.source.purpose))
        found.append(following)
    return found
