"""The one transaction of an import: staged rows into items, then labels, then verdicts; idempotent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from annotate_app.store import at_once
from annotate_app.store.codes import LABEL_STATUS
from annotate_app.store.engines.dialect import Raw
from annotate_app.store.placing import (
    Misplaced,
    add_items,
    drop_own_submissions,
    give_numbers,
    plain_without_item,
    without_item,
)

# What makes two rows of the same cell the same answer, and what makes them the same row.
ANSWER = ("status", "code", "number")
LABEL_CONTENT = (
    *ANSWER, "flags", "sure", "wave_id", "pi", "active_seconds", "at", "reason", "rationale", "evidence",
    "failure_modes", "extra",
)  # fmt: skip
VERDICT_CONTENT = (
    *ANSWER, "confidence", "confidence_kind", "expected", "reported_model", "tokens_in", "tokens_out",
    "cost_usd", "latency_seconds", "at", "probs", "raw_value", "rationale", "reason", "confidences",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Journal:
    """How one kind of answer is kept: its table, its cell, the column that counts, its content."""

    table: str
    cell: tuple[str, ...]
    count: str
    content: tuple[str, ...]


LABELS = Journal("label", ("criterion_id", "item_id", "rater_id", "purpose"), "revision", LABEL_CONTENT)
VERDICTS = Journal("verdict", ("criterion_id", "judge_id", "item_id", "replicate"), "take", VERDICT_CONTENT)


@dataclass(slots=True)
class Written:
    """What an import did to one table."""

    new: int = 0
    repeated: int = 0
    conflicts: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class Applied:
    """What an import did, and the rows that could not go in."""

    items: Written = field(default_factory=Written)
    labels: Written = field(default_factory=Written)
    verdicts: Written = field(default_factory=Written)
    misplaced: list[Misplaced] = field(default_factory=list)
    bare: int = 0  # new items that are merely named

    @property
    def written(self) -> int:
        """Rows added to items, labels and verdicts."""
        return sum(part.new + part.repeated for part in (self.items, self.labels, self.verdicts))


def apply(connection: Raw, study_id: int, import_id: int, *, at: str) -> Applied:
    """Write everything that is staged, inside the caller's transaction.

    The rows of a cell are its next revisions (labels) or takes (verdicts). A file's rows are compared with
    the cell's history in order, so the same file again adds nothing.
    """
    connection.execute("PRAGMA defer_foreign_keys = ON")
    applied = Applied()
    placed = add_items(connection, study_id, import_id)
    applied.items.new, applied.items.unchanged = placed.new, placed.unchanged
    applied.bare = placed.bare
    give_numbers(connection, study_id, at)
    applied.misplaced = [
        *placed.other,
        *without_item(connection, "label"),
        *plain_without_item(connection),
        *without_item(connection, "verdict"),
    ]
    applied.labels.unchanged += drop_own_submissions(connection, study_id)
    if at_once.unmixed(connection) and (new := at_once.append(connection, study_id, import_id)) is not None:
        applied.labels.new += new
    else:
        at_once.among_the_others(connection)
        _apply_journal(connection, LABELS, _label_cells(study_id), import_id, applied.labels)
        _mark_rated(connection, study_id)
    _apply_journal(connection, VERDICTS, _verdict_cells(), import_id, applied.verdicts)
    return applied


def _label_cells(study_id: int) -> str:
    own = ", ".join(f"s.{c}" for c in LABEL_CONTENT if c != "wave_id")
    return (
        f"SELECT s.seq, s.criterion_id, x.id AS item_id, r.id AS rater_id, s.purpose, {own}, w.id AS wave_id "
        "FROM stage_label s JOIN stage_ref x ON x.place = s.item AND x.id IS NOT NULL "
        "JOIN stage_rater r ON r.place = s.rater "
        f"LEFT JOIN wave w ON w.study_id = {int(study_id)} AND w.name = s.wave"
    )


def _verdict_cells() -> str:
    own = ", ".join(f"s.{c}" for c in VERDICT_CONTENT)
    return (
        f"SELECT s.seq, s.criterion_id, j.id AS judge_id, x.id AS item_id, s.replicate, {own} "
        "FROM stage_verdict s JOIN stage_ref x ON x.place = s.item AND x.id IS NOT NULL "
        "JOIN stage_judge j ON j.place = s.judge"
    )


def _apply_journal(connection: Raw, journal: Journal, cells: str, import_id: int, written: Written) -> None:
    """Append what is new: cells without history at once, the others by comparing in order."""
    cell = ", ".join(journal.cell)
    connection.execute("DROP TABLE IF EXISTS temp.cell")
    connection.execute(f"CREATE TEMP TABLE cell AS {_counted(connection, journal, cells)}")
    fresh = connection.execute(
        f"INSERT INTO {journal.table} ({_columns(journal)}) "
        f"SELECT {cell}, nth, ?, {', '.join(journal.content)} FROM cell WHERE NOT known ORDER BY seq",
        (import_id,),
    ).rowcount
    first, conflicts = connection.execute(
        "SELECT count(*) FILTER (WHERE nth = 1), count(*) FILTER (WHERE conflict) FROM cell WHERE NOT known"
    ).fetchone()
    written.new += first
    written.repeated += fresh - first
    written.conflicts += conflicts
    _apply_known(connection, journal, import_id, written)


def _counted(connection: Raw, journal: Journal, cells: str) -> str:
    """The query for every staged row, the how-manieth of its cell it is, and whether that has a history.

    Where no cell has two rows, which is told at once for all of them, each row is the first of its cell and
    nothing has to be counted.
    """
    cell = ", ".join(journal.cell)
    known = _exists(journal, "s", "")
    twice = f"SELECT 1 FROM ({cells}) s GROUP BY {cell} HAVING count(*) > 1 LIMIT 1"
    if connection.execute(twice).fetchone() is None:
        return f"SELECT s.*, 1 AS nth, false AS conflict, {known} AS known FROM ({cells}) s ORDER BY seq"
    changed = " OR ".join(f"{c} IS NOT lag({c}) OVER w" for c in ANSWER)
    return (
        "SELECT s.*, row_number() OVER w AS nth, "
        f"(row_number() OVER w > 1 AND ({changed})) AS conflict, {known} AS known FROM ({cells}) s "
        f"WINDOW w AS (PARTITION BY {cell} ORDER BY seq)"
    )


def _apply_known(connection: Raw, journal: Journal, import_id: int, written: Written) -> None:
    """Cells with a history: those whose rows are its first revisions already are done at once."""
    cell = ", ".join(journal.cell)
    same = _exists(journal, "c", f"l.{journal.count} = c.nth AND " + _same(journal, "c"))
    total = connection.execute("SELECT count(*) FROM cell WHERE known").fetchone()[0]
    connection.execute("DROP TABLE IF EXISTS temp.differing")
    connection.execute(
        f"CREATE TEMP TABLE differing AS SELECT DISTINCT {cell} FROM cell c WHERE known AND NOT {same}"
    )
    connection.execute(f"CREATE INDEX temp.differing_cell ON differing ({cell})")
    added = 0
    for staged, history in _differing(connection, journal):
        for row in _missing(staged, history, len(journal.content)):
            history.append(row)
            added += 1
            written.conflicts += len(history) > 1 and row[: len(ANSWER)] != history[-2][: len(ANSWER)]
            _append(connection, journal, staged[0], len(history), import_id, row)
    written.repeated += added
    written.unchanged += total - added


Content = tuple[Any, ...]


def _differing(connection: Raw, journal: Journal) -> Iterator[tuple[list[Content], list[Content]]]:
    """Per differing cell its staged rows (cell, then content) in order, and its history (content alone)."""
    join = " AND ".join(f"c.{name} = d.{name}" for name in journal.cell)
    columns = ", ".join(f"c.{name}" for name in (*journal.cell, *journal.content))
    order = ", ".join(f"c.{name}" for name in journal.cell)
    found = connection.execute(
        f"SELECT {columns} FROM cell c JOIN differing d ON {join} WHERE c.known ORDER BY {order}, c.seq"
    ).fetchall()
    by_cell: dict[Content, list[Content]] = {}
    for row in found:
        by_cell.setdefault(row[: len(journal.cell)], []).append(row)
    where = " AND ".join(f"{name} = ?" for name in journal.cell)
    history = (
        f"SELECT {', '.join(journal.content)} FROM {journal.table} WHERE {where} ORDER BY {journal.count}"
    )
    for cell, staged in by_cell.items():
        yield staged, connection.execute(history, cell).fetchall()


def _missing(staged: list[Content], history: list[Content], width: int) -> Iterator[Content]:
    """The staged rows that the history, read on from the last row found, does not have."""
    read_up_to, known = 0, list(history)
    for row in staged:
        content = row[-width:]
        if content in known[read_up_to:]:
            read_up_to += known[read_up_to:].index(content) + 1
        else:
            read_up_to = len(known)
            yield content


def _append(
    connection: Raw, journal: Journal, staged: Content, nth: int, import_id: int, row: Content
) -> None:
    values = (*staged[: len(journal.cell)], nth, import_id, *row)
    connection.execute(
        f"INSERT INTO {journal.table} ({_columns(journal)}) VALUES ({', '.join('?' * len(values))})", values
    )


def _columns(journal: Journal) -> str:
    return ", ".join((*journal.cell, journal.count, "import_id", *journal.content))


def _exists(journal: Journal, alias: str, also: str) -> str:
    where = " AND ".join(f"l.{name} = {alias}.{name}" for name in journal.cell)
    return f"EXISTS (SELECT 1 FROM {journal.table} l WHERE {where}{' AND ' + also if also else ''})"


def _same(journal: Journal, alias: str) -> str:
    return " AND ".join(f"l.{name} IS {alias}.{name}" for name in journal.content)


def _mark_rated(connection: Raw, study_id: int) -> None:
    """The raters of the labels that came in have rated their items, unless all of it is withdrawn."""
    values = {"study": study_id, "withdrawn": LABEL_STATUS["withdrawn"]}
    connection.execute(
        "INSERT INTO rated (item_id, rater_id, purpose, study_id) "
        "SELECT DISTINCT item_id, rater_id, purpose, :study FROM cell WHERE status <> :withdrawn "
        "ON CONFLICT (item_id, rater_id, purpose) DO NOTHING",
        values,
    )
    connection.execute(
        "DELETE FROM rated WHERE (item_id, rater_id, purpose) IN "
        "(SELECT item_id, rater_id, purpose FROM cell WHERE status = :withdrawn) AND NOT EXISTS "
        "(SELECT 1 FROM criterion c JOIN label l ON l.criterion_id = c.id AND l.item_id = rated.item_id "
        "AND l.rater_id = rated.rater_id AND l.purpose = rated.purpose WHERE c.study_id = :study "
        "AND l.status <> :withdrawn AND NOT EXISTS (SELECT 1 FROM label n "
        "WHERE n.criterion_id = l.criterion_id AND n.item_id = l.item_id AND n.rater_id = l.rater_id "
        "AND n.purpose = l.purpose AND n.revision > l.revision))",
        values,
    )
