"""Which look may be taken now; refuses one beside a plan in stages, or unawares after a void one."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services.held_out import CannotCertify
from annotate_app.store import look_plans, looks


def refuse_unless_next(desk: Desk, judge: str, *, unstaged: bool) -> None:
    """`CannotCertify` where a look without stages is not the next one; `unstaged`: it was asked for."""
    with desk.store.reading() as session:
        plan = look_plans.last_of(session, desk.study_id, judge)
        taken = looks.listing(session, desk.study_id)
    if plan is None:
        return
    if plan.is_open:
        raise CannotCertify(
            f"look {plan.number} at {judge!r} is under way in stages, and a look beside it would show what "
            f"nobody may see: `calibrant certify {judge}` takes its next stage"
        )
    if plan.outcome == look_plans.VOID and not unstaged and all(look.number < plan.number for look in taken):
        raise CannotCertify(
            f"the stages of look {plan.number} at {judge!r} are void ({plan.reason}), so there is no next: "
            f"`calibrant look declare {judge} --n N` plans anew, `calibrant certify {judge} --whole` takes a "
            "look without stages; either is the next look and spends its error"
        )
