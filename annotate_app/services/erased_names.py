"""Names in stored reports and in files of the study folder: replaced where that is safe, else told."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from annotate_app.desk import Desk
from annotate_app.store import raters, renaming
from annotate_app.store.engine import Session
from annotate_app.store.files import belongs_to
from annotate_app.store.standing import file_of

SHORTEST = 3  # characters: what is shorter is too often part of something else
AT_ONCE = 1 << 20  # bytes of a file read at once
OF_A_DATABASE = (".db", ".db-wal", ".db-shm")


def rename_in_reports(session: Session, desk: Desk, names: Collection[str], word: str) -> int:
    """Put `word` in place of the names in stored reports, where each is a name and nothing else; how many."""
    contents = renaming.report_contents(session, desk.study_id)
    safe = [name for name in names if _only_a_name(desk, name, contents)]
    forms = [*safe, *(html.escape(name) for name in safe if html.escape(name) != name)]
    others = [one.name for one in raters.listing(session, desk.study_id) if one.name not in names]
    pattern = name_pattern(forms, others)

    def change(value: Any) -> Any:
        return _renamed(value, pattern, word)

    def hash_of(content: str) -> str:
        return hashlib.sha256(content.encode()).hexdigest()

    return renaming.replace_in_reports(session, desk.study_id, change, hash_of) if forms else 0


def _only_a_name(desk: Desk, name: str, contents: Collection[Any]) -> bool:
    """Whether the word means nothing else in the study: no criterion, answer, judge, stratum or field."""
    study = desk.study_file
    words = {study.study.name, *study.judges, *study.strata}
    for criterion in desk.rubric.criteria:
        words |= {criterion.name, *map(str, criterion.scale.categories or ())}
    words |= {mode.name for mode in desk.rubric.failure_modes}
    fields = {key for content in contents for key in _fields(content)}
    taken = {word.casefold() for word in words} | fields
    return len(name) >= SHORTEST and name.casefold() not in taken


def _fields(value: Any) -> Iterator[str]:
    """Names of fields, which are written in small letters; what is keyed by person is not told apart."""
    if isinstance(value, dict):
        for key, below in value.items():
            if (key == key.lower() and "_" in key) or key in ("value", "name", "level", "method", "raters"):
                yield key
            yield from _fields(below)
    elif isinstance(value, list):
        for below in value:
            yield from _fields(below)


def name_pattern(names: Collection[str], others: Collection[str]) -> re.Pattern[str]:
    """The names as whole words, as group `name`; `others`, of which a name may be a part, are found first."""
    longer = [one for one in others if any(name in one for name in names)]
    kept = "|".join(map(_written, sorted(longer, key=len, reverse=True)))
    wanted = "|".join(map(_written, sorted(names, key=len, reverse=True)))
    either = f"(?:{kept})|(?P<name>{wanted})" if kept else f"(?P<name>{wanted})"
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)")


def _written(name: str) -> str:
    """The name as it may be written: Markdown puts a backslash before some signs."""
    return "".join(re.escape(sign) if sign.isalnum() else rf"\\?{re.escape(sign)}" for sign in name)


def _renamed(value: Any, pattern: re.Pattern[str], word: str) -> Any:
    if isinstance(value, dict):
        return {_renamed(key, pattern, word): _renamed(below, pattern, word) for key, below in value.items()}
    if isinstance(value, list):
        return [_renamed(below, pattern, word) for below in value]
    if isinstance(value, str):
        return pattern.sub(lambda found: word if found["name"] is not None else found[0], value)
    return value


def files_that_name(desk: Desk, names: Collection[str]) -> list[str]:
    """Files of the study folder in which a name stands, databases aside; paths below the folder.

    What belongs to the database in use is not even opened, whatever it is called: its locks would be dropped.
    """
    folder, live = desk.folder, file_of(desk.store)
    wanted = [name.encode() for name in names if len(name) >= SHORTEST]
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    return [
        str(path.relative_to(folder))
        for path in paths
        if not path.name.endswith(OF_A_DATABASE) and not belongs_to(path, live) and _holds(path, wanted)
    ]


def unread_databases(desk: Desk) -> list[str]:
    """Other databases in the study folder, which are not looked into: a process may have them open."""
    live = file_of(desk.store)
    found = sorted(p for p in desk.folder.rglob("*.db") if p.is_file() and not p.is_symlink())
    return [str(path.relative_to(desk.folder)) for path in found if not belongs_to(path, live)]


def _holds(path: Path, wanted: Collection[bytes]) -> bool:
    """Whether one of these stands in the file; read in parts that overlap."""
    overlap, kept = max(map(len, wanted), default=1) - 1, b""
    try:
        with path.open("rb") as stream:
            while part := stream.read(AT_ONCE):
                if any(one in kept + part for one in wanted):
                    return True
                kept = (kept + part)[-overlap:] if overlap else b""
    except OSError:
        return True  # what cannot be read may hold it: the owner looks
    return False
