"""Counts that a report opens with: labels by split, stratum, rater, status; verdicts, their cost and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from annotate_app.store.codes import LABEL_STATUS_NAMED, PURPOSE, VERDICT_STATUS_NAMED
from annotate_app.store.items import NO_HELD_OUT_VERDICT, NOT_HELD_OUT, OUTSIDE
from annotate_app.store.sql import rows
from calibration.splits import HELD_OUT

NEWEST_LABEL = (
    "l.revision = (SELECT max(n.revision) FROM label n WHERE n.criterion_id = l.criterion_id "
    "AND n.item_id = l.item_id AND n.rater_id = l.rater_id AND n.purpose = l.purpose)"
)
NEWEST_VERDICT = (
    "v.take = (SELECT max(n.take) FROM verdict n WHERE n.criterion_id = v.criterion_id "
    "AND n.judge_id = v.judge_id AND n.item_id = v.item_id AND n.replicate = v.replicate)"
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """Items that have a label, and their labels; None for held-out ones, whose number says what was asked."""

    items: int
    labels: int | None


@dataclass(frozen=True, slots=True)
class VerdictAccount:
    """What one exact judge has answered; cost and latencies only of the verdicts that state them."""

    statuses: Mapping[str, int]
    models: tuple[str, ...]
    costs: tuple[float, ...]
    latencies: tuple[float, ...]


def labelled(session: Session, study_id: int, split_version: int | None) -> dict[tuple[str, str], Labelled]:
    """Items with a standing label, and labels, by (split, stratum); held-out ones with a skip alike."""
    outside = "development" if split_version is None else "(none)"
    found = rows(
        session,
        f"SELECT coalesce(m.split, {OUTSIDE}) AS split, coalesce(i.stratum, '(none)') AS stratum, "
        "count(DISTINCT CASE WHEN l.status < 2 OR m.split = :held_out THEN i.id END) AS items, "
        "sum(CASE WHEN l.status < 2 THEN 1 ELSE 0 END) AS labels FROM label l "
        "JOIN item i ON i.id = l.item_id "
        "LEFT JOIN split_member m ON m.item_id = i.id AND m.version_id = :version "
        f"WHERE i.study_id = :study AND l.status < 3 AND {NEWEST_LABEL} GROUP BY 1, 2 ORDER BY 1, 2",
        {"study": study_id, "version": split_version, "outside": outside, "held_out": HELD_OUT},
    )
    return {
        (row["split"], row["stratum"]): Labelled(
            row["items"], None if row["split"] == HELD_OUT else row["labels"]
        )
        for row in found
    }


def raters(session: Session, study_id: int, split_version: int | None) -> dict[str, dict[str, int]]:
    """Standing labels of every rater, by status; those of held-out items are not counted."""
    found = rows(
        session,
        "SELECT r.name, l.status, count(*) AS n FROM label l JOIN rater r ON r.id = l.rater_id "
        f"WHERE r.study_id = :study AND l.purpose <> {PURPOSE['planted']} AND {NEWEST_LABEL} "
        f"AND {NOT_HELD_OUT} GROUP BY r.id, l.status ORDER BY r.id, l.status",
        {"study": study_id, "version": split_version},
    )
    counts: dict[str, dict[str, int]] = {}
    for row in found:
        counts.setdefault(row["name"], {})[LABEL_STATUS_NAMED[row["status"]]] = row["n"]
    return counts


def verdicts(session: Session, judge_id: int, without_held_out_of: int | None = None) -> VerdictAccount:
    """Statuses, reported models, costs and latencies of one exact judge's standing verdicts.

    With the number of a split version without the statuses of verdicts on its held-out items.
    """
    open_ones = "" if without_held_out_of is None else f"AND {NO_HELD_OUT_VERDICT} "
    counts = rows(
        session,
        f"SELECT v.status, count(*) AS n FROM verdict v WHERE v.judge_id = :judge AND {NEWEST_VERDICT} "
        f"{open_ones}GROUP BY v.status ORDER BY v.status",
        {"judge": judge_id, "version": without_held_out_of},
    )
    models = rows(
        session,
        "SELECT DISTINCT reported_model AS model FROM verdict "
        "WHERE judge_id = :judge AND reported_model IS NOT NULL ORDER BY 1",
        {"judge": judge_id},
    )
    figures = rows(
        session,
        "SELECT cost_usd, latency_seconds FROM verdict WHERE judge_id = :judge "
        "AND (cost_usd IS NOT NULL OR latency_seconds IS NOT NULL) ORDER BY id",
        {"judge": judge_id},
    )
    return VerdictAccount(
        statuses={VERDICT_STATUS_NAMED[row["status"]]: row["n"] for row in counts},
        models=tuple(row["model"] for row in models),
        costs=tuple(row["cost_usd"] for row in figures if row["cost_usd"] is not None),
        latencies=tuple(row["latency_seconds"] for row in figures if row["latency_seconds"] is not None),
    )
