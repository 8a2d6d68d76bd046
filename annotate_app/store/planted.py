"""Planted items: variants with a known error, kept under a study of their own so that no data has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.codes import LABEL_STATUS, PURPOSE
from annotate_app.store.engines.dialect import Raw
from annotate_app.store.labels import NEWEST, SELECT, label_of
from annotate_app.store.sql import from_json, number, one, rows, run, to_json
from annotate_app.store.staging import ITEM_COLUMNS
from rubrics import evidence
from rubrics.answers import Label
from rubrics.evidence import Passage
from rubrics.items import Item
from rubrics.rubric import Value

PLANTED, WITHDRAWN = PURPOSE["planted"], LABEL_STATUS["withdrawn"]
KEY = "#planted:"  # begins the key of the study that holds another study's planted items
IDS = (
    "SELECT i.item_id, s.id = :study AS own FROM item i JOIN study s ON s.id = i.study_id "
    "WHERE s.id = :study OR s.study_key = :key"
)


@dataclass(frozen=True, slots=True)
class Planted:
    """A planted item: whose variant it is, where its error stands, and the answers that find it."""

    number: int
    item_id: str
    origin: str
    failure_mode: str
    spans: tuple[Passage, ...]
    expected: Mapping[str, Value]
    author: str
    at: str
    note: str | None = None
    retired: str | None = None


def add(session: Session, study_id: int, item: Item, planted: Planted, *, origin: int) -> int | None:
    """Store a variant and what is known of it; its number, or None when the same variant is there."""
    known = one(
        session,
        "SELECT 1 AS yes FROM planted WHERE study_id = :study AND sha256 = :sha256",
        {"study": study_id, "sha256": item.sha256},
    )
    if known is not None:
        return None
    row = _add_item(session, study_id, item, planted.at)
    run(
        session,
        "INSERT INTO planted (item_id, study_id, origin_id, sha256, failure_mode, spans, expected, note, "
        "author, at) VALUES (:item, :study, :origin, :sha256, :mode, :spans, :expected, :note, :author, :at)",
        {
            "item": row, "study": study_id, "origin": origin, "sha256": item.sha256,
            "mode": planted.failure_mode, "spans": evidence.to_json(planted.spans) or "[]",
            "expected": to_json(dict(planted.expected)), "note": planted.note, "author": planted.author,
            "at": planted.at,
        },
    )  # fmt: skip
    return row


def listing(session: Session, study_id: int) -> list[Planted]:
    """Every planted item, oldest first, retired ones with the reason."""
    found = rows(
        session,
        "SELECT p.*, i.item_id AS name, o.item_id AS origin, x.reason AS retired FROM planted p "
        "JOIN item i ON i.id = p.item_id JOIN item o ON o.id = p.origin_id "
        "LEFT JOIN planted_retired x ON x.item_id = p.item_id WHERE p.study_id = :study ORDER BY p.item_id",
        {"study": study_id},
    )
    return [_planted(row) for row in found]


def retire(session: Session, item: int, *, actor: str, reason: str, at: str) -> None:
    """Ask a planted item no more; the answers it has stay."""
    run(
        session,
        "INSERT INTO planted_retired (item_id, actor, reason, at) VALUES (:item, :actor, :reason, :at) "
        "ON CONFLICT (item_id) DO NOTHING",
        {"item": item, "actor": actor, "reason": reason, "at": at},
    )


def answers(session: Session, study_id: int) -> dict[int, list[Label]]:
    """The newest labels of planted items that stand, by the item's number."""
    found = rows(
        session,
        f"{SELECT.replace('SELECT l.id', 'SELECT l.id, l.item_id AS planted_item')} JOIN planted p "
        f"ON p.item_id = l.item_id WHERE p.study_id = :study AND l.purpose = {PLANTED} "
        f"AND l.status <> {WITHDRAWN} AND {NEWEST} ORDER BY l.item_id, r.id, c.id",
        {"study": study_id},
    )
    given: dict[int, list[Label]] = {}
    for row in found:
        given.setdefault(row["planted_item"], []).append(label_of(row))
    return given


def ids(session: Session, study_id: int) -> tuple[frozenset[str], frozenset[str]]:
    """The ids of the study's items, and these with those of its planted items."""
    found = rows(session, IDS, {"study": study_id, "key": f"{KEY}{study_id}"})
    own = frozenset(row["item_id"] for row in found if row["own"])
    return own, own.union(row["item_id"] for row in found)


def in_the_way(connection: Raw, study_id: int) -> list[tuple[int, str, str]]:
    """Number, id and hash of planted items whose id an item of the study has, too."""
    return connection.execute(
        "SELECT p.item_id, i.item_id, p.sha256 FROM planted p JOIN item i ON i.id = p.item_id "
        "JOIN item o ON o.study_id = p.study_id AND o.item_id = i.item_id WHERE p.study_id = ? ORDER BY 1",
        (study_id,),
    ).fetchall()


def ids_of_both(connection: Raw, study_id: int) -> tuple[frozenset[str], frozenset[str]]:
    """As `ids`, inside an import."""
    found = connection.execute(IDS, {"study": study_id, "key": f"{KEY}{study_id}"}).fetchall()
    own = frozenset(name for name, is_own in found if is_own)
    return own, frozenset(name for name, _ in found)


def rename(connection: Raw, item: int, name: str) -> None:
    """Give a planted item another id; its answers stand by its number."""
    connection.execute("UPDATE item SET item_id = ? WHERE id = ?", (name, item))


def _add_item(session: Session, study_id: int, item: Item, at: str) -> int:
    run(
        session,
        "INSERT INTO study (study_key, name, created_at) VALUES (:key, 'planted items', :at) "
        "ON CONFLICT (study_key) DO NOTHING",
        {"key": f"{KEY}{study_id}", "at": at},
    )
    home = number(session, "SELECT id FROM study WHERE study_key = :key", {"key": f"{KEY}{study_id}"})
    columns = ", ".join(ITEM_COLUMNS)
    run(
        session,
        f"INSERT INTO item (study_id, position, {columns}) SELECT :home, coalesce(max(position) + 1, 0), "
        f"{', '.join(':' + c for c in ITEM_COLUMNS)} FROM item WHERE study_id = :home",
        {"home": home, **_columns(item)},
    )
    return number(
        session,
        "SELECT id FROM item WHERE study_id = :home AND item_id = :item",
        {"home": home, "item": item.item_id},
    )


def _columns(item: Item) -> dict[str, Any]:
    values = {column: getattr(item, column) for column in ITEM_COLUMNS}
    return values | {
        "sensitive": item.sensitive,
        "meta": to_json(dict(item.meta)) if item.meta else None,
        "sources": to_json(list(item.sources)) if item.sources else None,
    }


def _planted(row: Mapping[str, Any]) -> Planted:
    return Planted(
        number=row["item_id"], item_id=row["name"], origin=row["origin"], failure_mode=row["failure_mode"],
        spans=evidence.from_json(row["spans"]), expected=from_json(row["expected"]), author=row["author"],
        at=row["at"], note=row["note"], retired=row["retired"],
    )  # fmt: skip
