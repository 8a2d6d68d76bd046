"""Items that a lead sent back come first in a rater's queue, with the answers given to start from."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services.reserving import first_side, rater_number, reservation
from annotate_app.store import adjudication, claims, submissions
from annotate_app.store.adjudication import Returned
from annotate_app.store.claims import Claim
from annotate_app.store.engine import Session


def reserve_returned(desk: Desk, rater: str) -> None:
    """Reserve what was sent back to the rater and not answered since; it is asked before all else."""
    with desk.store.reading() as session:
        rater_id = rater_number(session, desk, rater)
        waiting = adjudication.returned(session, rater_id)
    if not waiting:
        return
    with desk.store.writing() as session:
        for one in adjudication.returned(session, rater_id):
            claims.put(session, reservation(desk, _claim(session, desk, rater_id, one)))


def _claim(session: Session, desk: Desk, rater_id: int, one: Returned) -> Claim:
    before = None if one.submission is None else submissions.by_number(session, one.submission)
    side = None if before is None else before.first_side
    return Claim(
        item=one.item,
        rater_id=rater_id,
        purpose="estimate",
        study_id=desk.study_id,
        wave_id=None if before is None else before.wave_id,
        first_side=side or first_side(desk, rater_id, one.item),
        claimed_at="",  # before all others
        expires_at="",
        withdrawn=one.submission,
    )
