"""Verdicts: judging again adds another take, nothing is changed; the newest take of a replicate counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from annotate_app.store.codes import VERDICT_STATUS, VERDICT_STATUS_NAMED
from annotate_app.store.engine import in_order
from annotate_app.store.items import NO_HELD_OUT_VERDICT
from annotate_app.store.labels import stored_value
from annotate_app.store.rubrics import answer_codes
from annotate_app.store.sql import from_json, rows, run, stream, to_json
from annotate_app.store.studies import criterion_ids
from rubrics.answers import Verdict, VerdictStatus

COLUMNS = (
    "criterion_id", "judge_id", "item_id", "replicate", "take", "status", "code", "number", "confidence",
    "confidence_kind", "expected", "import_id", "reported_model", "tokens_in", "tokens_out", "cost_usd",
    "latency_seconds", "at", "probs", "raw_value", "rationale", "reason", "confidences",
)  # fmt: skip
INSERT = (
    f"INSERT INTO verdict ({', '.join(COLUMNS)}) SELECT :criterion_id, :judge_id, i.id, :replicate, 1 + ("
    "SELECT count(*) FROM verdict v WHERE v.criterion_id = :criterion_id AND v.judge_id = :judge_id "
    "AND v.item_id = i.id AND v.replicate = :replicate), "
    + ", ".join(f":{column}" for column in COLUMNS[5:])
    + " FROM item i WHERE i.study_id = :study AND i.item_id = :item"
)
SELECT = """
SELECT i.item_id, j.name AS judge, j.spec_hash, c.name AS criterion, a.value, v.number, v.status, v.replicate,
  v.take, v.confidence, v.confidence_kind, v.expected, v.reported_model, v.tokens_in, v.tokens_out,
  v.cost_usd, v.latency_seconds, v.at, v.probs, v.raw_value, v.rationale, v.reason, v.confidences
FROM verdict v JOIN criterion c ON c.id = v.criterion_id JOIN judge j ON j.id = v.judge_id
  JOIN item i ON i.id = v.item_id LEFT JOIN answer a ON a.criterion_id = v.criterion_id AND a.code = v.code
"""
NEWEST = """NOT EXISTS (SELECT 1 FROM verdict n WHERE n.criterion_id = v.criterion_id
  AND n.judge_id = v.judge_id AND n.item_id = v.item_id AND n.replicate = v.replicate AND n.take > v.take)"""


class UnknownAnswerCode(LookupError):
    """A verdict whose criterion or answer the study's rubric does not have."""


def add(session: Session, study_id: int, judge_id: int, verdicts: Iterable[Verdict]) -> int:
    """Store a judge's verdicts (canonical values), each as the next take of its cell; how many.

    Verdicts on items that the study does not have are passed over. Raises `UnknownAnswerCode`.
    """
    criteria, codes = criterion_ids(session, study_id), answer_codes(session, study_id)
    prepared = []
    for verdict in verdicts:
        if verdict.criterion not in criteria:
            raise UnknownAnswerCode(f"the study has no criterion {verdict.criterion!r}")
        row = _row(verdict, codes[verdict.criterion])
        prepared.append(
            row | {"study": study_id, "judge_id": judge_id, "criterion_id": criteria[verdict.criterion]}
        )
    in_order(session)
    return run(session, INSERT, prepared)


def of_item(session: Session, study_id: int, item: int) -> list[Verdict]:
    """The newest take of every judge's verdicts on an item."""
    query = f"{SELECT} WHERE v.criterion_id IN (SELECT id FROM criterion WHERE study_id = :study) "
    query += (
        f"AND v.judge_id IN (SELECT id FROM judge WHERE study_id = :study) AND v.item_id = :item AND {NEWEST}"
    )
    query += " ORDER BY j.id, v.criterion_id, v.replicate"
    return [verdict_of(row) for row in rows(session, query, {"study": study_id, "item": item})]


def of_judge(session: Session, study_id: int, judge_id: int, item_id: str) -> list[Verdict]:
    """The newest take of one exact judge's verdicts on an item."""
    query = f"{SELECT} WHERE c.study_id = :study AND v.judge_id = :judge AND i.item_id = :item AND {NEWEST}"
    found = rows(session, query, {"study": study_id, "judge": judge_id, "item": item_id})
    return [verdict_of(row) for row in found]


def latest(session: Session, study_id: int, judge_id: int) -> Iterator[Verdict]:
    """The newest take of every verdict of one exact judge, streamed in order of criterion and item."""
    query = f"{SELECT} WHERE c.study_id = :study AND v.judge_id = :judge AND {NEWEST}"
    query += " ORDER BY c.id, i.id, v.replicate"
    yield from map(verdict_of, stream(session, query, {"study": study_id, "judge": judge_id}))


def judged_items(session: Session, study_id: int, judge_id: int) -> frozenset[str]:
    """Ids of the items that this exact judge has been asked about."""
    found = rows(
        session,
        "SELECT DISTINCT i.item_id FROM criterion c JOIN verdict v ON v.criterion_id = c.id "
        "JOIN item i ON i.id = v.item_id WHERE c.study_id = :study AND v.judge_id = :judge",
        {"study": study_id, "judge": judge_id},
    )
    return frozenset(row["item_id"] for row in found)


def answered(session: Session, study_id: int, judge_id: int, item_ids: Sequence[str]) -> frozenset[str]:
    """Those of the items that this exact judge has answered."""
    names = {f"i{k}": item_id for k, item_id in enumerate(item_ids)}
    if not names:
        return frozenset()
    found = rows(
        session,
        "SELECT DISTINCT i.item_id FROM item i JOIN criterion c ON c.study_id = i.study_id "
        "JOIN verdict v ON v.criterion_id = c.id AND v.judge_id = :judge AND v.item_id = i.id "
        f"WHERE i.study_id = :study AND i.item_id IN ({', '.join(f':{name}' for name in names)})",
        {"study": study_id, "judge": judge_id, **names},
    )
    return frozenset(row["item_id"] for row in found)


def count_by_status(
    session: Session, study_id: int, without_held_out_of: int | None = None
) -> dict[tuple[str, str, VerdictStatus], int]:
    """How many verdicts count, by judge's name, criterion and status: all without those judged again.

    With the number of a split version without the verdicts on its held-out items.
    """
    open_ones = "" if without_held_out_of is None else f" AND {NO_HELD_OUT_VERDICT}"
    select = "SELECT j.name AS judge, c.name AS criterion, v.status, count(*) AS n FROM criterion c "
    group = (
        f"JOIN judge j ON j.id = v.judge_id WHERE c.study_id = :study{open_ones} "
        "GROUP BY j.name, c.id, v.status ORDER BY j.name, c.id, v.status"
    )
    whole = "JOIN verdict v ON v.criterion_id = c.id "
    # From the later takes, which are few: CROSS JOIN keeps SQLite from starting with all verdicts.
    again = (
        "CROSS JOIN verdict n ON n.criterion_id = c.id AND n.take > 1 CROSS JOIN verdict v "
        "ON v.criterion_id = n.criterion_id AND v.judge_id = n.judge_id AND v.item_id = n.item_id "
        "AND v.replicate = n.replicate AND v.take = n.take - 1 "
    )
    found: Counter[tuple[str, str, VerdictStatus]] = Counter()
    for part, sign in ((whole, 1), (again, -1)):
        for row in rows(session, select + part + group, {"study": study_id, "version": without_held_out_of}):
            found[row["judge"], row["criterion"], VERDICT_STATUS_NAMED[row["status"]]] += sign * row["n"]
    return {key: n for key, n in found.items() if n}


def _row(verdict: Verdict, codes: Mapping[Any, int]) -> dict[str, Any]:
    observed = verdict.status == "observed" and verdict.value is not None
    if observed and codes and verdict.value not in codes:
        raise UnknownAnswerCode(f"criterion {verdict.criterion!r} has no answer {verdict.value!r}")
    value = verdict.value if observed else None
    return {
        "item": verdict.item_id, "replicate": verdict.replicate, "status": VERDICT_STATUS[verdict.status],
        "code": codes.get(value) if value is not None else None,
        "number": value if isinstance(value, int | float) else None,
        "confidence": verdict.confidence, "confidence_kind": verdict.confidence_kind,
        "expected": verdict.expected, "import_id": None, "reported_model": verdict.reported_model,
        "tokens_in": verdict.tokens_in, "tokens_out": verdict.tokens_out, "cost_usd": verdict.cost_usd,
        "latency_seconds": verdict.latency_seconds, "at": verdict.at,
        "probs": to_json(dict(verdict.probs)) if verdict.probs else None, "raw_value": verdict.raw_value,
        "rationale": verdict.rationale, "reason": verdict.reason,
        "confidences": to_json(dict(verdict.confidences)) if verdict.confidences else None,
    }  # fmt: skip


def verdict_of(row: Mapping[str, Any]) -> Verdict:
    probs = from_json(row["probs"]) if row["probs"] else {}
    confidences = from_json(row["confidences"]) if row["confidences"] else {}
    return Verdict(
        item_id=row["item_id"], judge=row["judge"], criterion=row["criterion"], value=stored_value(row),
        status=VERDICT_STATUS_NAMED[row["status"]], confidence=row["confidence"],
        confidence_kind=row["confidence_kind"], probs=tuple(probs.items()), expected=row["expected"],
        raw_value=row["raw_value"], replicate=row["replicate"], spec_hash=row["spec_hash"] or None,
        reported_model=row["reported_model"], tokens_in=row["tokens_in"], tokens_out=row["tokens_out"],
        cost_usd=row["cost_usd"], latency_seconds=row["latency_seconds"], at=row["at"],
        rationale=row["rationale"], reason=row["reason"], confidences=tuple(confidences.items()),
    )  # fmt: skip
