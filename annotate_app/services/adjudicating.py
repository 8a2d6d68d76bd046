"""What raters answered differently, side by side for the lead; refuses other roles, knows of no judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256

from annotate_app.desk import Desk
from annotate_app.services import disputes
from annotate_app.services.adjudication_values import (
    STATES,
    CannotAdjudicate,
    Dispute,
    DisputeDetail,
    GivenAnswer,
    State,
)
from annotate_app.services.disputes import Decided, RaterAnswer
from annotate_app.services.labelling_values import UnknownItem
from annotate_app.services.remembering import Remembered, answers_of
from annotate_app.services.reserving import shown
from annotate_app.services.rights import Holder, Role, require
from annotate_app.store import adjudication as store
from annotate_app.store import items, labels, seen, studies
from annotate_app.store.adjudication import Record
from annotate_app.store.engine import Session
from annotate_app.store.items import StoredItem
from calibration.collecting import is_adjudicated
from rubrics.answers import Label, LabelStatus
from rubrics.evidence import Passage, from_json
from rubrics.rubric import NOT_APPLICABLE, Criterion, Rubric, Value

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Answers = Mapping[str, Mapping[str, tuple[RaterAnswer, ...]]]  # by criterion and item

_listed: Remembered[tuple[Dispute, ...]] = Remembered(4)
_given_to: Remembered[Answers] = Remembered(4, state=answers_of)


def disputed(desk: Desk, *, role: Role | Holder) -> tuple[Dispute, ...]:
    """Everything that raters answered differently, and what was decided; held-out items included.

    What waits for the lead comes first: tied votes before outvoted ones, wider apart before closer. Raises
    NotVisible.
    """
    leads_only(role)
    return _listed.get(desk, "disputes", lambda: _disputed(desk))


def detail(desk: Desk, item_id: str, criterion: str, *, role: Role | Holder, lead: str) -> DisputeDetail:
    """One dispute with all answers under letters; the lead no longer rates the item blind to its raters.

    Names stand beside the letters once this lead has asked for them. Raises NotVisible, UnknownItem,
    CannotAdjudicate.
    """
    leads_only(role)
    asked = criterion_named(desk.rubric, criterion)
    with desk.store.reading() as session:
        stored = item_named(session, desk, item_id)
        found = _detail(session, desk, stored, asked, lead)
        known = seen.of_item(session, desk.study_id, lead, item_id)
    if "saw answers" not in known:
        with desk.store.writing() as session:
            seen.note(session, desk.study_id, lead, item_id, frozenset({"saw answers"}), at=desk.now)
    return found


def leads_only(role: Role | Holder) -> None:
    require(role, "adjudication.see")


def criterion_named(rubric: Rubric, name: str) -> Criterion:
    found = next((criterion for criterion in rubric.criteria if criterion.name == name), None)
    if found is None:
        names = ", ".join(criterion.name for criterion in rubric.criteria)
        raise CannotAdjudicate(f"the rubric has no criterion {name!r}; it has: {names}")
    return found


def item_named(session: Session, desk: Desk, item_id: str) -> StoredItem:
    found = items.get(session, desk.study_id, item_id)
    if found is None:
        raise UnknownItem(f"the study has no item {item_id!r}")
    return found


def words(status: LabelStatus, value: Value | None) -> str:
    """An answer in a word."""
    return NOT_APPLICABLE if value is None and status == "not_applicable" else str(value)


def _disputed(desk: Desk) -> tuple[Dispute, ...]:
    given = _given_to.get(desk, "answers", lambda: _differing(desk))
    with desk.store.reading() as session:
        numbers = studies.criterion_ids(session, desk.study_id)
        found = [
            one
            for c in desk.rubric.criteria
            for one in _of_criterion(session, desk, c, numbers[c.name], given[c.name])
        ]
    return tuple(sorted(found, key=_urgency))


def _differing(desk: Desk) -> Answers:
    with desk.store.reading() as session:
        numbers = studies.criterion_ids(session, desk.study_id)
        return {
            c.name: disputes.differing(session, numbers[c.name], numeric=c.scale.kind == "interval")
            for c in desk.rubric.criteria
        }


def _urgency(one: Dispute) -> tuple[int, bool, float, str, str]:
    return (STATES.index(one.state), not one.tied, -one.spread, one.item_id, one.criterion)


def _of_criterion(
    session: Session, desk: Desk, asked: Criterion, number: int, given: Mapping[str, Sequence[RaterAnswer]]
) -> list[Dispute]:
    decided = disputes.decisions(session, desk.study_id, number)
    awaited = store.awaited(session, number)
    return [
        _dispute(asked, item_id, answers, decided.get(item_id), awaited.get(item_id, 0))
        for item_id, answers in given.items()
    ]


def _dispute(
    asked: Criterion, item_id: str, given: Sequence[RaterAnswer], decided: Decided | None, awaited: int
) -> Dispute:
    votes = Counter(words(*answer.counted) for answer in given)
    most = votes.most_common(2)
    state: State = "open" if decided is None else "stale" if decided.stale else "decided"
    return Dispute(
        item_id,
        asked.name,
        tuple(votes.most_common()),
        tied=most[0][1] == most[-1][1],
        spread=_spread(asked, given),
        state="sent back" if awaited else state,
        awaited=awaited,
        decided=None if decided is None else _decided_words(decided.record),
    )


def _decided_words(record: Record) -> str:
    return words(record.status or "observed", record.value)


def _spread(asked: Criterion, given: Sequence[RaterAnswer]) -> float:
    """How far apart on an ordered scale the outermost answers are; 0 elsewhere."""
    if not asked.scale.is_numeric:
        return 0.0
    numbers = [float(value) for _, value in (one.counted for one in given) if value is not None]
    return max(numbers, default=0.0) - min(numbers, default=0.0)


def _detail(session: Session, desk: Desk, stored: StoredItem, asked: Criterion, lead: str) -> DisputeDetail:
    number = studies.criterion_ids(session, desk.study_id)[asked.name]
    given = disputes.by_item(store.given(session, number, [stored.number])).get(stored.item.item_id, ())
    records = store.records(session, desk.study_id, item=stored.number)
    if not disputes.differ(given):
        raise CannotAdjudicate(not_differing(stored.item.item_id, asked.name))
    decided = disputes.decisions(session, desk.study_id, number).get(stored.item.item_id)
    awaited = store.awaited(session, number).get(stored.item.item_id, 0)
    named = any(record.kind == "names shown" and record.lead == lead for record in records)
    return DisputeDetail(
        shown(stored.item),
        _dispute(asked, stored.item.item_id, given, decided, awaited),
        _side_by_side(session, desk, stored, asked, given, named=named),
        tuple(record for record in records if record.criterion in (None, asked.name)),
        disputes.sha256(given),
        named,
    )


def not_differing(item_id: str, criterion: str) -> str:
    return f"{item_id}: the raters' answers to {criterion} do not differ, so there is nothing to decide"


def _side_by_side(
    session: Session,
    desk: Desk,
    stored: StoredItem,
    asked: Criterion,
    given: Sequence[RaterAnswer],
    *,
    named: bool,
) -> tuple[GivenAnswer, ...]:
    every = labels.of_item(session, desk.study_id, stored.number)
    searched = {one.rater for one in given if one.searched}
    own = [label for label in every if label.blind.judge and not is_adjudicated(label)]
    own = [one for one in own if one.purpose == ("search" if one.rater in searched else "estimate")]
    newest = {label.rater: label for label in own if label.criterion == asked.name}
    letters = letters_of(desk, stored, sorted({label.rater for label in own}))
    found = [_given(newest[one.rater], one, letters[one.rater], named=named) for one in given]
    return tuple(sorted(found, key=lambda one: (len(one.letter), one.letter)))


def letters_of(desk: Desk, stored: StoredItem, raters: Sequence[str]) -> Mapping[str, str]:
    """A letter per rater of this item, in an order that says nothing and stays; another item has another."""
    seed = f"letters:{desk.study_id}:{stored.item.item_id}"
    order = sorted(raters, key=lambda rater: sha256(f"{seed}:{rater}".encode()).digest())
    return {rater: _letter(place) for place, rater in enumerate(order)}


def _letter(place: int) -> str:
    rounds, rest = divmod(place, len(LETTERS))
    return LETTERS[rest] + (str(rounds + 1) if rounds else "")


def _given(label: Label, answer: RaterAnswer, letter: str, *, named: bool) -> GivenAnswer:
    return GivenAnswer(
        letter=letter,
        rater=answer.rater if named else "",
        status=answer.status,
        value=answer.value,
        first=answer.counted[1] if answer.changed else None,
        changed=answer.changed,
        rationale=label.rationale,
        sure=label.sure,
        failure_modes=label.failure_modes,
        evidence=_passages(label),
    )


def _passages(label: Label) -> tuple[Passage, ...]:
    """Quoted passages; imported evidence in other words has none."""
    return from_json(label.evidence) if label.evidence and label.evidence.startswith("[{") else ()
