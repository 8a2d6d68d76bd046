"""Argilla's records, flat and nested: responses by people, suggestions by models."""

from __future__ import annotations

from calibration.readers.foreign import argilla_before
from calibration.readers.foreign.row import (
    Format,
    Hints,
    Numbered,
    Rows,
    item,
    label,
    nested,
    objects,
    share,
    spelled,
    text_of,
    texts_of,
    verdict,
)
from calibration.readers.reading import Aside, RawRow, Reject, Row

DRAFTS = "Argilla responses that were not submitted (drafts)"
EMPTY = "Argilla responses and suggestions without a value: no ratings"
UNSAID = "Argilla responses of a nested export: it does not say which were submitted; all were read"
ALSO_FLAT = "Argilla records of a nested list that stand in the file's flat list too"
OWN = ("id", "status", "_server_id", "inserted_at", "updated_at")


def fits(row: Row) -> bool:
    if isinstance(row.get("flat"), list) or isinstance(row.get("nested"), list):
        return True
    return _flat(row) or _nested(row) or argilla_before.fits(row)


def _nested(row: Row) -> bool:
    return isinstance(row.get("fields"), dict) and isinstance(row.get("responses"), dict)


def _flat(row: Row) -> bool:
    return any(name.endswith((".responses", ".suggestion")) for name in row)


def rows(numbered: Numbered, hints: Hints) -> Rows:
    """A record is an item, a question a criterion. Of flat records only submitted responses count.

    A discarded response is a skip. A nested export mostly does not say what was submitted: responses
    without a status are all read, and that is said.
    """
    for row in numbered:
        if isinstance(row, Reject):
            yield row
            continue
        flat, deep = objects(row.fields.get("flat")), objects(row.fields.get("nested"))
        if not flat and not deep:
            yield from _record(row)
        known = {spelled(one.get("id")) for one in flat}
        for place, one in enumerate([*flat, *deep], start=1):
            if place > len(flat) and spelled(one.get("id")) in known:
                yield Aside(place, ALSO_FLAT)
            else:
                yield from _record(RawRow(place, one))


def _record(row: RawRow) -> Rows:
    if _flat(row.fields):
        yield from _flat_record(row.line, row.fields)
    elif argilla_before.fits(row.fields):
        yield from _nested_record(row.line, argilla_before.as_nested(row.fields, row.line))
    else:
        yield from _nested_record(row.line, row.fields)


def _flat_record(line: int, given: Row) -> Rows:
    questions = {n.removesuffix(".responses").removesuffix(".suggestion"): None for n in given if _asks(n)}
    data = {
        n: v for n, v in given.items() if n not in OWN and not any(n.startswith(f"{q}.") for q in questions)
    }
    yield item(line, given.get("id"), texts_of(data))
    for question in questions:
        values, people = given.get(f"{question}.responses"), given.get(f"{question}.responses.users")
        statuses = given.get(f"{question}.responses.status")
        if isinstance(values, list):
            yield from _responses(line, given, question, _side_by_side(values, people, statuses))
        suggestion = given.get(f"{question}.suggestion")
        if suggestion is not None:
            agent, score = (
                given.get(f"{question}.suggestion.agent"),
                given.get(f"{question}.suggestion.score"),
            )
            yield _suggestion(line, given, question, suggestion, agent, score)


def _asks(name: str) -> bool:
    return name.endswith((".responses", ".suggestion"))


def _side_by_side(*columns: object) -> list[tuple[object, ...]]:
    """Lists entry by entry, as long as the first; what is missing is None."""
    lists = [column if isinstance(column, list) else [] for column in columns]
    return [tuple(one[k] if k < len(one) else None for one in lists) for k in range(len(lists[0]))]


def _responses(line: int, given: Row, question: str, found: list[tuple[object, ...]]) -> Rows:
    for value, person, status in found:
        if status == "submitted" and value is None:
            yield Aside(line, EMPTY)
        elif status == "submitted":
            yield label(line, given.get("id"), person, question, value)
        elif status == "discarded":
            yield label(
                line, given.get("id"), person, question, None, {"status": "skipped", "reason": "discarded"}
            )
        else:
            yield Aside(line, DRAFTS)


def _nested_record(line: int, given: Row) -> Rows:
    data, meta = given.get("fields"), given.get("metadata")
    texts = texts_of(data) if isinstance(data, dict) else {}
    about = {**meta, **_meta(texts)} if isinstance(meta, dict) else _meta(texts)
    yield item(line, given.get("id"), texts | {"meta": about or None})
    responses, suggestions = given.get("responses"), given.get("suggestions")
    for question, answers in responses.items() if isinstance(responses, dict) else ():
        for answer in objects(answers):
            value, person = answer.get("value"), answer.get("user_id")
            if (status := text_of(answer.get("status"))) is not None:
                yield from _responses(line, given, question, [(value, person, status)])
            elif value is None:
                yield Aside(line, EMPTY)
            else:
                yield label(line, given.get("id"), person, question, value)
                yield Aside(line, UNSAID)
    for question, one in suggestions.items() if isinstance(suggestions, dict) else ():
        value = nested(one, "value")
        if value is None:
            yield Aside(line, EMPTY)
            continue
        yield _suggestion(line, given, question, value, nested(one, "agent"), nested(one, "score"))


def _meta(texts: Row) -> Row:
    meta = texts.get("meta")
    return meta if isinstance(meta, dict) else {}


def _suggestion(line: int, given: Row, question: str, value: object, agent: object, score: object) -> RawRow:
    return verdict(
        line,
        given.get("id"),
        text_of(agent) or "suggestion",
        question,
        value,
        {"confidence": share(score), "confidence_kind": None if share(score) is None else "suggestion score"},
    )


RECORDS = Format("argilla", fits, rows)
