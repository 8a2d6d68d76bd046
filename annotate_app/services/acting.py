"""Who acts: the person behind a session or a token, with the roles held now; refuses what has ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal, cast

from annotate_app.desk import Desk, timestamp
from annotate_app.services import secret_tokens
from annotate_app.services.rights import ROLES, Role
from annotate_app.store import persons, sign_ins
from annotate_app.store.sign_ins import Standing

How = Literal["alone", "password", "oidc", "token"]

SESSION_DAYS: Final = 14
IDLE_DAYS: Final = 3
SEEN_EVERY: Final = timedelta(minutes=10)  # a session's last use is noted no oftener than this


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who acts in a study: name, the roles held now, and how they showed who they are.

    In a study without accounts there is one person, who is `alone`, has every role and no account.
    `rater` is the name under which the person rates.
    """

    name: str
    roles: frozenset[Role]
    account_id: int | None
    how: How
    login: str = ""
    rater: str | None = None
    session: int | None = field(default=None, compare=False)
    seen_at: str = field(default="", compare=False)

    @property
    def ordered_roles(self) -> tuple[Role, ...]:
        return tuple(role for role in ROLES if role in self.roles)


def locked(desk: Desk) -> bool:
    """Whether the study asks for a login: it has had a member."""
    with desk.store.reading() as session:
        return persons.any_member(session, desk.study_id)


def alone(desk: Desk) -> Person | None:
    """The one person of a study without accounts; None once the study has one."""
    return None if locked(desk) else Person("", frozenset(ROLES), None, "alone")


def of_session(desk: Desk, token: str | None) -> Person | None:
    """Who is signed in with the token of a session in this study; None when it ended or ran out.

    The person may have no role any more: then there is nothing that they may see.
    """
    if not token:
        return None
    now = desk.clock()
    with desk.store.reading() as session:
        found = sign_ins.of_session(
            session,
            desk.study_id,
            secret_tokens.digest(token),
            now=timestamp(now),
            idle=timestamp(now - timedelta(days=IDLE_DAYS)),
        )
    return None if found is None else _person(found)


def of_token(desk: Desk, token: str | None) -> Person | None:
    """Whose personal token this is in this study; None when it was revoked, ran out, or is nobody's."""
    if not token:
        return None
    with desk.store.reading() as session:
        found = sign_ins.of_token(session, desk.study_id, secret_tokens.digest(token), now=desk.now)
    return None if found is None else _person(found)


def is_due(desk: Desk, person: Person) -> bool:
    """Whether the last use of the person's session was noted so long ago that it should be again."""
    return person.session is not None and person.seen_at <= timestamp(desk.clock() - SEEN_EVERY)


def note_seen(desk: Desk, person: Person) -> bool:
    """Note that the person's session was used, unless that was noted a short time ago."""
    if person.session is None or not is_due(desk, person):
        return False
    with desk.store.writing() as session:
        sign_ins.seen(session, person.session, at=desk.now)
    return True


def double_roles(desk: Desk) -> tuple[str, ...]:
    """The people who are lead and engineer at once, by name: every report names them."""
    with desk.store.reading() as session:
        members = persons.members(session, desk.study_id, now=desk.now)
    return tuple(
        member.account.name
        for member in members
        if {"lead", "engineer"} <= set(member.roles) and member.account.disabled_at is None
    )


def _person(found: Standing) -> Person:
    roles = frozenset(role for role in ROLES if role in found.roles)
    return Person(
        found.name, roles, found.account_id, cast(How, found.how), found.login, found.rater, found.number,
        found.seen_at,
    )  # fmt: skip
