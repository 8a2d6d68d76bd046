"""What a rater is asked next: a short reservation, never more raters than wanted, nothing twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice
from typing import cast

from annotate_app.desk import Desk, timestamp
from annotate_app.services import finished, interleaving
from annotate_app.services.labelling_values import NextItem, NothingLeft, Side, UnknownRater
from annotate_app.services.order import domain_bits, shuffled, side
from annotate_app.store import added, claims, items, labels, queue, raters, submissions, tokens
from annotate_app.store.claims import Claim
from annotate_app.store.engine import Session, holding
from annotate_app.store.queue import Candidate, Source
from rubrics.answers import Answer, Label, Purpose
from rubrics.evidence import of_answer
from rubrics.items import Item

RESERVED_FOR = timedelta(minutes=15)
SOON = timedelta(minutes=1)  # before a reservation ends, whether another takes the item is looked at
FEW, MANY = 8, 256  # positions looked at in one query: few at first, many when those are taken
CLOSED = "This study is closed: nothing is asked any more. Thank you."
ATTEMPTS = 50  # how often another rater may be faster before this one is told to wait


def next_item(desk: Desk, rater: str) -> NextItem | NothingLeft:
    """The rater's reserved item, else the next of the queue, reserved now. Raises UnknownRater.

    Open waves come first, oldest first; then unlabelled development items. Inside an estimating wave the
    order is each rater's own; a search wave is asked in its order of doubt.
    """
    with desk.store.reading() as session:
        rater_id = rater_number(session, desk, rater)
        reserved = claims.of_rater(session, rater_id)
    if desk.study_file.study.closed:
        return NothingLeft(CLOSED)
    kept = _keep_reserved(desk, rater, rater_id) if reserved else None
    if kept is not None:
        return kept
    taken: set[tuple[int, Purpose]] = set()  # by raters who were faster: looked at again when all are
    for _ in range(ATTEMPTS):
        found = find_free(desk, rater_id, skip=taken)
        if found is None and not taken:
            return NothingLeft("Nothing is left to rate for you now. Thank you.")
        upcoming = None if found is None else _reserve(desk, rater, rater_id, found)
        if upcoming is not None:
            return upcoming
        taken = taken | {(found.candidate.item, found.source.purpose)} if found else set()
    return NothingLeft("Other raters were faster each time: look again in a moment.")


def release(desk: Desk, rater: str) -> int:
    """Give the rater's reserved items back to the queue; how many."""
    with desk.store.writing(own=own_rows(desk, rater)) as session:
        return claims.release(session, rater_number(session, desk, rater))


def own_rows(desk: Desk, rater: str) -> tuple[str, ...]:
    """What a step of a rater's writes: their own reservations and answers, beside other raters' steps."""
    return (f"rater {desk.study_id} {rater}",)


def reservation(desk: Desk, claim: Claim) -> Claim:
    """The claim, running from now."""
    return replace(claim, expires_at=timestamp(desk.clock() + RESERVED_FOR))


def first_side(desk: Desk, rater_id: int, item: int) -> str:
    """Which output of a pair stands first on this rater's screen: a coin seeded by all three, so it stays."""
    return side(f"side:{desk.study_id}:{rater_id}:{item}")


def rater_number(session: Session, desk: Desk, rater: str) -> int:
    found = raters.find(session, desk.study_id, rater)
    if found is None:
        raise UnknownRater(f"{rater!r} is not a rater of this study: add the name first")
    return found.rater_id


def open_sources(session: Session, desk: Desk) -> list[Source]:
    return queue.sources(session, desk.study_id, desk.study_file.study.raters_per_item)


def _keep_reserved(desk: Desk, rater: str, rater_id: int) -> NextItem | None:
    """The oldest reservation that still holds, prolonged; the others that do not hold are dropped."""
    with desk.store.writing(own=own_rows(desk, rater)) as session:
        sources = {source.wave_id: source for source in open_sources(session, desk)}
        for claim in claims.of_rater(session, rater_id):
            if still_holds(session, desk, claim, sources.get(claim.wave_id or queue.POOL)):
                claim = reservation(desk, claim)
                claims.put(session, claim)
                return next_item_of(session, claim)
            claims.drop(session, claim.item, rater_id, claim.purpose)
    return None


def still_holds(session: Session, desk: Desk, claim: Claim, source: Source | None) -> bool:
    """An expired reservation holds while nobody else has taken the item, or is taking it."""
    if claim.expires_at > timestamp(desk.clock() + SOON):
        return True
    if claim.expires_at > desk.now:
        return bool(holding(session, [claim.item]))
    if source is None:
        return False
    if claim.purpose != source.purpose:  # mixed into the wave: nobody else competes for it
        return True
    if not holding(session, [claim.item]):
        return False
    found = queue.candidate(session, source, claim.item, claim.rater_id, desk.now)
    return found is not None and found.free


@dataclass(frozen=True, slots=True)
class FreeItem:
    """A free item, and how far everything before it is over for this rater.

    `added`: it is none of the source's own, but mixed in, for the purpose that the source has here.
    """

    source: Source
    candidate: Candidate
    place: int
    added: bool = False


def find_free(
    desk: Desk,
    rater_id: int,
    *,
    skip: Collection[tuple[int, Purpose]] = (),
    coming: Collection[FreeItem] = (),
) -> FreeItem | None:
    """The first free item in the rater's order that is not among `skip`; `coming` are not reserved yet."""
    with desk.store.reading() as session:
        for source in open_sources(session, desk):
            if finished.has_nothing(session, desk, source, rater_id):
                continue
            before = sum(one.source.wave_id == source.wave_id for one in coming)
            found = _first_of(session, desk, source, rater_id, skip, before)
            if found is not None:
                return found
    return None


def _first_of(
    session: Session, desk: Desk, source: Source, rater_id: int, skip: Collection[tuple[int, Purpose]],
    before: int,
) -> FreeItem | None:  # fmt: skip
    """The first free item of one source, or what is mixed in before it; `before` others are on the way."""
    kept = queue.place_of(session, rater_id, source.wave_id, _order_size(source))
    found = _first_free(session, desk, source, rater_id, kept, skip)
    if found is None and not queue.count_left(session, source, rater_id):
        finished.note_nothing(session, desk, source, rater_id)
    elif found is None and kept:
        # Something behind the rater's place is free again: taken back, or more raters are wanted.
        found = _first_free(session, desk, source, rater_id, 0, skip)
    if found is None:
        return None
    mixed_in = interleaving.next_added(session, desk, source, rater_id, skip, before)
    if mixed_in is None:
        return found
    purpose, candidate = mixed_in
    return FreeItem(replace(source, purpose=purpose), candidate, found.place, added=True)


def _first_free(
    session: Session,
    desk: Desk,
    source: Source,
    rater_id: int,
    start: int,
    skip: Collection[tuple[int, Purpose]],
) -> FreeItem | None:
    order, at_once = _order(desk, source, rater_id, start), FEW
    over_up_to: int | None = None
    while places := list(islice(order, at_once)):
        at_once = MANY
        found = queue.at_positions(session, source, [p for _, p in places], rater_id, desk.now)
        for place, position in places:
            candidate = found.get(position)
            if over_up_to is None and candidate is not None and not candidate.over:
                over_up_to = place
            if candidate is None or (candidate.item, source.purpose) in skip:
                continue
            if candidate.free:
                return FreeItem(source, candidate, place if over_up_to is None else over_up_to)
    return None


def _order(desk: Desk, source: Source, rater_id: int, start: int) -> Iterator[tuple[int, int]]:
    """(place, position) in the order in which this rater is asked."""
    if source.ordered:
        return ((place, place) for place in range(start, source.size))
    return shuffled(f"order:{desk.study_id}:{source.wave_id}:{rater_id}", source.size, start=start)


def _order_size(source: Source) -> int:
    """What a kept place refers to: another size is another order."""
    return source.size if source.ordered else 1 << domain_bits(source.size)


def _reserve(desk: Desk, rater: str, rater_id: int, found: FreeItem) -> NextItem | None:
    """Reserve the item if it is still free; the check and the claim are one transaction."""
    with desk.store.writing(own=own_rows(desk, rater)) as session:
        return reserve(session, desk, rater_id, found)


def reserve(
    session: Session, desk: Desk, rater_id: int, found: FreeItem, *, place: int = 0
) -> NextItem | None:
    """Reserve the item inside a writing session if it is still free; `place` orders those of one moment."""
    source, item = found.source, found.candidate.item
    if not _is_free(session, desk, rater_id, found):
        return None
    queue.keep_place(session, rater_id, source.wave_id, _order_size(source), found.place)
    claim = reservation(
        desk,
        Claim(
            item=item,
            rater_id=rater_id,
            purpose=source.purpose,
            study_id=desk.study_id,
            wave_id=source.wave_id or None,
            first_side=first_side(desk, rater_id, item),
            claimed_at=timestamp(desk.clock() + timedelta(microseconds=place)),
            expires_at="",
        ),
    )
    claims.put(session, claim)
    return next_item_of(session, claim)


def _is_free(session: Session, desk: Desk, rater_id: int, found: FreeItem) -> bool:
    if found.added:
        return added.still_free(session, found.candidate.item, rater_id, found.source.purpose)
    if not holding(session, [found.candidate.item]):
        return False
    now = queue.candidate(session, found.source, found.candidate.item, rater_id, desk.now)
    return now is not None and now.free


def next_item_of(session: Session, claim: Claim) -> NextItem:
    """What the rater is shown for a reservation."""
    upcoming = NextItem(
        item=shown(items.by_number(session, claim.item)),
        purpose=claim.purpose,
        wave=None if claim.wave_id is None else queue.wave_name(session, claim.wave_id),
        first_side=cast(Side, claim.first_side),
        expires_at=claim.expires_at,
        token=_token(session, claim),
    )
    taken_back = None if claim.withdrawn is None else submissions.by_number(session, claim.withdrawn)
    if taken_back is None:
        return upcoming
    return replace(
        upcoming,
        previous=tuple(
            _answer(label)
            for label in labels.of_submission(session, taken_back.number)
            if label.status != "withdrawn"
        ),
        previous_failure_modes=taken_back.failure_modes,
        previous_note=taken_back.note,
        previous_evidence=taken_back.evidence,
    )


def _token(session: Session, claim: Claim) -> str:
    """What the rater's page may call the item; training is no secret, its items keep their names."""
    if claim.purpose == "training":
        return items.by_number(session, claim.item).item_id
    return tokens.of_item(session, claim.item, claim.rater_id, claim.purpose, claim.wave_id)


def _answer(label: Label) -> Answer:
    reason = label.reason if label.status == "skipped" else None
    quoted = of_answer(label.evidence)
    return Answer(label.criterion, label.value, label.status, label.rationale, label.sure, reason, quoted)


def shown(item: Item) -> Item:
    """What a rater may see: no system, stratum or bookkeeping that could give the author away."""
    return Item(
        item_id=item.item_id,
        kind=item.kind,
        input=item.input,
        output=item.output,
        output_a=item.output_a,
        output_b=item.output_b,
        context=item.context,
        sources=item.sources,
        reference=item.reference,
        sensitive=item.sensitive,
    )
