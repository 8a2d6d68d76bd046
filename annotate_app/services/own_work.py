"""My work: a rater's own labels and changes to them; shows nobody else's, no verdict, no split, no system."""

from __future__ import annotations

from dataclasses import dataclass

from annotate_app.desk import Desk
from annotate_app.services.labelling_values import (
    Receipt,
    Side,
    Submission,
    UnknownItem,
)
from annotate_app.services.reserving import first_side, rater_number, shown
from annotate_app.services.rights import Holder, Role, require
from annotate_app.services.saving import submit
from annotate_app.store import items, labels, own_work, queue, rubrics, studies, submissions
from annotate_app.store.engine import Session
from annotate_app.store.own_work import MOST_COUNTED, OwnRow, Wanted
from rubrics.answers import Answer, Label, LabelStatus, Purpose
from rubrics.items import Item
from rubrics.rubric import Value

__all__ = ["MOST_COUNTED", "CannotChange", "Filter", "OwnItem", "OwnPage", "change", "of_item", "page"]

PER_PAGE = 25
NEVER_CHANGED = "Training answers are not changed afterwards: their explanation has been shown."
CLOSED = "The study is closed: answers can be read, not changed."
GONE = "Taken back: the item is asked again on the Rate page."


class CannotChange(ValueError):
    """Answers that stay as they are: why, and what to do instead."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What to look for; `answer` is a value of the criterion's scale, `status` why there is none."""

    text: str = ""
    criterion: str | None = None
    answer: Value | None = None
    status: LabelStatus | None = None


@dataclass(frozen=True, slots=True)
class OwnItem:
    """One item as the rater answered it: the newest labels, and all revisions before them.

    `fixed` says why it cannot be changed; empty when it can.
    """

    item_id: str
    purpose: Purpose
    beginning: str
    labels: tuple[Label, ...]
    history: tuple[Label, ...]
    first_side: Side
    at: str | None = None
    note: str | None = None
    active_seconds: float | None = None
    wave: str | None = None
    fixed: str = ""

    @property
    def taken_back(self) -> bool:
        return all(label.status == "withdrawn" for label in self.labels)

    @property
    def revision(self) -> int:
        """How often the rater has answered it, changes and withdrawals included."""
        return max((label.revision for label in self.labels), default=0)

    @property
    def failure_modes(self) -> tuple[str, ...]:
        return next((label.failure_modes for label in self.labels if label.failure_modes), ())


@dataclass(frozen=True, slots=True)
class OwnPage:
    """One page of a rater's own work; `total` stops counting at MOST_COUNTED + 1."""

    items: tuple[OwnItem, ...]
    page: int
    pages: int
    total: int


def page(
    desk: Desk,
    rater: str,
    wanted: Filter | None = None,
    *,
    number: int = 0,
    per_page: int = PER_PAGE,
    role: Role | Holder,
) -> OwnPage:
    """One page (from 0) of what the rater answered, newest first. Raises UnknownRater."""
    require(role, "labels.own")
    number = max(number, 0)
    with desk.store.reading() as session:
        rater_id = rater_number(session, desk, rater)
        found, total = own_work.page(
            session,
            desk.study_id,
            rater_id,
            _wanted(session, desk, wanted or Filter()),
            offset=number * per_page,
            limit=per_page,
        )
        own = tuple(_own(session, desk, rater, rater_id, row) for row in found)
    return OwnPage(own, number, max(1, -(-min(total, MOST_COUNTED) // per_page)), total)


def of_item(desk: Desk, rater: str, item_id: str, *, role: Role | Holder) -> tuple[Item, tuple[OwnItem, ...]]:
    """One item and everything the rater answered about it. Raises UnknownItem when there is nothing."""
    require(role, "labels.own")
    with desk.store.reading() as session:
        rater_id = rater_number(session, desk, rater)
        stored = items.get(session, desk.study_id, item_id)
        found = [] if stored is None else own_work.of_item(session, desk.study_id, rater_id, stored.number)
        if stored is None or not found:
            raise UnknownItem(f"you have answered no item {item_id!r}")
        return shown(stored.item), tuple(_own(session, desk, rater, rater_id, row) for row in found)


def change(desk: Desk, submission: Submission, *, role: Role | Holder) -> Receipt:
    """Save new answers to an item that the rater answered before, as the next revision, with the reason.

    The same submission again saves nothing. Raises CannotChange; and whatever `submit` raises.
    """
    require(role, "labels.own")
    if not (submission.reason or "").strip():
        raise CannotChange("Say why you change your answers: the reason is kept with them.")
    with desk.store.reading() as session:
        rater_id = rater_number(session, desk, submission.rater)
        stored = items.get(session, desk.study_id, submission.item_id)
        if stored is None:
            raise UnknownItem(f"the study has no item {submission.item_id!r}")
        known = submissions.find(session, submission.submission_id)
        stands = submissions.is_rated(session, stored.number, rater_id, submission.purpose)
    if known is None and (fixed := _fixed(desk, submission.purpose, stands=stands)):
        raise CannotChange(fixed)
    return submit(desk, submission)


def answers_of(own: OwnItem) -> tuple[Answer, ...]:
    """The answers that stand, to start a change from."""
    return tuple(
        Answer(label.criterion, label.value, label.status, label.rationale, label.sure)
        for label in own.labels
        if label.status in ("observed", "not_applicable")
    )


def _fixed(desk: Desk, purpose: Purpose, *, stands: bool) -> str:
    if desk.study_file.study.closed:
        return CLOSED
    if purpose == "training":
        return NEVER_CHANGED
    return "" if stands else GONE


def _wanted(session: Session, desk: Desk, wanted: Filter) -> Wanted:
    text = wanted.text.strip() or None
    criterion_id = studies.criterion_ids(session, desk.study_id).get(wanted.criterion or "")
    if criterion_id is None or wanted.criterion is None:
        return Wanted(text)
    if wanted.status is not None:
        return Wanted(text, criterion_id, status=wanted.status)
    if wanted.answer is None:
        return Wanted(text, criterion_id)
    code = rubrics.answer_codes(session, desk.study_id)[wanted.criterion].get(wanted.answer)
    if code is not None:
        return Wanted(text, criterion_id, code=code)
    return Wanted(text, criterion_id, value=float(wanted.answer))


def _own(session: Session, desk: Desk, rater: str, rater_id: int, row: OwnRow) -> OwnItem:
    every = [
        label
        for label in labels.of_item(session, desk.study_id, row.item, rater=rater)
        if label.purpose == row.purpose
    ]
    newest = {label.criterion: label for label in every}
    side: Side = "b" if (row.first_side or first_side(desk, rater_id, row.item)) == "b" else "a"
    return OwnItem(
        item_id=row.item_id,
        purpose=row.purpose,
        beginning=row.beginning,
        labels=tuple(newest.values()),
        history=tuple(label for label in every if label is not newest[label.criterion]),
        first_side=side,
        at=row.at,
        note=row.note,
        active_seconds=row.active_seconds,
        wave=None if row.wave_id is None else queue.wave_name(session, row.wave_id),
        fixed=_fixed(desk, row.purpose, stands=row.state == "stands"),
    )
