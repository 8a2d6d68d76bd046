"""Labels that test raters: items served twice and items with a known answer; never part of agreement."""

from __future__ import annotations

from collections.abc import Sequence

from annotate_app.store.codes import ADJUDICATED, PURPOSE
from annotate_app.store.engines.dialect import Raw

GOLD, REPEAT, ESTIMATE = PURPOSE["gold"], PURPOSE["repeat"], PURPOSE["estimate"]

# One row per label, revisions in order, so that the last one counts.
_REPEATS = f"""
SELECT item_id, rater_id, purpose, code FROM label
WHERE criterion_id = :criterion AND purpose IN ({ESTIMATE}, {REPEAT}) AND status = 0 AND code IS NOT NULL
  AND flags & {ADJUDICATED} = 0 AND item_id IN (
    SELECT item_id FROM label WHERE criterion_id = :criterion AND purpose = {REPEAT})
ORDER BY item_id, rater_id, purpose, revision
"""
_GOLD = f"""
SELECT l.item_id, l.rater_id, l.code, known.code FROM label l
JOIN label known ON known.criterion_id = l.criterion_id AND known.item_id = l.item_id
  AND known.flags & {ADJUDICATED} != 0 AND known.status = 0
WHERE l.criterion_id = :criterion AND l.purpose = {GOLD} AND l.status = 0 AND l.flags & {ADJUDICATED} = 0
  AND l.code IS NOT NULL AND known.code IS NOT NULL
ORDER BY l.item_id, l.rater_id, l.revision, known.id
"""


def any_checks(connection: Raw, criterion_id: int) -> bool:
    """Whether a criterion has labels that test raters."""
    return bool(
        connection.execute(
            f"SELECT EXISTS (SELECT 1 FROM label WHERE criterion_id = ? AND purpose IN ({GOLD}, {REPEAT}))",
            (criterion_id,),
        ).fetchone()[0]
    )


def repeat_rows(connection: Raw, criterion_id: int) -> Sequence[tuple[int, int, int, int]]:
    """(item, rater, purpose, code) of the estimating and the repeated labels of items served twice."""
    return connection.execute(_REPEATS, {"criterion": criterion_id}).fetchall()


def gold_rows(connection: Raw, criterion_id: int) -> Sequence[tuple[int, int, int, int]]:
    """(item, rater, code, agreed code) of labels on gold items whose agreed answer is recorded."""
    return connection.execute(_GOLD, {"criterion": criterion_id}).fetchall()
