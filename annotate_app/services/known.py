"""What of a page's past the database has: it may have been set back to a backup under the page."""

from __future__ import annotations

from collections.abc import Sequence

from annotate_app.desk import Desk
from annotate_app.services.meaning import of_token
from annotate_app.services.reserving import rater_number
from annotate_app.store import claims, items, submissions, training
from rubrics.answers import Purpose


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


def was_given(desk: Desk, rater: str, named: str, purpose: Purpose) -> bool:
    """Whether the rater was asked the item with this id: it is reserved for them, rated, or trained on.

    Every item with gold answers is trained on; those of a round that was begun after a backup are not known.
    """
    with desk.store.reading() as session:
        found = items.get(session, desk.study_id, named)
        if found is None:
            return False
        if purpose == "training":
            version = items.split_version(session, desk.study_id)
            return found.number in training.gold_items(session, desk.study_id, version)
        rater_id = rater_number(session, desk, rater)
        reserved = claims.find(session, found.number, rater_id, purpose) is not None
        return reserved or submissions.is_rated(session, found.number, rater_id, purpose)
