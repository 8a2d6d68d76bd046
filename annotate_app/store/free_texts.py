"""Free texts that persons wrote beside their answers; removes them, and never an answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from annotate_app.store.sql import from_json, rows, run, to_json

REMOVED = "(removed)"
OURS = ("submission_id", "rubric_sha256", "wave")  # what an import keeps beside a label and nobody wrote


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose texts: those of a rater (by number) and a person (by name), or everybody's; before a moment."""

    rater_id: int | None = None
    name: str | None = None
    before: str | None = None


# table, column, what is put there, and the column that says whose row it is.
TEXTS = (
    ("submission", "note", None, "rater_id"),
    ("label", "rationale", None, "rater_id"),
    ("thread_entry", "text", REMOVED, "author"),
    ("adjudication", "words", REMOVED, "lead"),
    ("triage_tag", "note", REMOVED, "actor"),
    ("mode_tag", "note", REMOVED, "actor"),
    ("planted", "note", None, "author"),
)
AT = {"label": "coalesce(at, (SELECT n.at FROM import_run n WHERE n.id = label.import_id))"}
PUBLISHED = "kind <> 'ruling'"  # what the lead published to all is part of the instructions
SCOPES = {
    "label": "criterion_id IN (SELECT id FROM criterion WHERE study_id = :study)",
    "thread_entry": f"thread_id IN (SELECT id FROM thread WHERE study_id = :study) AND {PUBLISHED}",
}


def count(session: Session, study_id: int, whose: Whose) -> Mapping[str, int]:
    """How many texts there are, by "table.column"."""
    found = {}
    for table, column, put, by in TEXTS:
        where, values = _where(study_id, whose, table, column, put, by)
        [row] = rows(session, f"SELECT count(*) AS n FROM {table} WHERE {where}", values)
        found[f"{table}.{column}"] = int(row["n"])
    return {place: n for place, n in found.items() if n}


def remove(session: Session, study_id: int, whose: Whose, *, reasons: Collection[str]) -> Mapping[str, int]:
    """Remove them; of a reason (why an item was skipped or an answer changed) stays what is in `reasons`."""
    changed = {}
    for table, column, put, by in TEXTS:
        where, values = _where(study_id, whose, table, column, put, by)
        changed[f"{table}.{column}"] = run(
            session, f"UPDATE {table} SET {column} = :put WHERE {where}", {**values, "put": put}
        )
    for table in ("submission", "label"):
        changed[f"{table}.reason"] = _cut_reasons(session, study_id, whose, table, reasons)
    changed["label.extra"] = _cut_extra(session, study_id, whose)
    return {place: n for place, n in changed.items() if n}


def _where(
    study_id: int, whose: Whose, table: str, column: str, put: str | None, by: str
) -> tuple[str, dict[str, object]]:
    """The rows that hold such a text; `put` is no text of anybody's."""
    parts = [SCOPES.get(table, "study_id = :study"), f"{column} IS NOT NULL"]
    values: dict[str, object] = {"study": study_id}
    if put is not None:
        parts.append(f"{column} <> :removed")
        values["removed"] = put
    if whose.before is not None:
        parts.append(f"{AT.get(table, 'at')} < :before")
        values["before"] = whose.before
    if whose.rater_id is not None or whose.name is not None:
        parts.append(f"{by} = :whose")
        values["whose"] = whose.rater_id if by == "rater_id" else whose.name
    if by == "rater_id" and whose.rater_id is None and whose.name is not None:
        parts.append("1 = 0")  # a person who is no rater has none of these
    return " AND ".join(parts), values


def _cut_reasons(session: Session, study_id: int, whose: Whose, table: str, reasons: Collection[str]) -> int:
    """A reason is one of ours, or one of ours with a colon and own words behind it, or own words."""
    where, values = _where(study_id, whose, table, "reason", None, "rater_id")
    found = rows(session, f"SELECT DISTINCT reason FROM {table} WHERE {where}", values)
    changed = 0
    for row in found:
        stays = _ours(row["reason"], reasons)
        if stays != row["reason"]:
            changed += run(
                session,
                f"UPDATE {table} SET reason = :stays WHERE {where} AND reason = :reason",
                {**values, "stays": stays, "reason": row["reason"]},
            )
    return changed


def _ours(reason: str, reasons: Collection[str]) -> str:
    fitting = [one for one in reasons if reason == one or reason.startswith(f"{one}:")]
    return max(fitting, key=len, default=REMOVED)


def _cut_extra(session: Session, study_id: int, whose: Whose) -> int:
    """What an import kept beside a label, but for ids and hashes."""
    where, values = _where(study_id, whose, "label", "extra", None, "rater_id")
    changed = 0
    for row in rows(session, f"SELECT id, extra FROM label WHERE {where}", values):
        kept = {key: value for key, value in from_json(row["extra"]).items() if key in OURS}
        text = to_json(kept) if kept else None
        if text != row["extra"]:
            changed += run(
                session, "UPDATE label SET extra = :extra WHERE id = :id", {"extra": text, "id": row["id"]}
            )
    return changed
