"""What of a page's past the database has: it may have been set back to a backup under the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotate_app.desk import Desk
from annotate_app.services.meaning import of_token
from annotate_app.services.prefetching import TOLD_AS_ESTIMATE
from annotate_app.services.reserving import rater_number
from annotate_app.store import claims, items, queue, submissions, training
from rubrics.answers import Purpose


@dataclass(frozen=True, slots=True)
class Given:
    """For what a rater was asked an item, and in which wave."""

    purpose: Purpose
    wave: str | None


def not_stored(desk: Desk, rater: str, ids: Sequence[str]) -> tuple[str, ...]:
    """Those of the ids under which nothing of this rater is stored; "undo:" stands before what was undone.

    Raises UnknownRater.
    """
    with desk.store.reading() as session:
        there = submissions.among(session, rater_number(session, desk, rater), ids)
    return tuple(one for one in ids if one not in there)


def is_token(desk: Desk, rater: str, named: str) -> bool:
    """Whether a page names an item by a token that it was given as this rater's."""
    with desk.store.reading() as session:
        return of_token(session, desk, rater, named) is not None


def given_as(desk: Desk, rater: str, named: str, told: Purpose) -> Given | None:
    """For what the rater was asked the item with this id, if it is reserved for them, rated, or trained on.

    A page knows no purpose but estimate and training, so every other one is answered like estimate: else
    whoever names an item by its id would learn from a refusal why it is asked.
    """
    with desk.store.reading() as session:
        found = items.get(session, desk.study_id, named)
        if found is None:
            return None
        rater_id = rater_number(session, desk, rater)
        if told == "training":
            trained = any(found.number in one.items for one in training.rounds(session, rater_id))
            return Given("training", None) if trained else None
        for purpose in TOLD_AS_ESTIMATE:
            reserved = claims.find(session, found.number, rater_id, purpose)
            asked = reserved or submissions.standing(session, found.number, rater_id, purpose)
            if asked is not None:
                wave = None if asked.wave_id is None else queue.wave_name(session, asked.wave_id)
                return Given(purpose, wave)
    return None
