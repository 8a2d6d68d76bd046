"""What a lead does about a dispute, each step one record behind the others; refuses to change a label."""

from __future__ import annotations

import uuid

from annotate_app.desk import Desk
from annotate_app.services import audit, disputes
from annotate_app.services.adjudicating import criterion_named, item_named, not_differing
from annotate_app.services.adjudication_values import AnswersChanged, CannotAdjudicate
from annotate_app.services.disputes import RaterAnswer
from annotate_app.services.rights import Holder, Role, require
from annotate_app.store import adjudication as store
from annotate_app.store import raters, rubrics, seen, studies, threads
from annotate_app.store.adjudication import Kind, Record
from annotate_app.store.engine import Session
from annotate_app.store.items import StoredItem
from rubrics.answers import LabelStatus
from rubrics.rubric import NOT_APPLICABLE, Criterion, UnknownAnswer, Value

LONGEST = 4_000
ASKED_AGAIN = "Please look at the question {criterion} again: {note}"

Answer = tuple[LabelStatus, Value | None]
NO_ANSWER: tuple[None, None] = (None, None)


def decide(
    desk: Desk,
    item_id: str,
    criterion: str,
    raw: object,
    *,
    reason: str,
    lead: str,
    seen_sha256: str | None = None,
    role: Role | Holder,
) -> Record:
    """Make an answer the reference; "not applicable" where the criterion has it: the item then has none.

    `seen_sha256` are the answers that the lead saw. Raises AnswersChanged when they are others by now,
    CannotAdjudicate when they do not differ or the answer or the reason cannot be kept.
    """
    require(role, "adjudication.decide")
    answer = _answer(criterion_named(desk.rubric, criterion), raw)
    words = _words(reason, "Say why: the reason is kept with the decision.")
    with desk.store.writing() as session:
        stored = item_named(session, desk, item_id)
        now = disputes.sha256(_differing(session, desk, stored, criterion))
        if seen_sha256 is not None and seen_sha256 != now:
            raise AnswersChanged(f"{item_id}: a rater has answered anew since you looked: look again")
        return _add(session, desk, stored, criterion, "decided", lead, words, now, answer)


def undo(desk: Desk, item_id: str, criterion: str, *, reason: str, lead: str, role: Role | Holder) -> Record:
    """Take a decision back by another record: the raters' answers are the reference again."""
    require(role, "adjudication.decide")
    criterion_named(desk.rubric, criterion)
    words = _words(reason, "Say why it is taken back.")
    with desk.store.writing() as session:
        stored = item_named(session, desk, item_id)
        number = studies.criterion_ids(session, desk.study_id)[criterion]
        decided = disputes.decisions(session, desk.study_id, number).get(item_id)
        if decided is None:
            raise CannotAdjudicate(f"{item_id}: nothing is decided about {criterion}")
        return _add(
            session, desk, stored, criterion, "undone", lead, words, decided.record.labels_sha256, NO_ANSWER
        )


def send_back(
    desk: Desk, item_id: str, criterion: str, *, note: str, lead: str, role: Role | Holder
) -> Record:
    """Ask the raters of the item again, with a note: it is the next thing each of them is asked.

    Their new answers are revisions; as they know that others differed, their first answers go on counting
    for human agreement.
    """
    require(role, "adjudication.decide")
    criterion_named(desk.rubric, criterion)
    words = _words(note, "Say what the raters should look at again.")
    with desk.store.writing() as session:
        stored = item_named(session, desk, item_id)
        answers = _differing(session, desk, stored, criterion)
        names = [answer.rater for answer in answers if not answer.searched]
        if not names:
            raise CannotAdjudicate(f"{item_id}: answers of a search wave are not asked again: decide")
        now = disputes.sha256(answers)
        record = _add(session, desk, stored, criterion, "sent back", lead, words, now, NO_ANSWER)
        store.ask_again(session, record.number, stored.number, names, desk.study_id)
        for name in names:
            _tell(session, desk, stored, name, criterion, words, lead)
        return record


def show_names(desk: Desk, item_id: str, *, lead: str, role: Role | Holder) -> None:
    """From now on this lead sees who answered the item; that is on record."""
    require(role, "adjudication.decide")
    with desk.store.writing() as session:
        stored = item_named(session, desk, item_id)
        _add(session, desk, stored, None, "names shown", lead, "", "", NO_ANSWER)


def _answer(asked: Criterion, raw: object) -> Answer:
    if asked.not_applicable and str(raw).replace("_", " ") == NOT_APPLICABLE:
        return ("not_applicable", None)
    try:
        return ("observed", asked.scale.parse(raw))
    except UnknownAnswer as fault:
        raise CannotAdjudicate(f"{asked.name}: {fault}") from fault


def _words(text: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise CannotAdjudicate(missing)
    if len(text) > LONGEST:
        raise CannotAdjudicate(f"Longer than {LONGEST:,} characters: say it shorter.")
    return text


def _differing(session: Session, desk: Desk, stored: StoredItem, criterion: str) -> tuple[RaterAnswer, ...]:
    """The raters' answers, which must differ: nothing but that makes an item one to decide."""
    number = studies.criterion_ids(session, desk.study_id)[criterion]
    item_id = stored.item.item_id
    given = disputes.by_item(store.given(session, number, [stored.number])).get(item_id, ())
    if not disputes.differ(given):
        raise CannotAdjudicate(not_differing(item_id, criterion))
    return given


def _add(
    session: Session,
    desk: Desk,
    stored: StoredItem,
    criterion: str | None,
    kind: Kind,
    lead: str,
    words: str,
    sha256: str,
    answer: tuple[LabelStatus | None, Value | None],
) -> Record:
    rubric_id = rubrics.find(session, desk.study_id, desk.rubric.sha256)
    if rubric_id is None:
        raise CannotAdjudicate("the study's rubric is not registered: open the study again")
    ids = studies.criterion_ids(session, desk.study_id)
    number = store.add(
        session, desk.study_id, item=stored.number, criterion_id=ids.get(criterion or ""), kind=kind,
        lead=_lead(lead), words=words, labels_sha256=sha256, rubric_id=rubric_id, at=desk.now,
        status=answer[0], value=answer[1],
    )  # fmt: skip
    about = {"item": stored.item.item_id, "criterion": criterion}
    audit.record(
        session, desk, actor=_lead(lead), kind=f"adjudication.{kind.replace(' ', '_')}", detail=about
    )
    return next(
        record
        for record in store.records(session, desk.study_id, item=stored.number)
        if record.number == number
    )


def _lead(name: str) -> str:
    """Who decides; a record without a name would not be one."""
    name = " ".join(name.split())
    if not name or len(name) > 80:
        raise CannotAdjudicate("Say who you are: a name of 1 to 80 characters is kept with every step.")
    return name


def _tell(
    session: Session, desk: Desk, stored: StoredItem, rater: str, criterion: str, note: str, lead: str
) -> None:
    """A letter beside the rater's items; and what is answered after it is not blind to others' answers."""
    item_id, known = stored.item.item_id, raters.find(session, desk.study_id, rater)
    if known is None:
        return
    thread = threads.opened(session, desk.study_id, stored.number, known.rater_id, at=desk.now)
    text = ASKED_AGAIN.format(criterion=criterion.replace("_", " "), note=note)
    rubric_id = rubrics.find(session, desk.study_id, desk.rubric.sha256)
    threads.add(
        session,
        thread,
        uuid.uuid4().hex,
        "answered",
        author=lead,
        text=text,
        rubric_id=rubric_id,
        at=desk.now,
    )
    seen.note(session, desk.study_id, rater, item_id, frozenset({"saw answers"}), at=desk.now)
