"""The label journal: revisions are appended, nothing is changed; reading gives labels as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from annotate_app.store.codes import LABEL_STATUS, LABEL_STATUS_NAMED, PURPOSE, PURPOSE_NAMED, blind_of
from annotate_app.store.items import NOT_HELD_OUT
from annotate_app.store.sql import from_json, number, rows, run, stream
from rubrics import evidence
from rubrics.answers import Answer, Label, LabelStatus, Purpose
from rubrics.rubric import Value, plain_number

COLUMNS = (
    "criterion_id", "item_id", "rater_id", "purpose", "revision", "status", "flags", "code", "number", "sure",
    "submission_id", "import_id", "wave_id", "pi", "active_seconds", "at", "reason", "rationale", "evidence",
    "failure_modes", "extra",
)  # fmt: skip
INSERT = f"INSERT INTO label ({', '.join(COLUMNS)}) VALUES ({', '.join(':' + c for c in COLUMNS)})"

SELECT = """
SELECT l.id, i.item_id, r.name AS rater, c.name AS criterion, a.value, l.number, l.status, l.flags, l.purpose,
  l.revision, l.sure, l.pi, coalesce(l.active_seconds, s.active_seconds) AS active_seconds, l.at, l.reason,
  l.rationale, l.evidence, s.evidence AS mode_evidence, l.extra,
  coalesce(l.failure_modes, s.failure_modes) AS failure_modes, s.submission_id, w.name AS wave,
  coalesce(v.sha256, iv.sha256) AS rubric_sha256
FROM label l JOIN criterion c ON c.id = l.criterion_id JOIN item i ON i.id = l.item_id
  JOIN rater r ON r.id = l.rater_id
  LEFT JOIN answer a ON a.criterion_id = l.criterion_id AND a.code = l.code
  LEFT JOIN submission s ON s.id = l.submission_id LEFT JOIN rubric_version v ON v.id = s.rubric_id
  LEFT JOIN import_run n ON n.id = l.import_id LEFT JOIN rubric_version iv ON iv.id = n.rubric_id
  LEFT JOIN wave w ON w.id = l.wave_id
"""
NEWEST = """NOT EXISTS (SELECT 1 FROM label n WHERE n.criterion_id = l.criterion_id AND n.item_id = l.item_id
  AND n.rater_id = l.rater_id AND n.purpose = l.purpose AND n.revision > l.revision)"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One place in the journal: (criterion, item, rater, purpose), by their numbers."""

    criterion_id: int
    item: int
    rater_id: int
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest revision of one cell."""

    criterion: str
    criterion_id: int
    revision: int
    status: LabelStatus


@dataclass(frozen=True, slots=True)
class Entry:
    """A revision to append; its answer is a stored code or, on interval scales, a number."""

    cell: Cell
    revision: int
    answer: Answer
    code: int | None
    number: float | None
    flags: int
    submission: int
    at: str
    wave_id: int | None = None
    pi: float | None = None


def append(session: Session, entries: list[Entry]) -> None:
    """Add revisions; the database refuses any that is not the next of its cell."""
    run(session, INSERT, [_row(entry) for entry in entries])


def standing(session: Session, study_id: int, item: int, rater_id: int, purpose: Purpose) -> list[Standing]:
    """The newest revisions of a rater's labels of an item, withdrawn ones included."""
    found = rows(
        session,
        "SELECT c.name, c.id, l.revision, l.status FROM criterion c JOIN label l ON l.criterion_id = c.id "
        "WHERE c.study_id = :study AND l.item_id = :item AND l.rater_id = :rater AND l.purpose = :purpose "
        f"AND {NEWEST} ORDER BY c.id",
        {"study": study_id, "item": item, "rater": rater_id, "purpose": PURPOSE[purpose]},
    )
    return [Standing(r["name"], r["id"], r["revision"], LABEL_STATUS_NAMED[r["status"]]) for r in found]


def of_submission(session: Session, submission: int) -> list[Label]:
    """The labels that one submission wrote."""
    query = f"{SELECT} WHERE l.submission_id = :submission ORDER BY c.id"
    return [label_of(row) for row in rows(session, query, {"submission": submission})]


def of_item(session: Session, study_id: int, item: int, *, rater: str | None = None) -> list[Label]:
    """Every revision of every label of an item in order of criterion, rater, revision; or one rater's."""
    query = f"{SELECT} WHERE l.criterion_id IN (SELECT id FROM criterion WHERE study_id = :study) "
    query += "AND l.item_id = :item" + (" AND r.name = :rater" if rater is not None else "")
    query += " ORDER BY l.criterion_id, r.id, l.purpose, l.revision"
    return [label_of(row) for row in rows(session, query, {"study": study_id, "item": item, "rater": rater})]


def latest(session: Session, study_id: int, criterion: str | None = None) -> Iterator[Label]:
    """The newest revision of every label of a criterion, or of all; streamed in order of item and rater.

    Labels of planted items are no data and not among them.
    """
    query = f"{SELECT} WHERE c.study_id = :study AND l.purpose <> {PURPOSE['planted']} AND {NEWEST}"
    query += (
        " AND c.name = :criterion" if criterion is not None else ""
    ) + " ORDER BY c.id, i.id, r.id, l.purpose"
    yield from map(label_of, stream(session, query, {"study": study_id, "criterion": criterion}))


def journal(session: Session, study_id: int, *, after: int = 0) -> Iterator[Label]:
    """Every revision of every label in the order in which it was written, those of planted items aside."""
    query = f"{SELECT} WHERE c.study_id = :study AND l.purpose <> {PURPOSE['planted']} AND l.id > :after "
    query += "ORDER BY l.id"
    yield from map(label_of, stream(session, query, {"study": study_id, "after": after}))


def count(session: Session, study_id: int) -> int:
    """All rows of the journal, revisions included."""
    return number(
        session,
        "SELECT count(*) FROM label WHERE criterion_id IN (SELECT id FROM criterion WHERE study_id = :study)",
        {"study": study_id},
    )


def count_by_status(
    session: Session, study_id: int, without_held_out_of: int | None = None
) -> dict[tuple[str, Purpose, LabelStatus], int]:
    """How many labels stand, by criterion, purpose and status: all rows without those that were revised.

    With the number of a split version without the labels of its held-out items.
    """
    open_ones = "" if without_held_out_of is None else f" AND {NOT_HELD_OUT}"
    whole = "SELECT c.name, l.purpose, l.status, count(*) AS n FROM criterion c JOIN label l "
    whole += f"ON l.criterion_id = c.id WHERE c.study_id = :study{open_ones} "
    whole += "GROUP BY c.id, l.purpose, l.status"
    # From the later revisions, which are few: CROSS JOIN keeps SQLite from starting with all labels.
    revised = (
        "SELECT c.name, l.purpose, l.status, count(*) AS n FROM criterion c "
        "CROSS JOIN label n ON n.criterion_id = c.id AND n.revision > 1 "
        "CROSS JOIN label l ON l.criterion_id = n.criterion_id AND l.item_id = n.item_id "
        "AND l.rater_id = n.rater_id AND l.purpose = n.purpose AND l.revision = n.revision - 1 "
        f"WHERE c.study_id = :study{open_ones} GROUP BY c.id, l.purpose, l.status"
    )
    found: Counter[tuple[str, Purpose, LabelStatus]] = Counter()
    for statement, sign in ((whole, 1), (revised, -1)):
        for row in rows(session, statement, {"study": study_id, "version": without_held_out_of}):
            key = (row["name"], PURPOSE_NAMED[row["purpose"]], LABEL_STATUS_NAMED[row["status"]])
            found[key] += sign * row["n"]
    return {key: n for key, n in found.items() if n}


def _row(entry: Entry) -> dict[str, Any]:
    answer, cell = entry.answer, entry.cell
    return {
        "criterion_id": cell.criterion_id, "item_id": cell.item, "rater_id": cell.rater_id,
        "purpose": PURPOSE[cell.purpose], "revision": entry.revision, "status": LABEL_STATUS[answer.status],
        "flags": entry.flags, "code": entry.code, "number": entry.number, "sure": answer.sure,
        "submission_id": entry.submission, "import_id": None, "wave_id": entry.wave_id, "pi": entry.pi,
        "active_seconds": None, "at": entry.at, "reason": answer.reason,
        "rationale": answer.rationale, "evidence": evidence.to_json(answer.evidence),
        "failure_modes": None, "extra": None,
    }  # fmt: skip


def given_to(
    session: Session, study_id: int, criterion: str, rubric_ids: Collection[int]
) -> list[tuple[str, str]]:
    """Item and rater of the newest labels that were given here to one of these wordings; none imported."""
    numbers = ", ".join(str(int(one)) for one in rubric_ids)
    found = rows(
        session,
        f"{SELECT} WHERE c.study_id = :study AND c.name = :criterion AND l.purpose IN (:estimate, :search) "
        f"AND s.rubric_id IN ({numbers}) AND {NEWEST}",
        {
            "study": study_id, "criterion": criterion, "estimate": PURPOSE["estimate"],
            "search": PURPOSE["search"],
        },
    )  # fmt: skip
    return [(row["item_id"], row["rater"]) for row in found]


def label_of(row: Mapping[str, Any]) -> Label:
    extra: dict[str, Any] = from_json(row["extra"]) if row["extra"] else {}
    elsewhere = {name: extra.pop(name, None) for name in ("submission_id", "rubric_sha256", "wave")}
    modes = from_json(row["failure_modes"]) if row["failure_modes"] else ()
    return Label(
        item_id=row["item_id"], rater=row["rater"], criterion=row["criterion"], value=stored_value(row),
        status=LABEL_STATUS_NAMED[row["status"]], reason=row["reason"], rationale=row["rationale"],
        sure=None if row["sure"] is None else bool(row["sure"]), failure_modes=tuple(modes),
        evidence=_evidence(row), active_seconds=row["active_seconds"],
        submission_id=row["submission_id"] or elsewhere["submission_id"], revision=row["revision"],
        at=row["at"], rubric_sha256=elsewhere["rubric_sha256"] or row["rubric_sha256"],
        wave=row["wave"] or elsewhere["wave"], purpose=PURPOSE_NAMED[row["purpose"]], pi=row["pi"],
        blind=blind_of(row["flags"]), extra=tuple(extra.items()),
    )  # fmt: skip


def _evidence(row: Mapping[str, Any]) -> str | None:
    """A label's passages and those of its submission's failure modes; imported evidence as it came."""
    found: str | None = row["evidence"]
    if row["mode_evidence"] is None:
        return found
    return evidence.to_json((*evidence.from_json(found), *evidence.from_json(row["mode_evidence"])))


def stored_value(row: Mapping[str, Any]) -> Value | None:
    """The canonical answer of a row: the dictionary's entry or, on interval scales, the number."""
    if row["value"] is not None:
        found: Value = from_json(row["value"])
        return found
    return None if row["number"] is None else plain_number(row["number"])
