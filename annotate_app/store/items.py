"""Items of a study: content once, never overwritten; one item, pages of items, ids to numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.sql import from_json, number, one, rows
from rubrics.items import Item

SMALL = "i.id, i.item_id, i.kind, i.stratum, i.cluster, i.sensitive, i.position"
WHOLE = (
    f"{SMALL}, i.system, i.system_a, i.system_b, i.input_id, i.correlation_id, i.meta, i.sources, "
    "i.reference, i.context, i.input, i.output, i.output_a, i.output_b, i.sha256"
)

# Where an item is that no frozen split has: it is production traffic, or a newcomer.
# An answer's item is not held out in the split version `:version` (nothing is where there is none).
_NOT_HELD_OUT = (
    "NOT EXISTS (SELECT 1 FROM split_member h WHERE h.version_id = :version AND h.item_id = {answer}.item_id "
    "AND h.split = 'held_out')"
)
NOT_HELD_OUT = _NOT_HELD_OUT.format(answer="l")  # of labels
NO_HELD_OUT_SUBMISSION = _NOT_HELD_OUT.format(answer="s")
NO_HELD_OUT_VERDICT = _NOT_HELD_OUT.format(answer="v")
OUTSIDE = (
    "CASE WHEN EXISTS (SELECT 1 FROM monitor_item t WHERE t.study_id = i.study_id "
    "AND t.item_id = i.item_id) THEN 'monitor' ELSE :outside END"
)


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item and the number under which the store knows it."""

    number: int
    item: Item


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item in a list: no texts but the beginning of what was asked."""

    item_id: str
    kind: str
    stratum: str | None
    cluster: str | None
    sensitive: bool
    split: str | None
    beginning: str


def get(session: Session, study_id: int, item_id: str) -> StoredItem | None:
    """One item by its id: of the study's data, else one that was planted beside them."""
    values = {"study": study_id, "item": item_id}
    found = one(
        session, f"SELECT {WHOLE} FROM item i WHERE i.study_id = :study AND i.item_id = :item", values
    ) or one(
        session,
        f"SELECT {WHOLE} FROM planted p JOIN item i ON i.id = p.item_id "
        "WHERE p.study_id = :study AND i.item_id = :item",
        values,
    )
    return None if found is None else StoredItem(found["id"], item_of(found))


def count_named_by_system(session: Session, study_id: int) -> int:
    """How many items have the name of a system that wrote them in their id."""
    named = " OR ".join(
        f"(length(i.{column}) >= 3 AND i.item_id LIKE '%' || i.{column} || '%')"
        for column in ("system", "system_a", "system_b")
    )
    return number(
        session, f"SELECT count(*) FROM item i WHERE i.study_id = :study AND ({named})", {"study": study_id}
    )


def by_number(session: Session, item: int) -> Item:
    """One item by its number; the number must exist."""
    found = one(session, f"SELECT {WHOLE} FROM item i WHERE i.id = :item", {"item": item})
    if found is None:
        raise LookupError(f"no item has the number {item}")
    return item_of(found)


def count(session: Session, study_id: int) -> int:
    """How many items the study has."""
    return number(session, "SELECT count(*) FROM item WHERE study_id = :study", {"study": study_id})


def all_items(session: Session, study_id: int, *, numbers: Sequence[int] | None = None) -> list[Item]:
    """Every item of the study with its texts in order of arrival, or those with the given numbers."""
    statement = f"SELECT {WHOLE} FROM item i WHERE i.study_id = :study ORDER BY i.id"
    wanted = None if numbers is None else frozenset(numbers)
    found = rows(session, statement, {"study": study_id})
    return [item_of(row) for row in found if wanted is None or row["id"] in wanted]


@dataclass(frozen=True, slots=True)
class PageOf:
    """Which items a page shows: by split version and split, stratum, text, or rater; and which page."""

    split_version: int | None
    splits: tuple[str, ...]
    stratum: str | None = None
    text: str | None = None
    rater: str | None = None
    offset: int = 0
    limit: int = 50


def page(session: Session, study_id: int, wanted: PageOf) -> list[ItemLine]:
    """One page of items in order of arrival; one more than asked when there is another page.

    Without a split version every item is development.
    """
    where, values = _where(study_id, wanted)
    statement = (
        f"SELECT {SMALL}, m.split, substr(coalesce(i.input, i.output, i.output_a, ''), 1, 200) AS beginning "
        f"FROM item i LEFT JOIN split_member m ON m.item_id = i.id AND m.version_id = :version "
        f"WHERE {where} ORDER BY i.position LIMIT :limit OFFSET :offset"
    )
    values |= {"limit": wanted.limit + 1, "offset": wanted.offset}
    return [_line(row, wanted.split_version) for row in rows(session, statement, values)]


def count_page(session: Session, study_id: int, wanted: PageOf) -> int:
    """How many items all pages together show."""
    where, values = _where(study_id, wanted)
    return number(
        session,
        "SELECT count(*) FROM item i "
        f"LEFT JOIN split_member m ON m.item_id = i.id AND m.version_id = :version WHERE {where}",
        values,
    )


def split_version(session: Session, study_id: int) -> int | None:
    """The latest frozen split's row; None when nothing is frozen."""
    found = one(
        session,
        "SELECT id FROM split_version WHERE study_id = :study ORDER BY number DESC LIMIT 1",
        {"study": study_id},
    )
    return None if found is None else int(found["id"])


def split_of(session: Session, version: int, item: int) -> str | None:
    """The split of an item in a version."""
    found = one(
        session,
        "SELECT split FROM split_member WHERE version_id = :version AND item_id = :item",
        {"version": version, "item": item},
    )
    return None if found is None else str(found["split"])


def splits_of(
    session: Session, study_id: int, version: int | None, *, ids: Sequence[str], hashes: Sequence[str]
) -> dict[str, str]:
    """The splits of the items with these ids or content hashes; "(none)" for one that is in no split yet."""
    values: dict[str, Any] = {"study": study_id, "version": version}
    places = []
    for column, found in (("i.item_id", ids), ("i.sha256", hashes)):
        names = {f"v{len(values) + k}": value for k, value in enumerate(found)}
        places.append(f"{column} IN ({', '.join(f':{name}' for name in names)})")
        values |= names
    outside = "development" if version is None else "(none)"
    found_rows = rows(
        session,
        "SELECT i.item_id, coalesce(m.split, :outside) AS split FROM item i LEFT JOIN split_member m "
        "ON m.item_id = i.id AND m.version_id = :version "
        f"WHERE i.study_id = :study AND ({' OR '.join(places)})",
        values | {"outside": outside},
    )
    return {row["item_id"]: row["split"] for row in found_rows}


def strata(session: Session, study_id: int, split_version: int | None) -> dict[tuple[str, str], int]:
    """How many items each (split, stratum) has; an item that is in no split yet counts under "(none)"."""
    outside = "development" if split_version is None else "(none)"
    found = rows(
        session,
        f"SELECT coalesce(m.split, {OUTSIDE}) AS split, coalesce(i.stratum, '(none)') AS stratum, "
        "count(*) AS n FROM item i LEFT JOIN split_member m ON m.item_id = i.id AND m.version_id = :version "
        "WHERE i.study_id = :study GROUP BY 1, 2 ORDER BY 1, 2",
        {"study": study_id, "version": split_version, "outside": outside},
    )
    return {(row["split"], row["stratum"]): row["n"] for row in found}


def _where(study_id: int, wanted: PageOf) -> tuple[str, dict[str, Any]]:
    conditions = ["i.study_id = :study" if wanted.rater is None else _MET]
    values: dict[str, Any] = {"study": study_id, "version": wanted.split_version}
    if wanted.split_version is not None:
        names = {f"split{k}": name for k, name in enumerate(wanted.splits)}
        conditions.append("m.split IN (" + ", ".join(f":{name}" for name in names) + ")")
        values |= names
    elif "development" not in wanted.splits:
        conditions.append("0 = 1")
    if wanted.stratum is not None:
        conditions.append("i.stratum = :stratum")
        values["stratum"] = wanted.stratum
    if wanted.text:
        escaped = wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        columns = ("i.item_id", "i.input", "i.output", "i.output_a", "i.output_b", "i.context")
        conditions.append("(" + " OR ".join(f"{c} LIKE :text ESCAPE '\\'" for c in columns) + ")")
        values["text"] = f"%{escaped}%"
    if wanted.rater is not None:
        conditions.append(
            "EXISTS (SELECT 1 FROM rated d JOIN rater r ON r.id = d.rater_id "
            "WHERE d.item_id = i.id AND r.study_id = :study AND r.name = :rater)"
        )
        values["rater"] = wanted.rater
    return " AND ".join(conditions), values


# What a rater may have met: planted items are listed for them like any other, or they could be told.
_MET = (
    "(i.study_id = :study OR EXISTS (SELECT 1 FROM planted p WHERE p.item_id = i.id AND p.study_id = :study))"
)


def _line(row: Mapping[str, Any], split_version: int | None) -> ItemLine:
    split = "development" if split_version is None else row["split"]
    return ItemLine(
        row["item_id"],
        row["kind"],
        row["stratum"],
        row["cluster"],
        bool(row["sensitive"]),
        split,
        row["beginning"],
    )


def item_of(row: Mapping[str, Any]) -> Item:
    """The item in a row of all its columns (`WHOLE`)."""
    meta = from_json(row["meta"]) if row["meta"] else {}
    return Item(
        item_id=row["item_id"], kind=row["kind"], input=row["input"], output=row["output"],
        output_a=row["output_a"], output_b=row["output_b"], context=row["context"],
        sources=tuple(from_json(row["sources"])) if row["sources"] else (), reference=row["reference"],
        stratum=row["stratum"], cluster=row["cluster"], sensitive=bool(row["sensitive"]),
        system=row["system"], system_a=row["system_a"], system_b=row["system_b"],
        input_id=row["input_id"], correlation_id=row["correlation_id"], meta=tuple(meta.items()),
    )  # fmt: skip
