"""Repeats, gold and planted items among a wave's own: when one is due, and which; never told to the rater."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import timedelta

from annotate_app.desk import Desk, timestamp
from annotate_app.store import added, claims
from annotate_app.store.engine import Session
from annotate_app.store.queue import POOL, Candidate, Source
from calibration.triage.design import unit_hash
from rubrics.answers import Purpose

REPEAT_AFTER_ITEMS = 10  # so many answers later an own item may be asked again
REPEAT_AFTER = timedelta(minutes=10)
KINDS: tuple[Purpose, ...] = ("repeat", "gold", "planted")


def due(seed: int, step: int, share: float) -> int | None:
    """The place among all added items of the one that comes at this step; None where none comes.

    Of every 1/share steps one is an added item, at a place of that stretch that the seed decides: shares are
    kept to within one item, and nobody can count.
    """
    if share <= 0:
        return None
    for place in range(math.floor(step * share), math.floor((step + 1) * share) + 1):
        if _step_of(seed, place, share) == step:
            return place
    return None


def steps_for(seed: int, start: int, own: int, share: float, most: float = math.inf) -> int:
    """Steps from `start` on until `own` items of the wave itself are done; at most `most` added ones."""
    if share <= 0 or own <= 0:
        return max(own, 0)
    extra, before = 0, _added_before(seed, start, share)
    while (found := _added_before(seed, start + own + extra, share) - before) > extra:
        extra = found
    return own + int(min(extra, most))


def next_added(
    session: Session,
    desk: Desk,
    source: Source,
    rater_id: int,
    skip: Collection[tuple[int, Purpose]],
    before: int = 0,
) -> tuple[Purpose, Candidate] | None:
    """The added item that is due to this rater now; None: one of the wave's own.

    What a page says it holds is never offered, and counts for nothing else: by naming more or fewer items a
    page could else find out at which steps something is mixed in.
    """
    share = sum(source.added.values())
    if source.wave_id == POOL or not share:
        return None
    seed = _seed(source, rater_id)
    place = due(seed, _step(session, source, rater_id) + before, share)
    if place is None:
        return None
    kind = _kind(seed, place, source)
    taken = {item for item, _ in skip}
    there = [item for item in candidates(session, desk, source, rater_id, kind) if item not in taken]
    if not there:
        return None
    chosen = min(there, key=lambda item: unit_hash(seed, f"{kind}:{place}:{item}"))
    return kind, Candidate(-1, chosen, 1, 0, 0, False)


def candidates(session: Session, desk: Desk, source: Source, rater_id: int, kind: Purpose) -> list[int]:
    """Numbers of the items of a kind that the rater could be shown now."""
    last = added.answered_before(session, rater_id, REPEAT_AFTER_ITEMS)
    if kind == "repeat":
        before = timestamp(desk.clock() - REPEAT_AFTER)
        return added.repeats(session, source.wave_id, rater_id, last=last, before=before)
    if kind == "gold":
        return added.gold(session, desk.study_id, source.wave_id, rater_id)
    return added.planted(session, desk.study_id, rater_id, last=last)


def more(session: Session, desk: Desk, source: Source, rater_id: int, own: int) -> int:
    """How many items are added while the rater does `own` more of the wave."""
    share = sum(source.added.values())
    if source.wave_id == POOL or not share or not own:
        return 0
    there = len(gold_left(session, desk, source, rater_id))
    if source.added.get("planted"):
        there += len(added.planted(session, desk.study_id, rater_id, last=0, left=True))
    most = math.inf if source.added.get("repeat") else there
    start = added.step(session, rater_id, source.wave_id)
    return steps_for(_seed(source, rater_id), start, own, share, most) - own


def gold_left(session: Session, desk: Desk, source: Source, rater_id: int) -> list[int]:
    """Gold items that the source may still mix in; none for one that mixes in none."""
    if not source.added.get("gold"):
        return []
    return added.gold(session, desk.study_id, source.wave_id, rater_id, left=True)


def _step(session: Session, source: Source, rater_id: int) -> int:
    """Answered in this wave, and reserved."""
    reserved = sum(claim.wave_id == source.wave_id for claim in claims.of_rater(session, rater_id))
    return added.step(session, rater_id, source.wave_id) + reserved


def _seed(source: Source, rater_id: int) -> int:
    return source.wave_id << 32 | rater_id


def _kind(seed: int, place: int, source: Source) -> Purpose:
    """One of the kinds, each as often as its share says."""
    point = unit_hash(seed, f"kind:{place}") * sum(source.added.values())
    for kind in KINDS:
        point -= source.added.get(kind, 0.0)
        if point < 0:
            return kind
    return next(kind for kind in reversed(KINDS) if source.added.get(kind))


def _step_of(seed: int, place: int, share: float) -> int:
    return math.floor((place + unit_hash(seed, f"added:{place}")) / share)


def _added_before(seed: int, step: int, share: float) -> int:
    """How many added items stand before a step."""
    place = max(math.floor(step * share) - 1, 0)
    while _step_of(seed, place, share) < step:
        place += 1
    return place
