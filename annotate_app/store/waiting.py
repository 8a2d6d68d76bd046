"""Which items a judge has not answered yet, page by page, so that a run never holds them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.codes import VERDICT_STATUS
from annotate_app.store.items import WHOLE, item_of
from annotate_app.store.sql import number, rows
from rubrics.items import Item

ANSWERED = (
    "EXISTS (SELECT 1 FROM criterion c JOIN verdict v ON v.criterion_id = c.id AND v.judge_id = :judge "
    "AND v.item_id = i.id WHERE c.study_id = :study)"
)
FAILED = (
    "EXISTS (SELECT 1 FROM criterion c JOIN verdict v ON v.criterion_id = c.id AND v.judge_id = :judge "
    "AND v.item_id = i.id WHERE c.study_id = :study AND v.status = :provider_error AND NOT EXISTS "
    "(SELECT 1 FROM verdict n WHERE n.criterion_id = v.criterion_id AND n.judge_id = v.judge_id "
    "AND n.item_id = v.item_id AND n.replicate = v.replicate AND n.take > v.take))"
)


IN_HAND = "EXISTS (SELECT 1 FROM item_claim x WHERE x.judge_id = :judge AND x.item_id = i.id)"

# Production outputs that are monitored: a judge is asked about them by name alone.
MONITORED = "EXISTS (SELECT 1 FROM monitor_item t WHERE t.study_id = i.study_id AND t.item_id = i.item_id)"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Items of a split (of a frozen version) or with these ids, but none of those `without`.

    `failed` adds those whose provider failed.

    `answered` asks for the items that are answered already instead.
    """

    judge_id: int
    split: str | None = None
    split_version: int | None = None
    ids: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    failed: bool = False
    answered: bool = False


def count(session: Session, study_id: int, wanted: Wanted) -> int:
    """How many there are."""
    where, values = _where(study_id, wanted)
    return number(session, f"SELECT count(*) FROM item i WHERE {where}", values)


def page(
    session: Session, study_id: int, wanted: Wanted, *, after: int, limit: int
) -> list[tuple[int, Item]]:
    """The next ones in order of arrival behind position `after` (-1: from the start), each with its own."""
    where, values = _where(study_id, wanted)
    found = rows(
        session,
        f"SELECT {WHOLE} FROM item i WHERE {where} AND i.position > :after ORDER BY i.position LIMIT :limit",
        values | {"after": after, "limit": limit},
    )
    return [(row["position"], item_of(row)) for row in found]


def free(session: Session, study_id: int, wanted: Wanted, *, after: int, limit: int) -> list[tuple[int, int]]:
    """The next ones that no run of the judge has in hand: position and number."""
    where, values = _where(study_id, wanted)
    found = rows(
        session,
        f"SELECT i.id, i.position FROM item i WHERE {where} AND i.position > :after AND NOT {IN_HAND} "
        "ORDER BY i.position LIMIT :limit",
        values | {"after": after, "limit": limit},
    )
    return [(row["position"], row["id"]) for row in found]


def count_in_hand(session: Session, study_id: int, wanted: Wanted, *, but: int) -> int:
    """How many other runs than `but` have in hand."""
    where, values = _where(study_id, wanted)
    return number(
        session,
        "SELECT count(*) FROM item_claim x JOIN item i ON i.id = x.item_id "
        f"WHERE x.judge_id = :judge AND x.run_id <> :but AND {where}",
        values | {"but": but},
    )


def numbered(session: Session, items: Sequence[int]) -> list[Item]:
    """The items with these numbers, in order of arrival."""
    if not items:
        return []
    names = {f"i{k}": item for k, item in enumerate(items)}
    found = rows(
        session,
        f"SELECT {WHOLE} FROM item i WHERE i.id IN ({', '.join(f':{name}' for name in names)}) "
        "ORDER BY i.position",
        names,
    )
    return [item_of(row) for row in found]


def ids(session: Session, study_id: int, wanted: Wanted) -> list[str]:
    """Their ids, sorted."""
    where, values = _where(study_id, wanted)
    return [
        row["item_id"]
        for row in rows(session, f"SELECT i.item_id FROM item i WHERE {where} ORDER BY 1", values)
    ]


def unknown_ids(session: Session, study_id: int, ids: Sequence[str]) -> list[str]:
    """Those of the ids that the study does not have."""
    known = set()
    for start in range(0, len(ids), 500):
        names = {f"id{k}": item_id for k, item_id in enumerate(ids[start : start + 500])}
        found = rows(
            session,
            "SELECT item_id FROM item WHERE study_id = :study AND item_id IN "
            f"({', '.join(f':{name}' for name in names)})",
            {"study": study_id, **names},
        )
        known |= {row["item_id"] for row in found}
    return [item_id for item_id in ids if item_id not in known]


def _where(study_id: int, wanted: Wanted) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {"study": study_id, "judge": wanted.judge_id}
    waiting = f"NOT {ANSWERED}"
    if wanted.answered:
        waiting = ANSWERED
    elif wanted.failed:
        waiting = f"(NOT {ANSWERED} OR {FAILED})"
        values["provider_error"] = VERDICT_STATUS["provider_error"]
    conditions = ["i.study_id = :study", waiting]
    if not wanted.ids:
        conditions.append(f"NOT {MONITORED}")
    if wanted.split is not None and wanted.split_version is None and wanted.split != "development":
        conditions.append("0 = 1")  # without a frozen split every item is development
    elif wanted.split is not None and wanted.split_version is not None:
        conditions.append(
            "EXISTS (SELECT 1 FROM split_member m WHERE m.version_id = :version AND m.item_id = i.id "
            "AND m.split = :split)"
        )
        values |= {"version": wanted.split_version, "split": wanted.split}
    for word, ids in (("IN", wanted.ids), ("NOT IN", wanted.without)):
        names = {f"id{len(values) + k}": item_id for k, item_id in enumerate(ids)}
        if names:
            conditions.append(f"i.item_id {word} ({', '.join(f':{name}' for name in names)})")
            values |= names
    return " AND ".join(conditions), values
