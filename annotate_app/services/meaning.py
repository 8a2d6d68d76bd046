"""What a page means by a token: the item, purpose and wave behind it; another rater's token means nothing."""

from __future__ import annotations

from dataclasses import replace

from annotate_app.desk import Desk
from annotate_app.services.labelling_values import Submission
from annotate_app.store import items, queue, raters, tokens
from annotate_app.store.engine import Session
from annotate_app.store.tokens import Meant


def meant(desk: Desk, submission: Submission) -> Submission:
    """The submission with the item, purpose and wave that its token stands for; others as they are."""
    with desk.store.reading() as session:
        found = of_token(session, desk, submission.rater, submission.item_id)
        if found is None:
            return submission
        wave = None if found.wave_id is None else queue.wave_name(session, found.wave_id)
        item = items.by_number(session, found.item)
    return replace(submission, item_id=item.item_id, purpose=found.purpose, wave=wave)


def item_meant(desk: Desk, rater: str, named: str) -> str:
    """The id of the item that a page names, by token or by id."""
    with desk.store.reading() as session:
        found = of_token(session, desk, rater, named)
        return named if found is None else items.by_number(session, found.item).item_id


def of_token(session: Session, desk: Desk, rater: str, token: str) -> Meant | None:
    """What the rater's token stands for; None for an unknown rater and for whatever is no token of theirs."""
    found = raters.find(session, desk.study_id, rater)
    return None if found is None else tokens.find(session, found.rater_id, token)
