"""Links that work once: to become a member, or to set an account's password; kept by hash alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session

from annotate_app.store.sql import Row, from_json, one, rows, run, to_json


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    """A link that was made: for whom, by whom, and whether it was used."""

    number: int
    account_id: int | None
    roles: tuple[str, ...]
    rater_name: str | None
    email: str | None
    invited_by: str
    created_at: str
    expires_at: str
    used_at: str | None
    revoked_at: str | None


def add(
    session: Session,
    study_id: int,
    *,
    token_sha256: str,
    invited_by: str,
    at: str,
    expires: str,
    roles: Collection[str] = (),
    account_id: int | None = None,
    rater_name: str | None = None,
    email: str | None = None,
) -> None:
    """Enter a link."""
    run(
        session,
        "INSERT INTO invitation (token_sha256, study_id, account_id, roles, rater_name, email, invited_by, "
        "created_at, expires_at) "
        "VALUES (:token, :study, :account, :roles, :rater, :email, :by, :at, :expires)",
        {
            "token": token_sha256, "study": study_id, "account": account_id, "roles": to_json(sorted(roles)),
            "rater": rater_name, "email": email, "by": invited_by, "at": at, "expires": expires,
        },
    )  # fmt: skip


def of_token(session: Session, study_id: int, token_sha256: str) -> InvitationRecord | None:
    """The link with this token, whether or not it can still be used."""
    found = one(
        session,
        "SELECT * FROM invitation WHERE study_id = :study AND token_sha256 = :token",
        {"study": study_id, "token": token_sha256},
    )
    return None if found is None else _record(found)


def of_email(session: Session, study_id: int, email: str, *, now: str) -> InvitationRecord | None:
    """The newest open invitation for an address."""
    found = one(
        session,
        "SELECT * FROM invitation WHERE study_id = :study AND email = :email AND account_id IS NULL "
        "AND used_at IS NULL AND revoked_at IS NULL AND expires_at > :now ORDER BY id DESC LIMIT 1",
        {"study": study_id, "email": email, "now": now},
    )
    return None if found is None else _record(found)


def use(session: Session, number: int, *, at: str, by: int) -> bool:
    """Mark a link as used; False when it was used or revoked before."""
    return bool(
        run(
            session,
            "UPDATE invitation SET used_at = :at, used_by = :by "
            "WHERE id = :number AND used_at IS NULL AND revoked_at IS NULL",
            {"at": at, "by": by, "number": number},
        )
    )


def revoke(session: Session, study_id: int, number: int, *, at: str) -> bool:
    """Take an unused link back; False when there is none."""
    return bool(
        run(
            session,
            "UPDATE invitation SET revoked_at = :at "
            "WHERE id = :number AND study_id = :study AND used_at IS NULL AND revoked_at IS NULL",
            {"at": at, "number": number, "study": study_id},
        )
    )


def revoke_resets(session: Session, account_id: int, *, at: str) -> None:
    """Take back every unused link that could set this account's password."""
    run(
        session,
        "UPDATE invitation SET revoked_at = :at "
        "WHERE account_id = :account AND used_at IS NULL AND revoked_at IS NULL",
        {"at": at, "account": account_id},
    )


def revoke_made_by(session: Session, name: str, *, at: str, study_id: int | None = None) -> int:
    """Take back every unused link that this person made, in one study or in all; how many there were."""
    return run(
        session,
        "UPDATE invitation SET revoked_at = :at WHERE invited_by = :name AND used_at IS NULL "
        "AND revoked_at IS NULL AND study_id = coalesce(:study, study_id)",
        {"at": at, "name": name, "study": study_id},
    )


def listing(session: Session, study_id: int) -> list[InvitationRecord]:
    """Every link of the study, newest first."""
    found = rows(
        session, "SELECT * FROM invitation WHERE study_id = :study ORDER BY id DESC", {"study": study_id}
    )
    return [_record(row) for row in found]


def _record(row: Row) -> InvitationRecord:
    return InvitationRecord(
        row["id"], row["account_id"], tuple(from_json(row["roles"])), row["rater_name"], row["email"],
        row["invited_by"], row["created_at"], row["expires_at"], row["used_at"], row["revoked_at"],
    )  # fmt: skip
