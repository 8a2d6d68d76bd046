"""Label Studio's exports, JSON and CSV: marked with annotations by people and predictions by models."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from calibration.readers.foreign.row import (
    LEFT,
    OWN_ID,
    RIGHT,
    Format,
    Hints,
    Numbered,
    Rows,
    item,
    label,
    objects,
    own_id,
    share,
    spelled,
    text_of,
    texts_of,
    utc,
    verdict,
)
from calibration.readers.reading import Aside, RawRow, Reject, Row

SIDES = {"left": LEFT, "right": RIGHT}
CSV_OWN = frozenset(
    {
        "id",
        "annotator",
        "annotation_id",
        "created_at",
        "updated_at",
        "lead_time",
        "agreement",
        "inner_id",
        "project",
        "predictions",
        "sentiment_id",
        OWN_ID,
    }
)
NOT_RATED = "Label Studio results that are no ratings (regions, labels in a text, several choices at once)"


def fits(row: Row) -> bool:
    return "data" in row and ("annotations" in row or "predictions" in row or "completions" in row)


def fits_csv(row: Row) -> bool:
    return {"annotation_id", "annotator", "lead_time"} <= row.keys()


def rows(numbered: Numbered, hints: Hints) -> Rows:
    """A task is an item; a result by `from_name` is a label or a verdict; a cancelled annotation is a skip.

    `value` is a list in most kinds of result; one entry is an answer, several are none. Free text explains
    the annotation it stands in. An annotation marked as ground truth is gold and enters no agreement.
    """
    marked = list(numbered)
    criteria = _criteria(marked)
    for one in marked:
        if isinstance(one, Reject):
            yield one
        else:
            yield from _marked_item(one, criteria)


def _criteria(marked: list[RawRow | Reject]) -> tuple[str, ...]:
    """Every `from_name` that somebody answered in the file: what a cancelled annotation skips."""
    found: dict[str, None] = {}
    for one in marked:
        for kind in ("annotations", "predictions") if isinstance(one, RawRow) else ():
            for given in objects(one.fields.get(kind)):  # type: ignore[union-attr]
                for name, _ in _answers(given):
                    found[name] = None
    return tuple(found)


def _marked_item(one: RawRow, criteria: tuple[str, ...]) -> Rows:
    line, row = one.line, one.fields
    if text_of(str(row.get("id", ""))) is None:
        yield Reject(line, "id", "is missing: a task's id names the item")
        return
    data = row.get("data")
    texts = {k: v for k, v in data.items() if k != OWN_ID} if isinstance(data, dict) else {}
    name = own_id(data) or row["id"]
    yield item(line, name, texts_of(texts))
    for given in objects(row.get("annotations")) or objects(row.get("completions")):
        yield from _marked_by_person(line, name, given, criteria)
    for given in objects(row.get("predictions")):
        yield from _marked_by_model(line, name, given)


def _marked_by_person(line: int, item_id: object, given: Row, criteria: tuple[str, ...]) -> Rows:
    rater = _person(given.get("completed_by"))
    if rater is None:
        yield Reject(line, "completed_by", "is missing: it names the rater")
        return
    about: Row = {"at": utc(given.get("created_at")), "active_seconds": _seconds(given.get("lead_time"))}
    if given.get("was_cancelled") is True:
        for name in criteria:
            yield label(
                line, item_id, rater, name, None, {"status": "skipped", "reason": "cancelled", **about}
            )
        return
    if given.get("ground_truth") is True:
        about["purpose"] = "gold"
    why = _texts(given)
    for name, value in _answers(given):
        yield label(line, item_id, rater, name, value, {"rationale": why, **about})
    yield from _unrated(line, given)


def _marked_by_model(line: int, item_id: object, given: Row) -> Rows:
    judge = text_of(given.get("model_version")) or "prediction"
    for name, value in _answers(given):
        yield verdict(
            line,
            item_id,
            judge,
            name,
            value,
            {
                "rationale": _texts(given),
                "at": utc(given.get("created_at")),
                "confidence": share(given.get("score")),
                "confidence_kind": "prediction score",
            },
        )
    yield from _unrated(line, given)


def _answers(given: Row) -> Iterator[tuple[str, object]]:
    """(criterion, answer) of the results that are ratings."""
    for result in objects(given.get("result")):
        value = _value(result)
        if value is not None:
            yield str(result.get("from_name")), value


def _unrated(line: int, given: Row) -> Iterator[Aside]:
    for result in objects(given.get("result")):
        if _value(result) is None and result.get("type") != "textarea":
            yield Aside(line, NOT_RATED)


def _value(result: Row) -> object | None:
    value = result.get("value")
    if not isinstance(value, dict):
        return None
    for name in ("choices", "taxonomy"):
        chosen = value.get(name)
        if isinstance(chosen, list):
            return _single(chosen[0] if name == "taxonomy" and len(chosen) == 1 else chosen)
    if "selected" in value:
        return SIDES.get(str(value["selected"]).casefold())
    return value.get("rating", value.get("number"))


def _single(chosen: object) -> object | None:
    return chosen[0] if isinstance(chosen, list) and len(chosen) == 1 else None


def _texts(given: Row) -> str | None:
    """What was written beside the ratings."""
    said: list[str] = []
    for result in objects(given.get("result")):
        value = result.get("value")
        if result.get("type") == "textarea" and isinstance(value, dict):
            entries = value.get("text")
            said += [str(entry) for entry in (entries if isinstance(entries, list) else [entries])]
    return "\n".join(said) or None


def _person(who: object) -> object | None:
    """`completed_by` is a number, or an object with an e-mail address."""
    if isinstance(who, dict):
        return text_of(who.get("email")) or who.get("id")
    return who


def _seconds(raw: object) -> float | None:
    return float(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) and raw >= 0 else None


def csv_rows(numbered: Numbered, hints: Hints) -> Rows:
    """One row per annotation: the columns named like the study's criteria are answers, the others the task.

    A task field that shares a criterion's name stands in `_data_<name>`.
    """
    seen: set[str] = set()
    for row in numbered:
        if isinstance(row, Reject):
            yield row
            continue
        line, cells = row.line, row.fields
        answers = {name: cells[name] for name in hints.criteria if name in cells}
        item_id = own_id(cells) or cells.get("id")
        if spelled(item_id) not in seen:
            seen.add(spelled(item_id))
            data = {
                k.removeprefix("_data_"): v for k, v in cells.items() if k not in CSV_OWN | answers.keys()
            }
            yield item(line, item_id, texts_of(data))
        about: Row = {"at": utc(cells.get("created_at")), "active_seconds": _number(cells.get("lead_time"))}
        for name, cell in answers.items():
            if (value := _cell(cell)) is not None:
                yield label(line, item_id, cells.get("annotator"), name, value, about)


def _cell(cell: object) -> object | None:
    """An answer from a cell: plain text, JSON as for a rating, or what JSON_MIN has in its place."""
    if not isinstance(cell, str):
        return _content(cell)
    text = text_of(cell)
    if text is None or not text.lstrip().startswith(("{", "[")):
        return text
    try:
        content = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
    return _content(content)


def _content(content: object) -> object | None:
    entry = _single(content) if isinstance(content, list) else content
    return _value({"value": entry}) if isinstance(entry, dict) else entry


def _number(cell: object) -> float | None:
    try:
        return float(str(cell)) if text_of(cell) else None
    except ValueError:
        return None


JSON = Format("label-studio", fits, rows)
CSV = Format("label-studio-csv", fits_csv, csv_rows)
