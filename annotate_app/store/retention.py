"""What of persons is older than a study keeps it: ended ways in, and raters who answer no more."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import Session

from annotate_app.store.sql import number, rows, run

# table, and when a row of it is over: nobody can come in by it any more.
ENDED = (
    ("web_session", "coalesce(ended_at, expires_at)"),
    ("personal_token", "coalesce(revoked_at, expires_at)"),
    ("invitation", "coalesce(used_at, revoked_at, expires_at)"),
)


def count_ended(session: Session, study_id: int, before: str) -> Mapping[str, int]:
    """Sessions, tokens and invitations that were over before a moment, by table."""
    values = {"study": study_id, "before": before}
    found = {
        table: number(
            session, f"SELECT count(*) FROM {table} WHERE study_id = :study AND {at} < :before", values
        )
        for table, at in ENDED
    }
    return {table: count for table, count in found.items() if count}


def remove_ended(session: Session, study_id: int, before: str) -> Mapping[str, int]:
    """Remove them; how many, by table."""
    values = {"study": study_id, "before": before}
    found = {
        table: run(session, f"DELETE FROM {table} WHERE study_id = :study AND {at} < :before", values)
        for table, at in ENDED
    }
    return {table: count for table, count in found.items() if count}


def idle_raters(session: Session, study_id: int, before: str) -> list[str]:
    """Raters who have answered nothing since a moment and cannot sign in; not those erased already."""
    found = rows(
        session,
        "SELECT r.name FROM rater r WHERE r.study_id = :study AND r.added_at < :before "
        "AND NOT EXISTS (SELECT 1 FROM submission s WHERE s.rater_id = r.id AND s.at >= :before) "
        "AND NOT EXISTS (SELECT 1 FROM label l LEFT JOIN import_run n ON n.id = l.import_id "
        "WHERE l.rater_id = r.id AND coalesce(l.at, n.at) >= :before) "
        "AND NOT EXISTS (SELECT 1 FROM membership m JOIN account a ON a.id = m.account_id "
        "JOIN membership_role o ON o.membership_id = m.id WHERE m.rater_id = r.id AND a.disabled_at IS NULL) "
        "AND NOT EXISTS (SELECT 1 FROM pseudonym p WHERE p.study_id = r.study_id AND p.pseudonym = r.name "
        "AND p.name IS NULL) ORDER BY r.name",
        {"study": study_id, "before": before},
    )
    return [row["name"] for row in found]
