"""What is mixed into a wave: which own items, gold items and planted ones a rater could still be shown."""

from __future__ import annotations

from sqlmodel import Session

from annotate_app.store import training
from annotate_app.store.codes import PURPOSE
from annotate_app.store.items import split_version
from annotate_app.store.sql import number, one, rows, run
from rubrics.answers import Purpose

MOST = 200  # own items looked at, counted back from the newest that may be asked again
ESTIMATE, REPEAT, PLANTED = PURPOSE["estimate"], PURPOSE["repeat"], PURPOSE["planted"]
_CLAIMED = """EXISTS (SELECT 1 FROM claim k WHERE k.item_id = {item} AND k.rater_id = :rater)"""


def step(session: Session, rater_id: int, wave_id: int) -> int:
    """How many items the rater has answered inside the wave, added ones among them."""
    return number(
        session,
        "SELECT answered FROM wave_step WHERE rater_id = :rater AND wave_id = :wave",
        {"rater": rater_id, "wave": wave_id},
    )


def count_step(session: Session, rater_id: int, wave_id: int, by: int) -> None:
    """One item more (or, taken back, one less) was answered inside the wave."""
    run(
        session,
        "INSERT INTO wave_step (rater_id, wave_id, answered) VALUES (:rater, :wave, :first) "
        "ON CONFLICT (rater_id, wave_id) DO UPDATE SET answered = "
        "CASE WHEN wave_step.answered + :by > 0 THEN wave_step.answered + :by ELSE 0 END",
        {"rater": rater_id, "wave": wave_id, "by": by, "first": max(by, 0)},
    )


def answered_before(session: Session, rater_id: int, items_ago: int) -> int:
    """The number of the rater's submission that is `items_ago` back; 0 where there are fewer."""
    return number(
        session,
        "SELECT id FROM submission WHERE rater_id = :rater ORDER BY id DESC LIMIT 1 OFFSET :back",
        {"rater": rater_id, "back": max(items_ago - 1, 0)},
    )


def repeats(session: Session, wave_id: int, rater_id: int, *, last: int, before: str) -> list[int]:
    """Items of the wave's split that the rater answered once: up to submission `last`, not after `before`."""
    found = rows(
        session,
        "SELECT s.item_id FROM submission s JOIN rated d ON d.item_id = s.item_id "
        f"AND d.rater_id = s.rater_id AND d.purpose = {ESTIMATE} AND d.submission_id = s.id "
        "JOIN wave_item w ON w.wave_id = :wave AND w.item_id = s.item_id "
        f"WHERE s.rater_id = :rater AND s.id <= :last AND s.at <= :before AND s.purpose = {ESTIMATE} "
        "AND EXISTS (SELECT 1 FROM label l WHERE l.submission_id = s.id AND l.status < 2) "
        "AND NOT EXISTS (SELECT 1 FROM rated r WHERE r.item_id = s.item_id AND r.rater_id = :rater "
        f"AND r.purpose = {REPEAT}) AND NOT {_CLAIMED.format(item='s.item_id')} "
        "ORDER BY s.id DESC LIMIT :most",
        {"wave": wave_id, "rater": rater_id, "last": last, "before": before, "most": MOST},
    )
    return [row["item_id"] for row in found]


def gold(session: Session, study_id: int, wave_id: int, rater_id: int, *, left: bool = False) -> list[int]:
    """Gold items that the wave did not draw and the rater has not answered for any purpose.

    None for whoever wrote gold answers. With `left` those that the rater has on the page count too.
    """
    if training.wrote_gold(session, rater_id):
        return []
    known = training.gold_items(session, study_id, split_version(session, study_id))
    return [item for item in known if not _met(session, wave_id, item, rater_id, left=left)]


def planted(session: Session, study_id: int, rater_id: int, *, last: int, left: bool = False) -> list[int]:
    """Planted items that the rater has not answered, and whose original is not among the newest answers.

    With `left` all that may still come, whatever is on the page now.
    """
    now = (
        "AND NOT EXISTS (SELECT 1 FROM submission s WHERE s.item_id = p.origin_id AND s.rater_id = :rater "
        f"AND s.id > :last) AND NOT {_CLAIMED.format(item='p.item_id')} "
        f"AND NOT {_CLAIMED.format(item='p.origin_id')} "
    )
    found = rows(
        session,
        "SELECT p.item_id FROM planted p WHERE p.study_id = :study "
        "AND NOT EXISTS (SELECT 1 FROM planted_retired x WHERE x.item_id = p.item_id) "
        "AND NOT EXISTS (SELECT 1 FROM rated d WHERE d.item_id = p.item_id AND d.rater_id = :rater) "
        f"{'' if left else now}ORDER BY p.item_id",
        {"study": study_id, "rater": rater_id, "last": last},
    )
    return [row["item_id"] for row in found]


def still_free(session: Session, item: int, rater_id: int, purpose: Purpose) -> bool:
    """Whether the rater is neither asked the item now nor has answered it for this purpose."""
    values = {"item": item, "rater": rater_id, "purpose": PURPOSE[purpose]}
    answered = one(
        session,
        "SELECT 1 AS yes FROM rated WHERE item_id = :item AND rater_id = :rater AND purpose = :purpose",
        values,
    )
    return (
        answered is None
        and one(session, f"SELECT 1 AS yes WHERE {_CLAIMED.format(item=':item')}", values) is None
    )


def _met(session: Session, wave_id: int, item: int, rater_id: int, *, left: bool) -> bool:
    """Whether the rater has answered the item, or will: it is of the wave itself, or on the page."""
    claimed = "" if left else f"OR {_CLAIMED.format(item=':item')} "
    found = one(
        session,
        "SELECT 1 AS yes WHERE EXISTS (SELECT 1 FROM rated d WHERE d.item_id = :item "
        f"AND d.rater_id = :rater) {claimed}OR EXISTS (SELECT 1 FROM wave_item w WHERE w.wave_id = :wave "
        "AND w.item_id = :item AND w.selected)",
        {"item": item, "rater": rater_id, "wave": wave_id},
    )
    return found is not None
