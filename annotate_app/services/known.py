"""What of a page's past the database has: it may have been set back to a backup under the page."""

from __future__ import annotations

from collections.abc import Sequence

from annotate_app.desk import Desk
from annotate_app.services.meaning import of_token
from annotate_app.services.reserving import rater_number
from annotate_app.store import items, submissions


def not_stored(desk: Desk, rater: str, ids: Sequence[str]) -> tuple[str, ...]:
    """Those of the ids under which nothing of this rater is stored; "undo:" stands before what was undone.

    Raises UnknownRater.
    """
    with desk.store.reading() as session:
        there = submissions.among(session, rater_number(session, desk, rater), ids)
    return tuple(one for one in ids if one not in there)


def names_item(desk: Desk, rater: str, named: str) -> bool:
    """Whether a page names an item that there is, by a token of the rater's or by its id."""
    with desk.store.reading() as session:
        if of_token(session, desk, rater, named) is not None:
            return True
        return items.get(session, desk.study_id, named) is not None
