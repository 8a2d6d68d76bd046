"""The failure taxonomy: what became of failure modes, which items were given one, and raters' free notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.codes import BLIND_JUDGE, PURPOSE
from annotate_app.store.labels import NEWEST
from annotate_app.store.sql import from_json, made, rows, run
from calibration.findings.taxonomy import Step, StepKind


@dataclass(frozen=True, slots=True)
class ModeTag:
    """An item given a failure mode by somebody who looked at it later, or relieved of one (`removed`)."""

    item_id: str
    mode: str
    removed: bool
    note: str
    actor: str
    at: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """A labelled development item: where it belongs, when first labelled, modes and notes of its raters."""

    item_id: str
    stratum: str | None
    cluster: str | None
    at: str
    modes: frozenset[str]
    notes: tuple[str, ...]


def add_step(
    session: Session,
    study_id: int,
    kind: StepKind,
    name: str,
    *,
    becomes: str | None = None,
    described: Mapping[str, str] | None = None,
    actor: str,
    at: str,
) -> int:
    """Put a step behind the others; its number."""
    given = dict(described or {})
    return made(
        session,
        "INSERT INTO mode_step (study_id, kind, name, becomes, description, severity, visibility, "
        "detected_by, actor, at) VALUES (:study, :kind, :name, :becomes, :description, :severity, "
        ":visibility, :detected, :actor, :at)",
        {
            "study": study_id, "kind": kind, "name": name, "becomes": becomes,
            "description": given.get("description"), "severity": given.get("severity"),
            "visibility": given.get("visibility"), "detected": given.get("detected_by"), "actor": actor,
            "at": at,
        },
    )  # fmt: skip


def steps(session: Session, study_id: int) -> list[Step]:
    """Every step, oldest first."""
    found = rows(session, "SELECT * FROM mode_step WHERE study_id = :study ORDER BY id", {"study": study_id})
    return [
        Step(
            row["id"], row["kind"], row["name"], row["becomes"], row["description"] or "", row["severity"],
            row["visibility"], row["detected_by"] or "", row["actor"], row["at"],
        )
        for row in found
    ]  # fmt: skip


def add_tag(session: Session, study_id: int, item: int, tag: ModeTag) -> None:
    """Put a tag behind the others."""
    run(
        session,
        "INSERT INTO mode_tag (study_id, item_id, mode, kind, note, actor, at) "
        "VALUES (:study, :item, :mode, :kind, :note, :actor, :at)",
        {
            "study": study_id, "item": item, "mode": tag.mode, "kind": "removed" if tag.removed else "tagged",
            "note": tag.note, "actor": tag.actor, "at": tag.at,
        },
    )  # fmt: skip


def tags(session: Session, study_id: int) -> list[ModeTag]:
    """Every tag, oldest first."""
    found = rows(
        session,
        "SELECT i.item_id, t.mode, t.kind, t.note, t.actor, t.at FROM mode_tag t "
        "JOIN item i ON i.id = t.item_id WHERE t.study_id = :study ORDER BY t.id",
        {"study": study_id},
    )
    return [
        ModeTag(r["item_id"], r["mode"], r["kind"] == "removed", r["note"], r["actor"], r["at"])
        for r in found
    ]


# labels given for estimating, and those of a search whose item an estimating wave drew as well
COUNTING = f"""(l.purpose = {PURPOSE["estimate"]} OR l.purpose = {PURPOSE["search"]} AND EXISTS (
  SELECT 1 FROM wave_item x JOIN wave w ON w.id = x.wave_id
  WHERE x.item_id = l.item_id AND x.selected AND w.purpose = {PURPOSE["estimate"]}))"""


def labelled(session: Session, study_id: int, version: int | None) -> list[Labelled]:
    """Development items with blind estimating labels, in order; without a version every item is one."""
    inside = "" if version is None else (
        "JOIN split_member m ON m.item_id = i.id AND m.version_id = :version AND m.split = 'development' "
    )  # fmt: skip
    found = rows(
        session,
        "SELECT i.item_id, i.stratum, i.cluster, coalesce(l.at, n.at, '') AS at, l.rationale, s.note, "
        "coalesce(l.failure_modes, s.failure_modes) AS modes FROM label l JOIN item i ON i.id = l.item_id "
        f"{inside}LEFT JOIN submission s ON s.id = l.submission_id "
        "LEFT JOIN import_run n ON n.id = l.import_id WHERE i.study_id = :study "
        f"AND {COUNTING} AND l.status < 2 AND l.flags & {BLIND_JUDGE} <> 0 "
        f"AND {NEWEST} ORDER BY i.id, l.rater_id, l.criterion_id",
        {"study": study_id, "version": version},
    )
    by_item: dict[str, list[Mapping[str, Any]]] = {}
    for row in found:
        by_item.setdefault(row["item_id"], []).append(row)
    return [_labelled(item_id, given) for item_id, given in by_item.items()]


def _labelled(item_id: str, given: list[Mapping[str, Any]]) -> Labelled:
    modes = {mode for row in given if row["modes"] for mode in from_json(row["modes"])}
    said = dict.fromkeys(text for row in given for text in (row["note"], row["rationale"]) if text)
    first = given[0]
    return Labelled(
        item_id,
        first["stratum"],
        first["cluster"],
        min(row["at"] for row in given),
        frozenset(modes),
        tuple(said),
    )
