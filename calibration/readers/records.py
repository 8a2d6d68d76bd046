"""Raw rows into items, labels and verdicts: what a row is, which fields it has, what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from calibration.readers import fields
from calibration.readers.reading import Lost, Read, RecordKind, Reject, Row, WrongField
from calibration.readers.times import EXAMPLE, in_utc, sorts
from rubrics.answers import LABEL_STATUSES, PURPOSES, VERDICT_STATUSES, Label, Verdict
from rubrics.items import Item

ITEM_FIELDS: Mapping[str, fields.Convert] = {
    "item_id": fields.identifier, "kind": fields.one_of(("pointwise", "pairwise")),
    "input": fields.content, "output": fields.content, "output_a": fields.content, "output_b": fields.content,
    "context": fields.content, "sources": fields.texts, "reference": fields.content,
    "stratum": fields.identifier, "cluster": fields.identifier, "sensitive": fields.truth,
    "system": fields.identifier, "system_a": fields.identifier, "system_b": fields.identifier,
    "input_id": fields.identifier, "correlation_id": fields.identifier,
}  # fmt: skip
LABEL_FIELDS: Mapping[str, fields.Convert] = {
    "item_id": fields.identifier, "rater": fields.identifier, "criterion": fields.identifier,
    "value": fields.answer, "status": fields.one_of(LABEL_STATUSES), "reason": fields.text,
    "rationale": fields.text, "sure": fields.truth, "failure_modes": fields.texts,
    "evidence": fields.content, "active_seconds": fields.amount, "submission_id": fields.identifier,
    "revision": fields.count, "at": fields.text, "rubric_sha256": fields.text, "wave": fields.identifier,
    "purpose": fields.one_of(PURPOSES), "pi": fields.inclusion, "blind": fields.blindness,
}  # fmt: skip
VERDICT_FIELDS: Mapping[str, fields.Convert] = {
    "item_id": fields.identifier, "judge": fields.identifier, "criterion": fields.identifier,
    "value": fields.answer, "status": fields.one_of(VERDICT_STATUSES), "confidence": fields.probability,
    "confidence_kind": fields.text, "probs": fields.probabilities, "expected": fields.number,
    "raw_value": fields.content, "replicate": fields.count, "spec_hash": fields.text,
    "reported_model": fields.text, "tokens_in": fields.count, "tokens_out": fields.count,
    "cost_usd": fields.amount, "latency_seconds": fields.amount, "at": fields.text, "rationale": fields.text,
    "reason": fields.text, "confidences": fields.confidences,
}  # fmt: skip
ITEM_ALIASES = {"model_a": "system_a", "model_b": "system_b"}
ANSWER_FIELDS = ("criterion", "value")
PAIR_FIELDS = ("output_a", "output_b", "system_a", "system_b")


def record_of(row: Row, line: int) -> Read:
    """The row's record, or a reject that names the field at fault."""
    kind = kind_of(row)
    try:
        if kind == "label":
            return _timed(kind, _label(row), line)
        if kind == "verdict":
            return _timed(kind, _verdict(row), line)
        if kind == "item":
            return Read(kind, _item(row), line)
    except _Faulty as faulty:
        return Read("reject", Reject(line, faulty.field, faulty.reason), line)
    reason = "a row has a rater (label) or a judge (verdict), not both" if _has(row, "rater") else (
        "an answer needs a rater (label) or a judge (verdict)"
    )  # fmt: skip
    return Read("reject", Reject(line, "rater", reason), line)


def kind_of(row: Row) -> RecordKind:
    """A label has a rater, a verdict a judge, an item neither of them nor an answer; else a reject."""
    rater, judge = _has(row, "rater"), _has(row, "judge")
    if rater or judge:
        return "reject" if rater and judge else "label" if rater else "verdict"
    return "reject" if any(name in row for name in ANSWER_FIELDS) else "item"


def _timed(kind: RecordKind, record: Label | Verdict, line: int) -> Read:
    """The answer, its time in UTC; one whose time cannot be read is taken without it, and that is told."""
    said = record.at
    if said is None or sorts(said):
        return Read(kind, record, line)
    at = in_utc(said)
    unread = at is None and bool(said.strip())
    lost = Lost("at", f"{fields.shown(said)} is no time; write {EXAMPLE}") if unread else None
    return Read(kind, replace(record, at=at), line, lost)


class _Faulty(Exception):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.field, self.reason = field, reason


def _has(row: Row, field: str) -> bool:
    return row.get(field) is not None


def _label(row: Row) -> Label:
    known, unknown = _typed(row, LABEL_FIELDS, ("item_id", "rater", "criterion"))
    _settle(row, known, "skipped")
    extra = tuple((name, fields.scalar(raw)) for name, raw in unknown.items())
    return Label(**known, extra=extra)  # type: ignore[arg-type]


def _verdict(row: Row) -> Verdict:
    known, _ = _typed(row, VERDICT_FIELDS, ("item_id", "judge", "criterion"))
    _settle(row, known, "parse_error")
    return Verdict(**known)  # type: ignore[arg-type]


def _settle(row: Row, known: Row, nothing: str) -> None:
    """Only an observed answer has a value, and an observed answer whose value is null is `nothing`.

    A row without the field is at fault, unless its status says why there is no value.
    """
    if "value" not in row and known.get("status", "observed") == "observed":
        raise _Faulty("value", "is missing; where there is no answer write null")
    status, value = known.get("status", "observed"), known.get("value")
    known["status"] = nothing if status == "observed" and value is None else status
    known["value"] = value if known["status"] == "observed" else None


def _item(row: Row) -> Item:
    renamed = {
        ITEM_ALIASES.get(name, name) if ITEM_ALIASES.get(name) not in row else name: raw
        for name, raw in row.items()
    }
    meta = renamed.pop("meta", None)
    if meta is not None and not isinstance(meta, dict):
        raise _Faulty("meta", f"must be an object, not {fields.shown(meta)}")
    known, unknown = _typed(renamed, ITEM_FIELDS, ("item_id",))
    if "kind" not in known and any(name in known for name in PAIR_FIELDS):
        known["kind"] = "pairwise"
    kept = unknown | cast("Row", meta or {})
    return Item(**known, meta=tuple(kept.items()))  # type: ignore[arg-type]


def _typed(row: Row, converters: Mapping[str, fields.Convert], required: tuple[str, ...]) -> tuple[Row, Row]:
    """The row's known fields, converted, and the unknown ones as they are; null means absent."""
    known: Row = {}
    unknown: Row = {}
    for name, raw in row.items():
        if raw is None:
            continue
        convert = converters.get(name)
        if convert is None:
            unknown[name] = raw
            continue
        try:
            known[name] = convert(raw)
        except WrongField as wrong:
            raise _Faulty(name, str(wrong)) from None
    for name in required:
        if name not in known:
            raise _Faulty(name, "is missing")
    return known, unknown
