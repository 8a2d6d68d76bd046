"""The queue: which items are asked of a rater, by open wave and then from the development items."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from annotate_app.store.codes import PURPOSE, PURPOSE_NAMED
from annotate_app.store.sql import from_json, number, one, rows, run
from rubrics.answers import Purpose

POOL = 0  # stands for "no wave" where a wave's number is asked for

GIVEN = """(SELECT count(DISTINCT d.rater_id) FROM rated d WHERE d.study_id = :study
  AND d.purpose IN (:purpose, :reused) AND d.item_id = {item}) AS given"""
HELD = """(SELECT count(*) FROM claim k WHERE k.item_id = {item} AND k.purpose = :purpose
  AND k.rater_id <> :rater AND k.expires_at > :now) AS held"""
MINE = f"""EXISTS (SELECT 1 FROM rated d WHERE d.item_id = {{item}} AND d.rater_id = :rater
  AND (:again = 0 OR d.purpose <> {PURPOSE["gold"]})) AS mine"""
STATE = f"{GIVEN}, {HELD}, {MINE}"


@dataclass(frozen=True, slots=True)
class Source:
    """A wave or the development items (wave_id POOL): positions 0 .. size-1, each with one item.

    `ordered`: positions are asked in order (doubt first); otherwise in an order of each rater's own.
    `raters`: how many raters an item of the pool wants; a wave says it item by item. `added`: shares of
    what is shown that are own earlier items, gold items and planted ones, by purpose.
    """

    study_id: int
    wave_id: int
    purpose: Purpose
    size: int
    ordered: bool
    raters: int
    split_version: int | None
    added: Mapping[Purpose, float] = field(default_factory=dict)

    @property
    def estimates(self) -> bool:
        """Whether it is an estimating wave: answers given in a search stand for its own, gold ones do not.

        Without the former it would lack the doubtful items it drew; the latter are asked again.
        """
        return self.wave_id != POOL and self.purpose == "estimate"

    @property
    def reused(self) -> Purpose:
        """The other purpose whose answers count as given."""
        return "search" if self.estimates else self.purpose


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item at a position, and what keeps it from this rater."""

    position: int
    item: int
    wanted: int
    given: int
    held: int
    mine: bool

    @property
    def over(self) -> bool:
        """Never again for this rater: done, or labelled by as many as were wanted."""
        return self.mine or self.given >= self.wanted

    @property
    def free(self) -> bool:
        return not self.over and self.given + self.held < self.wanted


def sources(session: Session, study_id: int, raters_per_item: int) -> list[Source]:
    """Open waves, oldest first, then the development items."""
    found = rows(
        session,
        "SELECT w.id, w.purpose, w.size, w.ordered, w.design FROM wave w WHERE w.study_id = :study "
        "AND NOT EXISTS (SELECT 1 FROM wave_closed x WHERE x.wave_id = w.id) ORDER BY w.number",
        {"study": study_id},
    )
    waves = [_wave(study_id, row) for row in found]
    size = number(
        session,
        "SELECT coalesce(max(position) + 1, 0) FROM item WHERE study_id = :study",
        {"study": study_id},
    )
    version = one(
        session,
        "SELECT id FROM split_version WHERE study_id = :study ORDER BY number DESC LIMIT 1",
        {"study": study_id},
    )
    pool = Source(
        study_id, POOL, "estimate", size, False, raters_per_item, None if version is None else version["id"]
    )
    return [*waves, pool]


def _wave(study_id: int, row: Mapping[str, Any]) -> Source:
    design = from_json(row["design"])
    names: dict[Purpose, str] = {"repeat": "repeats", "gold": "gold", "planted": "planted"}
    return Source(
        study_id, row["id"], PURPOSE_NAMED[row["purpose"]], row["size"], bool(row["ordered"]), 0, None,
        {kind: design[name] for kind, name in names.items() if design.get(name)},
    )  # fmt: skip


def at_positions(
    session: Session, source: Source, positions: Sequence[int], rater_id: int, now: str
) -> dict[int, Candidate]:
    """The items at these positions by position; in the pool, development items alone."""
    if not positions:
        return {}
    found = _candidates(session, source, rater_id, now, positions=[int(p) for p in positions])
    return {candidate.position: candidate for candidate in found}


def candidate(session: Session, source: Source, item: int, rater_id: int, now: str) -> Candidate | None:
    """One item as a candidate; None when the source does not ask it."""
    found = _candidates(session, source, rater_id, now, item=item)
    return found[0] if found else None


def wave_numbered(session: Session, study_id: int, name: str) -> int | None:
    """The number of the wave with this name."""
    statement = "SELECT id FROM wave WHERE study_id = :study AND name = :name"
    return number(session, statement, {"study": study_id, "name": name}) or None


def wave_name(session: Session, wave_id: int) -> str | None:
    """The wave's name; None where there is no such wave."""
    found = one(session, "SELECT name FROM wave WHERE id = :wave", {"wave": wave_id})
    return None if found is None else str(found["name"])


def pi_of(session: Session, wave_id: int, item: int) -> float | None:
    """The probability with which the wave's design draws the item."""
    found = one(
        session,
        "SELECT pi FROM wave_item WHERE wave_id = :wave AND item_id = :item",
        {"wave": wave_id, "item": item},
    )
    return None if found is None or found["pi"] is None else float(found["pi"])


def place_of(session: Session, rater_id: int, wave_id: int, size: int) -> int:
    """How far the rater has come in an order of this size; 0 when the size is another."""
    return number(
        session,
        "SELECT place FROM queue_place WHERE rater_id = :rater AND wave_id = :wave AND size = :size",
        {"rater": rater_id, "wave": wave_id, "size": size},
    )


def keep_place(session: Session, rater_id: int, wave_id: int, size: int, place: int) -> None:
    """Remember how far a rater has come in the order of a wave of this size."""
    run(
        session,
        "INSERT INTO queue_place (rater_id, wave_id, size, place) VALUES (:rater, :wave, :size, :place) "
        "ON CONFLICT (rater_id, wave_id) DO UPDATE SET size = excluded.size, place = excluded.place",
        {"rater": rater_id, "wave": wave_id, "size": size, "place": place},
    )


def left_of_wave(session: Session, source: Source, rater_id: int) -> frozenset[int]:
    """Numbers of a wave's items that the rater could still be asked; none for the pool."""
    if source.wave_id == POOL:
        return frozenset()
    found = rows(
        session,
        f"SELECT item_id FROM (SELECT w.item_id, w.raters, {GIVEN}, {MINE} FROM wave_item w "
        "WHERE w.wave_id = :wave AND w.position IS NOT NULL) AS x WHERE NOT mine AND given < raters".replace(
            "{item}", "w.item_id"
        ),
        _bound(source, rater_id),
    )
    return frozenset(row["item_id"] for row in found)


def count_in_pool(session: Session, pool: Source, items: Collection[int]) -> int:
    """How many of these items the pool offers too: those of development, or all without a frozen split."""
    if pool.split_version is None:
        return len(items)
    chosen, found = sorted(items), 0
    for start in range(0, len(chosen), 500):
        numbers = ", ".join(str(int(item)) for item in chosen[start : start + 500])
        found += number(
            session,
            "SELECT count(*) FROM split_member m WHERE m.version_id = :version AND m.split = 'development' "
            f"AND m.item_id IN ({numbers})",
            {"version": pool.split_version},
        )
    return found


def reopened(session: Session, study_id: int) -> int:
    """How often labels were taken back or removed: what was finished before may be wanted since."""
    return number(session, "SELECT times FROM rated_removed WHERE study_id = :study", {"study": study_id})


def _bound(source: Source, rater_id: int) -> dict[str, object]:
    return {
        "study": source.study_id, "wave": source.wave_id, "purpose": PURPOSE[source.purpose],
        "rater": rater_id, "again": int(source.estimates),
        "reused": PURPOSE[source.reused], "raters": source.raters,
        "version": source.split_version,
    }  # fmt: skip


def count_left(session: Session, source: Source, rater_id: int) -> int:
    """How many items of a source the rater could still be asked, others' reservations aside."""
    if source.wave_id != POOL:
        return len(left_of_wave(session, source, rater_id))
    values = _bound(source, rater_id)
    return _pool_size(session, source) - number(
        session,
        "SELECT count(*) FROM (SELECT d.item_id FROM rated d WHERE d.study_id = :study "
        "AND d.purpose = :purpose GROUP BY d.item_id HAVING count(*) >= :raters "
        "UNION SELECT d.item_id FROM rated d WHERE d.study_id = :study AND d.rater_id = :rater "
        f"AND d.purpose <> {PURPOSE['planted']}) o "
        + (
            ""
            if source.split_version is None
            else "JOIN split_member m ON m.item_id = o.item_id AND m.version_id = :version "
            "WHERE m.split = 'development'"
        ),
        values,
    )


def done(session: Session, rater_id: int) -> int:
    """How many items the rater's labels stand for, training aside."""
    return number(
        session,
        "SELECT count(*) FROM rated WHERE rater_id = :rater AND purpose <> :training",
        {"rater": rater_id, "training": PURPOSE["training"]},
    )


def _pool_size(session: Session, source: Source) -> int:
    if source.split_version is None:
        return source.size
    return number(
        session,
        "SELECT count(*) FROM split_member WHERE version_id = :version AND split = 'development'",
        {"version": source.split_version},
    )


# Both begin with what is looked for: CROSS JOIN keeps SQLite from starting with the whole wave or split.
PLACES = "json_each(:positions) p CROSS JOIN "
OF_WAVE = (
    "SELECT w.position, w.item_id AS item, w.raters AS wanted, "
    + STATE.format(item="w.item_id")
    + " FROM {start}wave_item w WHERE {where} AND w.wave_id = :wave AND w.position IS NOT NULL"
)
OF_POOL = (
    "SELECT i.position, i.id AS item, :raters AS wanted, "
    + STATE.format(item="i.id")
    + " FROM {start}item i {members}WHERE {where} AND i.study_id = :study"
)
MEMBERS = (
    "CROSS JOIN split_member m ON m.item_id = i.id AND m.version_id = :version AND m.split = 'development' "
)


def _candidates(
    session: Session,
    source: Source,
    rater_id: int,
    now: str,
    *,
    positions: Sequence[int] | None = None,
    item: int | None = None,
) -> list[Candidate]:
    """The items at these positions, or one item: never more rows are touched than are looked for."""
    start = "" if positions is None else PLACES
    if source.wave_id == POOL:
        where = "i.id = :item" if positions is None else "i.position = p.value"
        members = "" if source.split_version is None else MEMBERS
        statement = OF_POOL.format(start=start, where=where, members=members)
    else:
        where = "w.item_id = :item" if positions is None else "w.position = p.value"
        statement = OF_WAVE.format(start=start, where=where)
    values = _bound(source, rater_id) | {"now": now, "item": item, "positions": json.dumps(positions)}
    return [_candidate(row) for row in rows(session, statement, values)]


def _candidate(row: Mapping[str, Any]) -> Candidate:
    return Candidate(
        row["position"], row["item"], row["wanted"], row["given"], row["held"], bool(row["mine"])
    )
