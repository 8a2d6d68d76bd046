"""Signing in and out: passwords checked, failures slowed down, sessions begun and ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil

from annotate_app.desk import Desk, timestamp
from annotate_app.services import acting, audit, passwords, secret_tokens
from annotate_app.services.acting import How, Person
from annotate_app.services.naming import login_key
from annotate_app.store import persons, sign_ins
from annotate_app.store.engine import Session

FREE_PER_LOGIN, FREE_PER_CLIENT = 5, 20
LONGEST_WAIT = 900
FORGOTTEN_AFTER = timedelta(hours=1)
PRUNED_AFTER = timedelta(days=1)


class LoginFailed(PermissionError):
    """The login or the password is wrong, or the account is out of use: it is never said which."""

    def __init__(self) -> None:
        super().__init__("The login or the password is not right.")


class TooManyAttempts(PermissionError):
    """Too many failures of this login or from this address: `seconds` to wait."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Too many attempts. Try again in {seconds} seconds.")


@dataclass(frozen=True, slots=True)
class Begun:
    """A session that began: its token, for the browser alone, and when it runs out."""

    token: str
    expires_at: str


def sign_in(desk: Desk, login: str, password: str, *, client: str) -> Begun:
    """A new session of this study. Raises LoginFailed; TooManyAttempts before it looks at the password."""
    return begin(desk, check_password(desk, login, password, client=client), "password")


def check_password(desk: Desk, login: str, password: str, *, client: str) -> int:
    """The number of the account that has this login and this password; each failure counts."""
    key = login_key(login)
    subjects = ((f"login:{secret_tokens.digest(key)}", FREE_PER_LOGIN), (_client(client), FREE_PER_CLIENT))
    with desk.store.writing() as session:
        for subject, free in subjects:
            _count(session, desk, subject, free)
        account = persons.by_login(session, key)
    kept = None if account is None else account.password_hash
    if not passwords.matches(kept, password) or account is None or account.disabled_at is not None:
        raise LoginFailed
    renewed = passwords.hashed(password) if kept is not None and passwords.outdated(kept) else None
    with desk.store.writing() as session:
        before = timestamp(desk.clock() - PRUNED_AFTER)
        sign_ins.forget_failures(session, subjects[0][0], before=before)
        sign_ins.uncount_failure(session, subjects[1][0], free=FREE_PER_CLIENT)
        if renewed is not None:
            persons.set_password(session, account.account_id, renewed)
    return account.account_id


def begin(desk: Desk, account_id: int, how: How) -> Begun:
    """A session of this account in this study, with a token that nobody has had before."""
    token = secret_tokens.new()
    expires = timestamp(desk.clock() + timedelta(days=acting.SESSION_DAYS))
    with desk.store.writing() as session:
        sign_ins.begin(
            session, desk.study_id, account_id, token_sha256=secret_tokens.digest(token), how=how,
            at=desk.now, expires=expires,
        )  # fmt: skip
        account = persons.by_number(session, account_id)
        actor = None if account is None else account.name
        audit.record(session, desk, actor=actor, kind="account.signed_in", detail={"how": how})
    return Begun(token, expires)


def sign_out(desk: Desk, token: str) -> None:
    """End the session with this token, if there is one."""
    with desk.store.writing() as session:
        sign_ins.end(session, desk.study_id, secret_tokens.digest(token), at=desk.now)


def live_tokens(desk: Desk, person: Person) -> int:
    """How many personal tokens of the person work now, in every study of the database."""
    if person.account_id is None:
        return 0
    with desk.store.reading() as session:
        return sign_ins.live_tokens(session, person.account_id, now=desk.now)


def change_password(
    desk: Desk, person: Person, old: str, new: str, *, client: str, tokens: bool = True
) -> Begun:
    """Set a new password; every session of the account ends, and a new one begins for this browser.

    With `tokens` the person's tokens end as well, in every study.

    Raises LoginFailed and TooManyAttempts for the old password, WeakPassword for the new one.
    """
    account_id = check_password(desk, person.login, old, client=client)
    passwords.check(new, login=person.login)
    kept = passwords.hashed(new)
    with desk.store.writing() as session:
        persons.set_password(session, account_id, kept)
        sign_ins.end_all(session, account_id, at=desk.now)
        ended = sign_ins.revoke_all_tokens(session, account_id, at=desk.now) if tokens else 0
        detail = {"tokens_ended": ended}
        audit.record(session, desk, actor=person.name, kind="account.password_set", detail=detail)
    return begin(desk, account_id, "password")


def _count(session: Session, desk: Desk, subject: str, free: int) -> None:
    """Count an attempt before it is made, so that many at once are counted too; a success is uncounted."""
    now = desk.clock()
    stale = timestamp(now - FORGOTTEN_AFTER)
    failures, waits_until = sign_ins.count_failure(session, subject, at=timestamp(now), stale=stale)
    if waits_until > timestamp(now):
        raise TooManyAttempts(_seconds(desk, waits_until))
    if failures >= free:
        wait = min(2 ** min(failures - free, 20), LONGEST_WAIT)
        sign_ins.wait(session, subject, until=timestamp(now + timedelta(seconds=wait)))


def _seconds(desk: Desk, until: str) -> int:
    return max(1, ceil((datetime.fromisoformat(until) - desk.clock()).total_seconds()))


def _client(address: str) -> str:
    """One name for the addresses that one client can have: an IPv6 client owns its /64."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return f"client:{secret_tokens.digest(address)}"
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return f"client:{parsed.exploded[:19]}::/64"
    return f"client:{getattr(parsed, 'ipv4_mapped', None) or parsed}"
