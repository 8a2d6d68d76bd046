"""Reports as they were made, never changed; and what a period took, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.codes import PURPOSE
from annotate_app.store.items import NOT_HELD_OUT
from annotate_app.store.sql import from_json, one, rows, run
from annotate_app.store.summaries import NEWEST_LABEL


@dataclass(frozen=True, slots=True)
class StoredReport:
    """One stored report; `content` is None in a list."""

    number: int
    sha256: str
    at: str
    software: str
    content: Mapping[str, Any] | None = None


def _within(moment: str) -> str:
    """Behind the last report, up to this one."""
    return f"{moment} > :since AND {moment} <= :until"


def save(session: Session, study_id: int, *, sha256: str, content: str, software: str, at: str) -> int:
    """Keep a report; the same report again is kept once. Its number."""
    values = {"study": study_id, "sha": sha256, "content": content, "software": software, "at": at}
    run(
        session,
        "INSERT INTO report (study_id, sha256, content, software, at) "
        "VALUES (:study, :sha, :content, :software, :at) ON CONFLICT (study_id, sha256) DO NOTHING",
        values,
    )
    found = one(session, "SELECT id FROM report WHERE study_id = :study AND sha256 = :sha", values)
    return 0 if found is None else int(found["id"])


def listing(session: Session, study_id: int) -> list[StoredReport]:
    """Every report of the study without its content, newest first."""
    statement = (
        "SELECT id, sha256, at, software FROM report WHERE study_id = :study ORDER BY at DESC, id DESC"
    )
    found = rows(session, statement, {"study": study_id})
    return [StoredReport(r["id"], r["sha256"], r["at"], r["software"]) for r in found]


def get(session: Session, study_id: int, number: int) -> StoredReport | None:
    """One report with its content."""
    found = one(
        session,
        "SELECT id, sha256, at, software, content FROM report WHERE study_id = :study AND id = :number",
        {"study": study_id, "number": number},
    )
    if found is None:
        return None
    return StoredReport(
        found["id"], found["sha256"], found["at"], found["software"], from_json(found["content"])
    )


def labels_within(
    session: Session, study_id: int, split_version: int | None, since: str, until: str
) -> Mapping[str, Any]:
    """Labels, items, raters and seconds of the labels that were written in the period, revisions included.

    None of them of held-out items, whose seconds would tell a skip from an answer.
    """
    found = rows(
        session,
        "SELECT count(*) AS labels, count(DISTINCT l.item_id) AS items, count(DISTINCT l.rater_id) AS raters "
        "FROM label l JOIN criterion c ON c.id = l.criterion_id LEFT JOIN import_run n ON n.id = l.import_id "
        f"WHERE c.study_id = :study AND l.purpose <> :planted AND {_within('coalesce(l.at, n.at)')} "
        f"AND {NOT_HELD_OUT}",
        {
            "study": study_id,
            "since": since,
            "until": until,
            "planted": PURPOSE["planted"],
            "version": split_version,
        },
    )
    seconds = rows(
        session,
        "SELECT sum(l.active_seconds) AS seconds FROM submission l WHERE l.study_id = :study "
        f"AND {_within('l.at')} AND {NOT_HELD_OUT}",
        {"study": study_id, "since": since, "until": until, "version": split_version},
    )
    return {**found[0], "seconds": seconds[0]["seconds"]}


def verdicts_within(session: Session, study_id: int, since: str, until: str) -> int:
    """Verdicts that were given in the period."""
    found = one(
        session,
        "SELECT count(*) AS n FROM verdict v JOIN criterion c ON c.id = v.criterion_id "
        "LEFT JOIN import_run r ON r.id = v.import_id "
        f"WHERE c.study_id = :study AND {_within('coalesce(v.at, r.at)')}",
        {"study": study_id, "since": since, "until": until},
    )
    return 0 if found is None else int(found["n"])


def calls_within(session: Session, study_id: int, since: str, until: str) -> Mapping[str, Any]:
    """Calls of models in the period, dollars of those with a price, and how many have none."""
    found = rows(
        session,
        "SELECT count(*) AS calls, coalesce(sum(cost_usd), 0.0) AS usd, "
        "count(*) - count(cost_usd) AS unpriced FROM call WHERE study_id = :study "
        f"AND {_within('at')}",
        {"study": study_id, "since": since, "until": until},
    )
    return found[0]


def modes_of_items(
    session: Session, study_id: int, held_out_version: int | None
) -> list[tuple[str, str, str | None]]:
    """Newest estimating labels outside the held-out split: item, when, failure modes as JSON."""
    found = rows(
        session,
        "SELECT i.item_id, coalesce(l.at, n.at, '') AS at, "
        "coalesce(l.failure_modes, s.failure_modes) AS modes "
        "FROM label l JOIN item i ON i.id = l.item_id LEFT JOIN submission s ON s.id = l.submission_id "
        "LEFT JOIN import_run n ON n.id = l.import_id LEFT JOIN split_member m ON m.item_id = i.id "
        "AND m.version_id = :version WHERE i.study_id = :study AND coalesce(m.split, '') <> 'held_out' "
        f"AND l.purpose = :estimate AND l.status < 2 AND {NEWEST_LABEL}",
        {"study": study_id, "version": held_out_version, "estimate": PURPOSE["estimate"]},
    )
    return [(row["item_id"], row["at"], row["modes"]) for row in found]
