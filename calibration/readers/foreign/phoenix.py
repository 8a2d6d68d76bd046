"""Phoenix's span annotations (REST or a data frame): by people, by judges, by code."""

from __future__ import annotations

from collections.abc import Mapping

from calibration.readers.foreign.row import (
    Format,
    Hints,
    Numbered,
    Rows,
    item,
    label,
    nested,
    own_id,
    text_of,
    utc,
    verdict,
)
from calibration.readers.reading import Aside, Reject, Row

NOTE = "Phoenix notes: no ratings"
NO_ANSWER = "Phoenix annotations by people with neither label nor score: no ratings"


def fits(row: Row) -> bool:
    return "annotator_kind" in row and ("name" in row or "annotation_name" in row)


def rows(numbered: Numbered, hints: Hints) -> Rows:
    """The span is the item, the annotation's name the criterion; a label counts before a score.

    HUMAN rows are labels by `identifier`, else `user_id`; LLM and CODE rows are verdicts. The same name,
    span and identifier again overwrites: the last counts.
    """
    for row in numbered:
        if isinstance(row, Reject):
            yield row
            continue
        line, given = row.line, row.fields
        name = text_of(given.get("annotation_name")) or text_of(given.get("name"))
        span = given.get("span_id") or given.get("context.span_id") or given.get("trace_id")
        if name == "note":
            yield Aside(line, NOTE)
            continue
        if name is None:
            yield Reject(line, "name", "is missing: it names the criterion")
            continue
        span = own_id(given.get("metadata")) or span
        yield item(line, span)
        yield from _marked(line, span, name, given)


def _marked(line: int, span: object, name: str, given: Row) -> Rows:
    value = _part(given, "label") if text_of(_part(given, "label")) else _part(given, "score")
    about: Row = {"rationale": text_of(_part(given, "explanation")), "at": utc(given.get("created_at"))}
    who = text_of(given.get("identifier"))
    kind = str(given.get("annotator_kind")).upper()
    if kind != "HUMAN":
        yield verdict(line, span, who or kind.casefold(), name, value, about)
    elif (rater := who or text_of(given.get("user_id"))) is None:
        yield Reject(line, "identifier", "is missing, and so is user_id: one of them names the rater")
    elif value is None or value == "":
        yield Aside(line, NO_ANSWER)
    else:
        yield label(line, span, rater, name, value, about)


def _part(given: Mapping[str, object], name: str) -> object:
    """A part of the result, nested (REST) or in a column of its own (data frame)."""
    found = nested(given, "result", name)
    return given.get(f"result.{name}", given.get(name)) if found is None else found


SPANS = Format("phoenix", fits, rows)
