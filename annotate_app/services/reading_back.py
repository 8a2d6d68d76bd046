"""The folder of a native export, read back whole into a study that has no history of its own.

Looks and certificates are not read back: evidence is made where it is used, and never imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from annotate_app.desk import Desk
from annotate_app.services import audit, disputes
from annotate_app.services.history_plan import Plan, plan_of
from annotate_app.services.history_rows import DecisionRow, read_history
from annotate_app.services.import_values import ImportSummary
from annotate_app.services.importing import CannotRead, Progress, import_files
from annotate_app.services.rights import HOLDER, Action, Holder, Role, require
from annotate_app.store import adjudication, history, modes, rubrics, splits, studies, triage, waves
from annotate_app.store import items as item_store
from annotate_app.store.engine import Session
from rubrics.files import RubricError, load_rubric

NEEDED: tuple[Action, ...] = ("import.items", "import.labels", "import.verdicts", "split.freeze")
RECORDS = ("items.jsonl", "labels.jsonl", "verdicts.jsonl")
NOT_EVIDENCE = "Looks and certificates are not read back: evidence is never imported."


def is_export(folder: Path) -> bool:
    """Whether this is the folder of a native export."""
    return all((folder / name).is_file() for name in (*RECORDS, "rubric.yaml"))


def read_back(
    desk: Desk,
    folder: Path,
    *,
    dry: bool = False,
    progress: Progress | None = None,
    role: Role | Holder,
    by: str | None = None,
) -> ImportSummary:
    """Bring in records and history; the same folder again changes nothing, and a cut-off run is finished.

    Everything is read and checked first. Raises CannotRead where the folder is not of this rubric or the
    study has another history, ImportRefused where a row cannot go in, and NotAllowed where `role` may not
    bring in labels, verdicts and a split; nothing is written then.
    """
    for action in NEEDED:
        require(role, action)
    _refuse_other_rubric(desk, folder)
    plan = plan_of(desk, read_history(folder))
    files = [folder / name for name in RECORDS]
    seen = import_files(desk, files, strict=True, dry=True, progress=progress, role=HOLDER)
    if dry or (seen.changed_nothing and plan.empty):
        return replace(seen, notes=(*seen.notes, *plan.lines()))
    found = import_files(desk, files[:1], strict=True, role=HOLDER, by=by)
    with desk.store.writing() as session:
        _write_draws(session, desk, plan)
        detail = {"folder": folder.name, "waves": [row.name for row, _, _ in plan.waves]}
        audit.record(session, desk, actor=by, kind="history.draws_read_back", detail=detail)
    answers = import_files(desk, files[1:], strict=True, progress=progress, role=HOLDER, by=by)
    with desk.store.writing() as session:
        _write_words(session, desk, plan)
        counts = {"decisions": len(plan.decisions), "tags": len(plan.tags), "causes": len(plan.causes)}
        about = {"folder": folder.name, **counts}
        audit.record(session, desk, actor=by, kind="history.read_back", detail=about)
    return replace(
        seen,
        written=found.written + answers.written,
        notes=(*found.notes, *plan.lines(), *_other_terms(desk, plan), NOT_EVIDENCE),
    )


def _refuse_other_rubric(desk: Desk, folder: Path) -> None:
    try:
        theirs = load_rubric(folder / "rubric.yaml")
    except RubricError as fault:
        raise CannotRead(str(fault)) from fault
    if theirs.sha256 != desk.rubric.sha256:
        raise CannotRead(
            f"{folder}: its rubric is not this study's: make a study of it with "
            f"`calibrant init NEW --rubric {folder / 'rubric.yaml'}`, or import its files by their names"
        )


def _write_draws(session: Session, desk: Desk, plan: Plan) -> None:
    """Splits and waves come before labels, which name them."""
    for said, version in plan.versions:
        splits.save(session, desk.study_id, version, at=said.at, actor=said.actor, reason=said.reason)
    for row, new, draw in plan.waves:
        version_id = None
        if row.split_version is not None:
            stored = splits.numbered(session, desk.study_id, row.split_version)
            version_id = None if stored is None else stored.version_id
        waves.save(session, desk.study_id, replace(new, split_version_id=version_id), draw)
        if row.closed_at is not None:
            closing = {"actor": row.closed_by, "reason": row.closed_reason, "at": row.closed_at}
            history.close_wave(session, desk.study_id, row.name, closing)


def _write_words(session: Session, desk: Desk, plan: Plan) -> None:
    """What people decided and named, about records that are in by now."""
    ids = studies.criterion_ids(session, desk.study_id)
    numbers = _numbers(session, desk, plan)
    rubric_id = rubrics.find(session, desk.study_id, desk.rubric.sha256)
    if rubric_id is None:
        raise CannotRead("the study's rubric is not registered: open the study again")
    for one in plan.decisions:
        sha256 = one.labels_sha256
        if sha256 is None:
            sha256 = _answers_now(session, ids, numbers[one.item_id], one)
        adjudication.add(
            session, desk.study_id, item=numbers[one.item_id], criterion_id=ids.get(one.criterion or ""),
            kind=one.kind, lead=one.lead, words=one.words, labels_sha256=sha256, rubric_id=rubric_id,
            at=one.at, status=one.status, value=one.value,
        )  # fmt: skip
    _write_steps(session, desk, plan)
    for tag in plan.tags:
        modes.add_tag(session, desk.study_id, numbers[tag.item_id], tag)
    for cause in plan.causes:
        triage.add(session, desk.study_id, numbers[cause.item_id], ids[cause.criterion], cause)


def _numbers(session: Session, desk: Desk, plan: Plan) -> dict[str, int]:
    """The store's numbers of the items that somebody said something about."""
    wanted = [one.item_id for one in plan.decisions]
    wanted += [one.item_id for one in plan.tags] + [one.item_id for one in plan.causes]
    found: dict[str, int] = {}
    for item_id in dict.fromkeys(wanted):
        stored = item_store.get(session, desk.study_id, item_id)
        if stored is None:
            raise CannotRead(f"{item_id}: something is said of it, and it is no item here")
        found[item_id] = stored.number
    return found


def _answers_now(session: Session, ids: Mapping[str, int], item: int, one: DecisionRow) -> str:
    """Identity of the answers that a decision is about, where the export could not say it."""
    if one.criterion is None:
        return ""
    given = disputes.by_item(adjudication.given(session, ids[one.criterion], [item]))
    return disputes.sha256(given.get(one.item_id, ()))


def _write_steps(session: Session, desk: Desk, plan: Plan) -> None:
    numbers = [step.number for step in modes.steps(session, desk.study_id)][: plan.steps_known]
    for one in plan.steps:
        name = str(numbers[int(one.name) - 1]) if one.kind == "undone" else one.name
        described = {
            "description": one.description, "severity": one.severity, "visibility": one.visibility,
            "detected_by": one.detected_by,
        }  # fmt: skip
        given = {key: value for key, value in described.items() if value is not None}
        numbers.append(
            modes.add_step(
                session, desk.study_id, one.kind, name, becomes=one.becomes, described=given,
                actor=one.actor, at=one.at,
            )
        )  # fmt: skip


def _other_terms(desk: Desk, plan: Plan) -> list[str]:
    """Where study.toml would divide newcomers otherwise than the split that was read back."""
    if not plan.versions:
        return []
    row, asked = plan.versions[-1][0], desk.study_file.split
    shares = {str(split): share for split, share in (asked.shares or {}).items()}
    if asked.seed == row.seed and {k: v for k, v in shares.items() if v} == {
        k: v for k, v in row.shares.items() if v
    }:
        return []
    said = ", ".join(f"{split} = {share:g}" for split, share in row.shares.items())
    return [f"study.toml, [split]: write seed = {row.seed} and shares = {{{said}}}, as the split was frozen."]
