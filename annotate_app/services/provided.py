"""People whom a login provider (OIDC) vouches for, and their accounts; refuses e-mail it has not verified."""

from __future__ import annotations

from dataclasses import dataclass

from annotate_app.desk import Desk
from annotate_app.services import inviting, people, signing_in
from annotate_app.services.naming import UnusableName, checked_login, checked_name, login_key
from annotate_app.services.people import NameTaken
from annotate_app.services.signing_in import Begun
from annotate_app.store import invitations, persons
from annotate_app.store.engine import Session
from annotate_app.store.invitations import InvitationRecord


class NoMembership(PermissionError):
    """The provider knows the person, and this study does not: whom to ask stands in `owners`."""

    def __init__(self, name: str, owners: tuple[str, ...]) -> None:
        self.name, self.owners = name, owners
        super().__init__(f"{name} has no role in this study")


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a provider says of somebody; an e-mail address is one only where the provider verified it."""

    issuer: str
    subject: str
    name: str
    email: str | None = None

    @property
    def shown(self) -> str:
        return self.name or self.email or self.subject


def enter(desk: Desk, vouched: Vouched, *, token: str | None = None) -> Begun:
    """A session for the person: by their account, else by the invitation of a link or of a verified e-mail.

    Raises NoMembership where there is neither, InvitationUnusable for a link that does not work, NameTaken.
    """
    with desk.store.writing() as session:
        account = persons.by_subject(session, vouched.issuer, vouched.subject)
        if account is not None and account.disabled_at is not None:
            raise NoMembership(vouched.shown, ())
        found = _invitation(session, desk, vouched, token)
        if account is None and found is None:
            raise NoMembership(vouched.shown, people.owners_of(session, desk))
        account_id = _account(session, desk, vouched) if account is None else account.account_id
        if found is not None:
            name = persons.by_number(session, account_id)
            inviting.use(session, desk, found, account_id, vouched.shown if name is None else name.name)
        elif not _has_role(session, desk, account_id):
            raise NoMembership(vouched.shown, people.owners_of(session, desk))
    return signing_in.begin(desk, account_id, "oidc")


def _invitation(session: Session, desk: Desk, vouched: Vouched, token: str | None) -> InvitationRecord | None:
    if token:
        found = inviting.usable(session, desk, token)
        if found.account_id is not None:
            raise inviting.InvitationUnusable
        return found
    if vouched.email is None:
        return None
    return invitations.of_email(session, desk.study_id, login_key(vouched.email), now=desk.now)


def _account(session: Session, desk: Desk, vouched: Vouched) -> int:
    """A new account; where the name is somebody else's, the e-mail address stands for it."""
    login = checked_login(vouched.email or f"{vouched.subject}@{vouched.issuer}")
    for name in dict.fromkeys((_usable(vouched.shown), login)):
        try:
            return people.new_account(
                session, desk, login, name, issuer=vouched.issuer, subject=vouched.subject
            )
        except NameTaken:
            continue
    raise NameTaken(
        f"an account with the login {login!r} is here already: sign in with its password, or ask the owner"
    )


def _usable(name: str) -> str:
    try:
        return checked_name(name)
    except UnusableName:
        return checked_name("".join(sign for sign in name if sign.isprintable())[:80] or "Somebody")


def _has_role(session: Session, desk: Desk, account_id: int) -> bool:
    return any(
        one.account.account_id == account_id and one.roles
        for one in persons.members(session, desk.study_id, now=desk.now)
    )
