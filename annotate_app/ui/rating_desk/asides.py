"""What stands beside the items at the desk: the lead's answers, rulings, changes of the rubric, the pace."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from annotate_app.desk import Desk
from annotate_app.services import meaning, pacing, questions, wordings
from annotate_app.services.labelling import UnknownItem
from annotate_app.services.questions import BadQuestion
from annotate_app.services.rights import NotVisible
from annotate_app.ui.rating_desk.messages import JSON, Id, Message, Name


class Asked(Message):
    """A question to the lead about an item, under the id that the page made."""

    entry_id: Id
    item_id: Name
    text: Annotated[str, StringConstraints(max_length=20_000)]


class Seen(Message):
    """The rater has read the lead's answer."""

    thread: Annotated[int, Field(ge=1, lt=2**63)]  # what a database can number


def beside(desk: Desk, rater: str, *, left: int) -> JSON:
    """Everything that the page shows beside the items."""
    return {
        "letters": _letters(desk, rater),
        "rulings": [{"text": ruling.text, "at": ruling.at[:10]} for ruling in questions.rulings(desk)],
        "changed": list(wordings.changed_for(desk, rater)),
        "pace": pacing.words(pacing.pace(desk, rater, left=left), left=left),
    }


def ask(desk: Desk, rater: str, asked: Asked) -> JSON:
    try:
        item_id = meaning.item_meant(desk, rater, asked.item_id)
        questions.ask(desk, rater, item_id, asked.text, entry_id=f"{rater}:{asked.entry_id}")
    except (BadQuestion, UnknownItem) as refusal:
        return {"asked": False, "error": str(refusal.args[0])}
    return {"asked": True}


def seen(desk: Desk, rater: str, read: Seen) -> JSON:
    try:
        questions.seen(desk, rater, read.thread)
    except (NotVisible, UnknownItem) as refusal:
        return {"error": str(refusal.args[0])}
    return {"letters": _letters(desk, rater)}


def _letters(desk: Desk, rater: str) -> list[JSON]:
    """The lead's answers that were not read yet, with what was asked."""
    return [
        {
            "thread": thread.thread_id,
            "item_id": thread.item_id,
            "question": next((entry.text for entry in reversed(thread.entries) if entry.kind == "asked"), ""),
            "head": questions.letter_head(thread),
            "answer": questions.last_answer(thread),
        }
        for thread in questions.news(desk, rater)
    ]
