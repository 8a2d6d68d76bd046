"""Plain labels into the journal in one statement; refuses, by the journal's own rule, cells that have one."""

from __future__ import annotations

from annotate_app.store.engines.dialect import Raw

# Items that the study does not have are no rows here; kinds have their rater's number.
FROM = (
    "FROM stage_plain s CROSS JOIN stage_answer k ON k.place = s.answer "
    "CROSS JOIN stage_ref x ON x.place = s.item AND x.id IS NOT NULL"
)


def unmixed(connection: Raw) -> bool:
    """Whether every staged label is a plain one."""
    found = connection.execute("SELECT EXISTS (SELECT 1 FROM stage_label)").fetchone()
    return not found[0]


def append(connection: Raw, study_id: int, import_id: int) -> int | None:
    """Append each plain label as the first revision of its cell; how many.

    None, with nothing written, where a cell has a history or two of the labels: a trigger refuses any
    revision that is not the next.
    """
    found = connection.tried(
        "INSERT INTO label (criterion_id, item_id, rater_id, purpose, revision, import_id, status, code, "
        "number, flags, at, rationale, pi) SELECT k.criterion_id, x.id, k.id, k.purpose, 1, :import, "
        f"k.status, k.code, k.number, k.flags, s.at, s.rationale, s.pi {FROM} ORDER BY s.seq",
        {"import": import_id},
    )
    if found is None:
        return None
    connection.execute(
        "INSERT INTO rated (item_id, rater_id, purpose, study_id) "
        f"SELECT DISTINCT x.id, k.id, k.purpose, :study {FROM} WHERE true "
        "ON CONFLICT (item_id, rater_id, purpose) DO NOTHING",
        {"study": study_id},
    )
    return found.rowcount


def among_the_others(connection: Raw) -> None:
    """Put plain labels where the other staged labels are, each at its place in the files."""
    connection.execute(
        "INSERT INTO stage_label (seq, criterion_id, item, rater, purpose, status, flags, code, number, at, "
        "rationale, pi) SELECT s.seq, k.criterion_id, s.item, k.rater, k.purpose, k.status, k.flags, k.code, "
        "k.number, s.at, s.rationale, s.pi FROM stage_plain s JOIN stage_answer k ON k.place = s.answer"
    )
