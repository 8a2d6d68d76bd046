"""Personal tokens: what stands for a person on the command line; shown once, kept by hash, revocable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from annotate_app.desk import Desk, timestamp
from annotate_app.services import audit, people, secret_tokens
from annotate_app.services.naming import checked_name
from annotate_app.services.people import CannotChangePeople
from annotate_app.store import sign_ins
from annotate_app.store.sign_ins import TokenRecord

DAYS: Final = 90
MOST_DAYS: Final = 366


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made: it is shown this once."""

    token: str
    expires_at: str


def make(desk: Desk, login: str, *, name: str, days: int = DAYS, by: str) -> NewToken:
    """A token of a member of this study; raises UnknownAccount, UnusableName, CannotChangePeople."""
    if not 1 <= days <= MOST_DAYS:
        raise CannotChangePeople(f"a token lives 1 to {MOST_DAYS} days")
    shown, token = checked_name(name), secret_tokens.new(secret_tokens.PERSONAL)
    expires = timestamp(desk.clock() + timedelta(days=days))
    with desk.store.writing() as session:
        account = people.member(session, desk, login).account
        sign_ins.add_token(
            session, desk.study_id, account.account_id, token_sha256=secret_tokens.digest(token), name=shown,
            at=desk.now, expires=expires,
        )  # fmt: skip
        detail = {"login": account.login, "token": shown, "expires": expires}
        audit.record(session, desk, actor=by, kind="token.made", detail=detail)
    return NewToken(token, expires)


def revoke(desk: Desk, login: str, *, name: str, by: str) -> int:
    """Take back a member's tokens of this name; how many there were."""
    with desk.store.writing() as session:
        account = people.member(session, desk, login).account
        taken = sign_ins.revoke_tokens(session, desk.study_id, account.account_id, name, at=desk.now)
        detail = {"login": account.login, "token": name, "tokens": taken}
        audit.record(session, desk, actor=by, kind="token.revoked", detail=detail)
    return taken


def listing(desk: Desk) -> tuple[TokenRecord, ...]:
    """Every token of the study, without the token itself."""
    with desk.store.reading() as session:
        return tuple(sign_ins.tokens(session, desk.study_id))
