"""The shape of a rubric file: frozen models that refuse unknown fields; meaning is checked in file_checks."""

from __future__ import annotations

import difflib
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from rubrics.rubric import Dimension, ScaleKind, Severity, Visibility
from rubrics.yaml_tree import FieldPath, Tree

Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^\w[\w.-]*$")]
LevelName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f\x85\u2028\u2029]*$")]
Text = Annotated[str, Field(min_length=1)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Cadence = Annotated[str, Field(pattern=r"^$|^[1-9][0-9]* (day|week|month|year)s?$")]


class FileModel(BaseModel):
    """Frozen; unknown fields are refused; outer blanks of texts are dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class LevelFile(FileModel):
    name: LevelName
    value: Number | None = None
    description: str = ""
    example: str = ""
    aliases: tuple[str, ...] = ()
    rationale_required: bool = False


class ScaleFile(FileModel):
    kind: ScaleKind
    levels: tuple[LevelFile, ...] = ()
    low: Number | None = None
    high: Number | None = None
    step: Number | None = None
    tie: bool | None = None


class AppliesWhenFile(FileModel):
    criterion: str
    values: Annotated[tuple[str, ...], Field(min_length=1)]


class CriterionFile(FileModel):
    name: Name
    question: Text
    scale: ScaleFile
    description: str = ""
    dimension: Dimension = "output quality"
    not_applicable: bool = False
    required: bool = True
    applies_when: AppliesWhenFile | None = None
    ask_sure: bool = False
    weight: Annotated[Number, Field(ge=0)] = 1.0


class FailureModeFile(FileModel):
    name: Name
    description: Text
    severity: Severity
    visibility: Visibility
    detected_by: str = ""


class RubricFile(FileModel):
    """The top of the file; its criteria and failure modes are validated one by one, to list every fault."""

    name: Name
    criteria: Annotated[tuple[Any, ...], Field(min_length=1)]
    purpose: str = ""
    instructions: str = ""
    failure_modes: tuple[Any, ...] = ()
    owner: str = ""
    review_every: Cadence = ""


Model = TypeVar("Model", bound=FileModel)

NAME_ADVICE = "use letters, digits, _ - and . only, beginning with a letter or digit, at most 60 characters"
ADVICE = {
    "missing": "is missing: add it",
    "string_type": "must be text",
    "string_too_short": "is empty: write it",
    "string_too_long": "is too long: at most 60 characters",
    "tuple_type": "must be a list",
    "too_short": "is empty: list at least one",
    "model_type": "must be a mapping of fields",
    "dict_type": "must be a mapping of fields",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must not be negative",
}


def shaped(model: type[Model], tree: Tree, content: object, path: FieldPath) -> Model | None:
    """`content` as `model`, or None with every fault of its shape added to the tree's problems."""
    try:
        return model.model_validate(content)
    except ValidationError as refused:
        for error in refused.errors():
            where = (*path, *error["loc"])
            tree.refuse(where, _advice(model, error, content))
        return None


def _advice(model: type[FileModel], error: ErrorDetails, content: object) -> str:
    kind, given = error["type"], error["input"]
    if kind == "extra_forbidden":
        return _unknown_field(model, error["loc"])
    if kind == "literal_error":
        return f"{given!r} is not one of: {error.get('ctx', {}).get('expected', '')}".replace("'", "")
    if kind == "string_pattern_mismatch":
        last = error["loc"][-1]
        if last == "review_every":
            return f"{given!r} is not a cadence: write for example 90 days or 6 months"
        if last == "name" and len(error["loc"]) == 1:
            return f"{given!r} is not a usable name: {NAME_ADVICE}"
        return f"{given!r} must be one line without control characters"
    if content is None and kind == "model_type":
        return "is empty: write the rubric's fields here"
    advice = ADVICE.get(kind, error["msg"])
    shown = f", not {given!r}" if isinstance(given, str) and given and "must be" in advice else ""
    return advice + shown


def _unknown_field(model: type[FileModel], loc: tuple[int | str, ...]) -> str:
    fields = list(_model_at(model, loc[:-1]).model_fields)
    near = difflib.get_close_matches(str(loc[-1]), fields, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known fields are: {', '.join(fields)}"
    return f"unknown field; {hint}"


NESTED: dict[str, type[FileModel]] = {
    "scale": ScaleFile,
    "levels": LevelFile,
    "applies_when": AppliesWhenFile,
}


def _model_at(model: type[FileModel], loc: tuple[int | str, ...]) -> type[FileModel]:
    for part in loc:
        model = NESTED.get(str(part), model)
    return model
