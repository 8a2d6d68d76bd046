"""The record of imports: which files, with which options, what was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annotate_app.store.engines.dialect import Raw
from annotate_app.store.sql import to_json


def next_id(connection: Raw) -> int:
    """The number that the import under way will have."""
    found = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM import_run").fetchone()
    return int(found[0])


def add(
    connection: Raw,
    import_id: int,
    study_id: int,
    *,
    rubric_sha256: str,
    files: Sequence[Mapping[str, object]],
    options: Mapping[str, object],
    counts: Mapping[str, object],
    at: str,
) -> None:
    """Record an import that wrote something."""
    connection.execute(
        "INSERT INTO import_run (id, study_id, rubric_id, files, options, counts, at) "
        "SELECT ?, study_id, id, ?, ?, ?, ? FROM rubric_version WHERE study_id = ? AND sha256 = ?",
        (
            import_id,
            to_json(list(files)),
            to_json(dict(options)),
            to_json(dict(counts)),
            at,
            study_id,
            rubric_sha256,
        ),
    )
