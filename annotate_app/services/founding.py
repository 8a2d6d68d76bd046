"""Makes a study out of what the browser asked for: whole, or not at all; refuses a folder that has one."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from annotate_app.desk import CANNOT_OPEN, DATABASE_FILE, DATABASE_VARIABLE, Desk, open_desk
from annotate_app.services import audit
from annotate_app.services.founding_values import CannotFound, Founded, Founding, Guest, RubricChoice, faults
from annotate_app.services.import_values import ImportSummary
from annotate_app.services.inviting import Link, invite
from annotate_app.services.labelling import add_rater
from annotate_app.services.naming import UnusableName
from annotate_app.services.people import CannotChangePeople
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split
from annotate_app.services.studies import RUBRIC_FILE, keep_out_of_git, study_toml
from annotate_app.services.uploading import CannotUpload, bring_in
from annotate_app.study_file import FILE_NAME
from calibration.splits import BadShares

BESIDE = ".calibrant-new-"
TRIAL = "trial"
_one_at_a_time = threading.Lock()


@contextmanager
def trial(rubric: RubricChoice) -> Iterator[Desk]:
    """A study of this rubric that nobody keeps, to look at files and count what would be."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _write_definitions(folder, Founding(TRIAL, rubric))
        desk = open_desk(folder, database=str(folder / DATABASE_FILE))
        try:
            yield desk
        finally:
            desk.close()


def found_study(folder: Path, wanted: Founding) -> Founded:
    """Make the study in `folder`: definitions, items, answers, raters and, if wished, a frozen split.

    All of it is made in a folder inside of `folder` and then linked, study.toml last: a study is there whole
    or not at all, and what an interrupted attempt left is taken away by the next. Nothing that is there is
    overwritten. Raises `CannotFound`.
    """
    if wrong := faults(wanted):
        raise CannotFound("; ".join(f"{name}: {words}" for name, words in wrong.items()))
    folder = folder.resolve()
    with _one_at_a_time:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _take_away_leftovers(folder)
            _refuse_taken(folder)
            beside = Path(tempfile.mkdtemp(prefix=BESIDE, dir=folder))
        except OSError as error:
            raise CannotFound(f"{folder} cannot be written: {error.strerror}") from error
        try:
            made = _made(beside, folder, wanted)
            _move(beside, folder)
        except (*CANNOT_OPEN, CannotUpload, CannotChangePeople, UnusableName, BadShares) as fault:
            raise CannotFound(str(fault)) from fault
        except OSError as error:
            raise CannotFound(f"{folder} cannot be written: {error.strerror}") from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return made


def _made(beside: Path, folder: Path, wanted: Founding) -> Founded:
    _write_definitions(beside, wanted)
    desk = open_desk(beside)
    try:
        summary = _bring_in(desk, wanted)
        for name in wanted.raters:
            add_rater(desk, name)
        frozen = (
            freeze_split(desk, by=owner_of(wanted), role=HOLDER).sizes
            if wanted.freeze and wanted.uploads
            else {}
        )
        links = _invited(desk, wanted)
        _enter(desk, wanted)
    finally:
        desk.close()
    steps = next_steps(summary, frozen=bool(frozen), raters=bool(wanted.raters))
    return Founded(folder, wanted.name.strip(), summary, frozen, wanted.raters, steps, links)


def owner_of(wanted: Founding) -> str | None:
    """Who makes the study, if that is said: the first owner."""
    return next((guest.name for guest in wanted.invited if "owner" in guest.roles), None)


def _enter(desk: Desk, wanted: Founding) -> None:
    """The log begins with where the study comes from."""
    detail = {"rubric": desk.rubric.name, "files": [one.name for one in wanted.uploads]}
    with desk.store.writing() as session:
        audit.record(session, desk, actor=owner_of(wanted), kind="study.made", detail=detail)


def _invited(desk: Desk, wanted: Founding) -> tuple[tuple[Guest, Link], ...]:
    """A link for each, made by the first owner; whoever rates goes on under the name in the list."""
    owner = owner_of(wanted)
    if owner is None:
        return ()
    return tuple(
        (guest, invite(desk, guest.roles, by=owner, rater=_rates_as(guest), role=HOLDER))
        for guest in wanted.invited
    )


def _rates_as(guest: Guest) -> str | None:
    return guest.name if "rater" in guest.roles else None


def _bring_in(desk: Desk, wanted: Founding) -> ImportSummary | None:
    if not wanted.uploads:
        return None
    summary = bring_in(
        desk, wanted.uploads, wanted.renames, dry=False, by=owner_of(wanted), role=HOLDER, masks=wanted.masks
    )
    if not summary.items.new:
        raise CannotFound("Files: no item can go in: look at the counts, and at the rows that are left out")
    return summary


def _write_definitions(folder: Path, wanted: Founding) -> None:
    if wanted.rubric is None:
        raise CannotFound("Rubric: choose one of the library, or a file of yours")
    (folder / RUBRIC_FILE).write_text(wanted.rubric.text, encoding="utf-8")
    text = study_toml(wanted.name.strip(), raters_per_item=wanted.raters_per_item, shares=wanted.shares)
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    keep_out_of_git(folder)


def next_steps(summary: ImportSummary | None, *, frozen: bool, raters: bool) -> tuple[str, ...]:
    """What there is to do with a study that was just made, in order."""
    steps: list[str] = []
    if summary is None:
        steps.append("Bring items in: page Import, or `calibrant import FILE`.")
    if not frozen:
        steps.append(
            "Freeze the split before anybody looks at items: `calibrant split freeze`. Until then everything "
            "is development, and nothing can be certified."
        )
    if not raters:
        steps.append("Name the raters: each chooses or adds a name on the page Rate.")
    steps.append("Rate: page Rate, in the role of a rater. Nobody sees verdicts or other raters there.")
    steps.append("Then look: page Agreement; where a judge is to be trusted, page Plan says how many labels.")
    return tuple(steps)


def taken(folder: Path) -> str:
    """Which file is in the way, if any: another study's database would be replaced least of all."""
    own = () if os.environ.get(DATABASE_VARIABLE) else (DATABASE_FILE,)
    for name in (FILE_NAME, RUBRIC_FILE, *own):
        if (folder / name).exists():
            return (
                f"{folder / name} is there already and is not overwritten: move it, or serve another folder"
            )
    return ""


def _refuse_taken(folder: Path) -> None:
    if in_the_way := taken(folder):
        raise CannotFound(in_the_way)


def _move(beside: Path, folder: Path) -> None:
    """Link every file into the folder, study.toml last; after a failure the links are taken back."""
    names = sorted(path.name for path in beside.iterdir() if path.is_file())
    linked: list[Path] = []
    try:
        for name in sorted(names, key=lambda name: (name == FILE_NAME, name)):
            if name == ".gitignore" and (folder / name).exists():
                continue
            os.link(beside / name, folder / name)
            linked.append(folder / name)
    except FileExistsError as error:
        _unlink(linked)
        raise CannotFound(f"{error.filename2} is there already and is not overwritten") from error
    except OSError:
        _unlink(linked)
        raise


def _unlink(paths: list[Path]) -> None:
    for path in reversed(paths):
        path.unlink(missing_ok=True)


def _take_away_leftovers(folder: Path) -> None:
    """What an attempt that was killed left behind: its folder, and its links unless they were complete."""
    for beside in folder.glob(f"{BESIDE}*"):
        if not (folder / FILE_NAME).exists():
            ours = [folder / one.name for one in beside.iterdir() if _is_link_of(folder / one.name, one)]
            _unlink(ours)
        shutil.rmtree(beside, ignore_errors=True)


def _is_link_of(path: Path, original: Path) -> bool:
    return path.exists() and path.samefile(original)
