"""The people of a study: accounts, roles, who rates as whom; refuses to leave a study without an owner."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from annotate_app.desk import Desk, timestamp
from annotate_app.services import audit, passwords
from annotate_app.services.acting import IDLE_DAYS
from annotate_app.services.naming import checked_login, checked_name, login_key, name_key
from annotate_app.services.rights import HOLDER, ROLES, Holder, Role, require
from annotate_app.store import invitations, persons, sign_ins
from annotate_app.store import raters as rater_store
from annotate_app.store.engine import Session
from annotate_app.store.persons import AccountRecord, MemberRecord


class CannotChangePeople(ValueError):
    """What was asked of an account, a role or an invitation cannot be done: the message says why."""


class UnknownAccount(CannotChangePeople):
    """There is no such login in this study."""


class NameTaken(CannotChangePeople):
    """The login, the name or the rater belongs to somebody else."""


class LastOwner(CannotChangePeople):
    """The study would have no owner who can sign in."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the study as the owner sees them."""

    login: str
    name: str
    roles: tuple[Role, ...]
    rater: str | None
    disabled: bool
    sessions: int
    tokens: int
    password: bool
    provider: str | None
    created_at: str

    def as_json(self) -> dict[str, object]:
        return {
            "login": self.login, "name": self.name, "roles": list(self.roles), "rater": self.rater,
            "disabled": self.disabled, "sessions": self.sessions, "tokens": self.tokens,
            "password": self.password, "provider": self.provider, "created": self.created_at,
        }  # fmt: skip


def members(desk: Desk, *, role: Role | Holder) -> tuple[Member, ...]:
    """Everybody who is or was in the study, by login."""
    require(role, "roles.change")
    idle = timestamp(desk.clock() - timedelta(days=IDLE_DAYS))
    with desk.store.reading() as session:
        found = persons.members(session, desk.study_id, now=desk.now, idle=idle)
    return tuple(_member(one) for one in found)


def add_account(
    desk: Desk,
    login: str,
    *,
    name: str,
    password: str | None,
    roles: Collection[Role],
    rater: str | None = None,
    by: str,
    role: Role | Holder,
) -> int:
    """A new account that is a member of the study; its number. Without a password it needs a link.

    The study's first member must be an owner. Raises UnusableName, WeakPassword, NameTaken, LastOwner.
    """
    require(role, "roles.change")
    key, shown = checked_login(login), checked_name(name)
    if password is not None:
        passwords.check(password, login=key)
    kept = None if password is None else passwords.hashed(password)
    with desk.store.writing() as session:
        account_id = new_account(session, desk, key, shown, password_hash=kept)
        join(session, desk, account_id, shown, roles, rater)
        audit.record(session, desk, actor=by, kind="account.added", detail=_of(key, roles))
    return account_id


def set_roles(
    desk: Desk,
    login: str,
    roles: Collection[Role],
    *,
    rater: str | None = None,
    by: str,
    role: Role | Holder,
) -> None:
    """Give a member exactly these roles; none takes the person out of the study. Holds from the next request.

    Links that an owner made end with that role. Raises UnknownAccount, NameTaken, LastOwner.
    """
    require(role, "roles.change")
    with desk.store.writing() as session:
        found = member(session, desk, login)
        _keep_an_owner(session, desk, found.account.account_id, owner="owner" in roles)
        _set(session, desk, found.account.account_id, found.account.name, roles, rater, found.rater)
        if "owner" not in roles:
            name, study = found.account.name, desk.study_id
            invitations.revoke_made_by(session, name, at=desk.now, study_id=study)
        detail = _of(found.account.login, roles) | {"before": list(ordered(found.roles))}
        audit.record(session, desk, actor=by, kind="account.roles", detail=detail)


def disable(desk: Desk, login: str, *, by: str, role: Role | Holder) -> None:
    """Take an account out of use in every study: its sessions, tokens and the links it made end now."""
    require(role, "roles.change")
    with desk.store.writing() as session:
        account = only_here(session, desk, login, role)
        _keep_an_owner(session, desk, account.account_id, owner=False)
        persons.set_disabled(session, account.account_id, desk.now)
        sign_ins.end_all(session, account.account_id, at=desk.now)
        sign_ins.revoke_all_tokens(session, account.account_id, at=desk.now)
        invitations.revoke_resets(session, account.account_id, at=desk.now)
        invitations.revoke_made_by(session, account.name, at=desk.now)
        audit.record(session, desk, actor=by, kind="account.disabled", detail={"login": account.login})


def enable(desk: Desk, login: str, *, by: str, role: Role | Holder) -> None:
    """Let a disabled account sign in again; its roles are what they were."""
    require(role, "roles.change")
    with desk.store.writing() as session:
        account = only_here(session, desk, login, role)
        persons.set_disabled(session, account.account_id, None)
        audit.record(session, desk, actor=by, kind="account.enabled", detail={"login": account.login})


def end_sessions(desk: Desk, login: str, *, by: str, role: Role | Holder) -> int:
    """Sign a person out everywhere; how many sessions ended."""
    require(role, "roles.change")
    with desk.store.writing() as session:
        account = only_here(session, desk, login, role)
        ended = sign_ins.end_all(session, account.account_id, at=desk.now)
        detail = {"login": account.login, "sessions": ended}
        audit.record(session, desk, actor=by, kind="account.signed_out", detail=detail)
    return ended


def owners(desk: Desk) -> tuple[str, ...]:
    """Whom to ask for access: the owners who can sign in, by name."""
    with desk.store.reading() as session:
        return owners_of(session, desk)


def owners_of(session: Session, desk: Desk) -> tuple[str, ...]:
    found = persons.members(session, desk.study_id, now=desk.now)
    return tuple(one.account.name for one in found if _is_owner(one))


def member(session: Session, desk: Desk, login: str) -> MemberRecord:
    """The member with this login; raises UnknownAccount."""
    key = login_key(login)
    for found in persons.members(session, desk.study_id, now=desk.now):
        if found.account.login == key:
            return found
    raise UnknownAccount(f"nobody in this study has the login {login!r}: see `calibrant account list`")


def only_here(session: Session, desk: Desk, login: str, role: Role | Holder) -> AccountRecord:
    """The member's account; an owner may not reach through it into other studies of the database."""
    account = member(session, desk, login).account
    if role is not HOLDER and persons.elsewhere(session, account.account_id, desk.study_id):
        raise CannotChangePeople(
            f"{account.name} is in other studies of this database too. Take the roles away here, or ask "
            "whoever runs the server: `calibrant account disable`, `enable` and `reset` reach every study."
        )
    return account


def new_account(
    session: Session, desk: Desk, login: str, name: str, *, password_hash: str | None = None,
    issuer: str | None = None, subject: str | None = None,
) -> int:  # fmt: skip
    """Enter an account; raises NameTaken."""
    made = persons.add(
        session, login=login, name=name, name_key=name_key(name), at=desk.now, password_hash=password_hash,
        issuer=issuer, subject=subject,
    )  # fmt: skip
    if made is None:
        raise NameTaken(f"the login {login!r} or the name {name!r} is somebody else's: choose another")
    return made


def join(
    session: Session, desk: Desk, account_id: int, name: str, roles: Collection[Role], rater: str | None
) -> None:
    """Make an account a member with these roles, besides those it has; the first member is an owner."""
    if not roles:
        raise CannotChangePeople("no role was named: choose at least one of rater, lead, engineer, owner")
    present = persons.members(session, desk.study_id, now=desk.now)
    if not any(_is_owner(one) for one in present) and "owner" not in roles:
        raise LastOwner("the study has no owner yet: its first account must have the role owner")
    mine = next((one for one in present if one.account.account_id == account_id), None)
    held = set(roles) | set(mine.roles if mine else ())
    _set(session, desk, account_id, name, cast("set[Role]", held), rater, mine.rater if mine else None)


def check_rater(session: Session, desk: Desk, rater: str, *, account_id: int | None) -> None:
    """Raises NameTaken where another account rates under this name."""
    known = rater_store.find(session, desk.study_id, rater)
    holder = None if known is None else persons.rates_as(session, known.rater_id)
    if holder is not None and holder != account_id:
        raise NameTaken(f"somebody else rates as {rater!r}: choose another name")


def _set(
    session: Session, desk: Desk, account_id: int, name: str, roles: Collection[Role], rater: str | None,
    present: str | None,
) -> None:  # fmt: skip
    """Roles as given; whoever rates gets a rater: the one named, the one they are, or one of their name.

    Who comes into a second study leaves links that set a password behind: an owner of the first has them.
    """
    rater_id = None
    if rater is not None and present is not None and rater != present:
        raise CannotChangePeople(f"{name} rates as {present!r} already, and answers stay under one name")
    if rater is not None or ("rater" in roles and present is None):
        rater_id = _rater(session, desk, account_id, rater, name)
    if roles and persons.elsewhere(session, account_id, desk.study_id):
        invitations.revoke_resets(session, account_id, at=desk.now)
    persons.join(session, desk.study_id, account_id, roles=roles, rater_id=rater_id, at=desk.now)


def _rater(session: Session, desk: Desk, account_id: int, rater: str | None, name: str) -> int:
    wanted = checked_name(rater or name)
    alike = _alike(session, desk, wanted) if rater is None else None
    if alike is not None:
        raise NameTaken(
            f"there are answers under {alike!r} already. Choose another name; if they are yours, ask the "
            "owner for an invitation that names this rater."
        )
    check_rater(session, desk, wanted, account_id=account_id)
    rater_store.add(session, desk.study_id, [wanted], at=desk.now)
    found = rater_store.find(session, desk.study_id, wanted)
    if found is None:
        raise CannotChangePeople(f"the rater {wanted!r} could not be added: try again")
    return found.rater_id


def _alike(session: Session, desk: Desk, name: str) -> str | None:
    """The rater whose name people would take for this one, as "Ada" for "ada"; None where there is none."""
    found = (one.name for one in rater_store.listing(session, desk.study_id))
    return next((known for known in found if name_key(known) == name_key(name)), None)


def _keep_an_owner(session: Session, desk: Desk, account_id: int, *, owner: bool) -> None:
    others = [
        one
        for one in persons.members(session, desk.study_id, now=desk.now)
        if _is_owner(one) and one.account.account_id != account_id
    ]
    if not others and not owner:
        raise LastOwner("the study would have no owner: make somebody else owner first")


def _is_owner(one: MemberRecord) -> bool:
    return "owner" in one.roles and one.account.disabled_at is None


def ordered(roles: Sequence[str]) -> tuple[Role, ...]:
    """Roles in the order of the table of rights."""
    return tuple(role for role in ROLES if role in roles)


def _of(login: str, roles: Collection[str]) -> dict[str, object]:
    return {"login": login, "roles": list(ordered(list(roles)))}


def _member(one: MemberRecord) -> Member:
    account = one.account
    return Member(
        account.login, account.name, ordered(one.roles), one.rater, account.disabled_at is not None,
        one.sessions, one.tokens, account.password_hash is not None, account.issuer, account.created_at,
    )  # fmt: skip
