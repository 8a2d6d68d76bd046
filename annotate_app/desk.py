"""The Desk: the frozen bundle of a study's folder, rubric, store and clock that every service is given."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from annotate_app.store import events
from annotate_app.store import rubrics as rubric_store
from annotate_app.store import studies as study_store
from annotate_app.store.engine import Store, open_store
from annotate_app.store.moments import timestamp as timestamp
from annotate_app.store.moments import utc_now as utc_now
from annotate_app.store.schema import UnusableDatabase
from annotate_app.study_file import BadStudyFile, StudyFile, load_study_file, rubric_path
from rubrics.files import RubricError, load_rubric
from rubrics.rubric import Rubric

DATABASE_VARIABLE = "CALIBRANT_DB"
DATABASE_FILE = "calibrant.db"
FILES = "(the study's files)"  # who changes what the folder defines: whoever may write it
Clock = Callable[[], datetime]

CANNOT_OPEN = (BadStudyFile, RubricError, UnusableDatabase)


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a service needs and a test replaces."""

    folder: Path
    study_file: StudyFile
    rubric: Rubric
    store: Store
    study_id: int
    clock: Clock = utc_now

    @property
    def now(self) -> str:
        """The clock's time, UTC, ISO 8601."""
        return timestamp(self.clock())

    def close(self) -> None:
        """Give the database's connections back."""
        self.store.close()


def open_desk(folder: Path, *, database: str | None = None, clock: Clock = utc_now) -> Desk:
    """The desk of a study folder; registers the study and its present rubric version when they are new.

    The database is `database`, else CALIBRANT_DB, else calibrant.db in the folder. Raises one of
    CANNOT_OPEN: `BadStudyFile`, `RubricError` or `UnusableDatabase`.
    """
    folder = Path(folder).resolve()
    study_file = load_study_file(folder)
    rubric = load_rubric(rubric_path(folder, study_file))
    elsewhere = database or os.environ.get(DATABASE_VARIABLE)
    store = open_store(elsewhere or str(folder / DATABASE_FILE), clock=clock)
    try:
        study_id = _register(store, study_file, rubric, timestamp(clock()), own=not elsewhere)
    except BaseException:
        store.close()
        raise
    return Desk(folder, study_file, rubric, store, study_id, clock)


def _register(store: Store, study_file: StudyFile, rubric: Rubric, at: str, *, own: bool) -> int:
    """The study's number; writes only what is new, so that opening a desk never waits for a writer.

    A folder's own database belongs to its study: the only one there is the same study under another name.
    """
    name = study_file.study.name
    key = study_file.study.key or name
    with store.reading() as session:
        known = study_store.find(session, key)
        if (
            known is not None
            and study_store.name_of(session, known) == name
            and rubric_store.find(session, known, rubric.sha256) is not None
        ):
            return known
    with store.writing() as session:
        if own:
            study_store.rename_only_study(session, key)
        study_id = study_store.register(session, key, name, at=at)
        rubric_store.register(session, study_id, rubric, at=at)
        about = {"sha256": rubric.sha256, "study": name}
        events.add(session, study_id, at=at, actor=FILES, kind="rubric.registered", detail=about)
    return study_id
