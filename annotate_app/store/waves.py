"""Waves as drawn: the design, and the inclusion probability of every item of the frame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.codes import PURPOSE, PURPOSE_NAMED
from annotate_app.store.sql import from_json, number, rows, run, to_json
from calibration.triage.combine import WaveDraw
from calibration.triage.design import Design, Draw
from rubrics.answers import Purpose


@dataclass(frozen=True, slots=True)
class WaveRecord:
    """A stored wave in figures; `labelled` counts selected items that somebody answered for its purpose."""

    name: str
    design: Design
    split: str
    purpose: str
    seed: int
    frame_sha256: str
    frame: int
    selected: int
    labelled: int
    pi_low: float
    pi_high: float
    is_open: bool
    at: str

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class NewWave:
    """What is stored of a wave besides its draw; `purpose` where it is not the design's own."""

    name: str
    number: int
    design: Design
    split: str
    split_version_id: int | None
    raters: int
    actor: str | None
    at: str
    purpose: Purpose | None = None


def last_number(session: Session, study_id: int) -> int:
    """The number of the study's last wave; waves that were read back may have left some out."""
    statement = "SELECT COALESCE(MAX(number), 0) FROM wave WHERE study_id = :study"
    return number(session, statement, {"study": study_id})


def save(session: Session, study_id: int, wave: NewWave, drawn: Draw) -> None:
    """Store an open wave with pi of every item of its frame; only search waves are asked in drawing order."""
    purpose: Purpose = wave.purpose or ("estimate" if wave.design.estimates else "search")
    run(
        session,
        "INSERT INTO wave (study_id, number, name, split, purpose, design, seed, frame_sha256, "
        "split_version_id, ordered, size, actor, at) "
        "VALUES (:study, :number, :name, :split, :purpose, :design, "
        ":seed, :frame, :version, :ordered, :size, :actor, :at)",
        {
            "study": study_id,
            "number": wave.number,
            "name": wave.name,
            "split": wave.split,
            "purpose": PURPOSE[purpose],
            "design": to_json(wave.design.as_json()),
            "seed": drawn.seed,
            "frame": drawn.frame_sha256,
            "version": wave.split_version_id,
            "ordered": not wave.design.estimates,
            "size": len(drawn.selected),
            "actor": wave.actor,
            "at": wave.at,
        },
    )
    statement = "SELECT id FROM wave WHERE study_id = :study AND name = :name"
    row = number(session, statement, {"study": study_id, "name": wave.name})
    _save_items(session, study_id, row, wave, drawn)


def listing(session: Session, study_id: int) -> list[WaveRecord]:
    """Every wave of the study, oldest first."""
    statement = (
        "SELECT wave.name, wave.design, wave.split, wave.purpose, wave.seed, wave.frame_sha256, wave.at, "
        "wave.size, COUNT(*) AS frame, MIN(pi) AS pi_low, MAX(pi) AS pi_high, "
        "SUM(CASE WHEN selected AND EXISTS (SELECT 1 FROM rated WHERE rated.item_id = wave_item.item_id "
        "AND rated.purpose IN (wave.purpose, CASE wave.purpose WHEN :estimate THEN :search END)) "
        "THEN 1 ELSE 0 END) AS labelled, "
        "NOT EXISTS (SELECT 1 FROM wave_closed WHERE wave_closed.wave_id = wave.id) AS is_open "
        "FROM wave JOIN wave_item ON wave_item.wave_id = wave.id WHERE wave.study_id = :study "
        "GROUP BY wave.id ORDER BY wave.id"
    )
    values = {"study": study_id, "estimate": PURPOSE["estimate"], "search": PURPOSE["search"]}
    return [_record(row) for row in rows(session, statement, values)]


def sensitive(session: Session, study_id: int) -> frozenset[str]:
    """Ids of the items that are marked sensitive."""
    statement = "SELECT item_id FROM item WHERE study_id = :study AND sensitive"
    return frozenset(row["item_id"] for row in rows(session, statement, {"study": study_id}))


def selected(session: Session, study_id: int, name: str) -> frozenset[str]:
    """Ids of the items that a wave drew."""
    statement = (
        "SELECT item.item_id FROM wave JOIN wave_item ON wave_item.wave_id = wave.id AND wave_item.selected "
        "JOIN item ON item.id = wave_item.item_id WHERE wave.study_id = :study AND wave.name = :name"
    )
    return frozenset(row["item_id"] for row in rows(session, statement, {"study": study_id, "name": name}))


def draws(session: Session, study_id: int, *, split: str) -> list[WaveDraw]:
    """Every estimating wave of a split, as combining needs it."""
    statement = (
        "SELECT wave.name, item.item_id, wave_item.pi, wave_item.selected FROM wave "
        "JOIN wave_item ON wave_item.wave_id = wave.id JOIN item ON item.id = wave_item.item_id "
        "WHERE wave.study_id = :study AND wave.split = :split AND wave.purpose = :purpose "
        "ORDER BY wave.id, item.id"
    )
    values = {"study": study_id, "split": split, "purpose": PURPOSE["estimate"]}
    pi: dict[str, dict[str, float]] = defaultdict(dict)
    selected: dict[str, set[str]] = defaultdict(set)
    for row in rows(session, statement, values):
        pi[row["name"]][row["item_id"]] = row["pi"]
        if row["selected"]:
            selected[row["name"]].add(row["item_id"])
    return [WaveDraw(name, chances, frozenset(selected[name])) for name, chances in pi.items()]


def _save_items(session: Session, study_id: int, row: int, wave: NewWave, drawn: Draw) -> None:
    places = {item: place for place, item in enumerate(drawn.selected)}
    run(
        session,
        "INSERT INTO wave_item (wave_id, item_id, pi, selected, position, raters, doubt, reason) "
        "SELECT :wave, id, :pi, :selected, :place, :raters, :doubt, :reason FROM item "
        "WHERE study_id = :study AND item_id = :item",
        [
            {
                "wave": row,
                "study": study_id,
                "item": item,
                "pi": pi,
                "selected": item in places,
                "place": places.get(item),
                "raters": drawn.raters.get(item, wave.raters),
                "doubt": drawn.doubts.get(item),
                "reason": wave.design.kind if item in places else None,
            }
            for item, pi in drawn.pi.items()
        ],
    )


def _record(row: Mapping[str, Any]) -> WaveRecord:
    return WaveRecord(
        name=row["name"],
        design=Design.of_json(from_json(row["design"])),
        split=row["split"],
        purpose=PURPOSE_NAMED[row["purpose"]],
        seed=row["seed"],
        frame_sha256=row["frame_sha256"],
        frame=row["frame"],
        selected=row["size"],
        labelled=row["labelled"],
        pi_low=row["pi_low"],
        pi_high=row["pi_high"],
        is_open=bool(row["is_open"]),
        at=row["at"],
    )
