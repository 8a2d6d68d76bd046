"""Ask the lead: a rater's question about an item, its answer, rulings for all; threads stay private."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from annotate_app.desk import Desk
from annotate_app.services.labelling_values import UnknownItem
from annotate_app.services.reserving import rater_number, shown
from annotate_app.services.rights import Holder, NotVisible, Role, require
from annotate_app.store import items, rubrics
from annotate_app.store import threads as store
from annotate_app.store.engine import Session
from annotate_app.store.threads import Entry, Kind, State, Thread
from rubrics.items import Item

__all__ = ["BadQuestion", "Entry", "QuestionPage", "State", "Thread"]

LONGEST = 4_000
MINE, RULINGS, PER_PAGE = 100, 50, 10


class BadQuestion(ValueError):
    """What was asked or answered cannot be kept: why."""


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """One page of threads in one state with their items (no system, no labels, no verdicts)."""

    threads: tuple[tuple[Thread, Item], ...]
    page: int
    pages: int
    counts: Mapping[State, int]


def ask(desk: Desk, rater: str, item_id: str, text: str, *, entry_id: str) -> Thread:
    """Flag an item with a question; `entry_id` is client-made, and the same again asks nothing twice.

    A question behind an answer opens the thread again. Raises UnknownRater, UnknownItem, BadQuestion.
    """
    with desk.store.writing() as session:
        rater_id = rater_number(session, desk, rater)
        stored = items.get(session, desk.study_id, item_id)
        if stored is None:
            raise UnknownItem(f"the study has no item {item_id!r}")
        thread_id = store.opened(session, desk.study_id, stored.number, rater_id, at=desk.now)
        return _add(session, desk, thread_id, "asked", rater, text, entry_id)


def answer(
    desk: Desk, thread_id: int, text: str, *, lead: str, close: bool = False, role: Role | Holder
) -> Thread:
    """Answer a rater's question; with `close` the thread ends here, until the rater asks again."""
    require(role, "questions.answer")
    with desk.store.writing() as session:
        found = _add(session, desk, thread_id, "answered", lead, text, uuid.uuid4().hex)
        return found if not close else _add(session, desk, thread_id, "closed", lead, "", uuid.uuid4().hex)


def close(desk: Desk, thread_id: int, *, lead: str, role: Role | Holder) -> Thread:
    """End a thread without a word more."""
    require(role, "questions.answer")
    with desk.store.writing() as session:
        return _add(session, desk, thread_id, "closed", lead, "", uuid.uuid4().hex)


def publish(desk: Desk, thread_id: int, text: str, *, lead: str, role: Role | Holder) -> Thread:
    """Tell all raters how to read the rubric; neither the question nor who asked it is told."""
    require(role, "questions.answer")
    with desk.store.writing() as session:
        return _add(session, desk, thread_id, "ruling", lead, text, uuid.uuid4().hex)


def seen(desk: Desk, rater: str, thread_id: int) -> Thread:
    """The rater has read the answer. Raises NotVisible for another rater's thread."""
    with desk.store.writing() as session:
        rater_number(session, desk, rater)
        found = _find(session, desk, thread_id)
        if found.rater != rater:
            raise NotVisible("this thread is another rater's")
        return _add(session, desk, thread_id, "seen", rater, "", uuid.uuid4().hex) if found.unread else found


def mine(desk: Desk, rater: str) -> tuple[Thread, ...]:
    """The rater's own threads, newest first."""
    with desk.store.reading() as session:
        rater_id = rater_number(session, desk, rater)
        return tuple(store.of_rater(session, desk.study_id, rater_id, limit=MINE))


def news(desk: Desk, rater: str) -> tuple[Thread, ...]:
    """The rater's threads with an answer that was not read yet."""
    return tuple(thread for thread in mine(desk, rater) if thread.unread)


def threads(desk: Desk, *, role: Role, state: State = "asked", page: int = 0) -> QuestionPage:
    """One page (from 0) of the study's threads in a state, for the lead. Raises NotVisible."""
    require(role, "questions.answer")
    page = max(page, 0)
    with desk.store.reading() as session:
        counts = store.count(session, desk.study_id)
        found = store.in_state(session, desk.study_id, state, offset=page * PER_PAGE, limit=PER_PAGE)
        shown_items = [shown(items.by_number(session, thread.item)) for thread in found]
    pages = max(1, -(-counts[state] // PER_PAGE))
    return QuestionPage(tuple(zip(found, shown_items, strict=True)), page, pages, counts)


def rulings(desk: Desk) -> tuple[Entry, ...]:
    """What the lead has published to all raters, newest first."""
    with desk.store.reading() as session:
        return tuple(store.rulings(session, desk.study_id, limit=RULINGS))


def last_answer(thread: Thread) -> str:
    """The lead's newest words in a thread."""
    return next((entry.text for entry in reversed(thread.entries) if entry.kind == "answered"), "")


def letter_head(thread: Thread) -> str:
    """What the lead's newest words are: the answer to a question, or a letter of the lead's own."""
    said = [entry.kind for entry in thread.entries if entry.kind in ("asked", "answered")]
    asked = said[-2:] == ["asked", "answered"]
    return f"The lead {'answers your question' if asked else 'writes'} about {thread.item_id}"


def _add(
    session: Session, desk: Desk, thread_id: int, kind: Kind, author: str, text: str, entry_id: str
) -> Thread:
    text = text.strip()
    if kind in ("asked", "answered", "ruling") and not text:
        raise BadQuestion("write something first")
    if len(text) > LONGEST:
        raise BadQuestion(f"longer than {LONGEST:,} characters: say it shorter")
    _find(session, desk, thread_id)
    rubric_id = rubrics.find(session, desk.study_id, desk.rubric.sha256)
    kept = store.add(
        session, thread_id, entry_id, kind, author=author, text=text, rubric_id=rubric_id, at=desk.now
    )
    if kept != thread_id:
        raise BadQuestion("this id stands for a question about another item: reload the page and ask again")
    return _find(session, desk, thread_id)


def _find(session: Session, desk: Desk, thread_id: int) -> Thread:
    found = store.find(session, desk.study_id, thread_id)
    if found is None:
        raise UnknownItem(f"the study has no thread {thread_id}")
    return found
