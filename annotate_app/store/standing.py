"""Whether a database can be used now: it answers, has every migration, lets us write; writes nothing."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from annotate_app.store import files
from annotate_app.store.engine import Store
from annotate_app.store.schema import is_current

MAY_INSERT = "SELECT has_table_privilege(current_user, 'label', 'INSERT') AND NOT pg_is_in_recovery()"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a database says of itself; `reason` is the kind of fault where it did not answer."""

    answers: bool
    current: bool = False
    writable: bool = False
    reason: str = ""


def standing(store: Store) -> Standing:
    """Ask the database by one short transaction that writes nothing."""
    path = file_of(store)
    if path is not None and not files.is_database(path):  # a connection that is open may not have seen it yet
        return Standing(False, reason="its file is none")
    try:
        with store.reading() as session:
            current = is_current(session.connection())
            return Standing(True, current, _writable(store, session, current))
    except (DBAPIError, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        return Standing(False, reason=type(cause).__name__)


def file_of(store: Store) -> Path | None:
    """The database's file; None for a server."""
    url = store.engine.url
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _writable(store: Store, session: Session, current: bool) -> bool:
    path = file_of(store)
    if path is None:
        return current and bool(session.connection().execute(text(MAY_INSERT)).scalar())
    return may_write(path) and may_write(path.parent)


def may_write(path: Path) -> bool:
    """Whether this process may write there: by its permissions, and by how the file system is mounted."""
    try:
        mounted = os.statvfs(path).f_flag
    except OSError:
        return False
    return os.access(path, os.W_OK) and not mounted & os.ST_RDONLY


def free_bytes(folder: Path) -> int | None:
    """Room on the disk of a folder; None where it cannot be told."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
