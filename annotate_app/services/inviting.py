"""Links that work once, for seven days: to join a study or set a password; refuses one used or run out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal

from annotate_app.desk import Desk, timestamp
from annotate_app.services import audit, passwords, people, secret_tokens, signing_in
from annotate_app.services.naming import checked_login, checked_name, login_key
from annotate_app.services.people import CannotChangePeople, ordered
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.services.signing_in import Begun
from annotate_app.store import invitations, persons, sign_ins
from annotate_app.store.engine import Session
from annotate_app.store.invitations import InvitationRecord

DAYS: Final = 7
State = Literal["open", "used", "revoked", "expired"]


class InvitationUnusable(CannotChangePeople):
    """The link was used, revoked, has run out, or never was: it is not said which."""

    def __init__(self) -> None:
        super().__init__(
            f"This link does not work any more: each works once, and for {DAYS} days. "
            "Ask the study's owner for a new one."
        )


@dataclass(frozen=True, slots=True)
class Link:
    """A link just made: its token is shown this once and kept nowhere."""

    token: str
    expires_at: str
    tokens_ended: int = 0

    def address(self, origin: str) -> str:
        return f"{origin.rstrip('/')}/invite?token={self.token}"


@dataclass(frozen=True, slots=True)
class Invited:
    """What the holder of a link is asked: `account` is whose password it sets, None for a new person."""

    account: str | None
    login: str
    roles: tuple[Role, ...]
    rater: str | None
    invited_by: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link as the owner sees it."""

    number: int
    roles: tuple[Role, ...]
    rater: str | None
    email: str | None
    invited_by: str
    created_at: str
    expires_at: str
    state: State
    resets: bool


def invite(
    desk: Desk,
    roles: Collection[Role],
    *,
    by: str,
    rater: str | None = None,
    email: str | None = None,
    role: Role | Holder,
) -> Link:
    """A link by which one person joins the study with these roles, and rates as `rater` if that is given.

    With an e-mail address, a provider that has verified it signs that person in without the link.
    """
    require(role, "roles.change")
    if not roles:
        raise CannotChangePeople("an invitation needs at least one role")
    named = None if rater is None or not rater.strip() else checked_name(rater)
    with desk.store.writing() as session:
        if named is not None:
            people.check_rater(session, desk, named, account_id=None)
        detail = {"roles": list(ordered(list(roles))), "rater": named, "email": _email(email)}
        audit.record(session, desk, actor=by, kind="account.invited", detail=detail)
        return _new(session, desk, by=by, roles=roles, rater_name=named, email=_email(email))


def reset(desk: Desk, login: str, *, by: str, role: Role | Holder) -> Link:
    """A link by which a member sets a new password; their tokens and links made for them before end now.

    Not for whoever signs in through a provider: they would not notice a password that somebody else set, and
    it would work in every study that they join later. Whoever holds the database may.
    """
    require(role, "roles.change")
    with desk.store.writing() as session:
        account = people.only_here(session, desk, login, role)
        if account.issuer is not None and role is not HOLDER:
            raise CannotChangePeople(
                f"{account.name} signs in through the company's login and has no password here to set anew. "
                "Where that login is no more, ask whoever runs the server for `calibrant account reset`."
            )
        invitations.revoke_resets(session, account.account_id, at=desk.now)
        ended = sign_ins.revoke_all_tokens(session, account.account_id, at=desk.now)
        detail = {"login": account.login, "tokens_ended": ended}
        audit.record(session, desk, actor=by, kind="account.reset", detail=detail)
        return replace(_new(session, desk, by=by, account_id=account.account_id), tokens_ended=ended)


def revoke(desk: Desk, number: int, *, by: str, role: Role | Holder) -> bool:
    """Take back a link that was not used; False when there is none."""
    require(role, "roles.change")
    with desk.store.writing() as session:
        revoked = invitations.revoke(session, desk.study_id, number, at=desk.now)
        if revoked:
            audit.record(session, desk, actor=by, kind="invitation.revoked", detail={"link": number})
    return revoked


def listing(desk: Desk, *, role: Role | Holder) -> tuple[Invitation, ...]:
    """Every link of the study, newest first."""
    require(role, "roles.change")
    with desk.store.reading() as session:
        found = invitations.listing(session, desk.study_id)
    return tuple(_shown(desk, one) for one in found)


def open_link(desk: Desk, token: str) -> Invited:
    """What a link is for; raises InvitationUnusable."""
    with desk.store.reading() as session:
        found = usable(session, desk, token)
        account = None if found.account_id is None else persons.by_number(session, found.account_id)
    login = (found.email or "") if account is None else account.login
    return Invited(
        None if account is None else account.name, login, ordered(found.roles), found.rater_name,
        found.invited_by,
    )  # fmt: skip


def accept(desk: Desk, token: str, *, login: str, name: str, password: str, client: str) -> Begun:
    """Join the study by a link and sign in. A login that is there already joins by its own password.

    Raises InvitationUnusable, UnusableName, WeakPassword, NameTaken, LoginFailed, TooManyAttempts.
    """
    key = checked_login(login)
    with desk.store.reading() as session:
        if usable(session, desk, token).account_id is not None:
            raise InvitationUnusable
        known = persons.by_login(session, key)
    if known is not None:
        account_id = signing_in.check_password(desk, key, password, client=client)
        with desk.store.writing() as session:
            use(session, desk, usable(session, desk, token), account_id, known.name)
        return signing_in.begin(desk, account_id, "password")
    shown = checked_name(name)
    passwords.check(password, login=key)
    kept = passwords.hashed(password)
    with desk.store.writing() as session:
        found = usable(session, desk, token)
        account_id = people.new_account(session, desk, key, shown, password_hash=kept)
        use(session, desk, found, account_id, shown)
    return signing_in.begin(desk, account_id, "password")


def set_password(desk: Desk, token: str, password: str) -> Begun:
    """Set the password of the account that a link is for; every session and token of it ends before."""
    invited = open_link(desk, token)
    passwords.check(password, login=invited.login)
    kept = passwords.hashed(password)
    with desk.store.writing() as session:
        found = usable(session, desk, token)
        if found.account_id is None or not invitations.use(
            session, found.number, at=desk.now, by=found.account_id
        ):
            raise InvitationUnusable
        persons.set_password(session, found.account_id, kept)
        sign_ins.end_all(session, found.account_id, at=desk.now)
        ended = sign_ins.revoke_all_tokens(session, found.account_id, at=desk.now)
        detail = {"link": found.number, "tokens_ended": ended}
        audit.record(session, desk, actor=invited.account, kind="account.password_set", detail=detail)
    return signing_in.begin(desk, found.account_id, "password")


def use(session: Session, desk: Desk, found: InvitationRecord, account_id: int, name: str) -> None:
    """Let an account join by an invitation; raises InvitationUnusable when somebody was first."""
    if not invitations.use(session, found.number, at=desk.now, by=account_id):
        raise InvitationUnusable
    people.join(session, desk, account_id, name, ordered(found.roles), found.rater_name)
    detail = {"link": found.number, "roles": list(ordered(found.roles)), "invited_by": found.invited_by}
    audit.record(session, desk, actor=name, kind="account.joined", detail=detail)


def usable(session: Session, desk: Desk, token: str) -> InvitationRecord:
    """The link with this token; raises InvitationUnusable."""
    found = invitations.of_token(session, desk.study_id, secret_tokens.digest(token))
    if found is None or _state(desk, found) != "open":
        raise InvitationUnusable
    return found


def _new(
    session: Session, desk: Desk, *, by: str, roles: Collection[Role] = (), account_id: int | None = None,
    rater_name: str | None = None, email: str | None = None,
) -> Link:  # fmt: skip
    token = secret_tokens.new()
    expires = timestamp(desk.clock() + timedelta(days=DAYS))
    invitations.add(
        session, desk.study_id, token_sha256=secret_tokens.digest(token), invited_by=by, at=desk.now,
        expires=expires, roles=roles, account_id=account_id, rater_name=rater_name, email=email,
    )  # fmt: skip
    return Link(token, expires)


def _email(email: str | None) -> str | None:
    return None if email is None or not email.strip() else login_key(checked_login(email))


def _state(desk: Desk, found: InvitationRecord) -> State:
    if found.used_at is not None:
        return "used"
    if found.revoked_at is not None:
        return "revoked"
    return "open" if found.expires_at > desk.now else "expired"


def _shown(desk: Desk, one: InvitationRecord) -> Invitation:
    return Invitation(
        one.number, ordered(one.roles), one.rater_name, one.email, one.invited_by, one.created_at,
        one.expires_at, _state(desk, one), one.account_id is not None,
    )  # fmt: skip
