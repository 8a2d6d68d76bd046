"""Who is signed in where a request or a page comes from: the session's cookie, and the person behind it."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request

from annotate_app.desk import Desk
from annotate_app.services import acting
from annotate_app.services.acting import Person
from annotate_app.ui import reach

PERSON = "calibrant_person"  # in a request's scope, once the door has looked


def cookie_name(desk: Desk) -> str:
    """One name for each study's database, so that two servers of one host do not take turns."""
    from annotate_app.ui.rating_desk.identity import signer_of  # the desk is drawn by pages that ask us

    prefix = "__Host-" if reach.current().secure else ""
    return f"{prefix}calibrant-session-{signer_of(desk).study}"


def asks_for_login(desk: Desk) -> bool:
    """Whether nobody is let in without a session: the study has accounts, or is served to other machines."""
    return reach.current().login or acting.locked(desk)


def person(desk: Desk, cookies: Mapping[str, str]) -> Person | None:
    """The person signed in; without accounts, the one who is alone; None where a login is needed first."""
    if token := cookies.get(cookie_name(desk)):
        found = acting.of_session(desk, token)
        if found is not None:
            return found
    return None if reach.current().login else acting.alone(desk)


def of_request(desk: Desk, request: Request) -> Person | None:
    """The person whom the door found; looked up here where no door stands before the route."""
    if PERSON in request.scope:
        found: Person | None = request.scope[PERSON]
        return found
    return person(desk, request.cookies)
