"""What a rater is asked: training alone until a round is passed, then what was sent back, then the queue."""

from __future__ import annotations

from collections.abc import Collection

from annotate_app.desk import Desk
from annotate_app.services import left, prefetching, reserving, returning, training
from annotate_app.services.labelling_values import NextItem, NothingLeft, Progress
from annotate_app.services.prefetching import Held

FAILED = (
    "This training round is not passed: {right} of {answers} answers were the gold ones, at least "
    "{share:.0%} are asked for. Read the explanations in My work, then begin another round."
)


def next_item(desk: Desk, rater: str) -> NextItem | NothingLeft:
    """The item that the rater is asked now, or why there is none. Raises UnknownRater."""
    found = training.state(desk, rater)
    if not found.asked or desk.study_file.study.closed:
        returning.reserve_returned(desk, rater)
        return reserving.next_item(desk, rater)
    upcoming = training.next_items(desk, rater, count=1)
    return upcoming[0] if upcoming else NothingLeft(why_nothing(training.state(desk, rater)))


def next_items(desk: Desk, rater: str, *, count: int, held: Collection[Held] = ()) -> tuple[NextItem, ...]:
    """Up to `count` (at most 3) items that the page does not hold, none twice. Raises UnknownRater."""
    if not training.state(desk, rater).asked or desk.study_file.study.closed:
        returning.reserve_returned(desk, rater)
        return prefetching.next_items(desk, rater, count=count, held=held)
    at_once = max(0, min(count, prefetching.MOST_AT_ONCE))
    return training.next_items(desk, rater, count=at_once, held=held)


def progress(desk: Desk, rater: str) -> Progress:
    """How many real items the rater has done and could still be asked; training items are not among them."""
    return left.progress(desk, rater)


def why_nothing(found: training.Training) -> str:
    """Why a rater in training is asked nothing now."""
    if found.phase == "failed":
        return FAILED.format(right=found.right, answers=found.answers, share=found.pass_share)
    return found.reason or "The training round is being looked at: look again in a moment."
