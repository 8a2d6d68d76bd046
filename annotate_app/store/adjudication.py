"""Adjudication: raters' answers to an item, and the append-only list of what leads did about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlmodel import Session

from annotate_app.store.codes import ADJUDICATED, BLIND_JUDGE, LABEL_STATUS, LABEL_STATUS_NAMED, PURPOSE
from annotate_app.store.labels import stored_value
from annotate_app.store.sql import from_json, made, number, rows, run, to_json
from rubrics.answers import LabelStatus
from rubrics.rubric import Value

Kind = Literal["decided", "undone", "sent back", "names shown"]
AT_ONCE = 500  # items of one query

_ESTIMATE, _SEARCH = PURPOSE["estimate"], PURPOSE["search"]
# A search label counts where an estimating wave drew its item too and the rater is not asked it again.
_REUSED = f"""l.purpose = {_SEARCH} AND EXISTS (SELECT 1 FROM wave_item x JOIN wave w ON w.id = x.wave_id
  AND w.purpose = {_ESTIMATE} WHERE x.item_id = l.item_id AND x.selected)
  AND NOT EXISTS (SELECT 1 FROM label e WHERE e.criterion_id = l.criterion_id AND e.item_id = l.item_id
  AND e.rater_id = l.rater_id AND e.purpose = {_ESTIMATE})"""
_BLIND = f"(l.purpose = {_ESTIMATE} OR {_REUSED}) AND l.flags & {ADJUDICATED | BLIND_JUDGE} = {BLIND_JUDGE}"
_GIVEN = f"l.status IN ({LABEL_STATUS['observed']}, {LABEL_STATUS['not_applicable']})"


@dataclass(frozen=True, slots=True)
class GivenRow:
    """One revision of one rater's answer to one criterion of an item, blind to any judge.

    `searched`: given in a search wave, and counted because an estimating wave drew the item as well.
    """

    item_id: str
    rater: str
    revision: int
    status: LabelStatus
    flags: int
    value: Value | None
    searched: bool


@dataclass(frozen=True, slots=True)
class Record:
    """One step; `status` and `value` are the decided answer, `words` its reason or the note to raters."""

    number: int
    item: int
    item_id: str
    criterion: str | None
    kind: Kind
    status: LabelStatus | None
    value: Value | None
    lead: str
    words: str
    labels_sha256: str
    at: str


@dataclass(frozen=True, slots=True)
class Returned:
    """An item that a rater is asked again, and the submission whose answers it starts from."""

    item: int
    submission: int | None


def disputed(session: Session, criterion_id: int, *, numbers: bool) -> list[int]:
    """Items that several raters answered, and not all alike in every revision; `numbers`: no stored codes."""
    answer = "l.number" if numbers else "l.code"
    found = rows(
        session,
        f"SELECT l.item_id FROM label l WHERE l.criterion_id = :criterion AND {_BLIND} AND {_GIVEN} "
        "GROUP BY l.item_id HAVING min(l.rater_id) < max(l.rater_id) AND "
        f"(min(l.status) < max(l.status) OR min({answer}) < max({answer}))",
        {"criterion": criterion_id},
    )
    return [row["item_id"] for row in found]


def given(session: Session, criterion_id: int, items: Sequence[int]) -> Iterator[GivenRow]:
    """Every revision of the answers to these items, by item, rater, revision; blind to verdicts alone."""
    ordered = sorted(items)
    for start in range(0, len(ordered), AT_ONCE):
        inside = ", ".join(str(int(item)) for item in ordered[start : start + AT_ONCE])
        for row in rows(
            session,
            "SELECT i.item_id, r.name AS rater, l.revision, l.status, l.flags, l.purpose, "
            "a.value, l.number "
            "FROM label l JOIN rater r ON r.id = l.rater_id JOIN item i ON i.id = l.item_id "
            "LEFT JOIN answer a ON a.criterion_id = l.criterion_id AND a.code = l.code "
            f"WHERE l.criterion_id = :criterion AND {_BLIND} AND l.item_id IN ({inside}) "
            "ORDER BY l.item_id, l.rater_id, l.revision",
            {"criterion": criterion_id},
        ):
            yield GivenRow(
                row["item_id"], row["rater"], row["revision"], LABEL_STATUS_NAMED[row["status"]],
                row["flags"], stored_value(row), row["purpose"] == _SEARCH,
            )  # fmt: skip


def add(
    session: Session,
    study_id: int,
    *,
    item: int,
    criterion_id: int | None,
    kind: Kind,
    lead: str,
    words: str,
    labels_sha256: str,
    rubric_id: int,
    at: str,
    status: LabelStatus | None = None,
    value: Value | None = None,
) -> int:
    """Put a step behind the others; its number."""
    return made(
        session,
        "INSERT INTO adjudication (study_id, item_id, criterion_id, kind, status, value, lead, words, "
        "labels_sha256, rubric_id, at) VALUES (:study, :item, :criterion, :kind, :status, :value, :lead, "
        ":words, :sha256, :rubric, :at)",
        {
            "study": study_id, "item": item, "criterion": criterion_id, "kind": kind, "status": status,
            "value": None if value is None else to_json(value), "lead": lead, "words": words,
            "sha256": labels_sha256, "rubric": rubric_id, "at": at,
        },
    )  # fmt: skip


def records(
    session: Session, study_id: int, *, criterion_id: int | None = None, item: int | None = None
) -> list[Record]:
    """The steps about a criterion, an item, or all, in order."""
    statement = (
        "SELECT j.*, i.item_id AS name, c.name AS criterion FROM adjudication j "
        "JOIN item i ON i.id = j.item_id LEFT JOIN criterion c ON c.id = j.criterion_id "
        "WHERE j.study_id = :study"
    )
    statement += "" if criterion_id is None else " AND j.criterion_id = :criterion"
    statement += "" if item is None else " AND j.item_id = :item"
    values = {"study": study_id, "criterion": criterion_id, "item": item}
    return [_record(row) for row in rows(session, f"{statement} ORDER BY j.id", values)]


def ask_again(session: Session, adjudication: int, item: int, raters: Sequence[str], study_id: int) -> None:
    """These raters are asked the item again."""
    last = number(session, "SELECT coalesce(max(id), 0) FROM submission")
    run(
        session,
        "INSERT INTO sent_back (adjudication_id, rater_id, item_id, after_submission) "
        "SELECT :adjudication, id, :item, :last FROM rater WHERE study_id = :study AND name = :rater",
        [
            {"adjudication": adjudication, "item": item, "last": last, "study": study_id, "rater": rater}
            for rater in raters
        ],
    )


def returned(session: Session, rater_id: int) -> list[Returned]:
    """The items sent back to a rater that were not answered since, the one that waits longest first."""
    found = rows(
        session,
        f"{_WAITING} AND b.rater_id = :rater ORDER BY b.adjudication_id",
        {"rater": rater_id},
    )
    return [Returned(*pair) for pair in dict.fromkeys((row["item_id"], row["submission"]) for row in found)]


def awaited(session: Session, criterion_id: int) -> Mapping[str, int]:
    """By item's id the number of raters who were sent it back and have not answered since."""
    found = rows(
        session,
        "SELECT i.item_id, count(DISTINCT w.rater_id) AS n "
        f"FROM ({_WAITING} AND j.criterion_id = :criterion) w JOIN item i ON i.id = w.item_id "
        "GROUP BY i.item_id",
        {"criterion": criterion_id},
    )
    return {row["item_id"]: row["n"] for row in found}


# A later decision, or its undoing, ends the waiting too.
_WAITING = f"""
SELECT b.item_id, b.rater_id, d.submission_id AS submission FROM sent_back b
JOIN adjudication j ON j.id = b.adjudication_id
LEFT JOIN rated d ON d.item_id = b.item_id AND d.rater_id = b.rater_id AND d.purpose = {PURPOSE["estimate"]}
WHERE NOT EXISTS (SELECT 1 FROM submission s WHERE s.item_id = b.item_id AND s.rater_id = b.rater_id
    AND s.purpose = {PURPOSE["estimate"]} AND s.id > b.after_submission)
  AND NOT EXISTS (SELECT 1 FROM adjudication n WHERE n.criterion_id = j.criterion_id
    AND n.item_id = j.item_id AND n.id > j.id)"""


def _record(row: Mapping[str, Any]) -> Record:
    return Record(
        row["id"], row["item_id"], row["name"], row["criterion"], row["kind"], row["status"],
        None if row["value"] is None else from_json(row["value"]), row["lead"], row["words"],
        row["labels_sha256"], row["at"],
    )  # fmt: skip
