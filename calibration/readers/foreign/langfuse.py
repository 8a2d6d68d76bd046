"""Langfuse's score exports (CSV, JSON, JSON Lines): annotations by people, evaluations by judges."""

from __future__ import annotations

from calibration.readers.foreign.row import (
    Format,
    Hints,
    Numbered,
    Rows,
    item,
    label,
    own_id,
    text_of,
    utc,
    verdict,
)
from calibration.readers.reading import Aside, Reject, Row

NO_VALUE = "Langfuse annotations without a value: no ratings"
NO_RATINGS = ("CORRECTION", "TEXT")
NOBODY = (
    "is missing: it names the rater of Langfuse's annotation (userId is the traced end user). An export to a "
    "bucket has author_user_id once its field group score_provenance is on; or say who rated with --rater"
)
TRUTHS = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}


# The scheduled export to a bucket has the database's names for the same fields.
STORED = {
    "trace_id": "traceId", "observation_id": "observationId", "session_id": "sessionId",
    "data_type": "dataType", "string_value": "stringValue", "author_user_id": "authorUserId",
}  # fmt: skip
WHOLE_RUN = "Langfuse scores of a data set's whole run: of no single output"


def fits(row: Row) -> bool:
    asked = {"name", "source"} <= row.keys()
    return asked and ({"traceId", "dataType"} <= row.keys() or {"trace_id", "data_type"} <= row.keys())


def rows(numbered: Numbered, hints: Hints) -> Rows:
    """`name` is the criterion; the observation, else the trace, else the session is the item.

    ANNOTATION rows are labels by `authorUserName`; EVAL and API rows are verdicts. `userId` is the person
    whose request was traced, never a rater. CORRECTION and TEXT rows are no ratings. Names are camelCase, or
    as in the export to a bucket snake_case.
    """
    for row in numbered:
        if isinstance(row, Reject):
            yield row
            continue
        line, given = row.line, {STORED.get(name, name): raw for name, raw in row.fields.items()}
        kind = str(given.get("dataType") or "").upper()
        if kind in NO_RATINGS:
            yield Aside(line, f"Langfuse scores of type {kind}: no ratings")
            continue
        place = next(
            (given[n] for n in ("observationId", "traceId", "sessionId") if text_of(given.get(n))), None
        )
        place = own_id(given.get("metadata")) or place
        if place is None:
            yield Aside(line, WHOLE_RUN)
            continue
        yield item(line, place, {"correlation_id": given.get("traceId")})
        yield from _score(line, place, given, kind, hints)


def _score(line: int, place: object, given: Row, kind: str, hints: Hints) -> Rows:
    source = str(given.get("source") or "").upper()
    about: Row = {"rationale": text_of(given.get("comment")), "at": utc(given.get("timestamp"))}
    name, value = str(given.get("name")), _value(given, kind)
    if source != "ANNOTATION":
        judge = "langfuse-" + (source.casefold() or "api")
        yield verdict(line, place, judge, name, value, about)
        return
    rater = text_of(given.get("authorUserName")) or text_of(given.get("authorUserId")) or hints.rater
    if rater is None:
        yield Reject(line, "authorUserName", NOBODY)
        return
    if value is None:
        yield Aside(line, NO_VALUE)
        return
    yield label(line, place, rater, name, value, about)


def _value(given: Row, kind: str) -> object:
    if kind == "BOOLEAN":
        raw = given.get("stringValue") or given.get("value")
        said = "" if raw is None else str(raw).strip().casefold()
        return TRUTHS.get(said, said) if said else None
    words = text_of(given.get("stringValue"))
    if words is None and kind == "CATEGORICAL":  # as scores are written to Langfuse
        words = text_of(given.get("value"))
    return _number(given.get("value")) if words is None or kind == "NUMERIC" else words


def _number(raw: object) -> object:
    if not isinstance(raw, str):
        return raw
    try:
        return float(raw) if raw.strip() else None
    except ValueError:
        return raw


SCORES = Format("langfuse", fits, rows)
