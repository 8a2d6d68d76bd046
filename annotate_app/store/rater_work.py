"""How raters work: times, skips and doubts in counts, and the order in which answers were given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from annotate_app.store.codes import ADJUDICATED, LABEL_STATUS, PURPOSE
from annotate_app.store.labels import NEWEST
from annotate_app.store.sql import rows

OBSERVED, SKIPPED, WITHDRAWN = (LABEL_STATUS[name] for name in ("observed", "skipped", "withdrawn"))
TRAINING, ESTIMATE = PURPOSE["training"], PURPOSE["estimate"]


@dataclass(frozen=True, slots=True)
class WorkCount:
    """A rater's items that were answered or skipped, and of observed labels those that say how sure."""

    items: int
    skipped: int
    stated: int
    unsure: int
    first: str | None
    last: str | None


def counts(session: Session, study_id: int) -> Mapping[str, WorkCount]:
    """By rater, training aside; an item is skipped when every label of it is."""
    found = rows(
        session,
        "SELECT name, count(*) AS items, sum(skipped) AS skipped, sum(stated) AS stated, "
        "sum(unsure) AS unsure, min(first) AS first, max(last) AS last FROM (SELECT r.name, "
        f"min(CASE WHEN l.status = {SKIPPED} THEN 1 ELSE 0 END) AS skipped, "
        f"count(*) FILTER (WHERE l.status = {OBSERVED} AND l.sure IS NOT NULL) AS stated, "
        f"count(*) FILTER (WHERE l.status = {OBSERVED} AND NOT l.sure) AS unsure, "
        "min(l.at) AS first, max(l.at) AS last "
        "FROM label l JOIN rater r ON r.id = l.rater_id WHERE r.study_id = :study "
        f"AND l.purpose <> {TRAINING} AND l.flags & {ADJUDICATED} = 0 AND l.status <> {WITHDRAWN} "
        f"AND {NEWEST} GROUP BY r.name, l.rater_id, l.item_id, l.purpose) AS x GROUP BY name ORDER BY name",
        {"study": study_id},
    )
    return {
        row["name"]: WorkCount(
            row["items"], row["skipped"], row["stated"], row["unsure"], row["first"], row["last"]
        )
        for row in found
    }


def seconds(session: Session, study_id: int) -> Mapping[str, list[float]]:
    """By rater the active seconds of first answers to items, training aside, in their order."""
    found = rows(
        session,
        "SELECT r.name, s.active_seconds AS seconds FROM submission s JOIN rater r ON r.id = s.rater_id "
        f"WHERE s.study_id = :study AND s.kind = 'rated' AND s.reason IS NULL AND s.purpose <> {TRAINING} "
        "AND s.active_seconds IS NOT NULL UNION ALL "
        "SELECT r.name, max(l.active_seconds) AS seconds FROM label l JOIN rater r ON r.id = l.rater_id "
        "WHERE r.study_id = :study AND l.import_id IS NOT NULL AND l.active_seconds IS NOT NULL "
        f"AND l.purpose <> {TRAINING} GROUP BY r.name, l.rater_id, l.item_id, l.purpose",
        {"study": study_id},
    )
    by_rater: dict[str, list[float]] = {}
    for row in found:
        by_rater.setdefault(row["name"], []).append(float(row["seconds"]))
    return by_rater


def moments(session: Session, criterion_id: int) -> Mapping[tuple[str, str], tuple[str, int] | None]:
    """By (item, rater) when the first estimating answer was given, as something to sort by; None: unknown."""
    found = rows(
        session,
        "SELECT i.item_id, r.name, min(l.at) AS at, min(l.id) AS id FROM label l "
        "JOIN item i ON i.id = l.item_id JOIN rater r ON r.id = l.rater_id "
        f"WHERE l.criterion_id = :criterion AND l.purpose = {ESTIMATE} AND l.flags & {ADJUDICATED} = 0 "
        "GROUP BY i.item_id, r.name, l.item_id, l.rater_id",
        {"criterion": criterion_id},
    )
    return {
        (row["item_id"], row["name"]): None if row["at"] is None else (row["at"], row["id"]) for row in found
    }
