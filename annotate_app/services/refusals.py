"""Refusals in the log: who asked for what their roles do not allow; says nothing of what was asked about."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services import audit
from annotate_app.services.acting import Person
from annotate_app.services.rights import Action

REFUSED = "refused"


def note(desk: Desk, person: Person, where: str, action: Action | None) -> None:
    """Enter that `person` was refused at a command or page. People who are alone are refused nothing."""
    if person.how == "alone":
        return
    detail = {"where": where, "action": action, "roles": sorted(person.roles), "how": person.how}
    with desk.store.writing() as session:
        audit.record(session, desk, actor=person.name, kind=REFUSED, detail=detail)
