"""What leaves a study, streamed: items, every revision, every take; never what is held out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store import items as item_store
from annotate_app.store import labels, verdicts
from annotate_app.store.codes import PURPOSE
from annotate_app.store.sql import number, rows, stream
from rubrics.answers import Label, Verdict
from rubrics.items import Item

AT_ONCE = 500  # items whose labels and verdicts are held together

_TRAFFIC = "EXISTS (SELECT 1 FROM monitor_item t WHERE t.study_id = i.study_id AND t.item_id = i.item_id)"
MEMBER = "LEFT JOIN split_member m ON m.item_id = i.id AND m.version_id = :version"
# Held-out items stay, and so do newcomers without a split, which may still become held-out.
VISIBLE = (
    "i.study_id = :study AND (:version IS NULL OR (m.split = 'development' AND :development = 1) "
    f"OR (m.split = 'validation' AND :validation = 1) OR (m.split IS NULL AND {_TRAFFIC}))"
)
_SPLIT = "CASE WHEN :version IS NULL THEN 'development' ELSE coalesce(m.split, 'monitor') END AS split"
_NO_PLANTED = f"l.purpose <> {PURPOSE['planted']}"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose records leave: the study, the version of its split, which open splits, and whether verdicts."""

    study: int
    version: int | None
    splits: tuple[str, ...] = ("development", "validation")
    verdicts: bool = True

    @property
    def values(self) -> dict[str, Any]:
        wanted = {name: int(name in self.splits) for name in ("development", "validation")}
        return {"study": self.study, "version": self.version, **wanted}


@dataclass(frozen=True, slots=True)
class Found:
    """An item that leaves, its number and its split."""

    number: int
    item: Item
    split: str


@dataclass(frozen=True, slots=True)
class Kept:
    """How much stays, by why: held out, or in no split yet."""

    held_out: dict[str, int]
    unplaced: dict[str, int]


def items(session: Session, scope: Scope) -> Iterator[Found]:
    """Every item that leaves, in order of arrival."""
    query = f"SELECT {item_store.WHOLE}, {_SPLIT} FROM item i {MEMBER} WHERE {VISIBLE} ORDER BY i.position"
    for row in stream(session, query, scope.values):
        yield Found(row["id"], item_store.item_of(row), row["split"])


def journal(session: Session, scope: Scope) -> Iterator[Label]:
    """Every revision of every label in the order in which it was written."""
    query = f"{labels.SELECT} {MEMBER} WHERE +c.study_id = :study AND {_unhelpful(VISIBLE)} "
    yield from map(labels.label_of, stream(session, f"{query} AND {_NO_PLANTED} ORDER BY l.id", scope.values))


def takes(session: Session, scope: Scope) -> Iterator[Verdict]:
    """Every take of every verdict in the order in which it was written."""
    query = f"{verdicts.SELECT} {MEMBER} WHERE +c.study_id = :study AND {_unhelpful(VISIBLE)} "
    yield from map(verdicts.verdict_of, stream(session, f"{query} ORDER BY v.id", scope.values))


def newest_labels(session: Session, study_id: int, numbers: Sequence[int]) -> dict[int, list[Label]]:
    """The labels of these items that stand, by the item's number, in order of rater and criterion."""
    query = labels.SELECT.replace("SELECT l.id", "SELECT l.id, l.item_id AS at_item", 1)
    query += f" WHERE c.study_id = :study AND {_inside('l', numbers)} AND {_NO_PLANTED} AND {labels.NEWEST}"
    found: dict[int, list[Label]] = {}
    for row in rows(session, f"{query} ORDER BY l.item_id, r.id, c.id", {"study": study_id}):
        found.setdefault(row["at_item"], []).append(labels.label_of(row))
    return found


def newest_verdicts(
    session: Session, study_id: int, judges: Sequence[int], numbers: Sequence[int]
) -> dict[int, list[Verdict]]:
    """These judges' first replicates on these items that stand, by the item's number."""
    if not judges:
        return {}
    query = verdicts.SELECT.replace("SELECT i.item_id", "SELECT v.item_id AS at_item, i.item_id", 1)
    query += f" WHERE c.study_id = :study AND v.judge_id IN ({', '.join(str(int(j)) for j in judges)}) "
    query += f"AND {_inside('v', numbers)} AND v.replicate = 0 AND {verdicts.NEWEST}"
    found: dict[int, list[Verdict]] = {}
    for row in rows(session, f"{query} ORDER BY v.item_id, j.id, c.id", {"study": study_id}):
        found.setdefault(row["at_item"], []).append(verdicts.verdict_of(row))
    return found


def kept(session: Session, scope: Scope) -> Kept:
    """How many items, items with labels and verdicts stay behind.

    Not how many labels: where a question hangs on another, their number says what was answered.
    """
    if scope.version is None:
        return Kept({}, {})
    held_out = "m.split = 'held_out'"
    unplaced = f"m.split IS NULL AND NOT {_TRAFFIC}"
    return Kept(_counts(session, scope, held_out), _counts(session, scope, unplaced))


def _counts(session: Session, scope: Scope, which: str) -> dict[str, int]:
    place = f"FROM item i {MEMBER}"
    where = f"WHERE i.study_id = :study AND {which}"
    label = f"SELECT count(DISTINCT i.id) {place} JOIN criterion c ON c.study_id = i.study_id JOIN label l "
    label += f"ON l.criterion_id = c.id AND l.item_id = i.id {where} AND {_NO_PLANTED}"
    verdict = f"SELECT count(*) {place} JOIN criterion c ON c.study_id = i.study_id "
    verdict += "JOIN judge j ON j.study_id = i.study_id JOIN verdict v ON v.criterion_id = c.id "
    verdict += f"AND v.judge_id = j.id AND v.item_id = i.id {where}"
    items = f"SELECT count(*) {place} {where}"
    queries = {"items": items, "items with labels": label, "verdicts": verdict}
    return {name: number(session, query, scope.values) for name, query in queries.items()}


def _inside(alias: str, numbers: Sequence[int]) -> str:
    return f"{alias}.item_id IN ({', '.join(str(int(one)) for one in numbers)})"


def _unhelpful(where: str) -> str:
    """The condition without the index on a study's items: the journal is read in its own order."""
    return where.replace("i.study_id = :study", "+i.study_id = :study", 1)
