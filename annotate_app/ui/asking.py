"""What the buttons around questions do: ask, answer, close, publish, read; keeps words until stored."""

from __future__ import annotations

import uuid

from annotate_app.desk import Desk
from annotate_app.services import questions
from annotate_app.services.questions import BadQuestion
from annotate_app.ui import state


def field(name: str) -> str:
    """The key of the text field of a thread, or of an item that is asked about."""
    return f"cal-question-{name}"


def ask(desk: Desk, rater: str, item_id: str, name: str) -> None:
    """Send the words of a field to the lead, and empty it once they are stored."""
    key = field(name)
    text = str(state.value_of(key) or "")
    try:
        questions.ask(desk, rater, item_id, text, entry_id=f"{rater}:{uuid.uuid4().hex}")
    except BadQuestion as refusal:
        state.say(f"Not sent: {refusal}.")
        return
    state.empty(key)
    state.say("Your question is with the lead. The reply comes here and to My work.")


def answer(desk: Desk, thread_id: int, lead: str, *, close: bool) -> None:
    """Store the lead's answer, and close the thread if asked to."""
    key = field(f"thread-{thread_id}")
    text = str(state.value_of(key) or "")
    try:
        questions.answer(desk, thread_id, text, lead=lead, close=close, role=state.role())
    except BadQuestion as refusal:
        state.say(f"Not stored: {refusal}.")
        return
    state.empty(key)
    state.say("Answered: the rater sees it at the desk and in My work.")


def close(desk: Desk, thread_id: int, lead: str) -> None:
    questions.close(desk, thread_id, lead=lead, role=state.role())
    state.say("Closed. It opens again when the rater asks again.")


def publish(desk: Desk, thread_id: int, lead: str) -> None:
    """Make the words of the field a ruling that all raters see beside the rubric."""
    key = field(f"ruling-{thread_id}")
    try:
        questions.publish(desk, thread_id, str(state.value_of(key) or ""), lead=lead, role=state.role())
    except BadQuestion as refusal:
        state.say(f"Not published: {refusal}.")
        return
    state.empty(key)
    state.say("Published: every rater sees it beside the rubric.")


def read(desk: Desk, rater: str, thread_id: int) -> None:
    questions.seen(desk, rater, thread_id)
