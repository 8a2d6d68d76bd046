"""Accounts, and what each is in a study: its roles, the rater it answers as; no password in the clear."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session

from annotate_app.store.sql import Row, number, one, rows, run


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """One account; it has a password's hash, or an issuer and subject, or both."""

    account_id: int
    login: str
    name: str
    password_hash: str | None
    issuer: str | None
    subject: str | None
    created_at: str
    disabled_at: str | None


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """An account in a study with its roles, its rater's name, its live sessions and tokens."""

    account: AccountRecord
    membership_id: int
    roles: tuple[str, ...]
    rater: str | None
    sessions: int
    tokens: int


def add(
    session: Session,
    *,
    login: str,
    name: str,
    name_key: str,
    at: str,
    password_hash: str | None = None,
    issuer: str | None = None,
    subject: str | None = None,
) -> int | None:
    """The number of a new account; None when the login, the name or the subject is taken."""
    found = one(
        session,
        "INSERT INTO account (login, name, name_key, password_hash, issuer, subject, created_at) "
        "VALUES (:login, :name, :name_key, :hash, :issuer, :subject, :at) ON CONFLICT DO NOTHING "
        "RETURNING id",
        {
            "login": login, "name": name, "name_key": name_key, "hash": password_hash, "issuer": issuer,
            "subject": subject, "at": at,
        },
    )  # fmt: skip
    return None if found is None else int(found["id"])


def by_login(session: Session, login: str) -> AccountRecord | None:
    return _one(session, "login = :login", {"login": login})


def by_number(session: Session, account_id: int) -> AccountRecord | None:
    return _one(session, "id = :account", {"account": account_id})


def by_subject(session: Session, issuer: str, subject: str) -> AccountRecord | None:
    """The account of a person whom an OIDC provider knows as this subject."""
    return _one(session, "issuer = :issuer AND subject = :subject", {"issuer": issuer, "subject": subject})


def set_password(session: Session, account_id: int, password_hash: str) -> None:
    run(
        session,
        "UPDATE account SET password_hash = :hash WHERE id = :account",
        {"hash": password_hash, "account": account_id},
    )


def set_subject(session: Session, account_id: int, issuer: str, subject: str) -> None:
    run(
        session,
        "UPDATE account SET issuer = :issuer, subject = :subject WHERE id = :account",
        {"issuer": issuer, "subject": subject, "account": account_id},
    )


def set_disabled(session: Session, account_id: int, at: str | None) -> None:
    """Take an account out of use at a time, or back into use (None)."""
    run(
        session,
        "UPDATE account SET disabled_at = :at WHERE id = :account",
        {"at": at, "account": account_id},
    )


def any_member(session: Session, study_id: int) -> bool:
    """Whether the study has ever had a member: from then on it asks for a login."""
    return bool(
        number(
            session,
            "SELECT count(*) FROM (SELECT id FROM membership WHERE study_id = :study LIMIT 1) AS m",
            {"study": study_id},
        )
    )


def join(
    session: Session, study_id: int, account_id: int, *, roles: Collection[str], rater_id: int | None, at: str
) -> None:
    """Make the account a member with these roles and no others; a rater that is None stays as it was."""
    run(
        session,
        "INSERT INTO membership (study_id, account_id, rater_id, at) VALUES (:study, :account, :rater, :at) "
        "ON CONFLICT (study_id, account_id) DO UPDATE SET "
        "rater_id = coalesce(excluded.rater_id, membership.rater_id)",
        {"study": study_id, "account": account_id, "rater": rater_id, "at": at},
    )
    membership = number(
        session,
        "SELECT id FROM membership WHERE study_id = :study AND account_id = :account",
        {"study": study_id, "account": account_id},
    )
    run(session, "DELETE FROM membership_role WHERE membership_id = :membership", {"membership": membership})
    run(
        session,
        "INSERT INTO membership_role (membership_id, role, at) VALUES (:membership, :role, :at)",
        [{"membership": membership, "role": role, "at": at} for role in sorted(set(roles))],
    )


def rates_as(session: Session, rater_id: int) -> int | None:
    """The number of the account that answers as this rater."""
    found = one(session, "SELECT account_id FROM membership WHERE rater_id = :rater", {"rater": rater_id})
    return None if found is None else int(found["account_id"])


def elsewhere(session: Session, account_id: int, study_id: int) -> int:
    """In how many studies other than this one the account has a role."""
    return number(
        session,
        "SELECT count(*) FROM membership m WHERE m.account_id = :account AND m.study_id <> :study "
        "AND EXISTS (SELECT 1 FROM membership_role o WHERE o.membership_id = m.id)",
        {"account": account_id, "study": study_id},
    )


def members(session: Session, study_id: int, *, now: str, idle: str = "") -> list[MemberRecord]:
    """Every member of the study, by login, also those without a role and those disabled.

    Sessions last seen before `idle` are not counted.
    """
    found = rows(
        session,
        "SELECT a.*, m.id AS membership_id, r.name AS rater, "
        "(SELECT count(*) FROM web_session s WHERE s.account_id = a.id AND s.study_id = m.study_id "
        "AND s.ended_at IS NULL AND s.expires_at > :now AND s.seen_at > :idle) AS sessions, "
        "(SELECT count(*) FROM personal_token t WHERE t.account_id = a.id AND t.study_id = m.study_id "
        "AND t.revoked_at IS NULL AND t.expires_at > :now) AS tokens "
        "FROM membership m JOIN account a ON a.id = m.account_id LEFT JOIN rater r ON r.id = m.rater_id "
        "WHERE m.study_id = :study ORDER BY a.login",
        {"study": study_id, "now": now, "idle": idle},
    )
    held = rows(
        session,
        "SELECT o.membership_id, o.role FROM membership_role o JOIN membership m ON m.id = o.membership_id "
        "WHERE m.study_id = :study ORDER BY o.membership_id, o.role",
        {"study": study_id},
    )
    roles: dict[int, list[str]] = {}
    for row in held:
        roles.setdefault(row["membership_id"], []).append(row["role"])
    return [
        MemberRecord(
            _record(row), row["membership_id"], tuple(roles.get(row["membership_id"], ())), row["rater"],
            row["sessions"], row["tokens"],
        )
        for row in found
    ]  # fmt: skip


def _one(session: Session, where: str, values: Row) -> AccountRecord | None:
    found = one(session, f"SELECT * FROM account WHERE {where}", values)
    return None if found is None else _record(found)


def _record(row: Row) -> AccountRecord:
    return AccountRecord(
        row["id"], row["login"], row["name"], row["password_hash"], row["issuer"], row["subject"],
        row["created_at"], row["disabled_at"],
    )  # fmt: skip
