"""MLflow's assessments, alone or inside traces: feedback by people and judges, overrides, expectations."""

from __future__ import annotations

from collections.abc import Iterator

from calibration.readers.foreign.row import (
    UNBLINDED,
    Format,
    Hints,
    Numbered,
    Rows,
    item,
    label,
    nested,
    objects,
    own_id,
    spelled,
    text_of,
    utc,
    verdict,
)
from calibration.readers.reading import Aside, CannotRead, RawRow, Reject, Row

EXPECTATION = "MLflow expectations: what an output should be, no ratings"
INVALID = "MLflow assessments marked as not valid"
NO_VALUE = "MLflow feedback by people without a value: no ratings"


AS_TEXT = (
    "is of MLflow, whose traces in a table have their assessments as text of Python's: write them as JSON "
    "with `traces.to_json(FILE, orient='records')`, and import that"
)


def fits(row: Row) -> bool:
    if "assessment_name" in row or isinstance(nested(row, "info", "assessments"), list):
        return True
    return _is_listed(row) or any(_is_listed(one) or fits(one) for one in objects(row.get("traces"))[:1])


def _is_listed(row: Row) -> bool:
    """A row of `search_traces`, or a trace's information by itself: assessments stand beside its name."""
    return "assessments" in row and ("trace_id" in row or "request_id" in row)


def rows(numbered: Numbered, hints: Hints) -> Rows:
    """`assessment_name` is the criterion, the trace (and span) the item.

    HUMAN sources are labels, LLM_JUDGE and CODE sources are verdicts; an expectation is no rating. A human
    assessment that overrides a judge's is two facts: the judge's verdict stays, though MLflow marks it as
    not valid, and the label is of one who saw the verdict. Whatever else is marked as not valid is passed
    over: a person's feedback that was overridden, a verdict that a later verdict replaced.
    """
    found = [one for row in numbered for one in _assessments(row)]
    overridden = {
        spelled(one.fields["overrides"])
        for one in found
        if isinstance(one, RawRow) and isinstance(one.fields.get("overrides"), str) and _by_person(one.fields)
    }
    for one in found:
        if isinstance(one, Reject):
            yield one
        else:
            yield from _assessment(one.line, one.fields, overridden)


def _assessments(row: RawRow | Reject) -> Iterator[RawRow | Reject]:
    """The row itself, or the assessments of one trace or several, with the texts of request and response."""
    if isinstance(row, Reject):
        yield row
    elif traces := objects(row.fields.get("traces")):
        for trace in traces:
            yield from _of_trace(row.line, trace)
    elif "assessment_name" in row.fields:
        yield row
    else:
        yield from _of_trace(row.line, row.fields)


def _of_trace(line: int, trace: Row) -> Iterator[RawRow]:
    info, data = trace.get("info"), trace.get("data")
    told = info if isinstance(info, dict) else trace
    held = told.get("assessments")
    if isinstance(held, str):
        raise CannotRead(f"line {line}: {AS_TEXT}")
    texts = {
        name: nested(data, place) or trace.get(place) or told.get(f"{place}_preview")
        for name, place in (("input", "request"), ("output", "response"))
    }
    named = told.get("trace_id") or told.get("request_id")
    for one in objects(held):
        yield RawRow(line, {"trace_id": named, **one, "texts": texts})


def _by_person(given: Row) -> bool:
    return nested(given, "source", "source_type") == "HUMAN"


def _assessment(line: int, given: Row, overridden: set[str]) -> Rows:
    if given.get("expectation") is not None:
        yield Aside(line, EXPECTATION)
        return
    replaced = spelled(given.get("assessment_id")) in overridden and not _by_person(given)
    if given.get("valid") is False and not replaced:
        yield Aside(line, INVALID)
        return
    trace, span = given.get("trace_id"), given.get("span_id")
    place = own_id(given.get("metadata")) or (f"{trace}/{span}" if span else trace)
    texts = given.get("texts")
    yield item(line, place, {"correlation_id": trace, **(texts if isinstance(texts, dict) else {})})
    yield from _rated(line, place, given)


def _rated(line: int, place: object, given: Row) -> Rows:
    name, source = given.get("assessment_name"), given.get("source")
    value, failed = nested(given, "feedback", "value"), nested(given, "feedback", "error")
    who = text_of(nested(source, "source_id"))
    about: Row = {"rationale": text_of(given.get("rationale")), "at": utc(given.get("create_time"))}
    if text_of(name) is None:
        yield Reject(line, "assessment_name", "is missing: it names the criterion")
    elif not _by_person(given):
        if failed:
            about |= {"status": "provider_error", "reason": _error(failed)}
        yield verdict(line, place, who or "judge", str(name), value, about)
    elif who is None:
        yield Reject(line, "source.source_id", "is missing: it names the rater")
    elif value is None:
        yield Aside(line, NO_VALUE)
    else:
        blind = UNBLINDED if given.get("overrides") else None
        yield label(line, place, who, str(name), value, {"blind": blind, **about})


def _error(failed: object) -> str:
    said = nested(failed, "error_message") or nested(failed, "error_code") or failed
    return str(said)


ASSESSMENTS = Format("mlflow", fits, rows)
