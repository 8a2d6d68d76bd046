"""Saving a submission and taking one back: one durable transaction each, nothing overwritten."""

from __future__ import annotations

from dataclasses import dataclass, replace

from annotate_app.desk import Desk
from annotate_app.services.labelling_values import (
    InvalidSubmission,
    Receipt,
    Submission,
    SubmissionConflict,
    UnknownItem,
    UnknownRater,
)
from annotate_app.services.meaning import meant
from annotate_app.services.quoting import problems_of
from annotate_app.services.reserving import first_side, own_rows, reservation
from annotate_app.services.saved_log import told
from annotate_app.store import added, claims, items, labels, queue, raters, rubrics, studies, submissions
from annotate_app.store import seen as seen_store
from annotate_app.store.claims import Claim
from annotate_app.store.codes import flags_of
from annotate_app.store.engine import Session
from annotate_app.store.labels import Cell, Entry, Standing
from annotate_app.store.submissions import SubmissionRecord
from rubrics.answers import Answer, Blind
from rubrics.render import AnswerProblem, check_answers
from rubrics.rubric import Rubric, Value

NO_LONGER_ASKED, TAKEN_BACK = "no longer asked after the new answers", "taken back by the rater"
CHANGED, LOOKED_AGAIN = "changed by the rater", "looked at again, sent back by the lead"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a submission goes, by the store's numbers."""

    item: int
    rater_id: int
    rubric_id: int
    claim: Claim | None
    wave_id: int | None
    pi: float | None


@told("label.saved")
def submit(desk: Desk, submission: Submission) -> Receipt:
    """Save one item's answers; on disk when this returns. The same submission again saves nothing.

    Answers that stand already become the next revision, with `submission.reason`; what is no longer asked
    is withdrawn. A reservation that has expired, or an item that has enough raters by now, is no reason to
    refuse. Raises InvalidSubmission, UnknownRater, UnknownItem, SubmissionConflict.
    """
    submission = meant(desk, submission)
    rubric = _rubric(desk, submission)
    checked = check_answers(rubric, submission.answers, failure_modes=submission.failure_modes)
    problems = checked.problems or _empty(submission) or problems_of(desk, submission)
    if problems:
        raise InvalidSubmission(problems)
    with desk.store.writing(own=own_rows(desk, submission.rater)) as session:
        known = submissions.find(session, submission.submission_id)
        if known is not None:
            return _again(session, desk, submission, known)
        return _save(session, desk, submission, rubric, checked.answers)


@told("label.taken_back")
def undo(desk: Desk, rater: str) -> Receipt | None:
    """Take the rater's last standing submission back and reserve its item again; None: nothing to undo.

    Its labels get a withdrawn revision; the next task is that item, with its answers to start from.
    """
    with desk.store.writing(own=own_rows(desk, rater)) as session:
        found = raters.find(session, desk.study_id, rater)
        if found is None:
            raise UnknownRater(f"{rater!r} is not a rater of this study: add the name first")
        last = submissions.last_standing(session, found.rater_id)
        return None if last is None else _take_back(session, desk, last)


def last_standing(desk: Desk, rater: str) -> str | None:
    """The id of the rater's newest submission whose labels stand."""
    with desk.store.reading() as session:
        found = raters.find(session, desk.study_id, rater)
        last = None if found is None else submissions.last_standing(session, found.rater_id)
        return None if last is None else last.submission_id


@told("label.taken_back")
def take_back(desk: Desk, rater: str, submission_id: str) -> Receipt | None:
    """Take back one submission of the rater's; asked again, it does nothing more (`duplicate`).

    None when its labels do not stand: it was never stored, or a later one stands in its place; and for
    training answers, whose explanation has been shown.
    """
    with desk.store.writing(own=own_rows(desk, rater)) as session:
        found = raters.find(session, desk.study_id, rater)
        if found is None:
            raise UnknownRater(f"{rater!r} is not a rater of this study")
        undone = submissions.find(session, f"undo:{submission_id}")
        if undone is not None and undone.rater_id == found.rater_id:
            written = submissions.labels_written(session, undone.number)
            item_id = items.by_number(session, undone.item).item_id
            return Receipt(
                undone.submission_id, item_id, written["labels"], written["revision"], undone.at, True,
                undone.rater_id,
            )  # fmt: skip
        last = submissions.find(session, submission_id)
        if last is None or last.rater_id != found.rater_id or last.purpose == "training":
            return None
        if not submissions.stands(session, last):
            return None
        return _take_back(session, desk, last)


def _rubric(desk: Desk, submission: Submission) -> Rubric:
    """The wording that the rater saw; answers wait in browsers, so it may be an earlier one."""
    seen = submission.rubric_sha256
    if seen is None or seen == desk.rubric.sha256:
        return desk.rubric
    with desk.store.reading() as session:
        earlier = rubrics.version(session, desk.study_id, seen)
    if earlier is None:
        message = f"the study has never had a rubric with the hash {seen[:12]}…: reload the page"
        raise InvalidSubmission((AnswerProblem("", message),))
    return earlier


def _empty(submission: Submission) -> tuple[AnswerProblem, ...]:
    return () if submission.answers else (AnswerProblem("", "holds no answer: answer or skip the item"),)


def _again(session: Session, desk: Desk, submission: Submission, known: SubmissionRecord) -> Receipt:
    """The receipt of what is stored under this id, if it is the same item and rater."""
    place = _place(session, desk, submission)
    if (known.study_id, known.item, known.rater_id) != (desk.study_id, place.item, place.rater_id):
        raise SubmissionConflict(
            f"submission {submission.submission_id!r} stands for another item or rater: use a new id"
        )
    written = submissions.labels_written(session, known.number)
    return Receipt(
        known.submission_id,
        submission.item_id,
        written["labels"],
        written["revision"],
        known.at,
        duplicate=True,
        rater_id=known.rater_id,
    )


def _place(session: Session, desk: Desk, submission: Submission) -> _Place:
    rater = raters.find(session, desk.study_id, submission.rater)
    if rater is None:
        raise UnknownRater(f"{submission.rater!r} is not a rater of this study: add the name first")
    item = items.get(session, desk.study_id, submission.item_id)
    if item is None:
        raise UnknownItem(f"the study has no item {submission.item_id!r}")
    rubric = rubrics.find(session, desk.study_id, submission.rubric_sha256 or desk.rubric.sha256)
    if rubric is None:
        message = "the study's rubric is not registered: open the study again"
        raise InvalidSubmission((AnswerProblem("", message),))
    claim = claims.find(session, item.number, rater.rater_id, submission.purpose)
    named = queue.wave_numbered(session, desk.study_id, submission.wave) if submission.wave else None
    wave = claim.wave_id if claim is not None else named
    of_wave = wave is not None and submission.purpose in ("estimate", "search")
    pi = queue.pi_of(session, wave, item.number) if wave is not None and of_wave else None
    return _Place(item.number, rater.rater_id, rubric, claim, wave, pi)


def _save(
    session: Session, desk: Desk, submission: Submission, rubric: Rubric, answers: tuple[Answer, ...]
) -> Receipt:
    place = _place(session, desk, submission)
    standing = {
        label.criterion: label
        for label in labels.standing(session, desk.study_id, place.item, place.rater_id, submission.purpose)
    }
    edited = submissions.is_rated(session, place.item, place.rater_id, submission.purpose)
    reason = submission.reason or (_why_changed(place) if edited else None)
    record = SubmissionRecord(
        0, submission.submission_id, desk.study_id, place.item, place.rater_id, place.rubric_id, "rated",
        submission.purpose, desk.now, place.wave_id, _side(desk, place), submission.active_seconds, reason,
        submission.note, submission.failure_modes, submission.evidence,
    )  # fmt: skip
    number = submissions.add(session, record)
    wanted = (*answers, *_hidden(answers, standing))
    seen = seen_store.of_item(session, desk.study_id, submission.rater, submission.item_id)
    flags = flags_of(Blind(peers="saw answers" not in seen, judge="saw verdicts" not in seen))
    entries = _entries(session, desk, record, number, wanted, standing, flags=flags, pi=place.pi)
    labels.append(session, entries)
    submissions.mark_rated(session, record, number)
    if place.wave_id is not None and not edited:
        added.count_step(session, place.rater_id, place.wave_id, 1)
    claims.drop(session, place.item, place.rater_id, submission.purpose)
    return _receipt(submission.item_id, record, entries)


def _why_changed(place: _Place) -> str:
    """A reservation of an item whose answers stand is one that the lead asked for."""
    return LOOKED_AGAIN if place.claim is not None else CHANGED


def _side(desk: Desk, place: _Place) -> str:
    return place.claim.first_side if place.claim else first_side(desk, place.rater_id, place.item)


def _hidden(answers: tuple[Answer, ...], standing: dict[str, Standing]) -> tuple[Answer, ...]:
    """Withdrawals of what stands but is not among the new answers."""
    given = {answer.criterion for answer in answers}
    return tuple(
        Answer(name, None, "withdrawn", reason=NO_LONGER_ASKED)
        for name, label in standing.items()
        if name not in given and label.status != "withdrawn"
    )


def _entries(
    session: Session,
    desk: Desk,
    record: SubmissionRecord,
    number: int,
    answers: tuple[Answer, ...],
    standing: dict[str, Standing],
    *,
    flags: int,
    pi: float | None,
) -> list[Entry]:
    """One revision per answer, the next of its cell."""
    ids = studies.criterion_ids(session, desk.study_id)
    codes = rubrics.answer_codes(session, desk.study_id)
    return [
        Entry(
            cell=Cell(ids[answer.criterion], record.item, record.rater_id, record.purpose),
            revision=1 + (standing[answer.criterion].revision if answer.criterion in standing else 0),
            answer=replace(answer, reason=answer.reason or record.reason),
            code=None if answer.value is None else codes[answer.criterion].get(answer.value),
            number=_number(answer.value),
            flags=flags,
            submission=number,
            at=record.at,
            wave_id=record.wave_id,
            pi=pi,
        )
        for answer in answers
    ]


def _number(value: Value | None) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _take_back(session: Session, desk: Desk, last: SubmissionRecord) -> Receipt:
    standing = {
        label.criterion: label
        for label in labels.standing(session, desk.study_id, last.item, last.rater_id, last.purpose)
        if label.status != "withdrawn"
    }
    record = SubmissionRecord(
        0, f"undo:{last.submission_id}", desk.study_id, last.item, last.rater_id, last.rubric_id, "undone",
        last.purpose, desk.now, last.wave_id, last.first_side, None, TAKEN_BACK,
    )  # fmt: skip
    number = submissions.add(session, record)
    withdrawn = tuple(Answer(name, None, "withdrawn", reason=TAKEN_BACK) for name in standing)
    entries = _entries(session, desk, record, number, withdrawn, standing, flags=flags_of(Blind()), pi=None)
    labels.append(session, entries)
    submissions.unmark_rated(session, last)
    if last.wave_id is not None:
        added.count_step(session, last.rater_id, last.wave_id, -1)
    claims.put(session, reservation(desk, _claim_again(desk, last)))
    return _receipt(items.by_number(session, last.item).item_id, record, entries)


def _claim_again(desk: Desk, last: SubmissionRecord) -> Claim:
    return Claim(
        item=last.item,
        rater_id=last.rater_id,
        purpose=last.purpose,
        study_id=desk.study_id,
        wave_id=last.wave_id,
        first_side=last.first_side or "a",
        claimed_at="",  # before all others: it is asked next
        expires_at="",
        withdrawn=last.number,
    )


def _receipt(item_id: str, record: SubmissionRecord, entries: list[Entry]) -> Receipt:
    revision = max((entry.revision for entry in entries), default=0)
    written = len(entries)
    return Receipt(record.submission_id, item_id, written, revision, record.at, rater_id=record.rater_id)
