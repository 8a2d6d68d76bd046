"""Sessions of browsers and personal tokens by hash, and who stands behind each; no token in the clear."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from annotate_app.store.sql import Row, number, one, rows, run

# What both ways in lead to: the account, its rater and its roles in the study, one row for each role.
_STANDING = (
    "a.id AS account_id, a.login, a.name, r.name AS rater, o.role FROM {source} s "
    "JOIN account a ON a.id = s.account_id "
    "LEFT JOIN membership m ON m.account_id = a.id AND m.study_id = s.study_id "
    "LEFT JOIN rater r ON r.id = m.rater_id LEFT JOIN membership_role o ON o.membership_id = m.id "
    "WHERE s.token_sha256 = :token AND s.study_id = :study AND a.disabled_at IS NULL "
    "AND s.expires_at > :now"
)
_OF_SESSION = (
    f"SELECT s.id AS number, s.how, s.seen_at, {_STANDING.format(source='web_session')} "
    "AND s.ended_at IS NULL AND s.seen_at > :idle ORDER BY o.role"
)
_OF_TOKEN = (
    f"SELECT s.id AS number, 'token' AS how, s.created_at AS seen_at, "
    f"{_STANDING.format(source='personal_token')} AND s.revoked_at IS NULL ORDER BY o.role"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Who stands behind a session or a token now: account, roles in the study, rater."""

    number: int
    how: str
    seen_at: str
    account_id: int
    login: str
    name: str
    rater: str | None
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A personal token as its owner sees it: never the token itself."""

    number: int
    login: str
    name: str
    created_at: str
    expires_at: str
    revoked_at: str | None


def begin(
    session: Session, study_id: int, account_id: int, *, token_sha256: str, how: str, at: str, expires: str
) -> None:
    """Enter a session."""
    run(
        session,
        "INSERT INTO web_session (token_sha256, study_id, account_id, how, created_at, expires_at, seen_at) "
        "VALUES (:token, :study, :account, :how, :at, :expires, :at)",
        {
            "token": token_sha256, "study": study_id, "account": account_id, "how": how, "at": at,
            "expires": expires,
        },
    )  # fmt: skip


def of_session(session: Session, study_id: int, token_sha256: str, *, now: str, idle: str) -> Standing | None:
    """Who is signed in with this token; None when it ended, ran out, or was last seen before `idle`."""
    values = {"study": study_id, "token": token_sha256, "now": now, "idle": idle}
    return _standing(rows(session, _OF_SESSION, values))


def of_token(session: Session, study_id: int, token_sha256: str, *, now: str) -> Standing | None:
    """Whose personal token this is; None when it was revoked or ran out."""
    return _standing(rows(session, _OF_TOKEN, {"study": study_id, "token": token_sha256, "now": now}))


def seen(session: Session, number: int, *, at: str) -> None:
    run(session, "UPDATE web_session SET seen_at = :at WHERE id = :number", {"at": at, "number": number})


def end(session: Session, study_id: int, token_sha256: str, *, at: str) -> int:
    """End one session; the number of sessions ended."""
    return run(
        session,
        "UPDATE web_session SET ended_at = :at "
        "WHERE token_sha256 = :token AND study_id = :study AND ended_at IS NULL",
        {"at": at, "token": token_sha256, "study": study_id},
    )


def end_all(session: Session, account_id: int, *, at: str, but: str = "") -> int:
    """End every session of an account in every study, but the one with the hash `but`."""
    return run(
        session,
        "UPDATE web_session SET ended_at = :at "
        "WHERE account_id = :account AND ended_at IS NULL AND token_sha256 <> :kept",
        {"at": at, "account": account_id, "kept": but},
    )


def add_token(
    session: Session, study_id: int, account_id: int, *, token_sha256: str, name: str, at: str, expires: str
) -> None:
    """Enter a personal token."""
    run(
        session,
        "INSERT INTO personal_token (token_sha256, study_id, account_id, name, created_at, expires_at) "
        "VALUES (:token, :study, :account, :name, :at, :expires)",
        {
            "token": token_sha256, "study": study_id, "account": account_id, "name": name, "at": at,
            "expires": expires,
        },
    )  # fmt: skip


def revoke_tokens(session: Session, study_id: int, account_id: int, name: str, *, at: str) -> int:
    """Take back the account's tokens of this name; how many there were."""
    return run(
        session,
        "UPDATE personal_token SET revoked_at = :at WHERE study_id = :study AND account_id = :account "
        "AND name = :name AND revoked_at IS NULL",
        {"at": at, "study": study_id, "account": account_id, "name": name},
    )


def live_tokens(session: Session, account_id: int, *, now: str) -> int:
    """How many tokens of an account work now, in every study."""
    return number(
        session,
        "SELECT count(*) FROM personal_token "
        "WHERE account_id = :account AND revoked_at IS NULL AND expires_at > :now",
        {"account": account_id, "now": now},
    )


def revoke_all_tokens(session: Session, account_id: int, *, at: str) -> int:
    """Take back every token of an account, in every study; how many of them still worked."""
    live = live_tokens(session, account_id, now=at)
    run(
        session,
        "UPDATE personal_token SET revoked_at = :at WHERE account_id = :account AND revoked_at IS NULL",
        {"at": at, "account": account_id},
    )
    return live


def tokens(session: Session, study_id: int) -> list[TokenRecord]:
    """Every personal token of the study, oldest first."""
    found = rows(
        session,
        "SELECT t.id, a.login, t.name, t.created_at, t.expires_at, t.revoked_at FROM personal_token t "
        "JOIN account a ON a.id = t.account_id WHERE t.study_id = :study ORDER BY t.id",
        {"study": study_id},
    )
    return [
        TokenRecord(r["id"], r["login"], r["name"], r["created_at"], r["expires_at"], r["revoked_at"])
        for r in found
    ]


def count_failure(session: Session, subject: str, *, at: str, stale: str) -> tuple[int, str]:
    """Count one failure, from 1 where the last is older than `stale`: how many now, until when it waits."""
    found = one(
        session,
        "INSERT INTO login_failure (subject, failures, last_at, wait_until) VALUES (:subject, 1, :at, '') "
        "ON CONFLICT (subject) DO UPDATE SET last_at = excluded.last_at, failures = "
        "CASE WHEN login_failure.last_at < :stale THEN 1 ELSE login_failure.failures + 1 END "
        "RETURNING failures, wait_until",
        {"subject": subject, "at": at, "stale": stale},
    )
    return (0, "") if found is None else (int(found["failures"]), str(found["wait_until"]))


def wait(session: Session, subject: str, *, until: str) -> None:
    run(
        session,
        "UPDATE login_failure SET wait_until = :until WHERE subject = :subject",
        {"until": until, "subject": subject},
    )


def uncount_failure(session: Session, subject: str, *, free: int) -> None:
    """Take back the last count, and the wait that it began: it was no failure."""
    run(
        session,
        "UPDATE login_failure SET failures = failures - 1, "
        "wait_until = CASE WHEN failures <= :free THEN '' ELSE wait_until END "
        "WHERE subject = :subject AND failures > 0",
        {"subject": subject, "free": free},
    )


def forget_failures(session: Session, subject: str, *, before: str) -> None:
    """Forget this login's failures, and whoever last failed before a time."""
    run(
        session,
        "DELETE FROM login_failure WHERE subject = :subject OR last_at < :before",
        {"subject": subject, "before": before},
    )


def _standing(found: list[Row]) -> Standing | None:
    if not found:
        return None
    first = found[0]
    return Standing(
        first["number"], first["how"], first["seen_at"], first["account_id"], first["login"], first["name"],
        first["rater"], tuple(row["role"] for row in found if row["role"] is not None),
    )  # fmt: skip
