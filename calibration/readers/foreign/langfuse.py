"""Langfuse's score exports (CSV, JSON, JSON Lines): annotations by people, evaluations by judges."""

from __future__ import annotations

from calibration.readers.foreign.row import (
    Format,
    Hints,
    Numbered,
    Rows,
    item,
    label,
    text_of,
    utc,
    verdict,
)
from calibration.readers.reading import Aside, Reject, Row

NO_VALUE = "Langfuse annotations without a value: no ratings"
NO_RATINGS = ("CORRECTION", "TEXT")
TRUTHS = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}


def fits(row: Row) -> bool:
    return {"traceId", "name", "source", "dataType"} <= row.keys()


def rows(numbered: Numbered, hints: Hints) -> Rows:
    """`name` is the criterion; the observation, else the trace, else the session is the item.

    ANNOTATION rows are labels by `authorUserName`; EVAL and API rows are verdicts. `userId` is the person
    whose request was traced, never a rater. CORRECTION and TEXT rows are no ratings.
    """
    for row in numbered:
        if isinstance(row, Reject):
            yield row
            continue
        line, given = row.line, row.fields
        kind = str(given.get("dataType") or "").upper()
        if kind in NO_RATINGS:
            yield Aside(line, f"Langfuse scores of type {kind}: no ratings")
            continue
        place = next(
            (given[n] for n in ("observationId", "traceId", "sessionId") if text_of(given.get(n))), None
        )
        yield item(line, place, {"correlation_id": given.get("traceId")})
        yield from _score(line, place, given, kind)


def _score(line: int, place: object, given: Row, kind: str) -> Rows:
    source = str(given.get("source") or "").upper()
    about: Row = {"rationale": text_of(given.get("comment")), "at": utc(given.get("timestamp"))}
    name, value = str(given.get("name")), _value(given, kind)
    if source != "ANNOTATION":
        judge = "langfuse-" + (source.casefold() or "api")
        yield verdict(line, place, judge, name, value, about)
        return
    rater = text_of(given.get("authorUserName")) or text_of(given.get("authorUserId"))
    if rater is None:
        yield Reject(line, "authorUserName", "is missing: it names the rater (userId is the traced end user)")
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
    if kind == "NUMERIC" or not text_of(given.get("stringValue")):
        return _number(given.get("value"))
    return given.get("stringValue")


def _number(raw: object) -> object:
    if not isinstance(raw, str):
        return raw
    try:
        return float(raw) if raw.strip() else None
    except ValueError:
        return raw


SCORES = Format("langfuse", fits, rows)
