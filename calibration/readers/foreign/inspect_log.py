"""Inspect's log as JSON: a judge's scores, and people's edits of them; and rows of precomputed scores."""

from __future__ import annotations

import msgspec

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
    spelled,
    text_of,
    utc,
    verdict,
)
from calibration.readers.reading import Aside, Reject, Row

UNCHANGED = "UNCHANGED"
INVALIDATED = "Inspect samples that were invalidated"
PRECOMPUTED = frozenset({"id", "value", "epoch", "answer", "explanation", "metadata"})


def fits(row: Row) -> bool:
    return isinstance(row.get("eval"), dict) and "samples" in row


def fits_precomputed(row: Row) -> bool:
    return {"id", "value"} <= row.keys() <= PRECOMPUTED


def rows(numbered: Numbered, hints: Hints) -> Rows:
    """A sample (and its epoch, where there are several) is an item, a scorer a criterion.

    An edited score is two facts: the first entry of its history is the judge's verdict, the last with an
    author is a label by somebody who saw it. A value that is an object is one criterion per key.
    """
    for row in numbered:
        if isinstance(row, Reject):
            yield row
            continue
        samples = objects(row.fields.get("samples"))
        epochs = {spelled(sample.get("epoch")) for sample in samples}
        judges = {str(s.get("name")): _model(s) for s in objects(nested(row.fields, "eval", "scorers"))}
        for place, sample in enumerate(samples, start=1):
            yield from _sample(place, sample, judges, several=len(epochs) > 1)


def _model(graded_by: Row) -> str | None:
    model = nested(graded_by, "options", "model")
    return text_of(nested(model, "model")) or text_of(model)


def _sample(place: int, sample: Row, judges: dict[str, str | None], *, several: bool) -> Rows:
    name = f"{sample.get('id')}/{sample.get('epoch')}" if several else sample.get("id")
    if sample.get("invalidation"):
        yield Aside(place, INVALIDATED)
        return
    target, meta = sample.get("target"), sample.get("metadata")
    yield item(
        place,
        name,
        {
            "input": sample.get("input"),
            "output": nested(sample, "output", "completion"),
            "reference": "\n".join(map(str, target)) if isinstance(target, list) else target,
            "system": nested(sample, "output", "model"),
            "input_id": sample.get("id") if several else None,
            "meta": meta if isinstance(meta, dict) and meta else None,
        },
    )
    scores = sample.get("scores")
    for graded_by, score in scores.items() if isinstance(scores, dict) else ():
        if isinstance(score, dict):
            yield from _score(place, name, graded_by, score, judges.get(graded_by) or graded_by)


def _score(place: int, name: object, graded_by: str, score: Row, judge: str) -> Rows:
    history = objects(score.get("history"))
    first = history[0] if history else score
    for criterion, value in _values(graded_by, first.get("value")):
        yield verdict(place, name, judge, criterion, value, {"rationale": text_of(first.get("explanation"))})
    edits = [k for k, entry in enumerate(history) if text_of(nested(entry, "provenance", "author"))]
    if not edits:
        return
    last = history[edits[-1]]
    told = [entry.get("value") for entry in history[: edits[-1] + 1] if entry.get("value") != UNCHANGED]
    about: Row = {
        "rationale": text_of(nested(last, "provenance", "reason")) or text_of(last.get("explanation")),
        "at": utc(nested(last, "provenance", "timestamp")),
        "blind": UNBLINDED,
    }
    for criterion, value in _values(graded_by, told[-1] if told else None):
        yield label(place, name, nested(last, "provenance", "author"), criterion, value, about)


def _values(graded_by: str, value: object) -> list[tuple[str, object]]:
    """One criterion, or one per key; a list has no names and is kept as text, which no scale takes."""
    if isinstance(value, dict):
        return [(f"{graded_by}.{key}", _answer(one)) for key, one in value.items()]
    return [(graded_by, _answer(value))]


def _answer(value: object) -> object:
    if isinstance(value, list):
        return msgspec.json.encode(value).decode()
    return None if isinstance(value, str) and value.casefold() == "nan" else value


def precomputed(numbered: Numbered, hints: Hints) -> Rows:
    """Scores made elsewhere, by id and epoch; the rater stands in `metadata.rater`, or is told.

    `metadata.criterion` and `metadata.item_id`, where our export wrote them, say what was rated.
    """
    for row in numbered:
        if isinstance(row, Reject):
            yield row
            continue
        line, given = row.line, row.fields
        name, why = _scored(given), text_of(given.get("explanation"))
        criterion = text_of(nested(given, "metadata", "criterion")) or hints.only_criterion(line)
        rater = text_of(nested(given, "metadata", "rater")) or hints.rater
        if rater is not None:
            yield item(line, name)
            yield label(line, name, rater, criterion, _answer(given.get("value")), {"rationale": why})
        elif hints.judge is not None:
            yield item(line, name)
            yield verdict(line, name, hints.judge, criterion, _answer(given.get("value")), {"rationale": why})
        else:
            yield Reject(
                line, "metadata.rater", "is missing: say who rated with --rater, or which judge with --judge"
            )


def _scored(given: Row) -> object:
    """The item of a precomputed score."""
    epoch, ours = given.get("epoch"), text_of(nested(given, "metadata", "item_id"))
    return ours or (given.get("id") if epoch in (None, 1) else f"{given.get('id')}/{epoch}")


LOG = Format("inspect", fits, rows)
SCORES = Format("inspect-scores", fits_precomputed, precomputed)
