"""Import of items, labels and verdicts: all that is right, or with `strict` all or nothing; never half."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from annotate_app.desk import Desk
from annotate_app.services import audit, splitting
from annotate_app.services.import_values import Counts, ImportRefused, ImportSummary, Rejected
from annotate_app.services.lookalikes import make_way
from annotate_app.services.outside_names import outside_names
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.services.sampling import Intake
from annotate_app.services.staging_rows import Adapt, Progress, Reading, stage
from annotate_app.services.translating import Translator
from annotate_app.store import imports, items, rubrics, studies
from annotate_app.store.applying import Applied, Written, apply
from annotate_app.store.engine import Bulk, Raw
from annotate_app.store.files import belongs_to
from annotate_app.store.staging import Staging
from annotate_app.store.standing import file_of
from calibration.readers import CannotRead, Hints, How
from calibration.readers.foreign.formats import AUTO
from calibration.splits import BadShares
from rubrics.answers import LABEL_STATUSES, VERDICT_STATUSES

__all__ = ["CannotRead", "Counts", "ImportRefused", "ImportSummary", "Progress", "Rejected", "import_files"]

KINDS = ("items", "labels", "verdicts")


def recognising(desk: Desk, hints: Hints | None = None) -> How:
    """Whatever tool the files come from, with the study's criteria where a file names none."""
    names = tuple(criterion.name for criterion in desk.rubric.criteria)
    return How(AUTO, replace(hints or Hints(), criteria=names))


def import_files(
    desk: Desk,
    paths: Sequence[str | Path],
    *,
    strict: bool = False,
    not_applicable: Sequence[str] = (),
    progress: Progress | None = None,
    adapt: Adapt | None = None,
    how: How | None = None,
    dry: bool = False,
    intake: Intake | None = None,
    role: Role | Holder,
    by: str | None = None,
) -> ImportSummary:
    """Import the files together: items first, then labels, then verdicts, in one transaction at the end.

    The same files again change nothing. Rows that cannot go in are listed in `rejects`; with `strict` they
    keep everything out and `ImportRefused` is raised. `not_applicable`: values that mean "not applicable".
    `adapt` makes of each label in the files the one that is stored. `how`: the format and its mapping; by
    default other tools' files are recognised, and what of them was passed over is counted in `asides`.
    `intake`: which rows are read, what is masked, and whether raters are stored under pseudonyms.
    `dry`: everything is read, checked and counted, and nothing is kept.
    Raises `CannotRead` when a file as a whole cannot be read, and NotAllowed where it has labels or verdicts
    that `role` may not bring in; then, too, nothing is written.
    """
    require(role, "import.items")
    files = _not_own(desk, paths)
    with desk.store.bulk() as bulk:
        staging = Staging(bulk.connection)
        staging.open()
        try:
            translator, into = _translator(desk, staging, tuple(not_applicable)), intake or Intake()
            reading = Reading(translator, how or recognising(desk), adapt, into)
            for place, file in enumerate(files):
                stage(staging, reading, place, file, progress)
            _refuse_kinds(desk, reading, role)
            _name(desk, staging, into, keep=not dry)
            options: dict[str, object] = {"not_applicable": list(not_applicable), **into.options}
            called = [into.names.get(file, file.name) for file in files]
            made = _Made(files, called, options, by)
            summary = _write(desk, bulk, made, reading, strict=strict, dry=dry)
        finally:
            staging.close()
    if dry or not (summary.items.new or summary.items.read):
        return summary
    told = _telling_ids(desk) if summary.items.new else ()
    return replace(summary, notes=(*_place_newcomers(desk), *told))


def _name(desk: Desk, staging: Staging, into: Intake, *, keep: bool) -> None:
    """The names beside the rows; raters under pseudonyms where that is wanted."""
    if into.pseudonyms:
        staging.called = outside_names(desk, tuple(staging.raters), keep=keep)
    staging.name_everything()


def _refuse_kinds(desk: Desk, reading: Reading, role: Role | Holder) -> None:
    """What an import says of rows that are there already would tell their answers: only to whom may know.

    Before a split is frozen engineers see every label anyway.
    """
    with desk.store.reading() as session:
        frozen = items.split_version(session, desk.study_id) is not None
    if reading.read["label"] and (frozen or role == "rater"):
        require(role, "import.labels")
    if reading.read["verdict"]:
        require(role, "import.verdicts")


def _place_newcomers(desk: Desk) -> tuple[str, ...]:
    """New items join a frozen split at once, before anybody can look at them; those of an import that ended
    in between join with the next.
    """
    known = splitting.split_summary(desk, role=HOLDER)
    if known is None or not known.newcomers:
        return ()
    try:
        found = splitting.freeze_split(desk, role=HOLDER)
    except BadShares as error:
        return (f"The new items are in no split yet: {error}",)
    sizes = ", ".join(f"{name} {size}" for name, size in found.sizes.items())
    return (f"New items joined the frozen split: {sizes}.",)


def _telling_ids(desk: Desk) -> tuple[str, ...]:
    """Ids that name the system: raters see ids, and are to be blind to systems."""
    with desk.store.reading() as session:
        found = items.count_named_by_system(session, desk.study_id)
    if not found:
        return ()
    return (
        f"{found:,} items name the system that wrote them in their item_id, and raters see ids: "
        "give them other ids in a new study to keep raters blind.",
    )


def _translator(desk: Desk, staging: Staging, not_applicable: tuple[str, ...]) -> Translator:
    with desk.store.reading() as session:
        return Translator.of(
            desk.rubric,
            staging,
            criterion_ids=studies.criterion_ids(session, desk.study_id),
            codes=rubrics.answer_codes(session, desk.study_id),
            not_applicable=not_applicable,
        )


class _NothingToKeep(Exception):
    """Ends the transaction without a trace."""

    def __init__(self, summary: ImportSummary) -> None:
        self.summary = summary


@dataclass(frozen=True, slots=True)
class _Made:
    """What is kept of an import: its files and what they are called, with which options, and by whom."""

    files: list[Path]
    called: list[str]
    options: dict[str, object]
    by: str | None


def _write(
    desk: Desk, bulk: Bulk, made: _Made, reading: Reading, *, strict: bool, dry: bool
) -> ImportSummary:
    try:
        with bulk.writing() as connection:
            import_id = imports.next_id(connection)
            applied = apply(connection, desk.study_id, import_id, at=desk.now)
            make_way(connection, desk.study_id)
            summary = _summary(made.files, reading, applied).without_mere_names()
            if dry or summary.changed_nothing or (strict and summary.rejects):
                raise _NothingToKeep(summary)
            _record(desk, connection, import_id, made, summary)
    except _NothingToKeep as nothing:
        summary = nothing.summary
    if strict and summary.rejects:
        raise ImportRefused(summary)
    return summary


def _record(desk: Desk, connection: Raw, import_id: int, made: _Made, summary: ImportSummary) -> None:
    """The import's own row with the files' hashes, and in the log what came in."""
    counts = {name: asdict(getattr(summary, name)) for name in KINDS}
    files = [
        {"name": name, "sha256": _sha256(file)} for name, file in zip(made.called, made.files, strict=True)
    ]
    imports.add(
        connection, import_id, desk.study_id, rubric_sha256=desk.rubric.sha256, files=files,
        options=made.options, counts=counts, at=desk.now,
    )  # fmt: skip
    detail = {"files": made.called, "new": {name: counts[name]["new"] for name in KINDS}}
    audit.record(connection, desk, actor=made.by, kind="import.made", detail=detail)


def _summary(files: list[Path], reading: Reading, applied: Applied) -> ImportSummary:
    rejects = reading.rejects + [
        Rejected(str(files[m.file]), m.line, m.field, m.reason) for m in applied.misplaced
    ]
    return ImportSummary(
        files=tuple(str(file) for file in files),
        items=_counts(reading.read["item"], applied.items, {}),
        labels=_counts(reading.read["label"], applied.labels, _named(reading, "label", LABEL_STATUSES)),
        verdicts=_counts(
            reading.read["verdict"], applied.verdicts, _named(reading, "verdict", VERDICT_STATUSES)
        ),
        rejects=tuple(sorted(rejects, key=lambda r: (r.file, r.line))),
        written=applied.written,
        asides=dict(reading.asides),
        without=reading.without,
        bare=applied.bare,
    )


def _counts(read: int, written: Written, statuses: dict[str, int]) -> Counts:
    return Counts(read, written.new, written.repeated, written.conflicts, written.unchanged, statuses)


def _named(reading: Reading, kind: str, names: Sequence[str]) -> dict[str, int]:
    return {name: reading.statuses[kind][place] for place, name in enumerate(names)}


def _not_own(desk: Desk, paths: Sequence[str | Path]) -> list[Path]:
    """The files to read; the database in use is none: reading it as a file would drop its locks."""
    files = [Path(path) for path in paths]
    for file in files:
        if file.exists() and belongs_to(file, file_of(desk.store)):
            wanted = "name files with items, labels or verdicts"
            raise CannotRead(f"{file} is this study's own database: {wanted}")
    return files


def _sha256(file: Path) -> str | None:
    """The file's hash; None for a pipe, which can be read only once."""
    if not file.is_file():
        return None
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
