"""Prodigy's datasets as `db-out` writes them: choices and binary questions; spans are no answers."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from calibration.readers.foreign.row import Format, Hints, Numbered, Rows, item, label, text_of, texts_of, utc
from calibration.readers.reading import Aside, RawRow, Reject, Row

# A session that nobody named is called by the time at which it began: that is no person.
BY_TIME = re.compile(r"\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}")
NOBODY = "human"  # as in plain tables, where neither the file nor --rater names anybody
OWN = frozenset(
    {"options", "accept", "answer", "label", "config", "spans", "tokens", "relations", "versions"}
)
REJECTED = "Prodigy tasks that were rejected as a whole: no option was chosen"
SEVERAL = "Prodigy tasks with several options chosen: they name no single answer"
NONE = "Prodigy tasks that were accepted without an option"
OTHER = "Prodigy tasks of other interfaces than choice and classification: no answers to a question"


def fits(row: Row) -> bool:
    return "_input_hash" in row and "answer" in row and ("_view_id" in row or "_task_hash" in row)


def rows(numbered: Numbered, hints: Hints) -> Rows:
    """The input is the item: tasks of one `_input_hash` are answers to the same thing.

    A choice answers the file's criterion with the option's id; a binary task asks whether its `label` fits,
    so that the label is the criterion and `accept` or `reject` the answer. `ignore` is a skip.
    """
    for row in numbered:
        if isinstance(row, Reject):
            yield row
            continue
        given = row.fields
        yield item(row.line, given.get("_input_hash"), texts_of(_texts(given)))
        yield from _answer(row, hints)


def _answer(row: RawRow, hints: Hints) -> Rows:
    line, given = row.line, row.fields
    ignored = given.get("answer") == "ignore"
    if "options" in given:
        criterion, chosen = hints.only_criterion(line), given.get("accept")
        if not ignored and (why := _why_not(given, chosen)):
            yield Aside(line, why)
            return
        value = None if ignored or not isinstance(chosen, list) else chosen[0]
    elif text_of(given.get("label")) and "spans" not in given:
        criterion, value = str(given["label"]), None if ignored else given.get("answer")
    else:
        yield Aside(line, OTHER)
        return
    about: Row = {"at": _at(given.get("_timestamp")), "reason": "ignored" if ignored else None}
    yield label(line, given.get("_input_hash"), _rater(given, hints), criterion, value, about)


def _why_not(given: Row, chosen: object) -> str:
    if given.get("answer") != "accept":
        return REJECTED
    if not isinstance(chosen, list) or not chosen:
        return NONE
    return SEVERAL if len(chosen) > 1 else ""


def _rater(given: Row, hints: Hints) -> str:
    named = text_of(given.get("_annotator_id")) or text_of(given.get("_session_id"))
    return named if named and not BY_TIME.fullmatch(named) else hints.rater or NOBODY


def _texts(given: Row) -> Row:
    """What was judged: the task without Prodigy's own fields; its text is the output."""
    kept = {name: raw for name, raw in given.items() if not name.startswith("_") and name not in OWN}
    return {("output" if name == "text" else name): raw for name, raw in kept.items()}


def _at(content: object) -> str | None:
    """Seconds since 1970 as a time; what is none is told of as any other time that cannot be read."""
    if isinstance(content, bool) or not isinstance(content, int | float) or not 0 <= content < 1e11:
        return utc(content)
    return datetime.fromtimestamp(int(content), UTC).isoformat().replace("+00:00", "Z")


CHOICES = Format("prodigy", fits, rows)
