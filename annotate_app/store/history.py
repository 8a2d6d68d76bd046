"""What leaves a study beside its records: how items were split and drawn, what was decided and named."""

from __future__ import annotations

from collections.abc import Iterator

from sqlmodel import Session

from annotate_app.store.codes import PURPOSE_NAMED
from annotate_app.store.leaving import MEMBER, VISIBLE, Scope
from annotate_app.store.sql import Row, from_json, rows, run, stream


def split_versions(session: Session, scope: Scope) -> Iterator[Row]:
    """Every version of the split with how many items it has, and how many of them leave."""
    query = (
        "SELECT v.number, v.sha256, v.seed, v.shares, v.parent, v.together, v.reason, v.actor, v.at, "
        "(SELECT count(*) FROM split_member o WHERE o.version_id = v.id) AS items, "
        "(SELECT count(*) FROM split_member o JOIN item i ON i.id = o.item_id "
        f"{MEMBER} WHERE o.version_id = v.id AND {VISIBLE}) AS exported "
        "FROM split_version v WHERE v.study_id = :study ORDER BY v.number"
    )
    for row in rows(session, query, scope.values):
        together = _leaving(session, scope, from_json(row["together"]))
        yield {**row, "shares": from_json(row["shares"]), "together": together}


def moved(session: Session, scope: Scope) -> Iterator[Row]:
    """Where a leaving item was in an earlier version of the split, if elsewhere than now; None: nowhere."""
    query = (
        "SELECT v.number, i.item_id, o.split FROM split_version v JOIN item i ON i.study_id = v.study_id "
        f"{MEMBER} LEFT JOIN split_member o ON o.version_id = v.id AND o.item_id = i.id "
        f"WHERE v.study_id = :study AND {VISIBLE} AND v.id <> :version "
        "AND coalesce(o.split, '') <> coalesce(m.split, '') ORDER BY v.number, i.id"
    )
    return stream(session, query, scope.values) if scope.version is not None else iter(())


def waves(session: Session, scope: Scope) -> Iterator[Row]:
    """Every wave with its design and the size of its frame, oldest first."""
    query = (
        "SELECT w.number, w.name, w.split, w.purpose, w.design, w.seed, w.frame_sha256, w.size, w.actor, "
        "w.at, v.number AS split_version, "
        "(SELECT count(*) FROM wave_item x WHERE x.wave_id = w.id) AS frame, "
        "c.actor AS closed_by, c.reason AS closed_reason, c.at AS closed_at "
        "FROM wave w LEFT JOIN wave_closed c ON c.wave_id = w.id "
        "LEFT JOIN split_version v ON v.id = w.split_version_id WHERE w.study_id = :study ORDER BY w.id"
    )
    for row in rows(session, query, scope.values):
        yield {**row, "design": from_json(row["design"]), "purpose": PURPOSE_NAMED[row["purpose"]]}


def chances(session: Session, scope: Scope) -> Iterator[Row]:
    """Each wave's inclusion probability of every item of its frame that leaves.

    How much a judge's verdict on it was doubted stays where verdicts stay.
    """
    query = (
        "SELECT w.name AS wave, i.item_id, x.pi, x.selected, x.position, x.raters, x.doubt FROM wave w "
        f"JOIN wave_item x ON x.wave_id = w.id JOIN item i ON i.id = x.item_id {MEMBER} "
        f"WHERE w.study_id = :study AND {VISIBLE} ORDER BY w.id, i.id"
    )
    for row in stream(session, query, scope.values):
        told = row if scope.verdicts else {**row, "doubt": None}
        given = {name: value for name, value in told.items() if value is not None or name == "pi"}
        yield {**given, "selected": bool(row["selected"])}


def decisions(session: Session, scope: Scope) -> Iterator[Row]:
    """Every step of adjudication on items that leave, in order."""
    query = (
        "SELECT i.item_id, c.name AS criterion, a.kind, a.status, a.value, a.lead, a.words, a.labels_sha256, "
        "a.at FROM adjudication a JOIN item i ON i.id = a.item_id "
        f"LEFT JOIN criterion c ON c.id = a.criterion_id {MEMBER} "
        f"WHERE a.study_id = :study AND {VISIBLE} ORDER BY a.id"
    )
    for row in stream(session, query, scope.values):
        yield {**row, "value": None if row["value"] is None else from_json(row["value"])}


def mode_steps(session: Session, scope: Scope) -> Iterator[Row]:
    """Every step about failure modes, numbered from 1; a step that was undone is named by that number.

    None where verdicts stay: modes and their notes are written by people who look at them.
    """
    if not scope.verdicts:
        return
    query = (
        "SELECT id, kind, name, becomes, description, severity, visibility, detected_by, actor, at "
        "FROM mode_step WHERE study_id = :study ORDER BY id"
    )
    found = rows(session, query, scope.values)
    places = {str(row["id"]): str(place) for place, row in enumerate(found, start=1)}
    for row in found:
        named = places[row["name"]] if row["kind"] == "undone" else row["name"]
        yield {**{key: value for key, value in row.items() if key != "id"}, "name": named}


def mode_tags(session: Session, scope: Scope) -> Iterator[Row]:
    """Every failure mode given to an item that leaves, or taken from it; none where verdicts stay."""
    if not scope.verdicts:
        return iter(())
    query = (
        "SELECT i.item_id, t.mode, t.kind, t.note, t.actor, t.at FROM mode_tag t "
        f"JOIN item i ON i.id = t.item_id {MEMBER} WHERE t.study_id = :study AND {VISIBLE} ORDER BY t.id"
    )
    return stream(session, query, scope.values)


def causes(session: Session, scope: Scope) -> Iterator[Row]:
    """Every cause given to a disagreement with a judge on an item that leaves; none where verdicts stay."""
    if not scope.verdicts:
        return iter(())
    query = (
        "SELECT i.item_id, c.name AS criterion, t.judge_name AS judge, t.verdict, t.reference, t.cause, "
        "t.note, t.actor, t.at FROM triage_tag t JOIN item i ON i.id = t.item_id "
        f"JOIN criterion c ON c.id = t.criterion_id {MEMBER} "
        f"WHERE t.study_id = :study AND {VISIBLE} ORDER BY t.id"
    )
    return stream(session, query, scope.values)


def close_wave(session: Session, study_id: int, name: str, closing: Row) -> None:
    """The wave of this name is closed, by whom and when it was."""
    run(
        session,
        "INSERT INTO wave_closed (wave_id, actor, reason, at) SELECT id, :actor, :reason, :at FROM wave "
        "WHERE study_id = :study AND name = :name",
        {**closing, "study": study_id, "name": name},
    )


def _leaving(session: Session, scope: Scope, groups: list[list[str]]) -> list[list[str]]:
    """The groups without the items that stay."""
    if not groups:
        return []
    query = f"SELECT i.item_id FROM item i {MEMBER} WHERE {VISIBLE}"
    named = {item for group in groups for item in group}
    leaving = {row["item_id"] for row in stream(session, query, scope.values) if row["item_id"] in named}
    kept = [[item for item in group if item in leaving] for group in groups]
    return [group for group in kept if len(group) > 1]
