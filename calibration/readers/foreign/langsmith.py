"""LangSmith's feedback rows: scores by people in the app and by evaluators, corrections, pairwise queues."""

from __future__ import annotations

from collections import defaultdict

from calibration.readers.foreign.row import (
    LEFT,
    RIGHT,
    UNBLINDED,
    Format,
    Hints,
    Numbered,
    Rows,
    item,
    label,
    nested,
    spelled,
    text_of,
    utc,
    verdict,
)
from calibration.readers.reading import Aside, RawRow, Reject, Row

NO_SCORE = "LangSmith feedback with neither score nor value (a comment alone)"
OUTPUT_CORRECTED = "LangSmith corrections of an output: what it should say is no rating"
PEOPLE = ("app",)


def fits(row: Row) -> bool:
    return {"run_id", "key", "feedback_source"} <= row.keys()


def rows(numbered: Numbered, hints: Hints) -> Rows:
    """`key` is the criterion, `run_id` the item; feedback from the app is a label, any other a verdict.

    A correction of an evaluator's score is two facts: its verdict, and a label by whoever saw it. Feedback
    on both runs of a pairwise queue (one `feedback_group_id`) is one comparison of these two runs, whose
    item is named by them: the same pair is the same item, and "a" the same run, for every rater.
    """
    pairs: dict[tuple[str, str, str], list[RawRow]] = defaultdict(list)
    for row in numbered:
        if isinstance(row, Reject):
            yield row
        elif text_of(row.fields.get("key")) is None:
            yield Reject(row.line, "key", "is missing: it names the criterion")
        elif (group := row.fields.get("feedback_group_id")) is not None:
            key, by = str(row.fields["key"]), spelled(_who(row.fields) or _judge(row.fields))
            pairs[spelled(group), key, by].append(row)
        else:
            yield from _single(row)
    for both in pairs.values():
        first = both[0]
        alone = len(both) == 1 and not first.fields.get("comparative_experiment_id")
        yield from _single(first) if alone else _comparison(both)


def _single(row: RawRow) -> Rows:
    yield item(row.line, row.fields.get("run_id"))
    yield from _rated(row)


def _who(row: Row) -> object:
    """A person, by user; None for a program."""
    kind = nested(row, "feedback_source", "type")
    return nested(row, "feedback_source", "user_id") if kind in PEOPLE else None


def _judge(row: Row) -> str:
    named = nested(row, "feedback_source", "metadata", "evaluator_name")
    return text_of(named) or text_of(nested(row, "feedback_source", "type")) or "evaluator"


def _rated(row: RawRow) -> Rows:
    line, given = row.line, row.fields
    run, key, rater = given.get("run_id"), str(given.get("key")), _who(given)
    value = given.get("value") if given.get("value") is not None else given.get("score")
    correction = given.get("correction")
    about: Row = {"rationale": text_of(given.get("comment")), "at": utc(given.get("created_at"))}
    if rater is None and nested(given, "feedback_source", "type") in PEOPLE:
        yield Reject(line, "feedback_source.user_id", "is missing: it names the rater")
        return
    if value is None and not correction:
        yield Aside(line, NO_SCORE)
    elif value is not None and rater is not None:
        yield label(line, run, rater, key, value, about)
    elif value is not None:
        yield verdict(line, run, _judge(given), key, value, about)
    if correction:
        yield from _corrected(line, given, rater)


def _corrected(line: int, given: Row, rater: object) -> Rows:
    correction = given.get("correction")
    parts = correction if isinstance(correction, dict) else {"value": correction}
    key = str(given.get("key"))
    value = next((parts[name] for name in ("value", "score", key) if parts.get(name) is not None), None)
    if value is None or rater is not None:
        yield Aside(line, OUTPUT_CORRECTED)
        return
    who = nested(given, "feedback_source", "user_id") or "corrector"
    at = utc(given.get("modified_at"))
    yield label(line, given.get("run_id"), who, key, value, {"at": at, "blind": UNBLINDED})


def _comparison(both: list[RawRow]) -> Rows:
    first = both[0]
    runs = sorted({spelled(one.fields.get("run_id")) for one in both})
    if len(both) != 2 or len(runs) != 2:
        found = f"has {len(both)} scores of {len(runs)} runs; a comparison has one of each of two"
        yield Reject(first.line, "feedback_group_id", found)
        return
    left, right = sorted((one.fields for one in both), key=lambda one: spelled(one.get("run_id")))
    pair = " vs ".join(runs)
    yield item(first.line, pair, {"kind": "pairwise", "meta": {"run_a": runs[0], "run_b": runs[1]}})
    a, b = left.get("score"), right.get("score")
    if not (isinstance(a, int | float) and isinstance(b, int | float)):
        yield Reject(first.line, "score", "is no number on one of the two runs of a comparison")
        return
    value = "tie" if a == b else LEFT if a > b else RIGHT
    rater, key = _who(left), str(left.get("key"))
    about: Row = {"rationale": text_of(left.get("comment")), "at": utc(left.get("created_at"))}
    if rater is not None:
        yield label(first.line, pair, rater, key, value, about)
    else:
        yield verdict(first.line, pair, _judge(left), key, value, about)


RUNS = Format("langsmith", fits, rows)
