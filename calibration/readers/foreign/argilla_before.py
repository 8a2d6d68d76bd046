"""Argilla 1.x: records and rows of Hugging Face data sets as records of 2.x; refuses older kinds by name."""

from __future__ import annotations

import msgspec

from calibration.readers.foreign.row import digest, nested, objects, text_of
from calibration.readers.reading import CannotRead, Row

ANSWERED = frozenset({"user_id", "value", "status"})
SUGGESTED, ABOUT = "-suggestion", "-suggestion-metadata"
OLDER = frozenset({"annotation", "prediction", "annotation_agent", "prediction_agent"})
OWN = ("id", "external_id", "metadata", "vectors")


def fits(row: Row) -> bool:
    return _is_record(row) or _is_data_set(row) or row.keys() >= OLDER


def _is_record(row: Row) -> bool:
    """A record as `to_dict` and the server give it: responses are a list, one per person."""
    return isinstance(row.get("fields"), dict) and isinstance(row.get("responses"), list)


def _is_data_set(row: Row) -> bool:
    return any(name.endswith(ABOUT) or _is_answered(value) for name, value in row.items())


def _is_answered(value: object) -> bool:
    """What people answered: a list of objects, or an object of lists, of user_id, value and status."""
    one = value[0] if isinstance(value, list) and value else value
    return isinstance(one, dict) and one.keys() == ANSWERED


def as_nested(row: Row, line: int) -> Row:
    """The record under the names of 2.x. Raises CannotRead for a data set of before FeedbackDataset."""
    if row.keys() >= OLDER:
        raise CannotRead(
            f"line {line}: is of an Argilla 1.x data set for text or token classification, which is not "
            "read as it is: write a CSV with its `id`, its `text`, its `annotation` as `human` and its "
            "`annotation_agent` as `rater`, and import that with --criterion"
        )
    return _of_record(row) if _is_record(row) else _of_data_set(row)


def _of_record(row: Row) -> Row:
    responses: dict[str, list[Row]] = {}
    for one in objects(row["responses"]):
        values = one.get("values")
        for question, given in values.items() if isinstance(values, dict) else ():
            answer = {"value": nested(given, "value"), "user_id": one.get("user_id")}
            responses.setdefault(str(question), []).append(answer | {"status": one.get("status")})
    suggestions = {
        str(one["question_name"]): one for one in objects(row.get("suggestions")) if one.get("question_name")
    }
    fields = row["fields"]
    return {
        "id": _name(row, fields), "fields": fields, "metadata": row.get("metadata"), "responses": responses,
        "suggestions": suggestions,
    }  # fmt: skip


def _of_data_set(row: Row) -> Row:
    questions = {
        name: _answers(row.get(name))
        for name in row
        if _is_answered(row[name]) or f"{name}{SUGGESTED}" in row
    }
    of_questions = {f"{name}{end}" for name in questions for end in ("", SUGGESTED, ABOUT)}
    fields = {name: value for name, value in row.items() if name not in of_questions and name not in OWN}
    suggestions = {name: _suggested(row, name) for name in questions if row.get(name + SUGGESTED) is not None}
    return {
        "id": _name(row, fields), "fields": fields, "metadata": _metadata(row.get("metadata")),
        "responses": questions, "suggestions": suggestions,
    }  # fmt: skip


def _answers(given: object) -> list[Row]:
    if not isinstance(given, dict):
        return objects(given)
    columns = {name: value if isinstance(value, list) else [] for name, value in given.items()}
    rows = zip(*(columns.get(name, []) for name in sorted(ANSWERED)), strict=False)
    return [dict(zip(sorted(ANSWERED), one, strict=True)) for one in rows]


def _suggested(row: Row, question: str) -> Row:
    about = row.get(question + ABOUT)
    return {"value": row[question + SUGGESTED], **(about if isinstance(about, dict) else {})}


def _metadata(given: object) -> object:
    """The metadata of a data set's row, which is a JSON text there."""
    try:
        return msgspec.json.decode(given) if isinstance(given, str) else given
    except (msgspec.DecodeError, RecursionError):
        return {"metadata": given}


def _name(row: Row, fields: object) -> object:
    """Of a record: its own name outside of Argilla, else the server's, else a hash of its texts."""
    own = row.get("external_id") or row.get("id")
    return own if own is not None and text_of(str(own)) else digest(fields)
