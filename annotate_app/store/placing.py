"""Where staged rows belong: items are added, and names become the store's numbers."""

from __future__ import annotations

from dataclasses import dataclass

from annotate_app.store.engines.dialect import Raw
from annotate_app.store.staging import ITEM_COLUMNS

UNKNOWN_ITEM = "the study has no such item: import the items first, or in the same command"
SAYS_SOMETHING = tuple(c for c in ITEM_COLUMNS if c not in ("item_id", "kind", "sha256", "sensitive",
                                                            "correlation_id"))  # fmt: skip
OTHER_ITEM = "is in the study with other content; an item is never changed: give the new one another id"


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A staged row that cannot go in: file (its place in the command), line, field, reason."""

    file: int
    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlacedItems:
    """How many items were new or known, and those that are there with other content.

    `bare`: new ones that are merely named.
    """

    new: int
    unchanged: int
    other: tuple[Misplaced, ...]
    bare: int = 0


def add_items(connection: Raw, study_id: int, import_id: int) -> PlacedItems:
    """Add the staged items that are new; one that is there with other content is left as it is.

    A row that does no more than name an item of the study (or say how it hangs together with another
    tool's traces) is no other content.
    """
    staged = connection.execute("SELECT count(*) FROM stage_item").fetchone()[0]
    if not staged:
        return PlacedItems(0, 0, ())
    connection.execute("CREATE INDEX temp.stage_item_by_id ON stage_item (item_id, seq)")
    columns = ", ".join(ITEM_COLUMNS)
    added = connection.execute(
        f"INSERT INTO item (study_id, import_id, position, {columns}) "
        "SELECT ?, ?, (SELECT coalesce(max(position) + 1, 0) FROM item WHERE study_id = ?) - 1 "
        f"+ row_number() OVER (ORDER BY s.seq), {', '.join('s.' + c for c in ITEM_COLUMNS)} "
        "FROM stage_item s "
        "WHERE s.seq = (SELECT min(seq) FROM stage_item t WHERE t.item_id = s.item_id) "
        "AND NOT EXISTS (SELECT 1 FROM item i WHERE i.study_id = ? AND i.item_id = s.item_id) ORDER BY s.seq",
        (study_id, import_id, study_id, study_id),
    ).rowcount
    differs = " OR ".join(f"i.{column} IS NOT s.{column}" for column in ITEM_COLUMNS)
    says_something = " OR ".join(f"s.{column} IS NOT NULL" for column in SAYS_SOMETHING)
    other = connection.execute(
        "SELECT s.file, s.line FROM stage_item s JOIN item i ON i.study_id = ? AND i.item_id = s.item_id "
        f"WHERE ({differs}) AND ({says_something}) ORDER BY s.seq",
        (study_id,),
    ).fetchall()
    misplaced = tuple(Misplaced(file, line, "item_id", OTHER_ITEM) for file, line in other)
    return PlacedItems(
        added, staged - added - len(other), misplaced, _bare(connection, study_id, import_id) if added else 0
    )


def _bare(connection: Raw, study_id: int, import_id: int) -> int:
    """How many of the import's items are merely named."""
    says_nothing = " AND ".join(f"{column} IS NULL" for column in SAYS_SOMETHING)
    found = connection.execute(
        f"SELECT count(*) FROM item WHERE study_id = ? AND import_id = ? AND {says_nothing}",
        (study_id, import_id),
    ).fetchone()
    return int(found[0])


def give_numbers(connection: Raw, study_id: int, at: str) -> None:
    """Numbers for the items, raters and judges that are named; new raters and judges are made."""
    run = connection.execute
    run(
        "UPDATE stage_ref SET id = (SELECT id FROM item i WHERE i.study_id = ? "
        "AND i.item_id = stage_ref.item_id)",
        (study_id,),
    )
    run(
        "INSERT INTO rater (study_id, name, added_at) SELECT ?, name, ? FROM stage_rater WHERE true "
        "ORDER BY place ON CONFLICT (study_id, name) DO NOTHING",
        (study_id, at),
    )
    run(
        "UPDATE stage_rater SET id = (SELECT id FROM rater r WHERE r.study_id = ? "
        "AND r.name = stage_rater.name)",
        (study_id,),
    )
    run("UPDATE stage_answer SET id = (SELECT id FROM stage_rater r WHERE r.place = stage_answer.rater)")
    run(
        "INSERT INTO judge (study_id, name, spec_hash, registered_at) SELECT ?, name, spec_hash, ? "
        "FROM stage_judge WHERE true ORDER BY place ON CONFLICT (study_id, name, spec_hash) DO NOTHING",
        (study_id, at),
    )
    run(
        "UPDATE stage_judge SET id = (SELECT id FROM judge j WHERE j.study_id = ? "
        "AND j.name = stage_judge.name AND j.spec_hash = stage_judge.spec_hash)",
        (study_id,),
    )


def without_item(connection: Raw, table: str) -> list[Misplaced]:
    """Staged rows on items that the study does not have."""
    found = connection.execute(
        f"SELECT s.file, s.line FROM stage_{table} s JOIN stage_ref x ON x.place = s.item "
        "WHERE x.id IS NULL ORDER BY s.seq"
    )
    return [Misplaced(file, line, "item_id", UNKNOWN_ITEM) for file, line in found]


def plain_without_item(connection: Raw) -> list[Misplaced]:
    """Plain labels on items that the study does not have."""
    if connection.execute("SELECT 1 FROM stage_ref WHERE id IS NULL LIMIT 1").fetchone() is None:
        return []
    found = connection.execute(
        "SELECT u.file, u.line + s.seq - u.begins FROM stage_ref x JOIN stage_plain s ON s.item = x.place "
        "JOIN stage_run u ON s.seq BETWEEN u.begins AND u.ends WHERE x.id IS NULL ORDER BY s.seq"
    )
    return [Misplaced(file, line, "item_id", UNKNOWN_ITEM) for file, line in found]


def drop_own_submissions(connection: Raw, study_id: int) -> int:
    """Rows of submissions that this study has: its own export coming back; how many."""
    return connection.execute(
        "DELETE FROM stage_label WHERE submission IS NOT NULL AND EXISTS "
        "(SELECT 1 FROM submission s WHERE s.submission_id = stage_label.submission AND s.study_id = ?)",
        (study_id,),
    ).rowcount
