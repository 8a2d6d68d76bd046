"""Opik's traces with their feedback scores: each author's value by itself, never the average of them."""

from __future__ import annotations

from collections.abc import Mapping

from calibration.readers.foreign.row import (
    Format,
    Hints,
    Numbered,
    Rows,
    item,
    label,
    objects,
    text_of,
    texts_of,
    utc,
    verdict,
)
from calibration.readers.reading import Aside, RawRow, Reject, Row

PEOPLE = "ui"  # the source of what was given in Opik's own pages
UNKNOWN = "Opik scores without a source: neither people nor judges"
NOBODY = "Opik scores of people without an author"
TEXTS = ("input", "output", "metadata", "tags")


def fits(row: Row) -> bool:
    return isinstance(row.get("feedback_scores"), list) and "id" in row


def rows(numbered: Numbered, hints: Hints) -> Rows:
    """The trace is the item, a score's name the criterion, its category (else its number) the answer.

    Scores of several authors are read from `value_by_author`; the value beside it is their average. Scores
    from Opik's pages (`ui`) are labels, those of the SDK and of online rules are verdicts.
    """
    for row in numbered:
        if isinstance(row, Reject):
            yield row
            continue
        line, trace = row.line, row.fields
        yield item(line, trace.get("id"), texts_of({name: trace.get(name) for name in TEXTS}))
        for score in objects(trace.get("feedback_scores")):
            yield from _score(line, trace.get("id"), score)


def _score(line: int, trace: object, score: Row) -> Rows:
    name = text_of(score.get("name"))
    if name is None:
        yield Reject(line, "name", "is missing: it names the criterion")
        return
    by_author = score.get("value_by_author")
    if isinstance(by_author, dict) and by_author:
        for key, given in by_author.items():
            if isinstance(given, dict):
                yield from _given(line, trace, name, given, text_of(given.get("author")) or str(key))
    else:
        yield from _given(line, trace, name, score, text_of(score.get("created_by")))


def _given(line: int, trace: object, name: str, given: Mapping[str, object], who: str | None) -> Rows:
    """One author's score: a label where a person gave it in the pages, else a verdict."""
    source = text_of(given.get("source"))
    value = text_of(given.get("category_name")) or given.get("value")
    about: Row = {"rationale": text_of(given.get("reason")), "at": utc(given.get("last_updated_at"))}
    if source is None:
        yield Aside(line, UNKNOWN)
    elif source != PEOPLE:
        yield verdict(line, trace, f"opik-{source}" if who is None else who, name, value, about)
    elif who is None:
        yield Aside(line, NOBODY)
    else:
        yield label(line, trace, who, name, value, about)


def page_rows(numbered: Numbered, hints: Hints) -> Rows:
    """The same where a page of the REST API was saved: its traces stand in `content`."""
    for row in numbered:
        inner = [row] if isinstance(row, Reject) else _traces(row.line, row.fields)
        yield from rows(inner, hints)


def _traces(line: int, page: Row) -> Numbered:
    return [RawRow(line, trace) for trace in objects(page.get("content"))]


def fits_page(row: Row) -> bool:
    found = objects(row.get("content"))
    return bool(found) and fits(found[0])


TRACES = Format("opik", fits, rows)
PAGES = Format("opik-page", fits_page, page_rows)
