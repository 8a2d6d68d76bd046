"""What the desk is told about training: where the rater stands; explains training answers alone."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services import asking, training
from annotate_app.services.training import Explanation, Training
from annotate_app.ui.parts.training import lines, right_words, state_words
from annotate_app.ui.rating_desk.messages import JSON, Message
from rubrics.render import render_form


class Begin(Message):
    """The rater begins another training round."""


def begin(desk: Desk, rater: str, _message: Begin) -> JSON:
    return {"training": standing(training.start(desk, rater))}


def standing(found: Training) -> JSON | None:
    """Where the rater stands while real items wait; None when nothing stands before them."""
    if not found.asked:
        return None
    return {
        "phase": found.phase,
        "words": state_words(found),
        "nothing": asking.why_nothing(found),
        "done": found.done,
        "of": found.of,
    }


def explanation(desk: Desk, rater: str, submission_id: str) -> JSON | None:
    """The gold answers beside what was just sent, for training items alone."""
    found = training.explain(desk, rater, submission_id)
    return None if found is None else _explained(desk, found)


def _explained(desk: Desk, found: Explanation) -> JSON:
    shown = lines(render_form(desk.rubric), found)
    return {
        "item_id": found.item_id,
        "words": right_words(shown),
        "lines": [
            {
                "question": one.question,
                "given": one.given,
                "gold": one.gold,
                "right": one.right,
                "why": one.why,
            }
            for one in shown
        ],
    }
