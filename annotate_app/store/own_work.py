"""A rater's own labels, newest first: one page at a time, by text, criterion and answer; never another's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlmodel import Session

from annotate_app.store.codes import LABEL_STATUS, PURPOSE_NAMED
from annotate_app.store.labels import NEWEST
from annotate_app.store.sql import number, rows
from rubrics.answers import LabelStatus, Purpose

MOST_COUNTED = 10_000
WITHDRAWN = LABEL_STATUS["withdrawn"]
State = Literal["stands", "taken back"]

# What a rater sent, newest first: the last submission of each (item, purpose).
_SENT = """
SELECT s.id AS submission, s.item_id, s.purpose, s.kind, s.at, s.note, s.active_seconds, s.first_side,
  s.wave_id, s.rubric_id, {beginning} FROM submission s JOIN item i ON i.id = s.item_id
WHERE s.rater_id = :rater AND NOT EXISTS (SELECT 1 FROM submission n WHERE n.item_id = s.item_id
  AND n.rater_id = s.rater_id AND n.purpose = s.purpose AND n.id > s.id){where} ORDER BY s.id DESC
"""
# What came in with an import under the rater's name and was never changed here.
_IMPORTED = """
SELECT NULL AS submission, s.item_id, s.purpose, 'imported' AS kind, NULL AS at, s.note,
  NULL AS active_seconds, NULL AS first_side, NULL AS wave_id, NULL AS rubric_id, {beginning}
FROM (SELECT item_id, rater_id, purpose, submission_id, CAST(NULL AS TEXT) AS note FROM rated) AS s
  JOIN item i ON i.id = s.item_id
WHERE s.rater_id = :rater AND s.submission_id IS NULL{where} ORDER BY s.item_id
"""
_BEGINNING = "i.item_id AS name, substr(coalesce(i.input, i.output, i.output_a, ''), 1, 200) AS beginning"
_TEXTS = ("i.item_id", "i.input", "i.output", "i.output_a", "i.output_b", "i.context")
_OWN_LABEL = """EXISTS (SELECT 1 FROM label l WHERE l.criterion_id {criteria} AND l.item_id = s.item_id
  AND l.rater_id = :rater AND l.purpose = s.purpose AND l.status <> :withdrawn AND {condition})"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the own labels: containing a text (of the item, a note or a reason), with an answer.

    `criterion_id` alone asks for items where that criterion has an answer; `code`, `value` and `status` say
    which one (a stored code, a number of an interval scale, or why there is none).
    """

    text: str | None = None
    criterion_id: int | None = None
    code: int | None = None
    value: float | None = None
    status: LabelStatus | None = None


@dataclass(frozen=True, slots=True)
class OwnRow:
    """One item that the rater answered: how it stands, and what was sent with it."""

    item: int
    item_id: str
    purpose: Purpose
    state: State
    beginning: str
    at: str | None
    note: str | None
    active_seconds: float | None
    first_side: str | None
    wave_id: int | None
    rubric_id: int | None


def page(
    session: Session, study_id: int, rater_id: int, wanted: Wanted, *, offset: int, limit: int
) -> tuple[list[OwnRow], int]:
    """One page, and how many there are in all (counted up to MOST_COUNTED)."""
    where, values = _where(study_id, rater_id, wanted)
    found: list[OwnRow] = []
    total = 0
    for part in (_SENT, _IMPORTED):
        before = total
        total += _count(session, part, where, values, MOST_COUNTED + 1 - total)
        room = limit - len(found)
        if room > 0 and total > offset + len(found):
            start = max(0, offset - before)
            statement = part.format(beginning=_BEGINNING, where=where) + " LIMIT :limit OFFSET :offset"
            bound = {**values, "limit": room, "offset": start}
            found += [_row(row) for row in rows(session, statement, bound)]
    return found, total


def of_item(session: Session, study_id: int, rater_id: int, item: int) -> list[OwnRow]:
    """Everything that the rater answered about one item: once, or again where it was asked again."""
    where, values = _where(study_id, rater_id, Wanted())
    values["item"] = item
    return [
        _row(row)
        for part in (_SENT, _IMPORTED)
        for row in rows(
            session, part.format(beginning=_BEGINNING, where=where + " AND s.item_id = :item"), values
        )
    ]


def _count(session: Session, part: str, where: str, values: Mapping[str, Any], most: int) -> int:
    inner = part.format(beginning="1", where=where)
    return number(
        session, f"SELECT count(*) FROM ({inner} LIMIT :most) AS x", {**values, "most": max(most, 0)}
    )


def _where(study_id: int, rater_id: int, wanted: Wanted) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {"study": study_id, "rater": rater_id, "withdrawn": WITHDRAWN}
    conditions = ["1 = 1"]  # a rater belongs to one study; planted items are answered like any other
    if wanted.text:
        escaped = wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values["text"] = f"%{escaped}%"
        like = " OR ".join(f"{column} LIKE :text ESCAPE '\\'" for column in (*_TEXTS, "s.note"))
        own = _OWN_LABEL.format(
            criteria="IN (SELECT id FROM criterion WHERE study_id = :study)",
            condition=f"{NEWEST} AND l.rationale LIKE :text ESCAPE '\\'",
        )
        conditions.append(f"({like} OR {own})")
    if wanted.criterion_id is not None:
        values["criterion"] = wanted.criterion_id
        conditions.append(
            _OWN_LABEL.format(criteria="= :criterion", condition=f"{NEWEST}{_answer(wanted, values)}")
        )
    return " AND " + " AND ".join(conditions), values


def _answer(wanted: Wanted, values: dict[str, Any]) -> str:
    if wanted.status is not None:
        values["status"] = LABEL_STATUS[wanted.status]
        return " AND l.status = :status"
    if wanted.code is not None:
        values["code"] = wanted.code
        return " AND l.status = 0 AND l.code = :code"
    if wanted.value is not None:
        values["value"] = wanted.value
        return " AND l.status = 0 AND l.number = :value"
    return ""


def _row(row: Mapping[str, Any]) -> OwnRow:
    return OwnRow(
        item=row["item_id"], item_id=row["name"], purpose=PURPOSE_NAMED[row["purpose"]],
        state="taken back" if row["kind"] == "undone" else "stands", beginning=row["beginning"],
        at=row["at"], note=row["note"], active_seconds=row["active_seconds"], first_side=row["first_side"],
        wave_id=row["wave_id"], rubric_id=row["rubric_id"],
    )  # fmt: skip
