"""A person's account: what else the person is called, and its removal; labels and memberships stay."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from annotate_app.store.sql import number, one, rows, run


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a study: every name, login and address, the rater's number, the account's number."""

    names: tuple[str, ...]
    rater: str | None = None
    rater_id: int | None = None
    account_id: int | None = None
    elsewhere: int = 0  # other studies of the database in which the account is a member


def find(session: Session, study_id: int, name: str, login: str) -> Person | None:
    """The person who is called `name`, or signs in as `login`; also one who only stands in the journals."""
    values = {"study": study_id, "name": name, "login": login}
    rater = one(session, "SELECT id, name FROM rater WHERE study_id = :study AND name = :name", values)
    account = one(
        session,
        "SELECT a.id, a.login, a.name, m.rater_id, r.name AS rater FROM account a "
        "JOIN membership m ON m.account_id = a.id AND m.study_id = :study "
        "LEFT JOIN rater r ON r.id = m.rater_id WHERE a.name = :name OR a.login = :login OR r.name = :name "
        "ORDER BY a.id",
        values,
    )
    acted = number(session, "SELECT count(*) FROM event WHERE study_id = :study AND actor = :name", values)
    if account is None:
        if rater is None:
            return Person((name,)) if acted else None
        return Person((name,), name, rater["id"])
    values |= {"account": account["id"]}
    addresses = rows(
        session,
        "SELECT DISTINCT email FROM invitation WHERE email IS NOT NULL AND study_id = :study "
        "AND (used_by = :account OR account_id = :account) ORDER BY email",
        values,
    )
    others = "SELECT count(*) FROM membership WHERE account_id = :account AND study_id <> :study"
    names = (account["name"], account["login"], account["rater"], *(row["email"] for row in addresses))
    called = name if rater is not None else account["rater"]
    return Person(
        tuple(dict.fromkeys(word for word in (called, *names) if word)),
        called,
        rater["id"] if rater is not None else account["rater_id"],
        account["id"],
        number(session, others, values),
    )


def last_owner(session: Session, study_id: int, account_id: int) -> bool:
    """Whether nobody else could sign in as owner."""
    statement = (
        "SELECT count(*) FROM membership m JOIN membership_role o ON o.membership_id = m.id "
        "JOIN account a ON a.id = m.account_id WHERE m.study_id = :study AND o.role = 'owner' "
        "AND a.disabled_at IS NULL AND a.id {} :account"
    )
    values = {"study": study_id, "account": account_id}
    mine = number(session, statement.format("="), values)
    return bool(mine) and not number(session, statement.format("<>"), values)


def remove(session: Session, study_id: int, person: Person, word: str, *, at: str) -> None:
    """End what lets the person in, and take the names out of the account; in other studies it stays."""
    values = {"study": study_id, "account": person.account_id, "word": word, "login": word.lower(), "at": at}
    for table in ("web_session", "personal_token"):
        run(session, f"DELETE FROM {table} WHERE study_id = :study AND account_id = :account", values)
    run(
        session,
        "UPDATE invitation SET email = NULL, rater_name = NULL, revoked_at = coalesce(revoked_at, :at) "
        "WHERE study_id = :study AND (account_id = :account OR used_by = :account)",
        values,
    )
    run(
        session,
        "DELETE FROM membership_role WHERE membership_id IN "
        "(SELECT id FROM membership WHERE study_id = :study AND account_id = :account)",
        values,
    )
    if person.elsewhere:
        unlink = "UPDATE membership SET rater_id = NULL WHERE study_id = :study AND account_id = :account"
        run(session, unlink, values)
        return
    run(
        session,
        "UPDATE account SET login = :login, name = :word, name_key = :login, password_hash = NULL, "
        "issuer = NULL, subject = NULL, disabled_at = coalesce(disabled_at, :at) WHERE id = :account",
        values,
    )
