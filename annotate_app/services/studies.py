"""Studies: making a folder with a study file and a rubric, and listing those of a database."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from annotate_app.desk import Desk
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.store import persons
from annotate_app.store import studies as study_store
from annotate_app.store.studies import StudyCounts
from annotate_app.study_file import FILE_NAME
from calibration.splits import DEFAULT_SHARES
from rubrics.files import dump_rubric, library_rubrics, load_rubric

RUBRIC_FILE = "rubric.yaml"
DEFAULT_RUBRIC = "support_answer"


class CannotCreate(ValueError):
    """The study cannot be made here: why, and what to do."""


@dataclass(frozen=True, slots=True)
class NewStudy:
    """A study folder that was made."""

    folder: Path
    name: str
    rubric: str
    files: tuple[Path, ...]


def create_study(folder: Path, *, name: str | None = None, rubric: str | None = None) -> NewStudy:
    """Write study.toml and rubric.yaml into `folder`; refuses to overwrite either.

    `rubric` is a rubric file or the name of one in the library. Raises `CannotCreate`, or `RubricError`
    when the rubric file cannot be used.
    """
    folder = folder.resolve()
    title = (name or folder.name).strip()
    if not title:
        raise CannotCreate("the study has no name: give one with --name")
    source = _rubric_source(rubric)
    chosen = load_rubric(source)
    text = source.read_text(encoding="utf-8-sig") if rubric else dump_rubric(chosen)
    files = (folder / FILE_NAME, folder / RUBRIC_FILE)
    present = [file for file in files if file.exists()]
    if present:
        raise CannotCreate(f"{present[0]} is there already and is not overwritten: choose another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_new(files[1], text)
        write_new(files[0], study_toml(title))
        keep_out_of_git(folder)
    except OSError as error:
        raise CannotCreate(f"{folder} cannot be written: {error.strerror}") from error
    return NewStudy(folder, title, chosen.name, files)


OUT_OF_GIT = "calibrant.db*\n.calibrant-key\nreports/\nmonitor/\n"


def keep_out_of_git(folder: Path) -> None:
    """The definitions belong in a repository; labels and the key that signs raters' cookies do not."""
    ignored = folder / ".gitignore"
    if not ignored.exists():
        ignored.write_text(OUT_OF_GIT, encoding="utf-8")


def list_studies(desk: Desk, *, role: Role | Holder) -> tuple[StudyCounts, ...]:
    """The studies in the desk's database, oldest first; this one alone once it has accounts.

    Who is a member here need not be one there, and is not told of it.
    """
    require(role, "study.see")
    with desk.store.reading() as session:
        found = study_store.listing(session)
        if role is not HOLDER and persons.any_member(session, desk.study_id):
            found = [one for one in found if one.study_id == desk.study_id]
    return tuple(found)


def _rubric_source(rubric: str | None) -> Path:
    """The rubric file that is meant: a path, a name of the library, or the library's default."""
    library = library_rubrics()
    if rubric is None:
        return library.get(DEFAULT_RUBRIC) or next(iter(library.values()))
    path = Path(rubric)
    if path.is_file():
        return path
    if rubric in library:
        return library[rubric]
    names = ", ".join(library)
    raise CannotCreate(f"{rubric!r} is neither a rubric file nor in the library, which has: {names}")


def study_toml(name: str, *, raters_per_item: int = 2, shares: Mapping[str, float] = DEFAULT_SHARES) -> str:
    """A study file with the settings that everybody chooses; the others have their defaults."""
    declared = ", ".join(f"{split} = {share:g}" for split, share in shares.items())
    key = f"{_slug(name)}-{secrets.token_hex(4)}"
    return (
        "[study]\n"
        f"name = {_quoted(name)}\n"
        f"key = {_quoted(key)}  # the study's identity in the database: never change it\n"
        f"rubric = {_quoted(RUBRIC_FILE)}\n"
        'owner = ""\n'
        f"raters_per_item = {raters_per_item}\n"
        "\n"
        "[split]\n"
        f"shares = {{{declared}}}\n"
        "seed = 1\n"
        "\n"
        "[policy]\n"
        "alpha = 0.05\n"
        "evidence_days = 90\n"
    )


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name.casefold()).split())[:40] or "study"


def _quoted(text: str) -> str:
    """A TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'


def write_new(path: Path, text: str) -> None:
    """Write a file that is whole or not there, and never replaces another."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(temporary).chmod(0o644)
        os.link(temporary, path)
    finally:
        Path(temporary).unlink()
