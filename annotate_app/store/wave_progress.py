"""How far waves are: labels wanted and given, by wave and by rater; and ending one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from annotate_app.store.codes import PURPOSE, PURPOSE_NAMED
from annotate_app.store.sql import rows, run

COUNTS = f"d.purpose IN (w.purpose, CASE w.purpose WHEN {PURPOSE['estimate']} THEN {PURPOSE['search']} END)"


@dataclass(frozen=True, slots=True)
class Totals:
    """Labels that a wave's items want and have (no more than wanted), and items that have all of theirs."""

    wanted: int
    given: int
    complete: int


def totals(session: Session, study_id: int) -> dict[str, Totals]:
    """By wave; labels given for another purpose do not count, but those of a search stand for estimating."""
    found = rows(
        session,
        "SELECT name, sum(raters) AS wanted, "
        "sum(CASE WHEN given < raters THEN given ELSE raters END) AS given, "
        "count(*) FILTER (WHERE given >= raters) AS complete "
        "FROM (SELECT w.name, x.raters, (SELECT count(DISTINCT d.rater_id) "
        f"FROM rated d WHERE d.study_id = :study AND {COUNTS} AND d.item_id = x.item_id) AS given "
        "FROM wave w JOIN wave_item x ON x.wave_id = w.id AND x.selected WHERE w.study_id = :study) AS x "
        "GROUP BY name",
        {"study": study_id},
    )
    return {row["name"]: Totals(row["wanted"], row["given"], row["complete"]) for row in found}


def answered(session: Session, wave_id: int) -> dict[int, int]:
    """By rater's number, the drawn items that the rater has answered for the wave's purpose."""
    found = rows(
        session,
        "SELECT d.rater_id, count(DISTINCT d.item_id) AS n FROM wave w "
        "JOIN wave_item x ON x.wave_id = w.id AND x.selected "
        f"JOIN rated d ON d.item_id = x.item_id AND {COUNTS} WHERE w.id = :wave "
        "GROUP BY d.rater_id",
        {"wave": wave_id},
    )
    return {row["rater_id"]: row["n"] for row in found}


def mixed_in(session: Session, wave_id: int) -> Mapping[str, int]:
    """Answers to what was mixed into a wave, by purpose."""
    found = rows(
        session,
        "SELECT s.purpose, count(*) AS n FROM submission s JOIN rated d ON d.submission_id = s.id "
        f"WHERE s.wave_id = :wave AND s.purpose IN ({PURPOSE['repeat']}, {PURPOSE['gold']}, "
        f"{PURPOSE['planted']}) GROUP BY s.purpose",
        {"wave": wave_id},
    )
    return {PURPOSE_NAMED[row["purpose"]]: row["n"] for row in found}


def labels_of_items(session: Session, study_id: int) -> dict[str, int]:
    """By item's id, how many raters' answers to it an estimating wave would use."""
    found = rows(
        session,
        "SELECT i.item_id, count(DISTINCT d.rater_id) AS n FROM rated d JOIN item i ON i.id = d.item_id "
        "WHERE d.study_id = :study AND d.purpose IN (:estimate, :search) GROUP BY i.id",
        {"study": study_id, "estimate": PURPOSE["estimate"], "search": PURPOSE["search"]},
    )
    return {row["item_id"]: row["n"] for row in found}


def raters_of_items(session: Session, wave_id: int) -> dict[int, int]:
    """How many of the drawn items want so many raters."""
    found = rows(
        session,
        "SELECT raters, count(*) AS n FROM wave_item WHERE wave_id = :wave AND selected GROUP BY raters "
        "ORDER BY raters DESC",
        {"wave": wave_id},
    )
    return {row["raters"]: row["n"] for row in found}


def close(session: Session, wave_id: int, *, actor: str | None, reason: str | None, at: str) -> None:
    """Ask a wave no more; its labels stay."""
    run(
        session,
        "INSERT INTO wave_closed (wave_id, actor, reason, at) VALUES (:wave, :actor, :reason, :at) "
        "ON CONFLICT (wave_id) DO NOTHING",
        {"wave": wave_id, "actor": actor, "reason": reason, "at": at},
    )
