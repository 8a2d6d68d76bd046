"""Export: everything that may leave a study, into a folder that is whole or not there at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from annotate_app.desk import Desk
from annotate_app.exporters.card import card
from annotate_app.exporters.native import item_row, label_row, verdict_row
from annotate_app.exporters.summary import ExportSummary, Wanted
from annotate_app.exporters.tools import SHAPES
from annotate_app.services import audit, export_tables
from annotate_app.services.certifying import CannotCertify
from annotate_app.services.leaving import Leaving, stale_decisions
from annotate_app.services.leaving_files import (
    CannotExport,
    Files,
    existing,
    refuse_used,
    scratch_files,
    whole_folder,
)
from annotate_app.services.outside_names import outside_names, people
from annotate_app.services.rights import EXPORTS_OF, HOLDER, VERDICTS_OF, Holder, Role, require
from annotate_app.services.vault import open_vault
from annotate_app.store import history, studies
from annotate_app.store import items as item_store
from annotate_app.store import leaving as store
from annotate_app.store.engine import Session
from annotate_app.store.sql import Row
from annotate_app.study_file import rubric_path

__all__ = ["FORMATS", "CannotExport", "ExportSummary", "Wanted", "export"]

HISTORY: Mapping[str, Callable[[Session, store.Scope], Iterator[Row]]] = MappingProxyType(
    {
        "split_versions.jsonl": history.split_versions,
        "moved.jsonl": history.moved,
        "waves.jsonl": history.waves,
        "pi.jsonl": history.chances,
        "decisions.jsonl": history.decisions,
        "mode_steps.jsonl": history.mode_steps,
        "mode_tags.jsonl": history.mode_tags,
        "causes.jsonl": history.causes,
    }
)
NATIVE = ("items.jsonl", "labels.jsonl", "verdicts.jsonl", "splits.jsonl")


def export(
    desk: Desk,
    folder: str | Path,
    wanted: Wanted | None = None,
    *,
    opening: tuple[str, str] | None = None,
    by: str | None = None,
    role: Role | Holder,
) -> ExportSummary:
    """Write what is wanted into a new folder; held-out items with their labels and verdicts stay behind.

    `opening`: who opens the vault first, and why; then nothing is held out any more, for good. The ledger has
    it before a file has a sealed row, and only after all that is open was written once on trial.
    `role`: what it may take out (rights.EXPORTS_OF), and verdicts only where it may see them at all.
    Raises `CannotExport` or NotAllowed; nothing is written then.
    """
    require(role, "export.data")
    if opening is not None:
        require(role, "vault.open")
    wanted, folder = wanted or Wanted(), Path(folder)
    if wanted.format not in FORMATS:
        raise CannotExport(f"unknown format {wanted.format!r}; there are {', '.join(FORMATS)}")
    refuse_used(folder)
    criteria, judges = _asked(desk, wanted)
    names = _names(desk, wanted, opening)
    job = _Job(desk, folder, wanted, criteria, judges, names, role)
    with whole_folder(folder) as files:
        if opening is not None:
            _rehearse(job)
            _open(desk, *opening, role=role)
        summary = _written(job, files, opening)
        files.text("README.md", card(desk.study_file.study.name, summary))
        _enter(desk, wanted, summary, by or (opening[0] if opening else None))
    return summary


@dataclass(frozen=True, slots=True)
class _Job:
    """What is written, of which study, for whom."""

    desk: Desk
    folder: Path
    wanted: Wanted
    criteria: tuple[str, ...]
    judges: tuple[str, ...] | None
    names: Mapping[str, str]
    role: Role | Holder


def _written(job: _Job, files: Files, opening: tuple[str, str] | None = None) -> ExportSummary:
    """Every file but the card."""
    desk, wanted = job.desk, job.wanted
    with desk.store.reading() as session:
        scope = _scope(session, desk, job.role)
        judges = job.judges if scope.verdicts else ()
        leaving = Leaving(desk, session, scope, files, job.criteria, judges, job.names)
        if job.names:
            leaving.stale = stale_decisions(desk, session)
        FORMATS[wanted.format](leaving)
        summary = _summary(leaving, job.folder, wanted, opening)
    files.close()
    if wanted.parquet:
        _add_parquet(files.folder)
    return summary


def _rehearse(job: _Job) -> None:
    """Write what is open, and throw it away: what can fail fails before the vault is opened for good.

    After that the folder needs the same again for each item that is sealed; a disk without twice that much
    room is refused. Should writing fail all the same, another export has everything: the vault is open.
    """
    with scratch_files(job.folder) as files:
        summary = _written(job, files)
        size = sum(file.stat().st_size for file in files.folder.iterdir())
    seen = sum(summary.splits.values())
    needed = 2 * size * (1 + (summary.held_out.get("items", 0) / seen if seen else 1))
    free = shutil.disk_usage(existing(job.folder)).free
    if free < needed:
        raise CannotExport(
            f"{job.folder}: has {free / 1e6:,.0f} MB free, and up to {needed / 1e6:,.0f} MB may be written; "
            "the vault stays closed"
        )


def _scope(session: Session, desk: Desk, role: Role | Holder) -> store.Scope:
    """What of the study may leave in the hands of a role; all that is not held out in the owner's."""
    version = item_store.split_version(session, desk.study_id)
    if role is HOLDER:
        return store.Scope(desk.study_id, version)
    return store.Scope(desk.study_id, version, EXPORTS_OF[role], verdicts=bool(VERDICTS_OF[role]))


def _enter(desk: Desk, wanted: Wanted, summary: ExportSummary, by: str | None) -> None:
    """In the log before the folder is there: whatever left is known."""
    with desk.store.writing() as session:
        detail = {"format": wanted.format, "folder": summary.folder, "items": dict(summary.splits)}
        audit.record(session, desk, actor=by, kind="export.made", detail=detail)


def _names(desk: Desk, wanted: Wanted, opening: tuple[str, str] | None) -> Mapping[str, str]:
    """What people are called in the files, where it is not their names."""
    if not wanted.pseudonyms:
        return {}
    return outside_names(desk, people(desk) | ({opening[0]} if opening else set()))


def native(leaving: Leaving) -> None:
    """Items, every revision of every label, every take of every verdict, and how items were drawn."""
    files, session, scope = leaving.files, leaving.session, leaving.scope
    for name in NATIVE:
        files.begin(name)
    for found in leaving.items():
        files.json("items.jsonl", item_row(found.item))
        files.json("splits.jsonl", {"item_id": found.item.item_id, "split": found.split})
    for label in store.journal(session, scope):
        if label.criterion in leaving.criteria:
            files.json("labels.jsonl", label_row(leaving.label(label)))
    for verdict in store.takes(session, scope):
        if verdict.criterion in leaving.criteria and _is_wanted(verdict.judge, leaving.judges):
            files.json("verdicts.jsonl", verdict_row(verdict))
    for name, rows in HISTORY.items():
        for row in rows(session, scope):
            if row.get("criterion") is None or row["criterion"] in leaving.criteria:
                files.json(name, leaving.told(row))
    rubric = rubric_path(leaving.desk.folder, leaving.desk.study_file)
    files.text("rubric.yaml", rubric.read_text(encoding="utf-8"))


def _shape(name: str) -> Callable[[Leaving], None]:
    """A writer of one tool's rows."""

    def write(leaving: Leaving) -> None:
        file = f"{name}.jsonl"
        leaving.files.begin(file)
        criteria = {one.name: one for one in leaving.desk.rubric.criteria}
        for rated in leaving.rated():
            for row in SHAPES[name](rated, criteria):
                leaving.files.json(file, row)

    return write


FORMATS: Mapping[str, Callable[[Leaving], None]] = MappingProxyType(
    {
        "native": native,
        "wide": export_tables.wide,
        "matrix": export_tables.matrix,
        "inspect": export_tables.scores,
        **{name: _shape(name) for name in SHAPES},
    }
)


def _asked(desk: Desk, wanted: Wanted) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """The criteria and judges to export; an unknown name is refused."""
    known = tuple(one.name for one in desk.rubric.criteria)
    _refuse_unknown("criterion", wanted.criteria, known)
    with desk.store.reading() as session:
        judges = [one.name for one in studies.judges(session, desk.study_id)]
    _refuse_unknown("judge", wanted.judges, judges)
    chosen = tuple(name for name in known if not wanted.criteria or name in wanted.criteria)
    return chosen, wanted.judges or None


def _refuse_unknown(kind: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            there = ", ".join(dict.fromkeys(known)) or "none"
            raise CannotExport(f"the study has no {kind} {name!r}; there are: {there}")


def _open(desk: Desk, by: str, reason: str, *, role: Role | Holder) -> None:
    try:
        open_vault(desk, by=by, reason=f"export: {reason.strip()}" if reason.strip() else "", role=role)
    except CannotCertify as error:
        raise CannotExport(str(error)) from error


def _is_wanted(judge: str, judges: tuple[str, ...] | None) -> bool:
    return judges is None or judge in judges


def _summary(
    leaving: Leaving, folder: Path, wanted: Wanted, opening: tuple[str, str] | None
) -> ExportSummary:
    kept = _kept(leaving.session, leaving.scope)
    return ExportSummary(
        folder=str(folder),
        format=wanted.format,
        files=dict(leaving.files.rows),
        holds=leaving.holds,
        held_out=kept.held_out,
        left_out={
            **{why: n for why, n in leaving.left_out.items() if n},
            **{f"{what} in no split yet": n for what, n in kept.unplaced.items() if n},
        },
        rubric_sha256=leaving.desk.rubric.sha256,
        splits=dict(leaving.splits),
        opened=None if opening is None else f"{leaving.called(opening[0])}: {opening[1]}",
        pseudonyms=wanted.pseudonyms,
    )


def _kept(session: Session, scope: store.Scope) -> store.Kept:
    return store.kept(session, scope)


def _add_parquet(folder: Path) -> None:
    """Each file of JSON Lines again as Parquet."""
    from calibration.large.database import NeedsDuckDB
    from calibration.large.parquet import add_parquet

    try:
        add_parquet(folder)
    except NeedsDuckDB as error:
        raise CannotExport(str(error)) from error
