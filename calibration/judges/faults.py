"""What is wrong with a judge's section of study.toml: named by file, judge and field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

Settings = TypeVar("Settings", bound=BaseModel)


class BadJudge(ValueError):
    """A [judges.NAME] section that describes no judge, or names something that is not there."""


class BadFile(ValueError):
    """A file named in a judge's parameters that cannot be used; the message names the file."""


class JudgeNotAvailable(ValueError):
    """A kind of judge that this version cannot run or identify."""


def parameters_place(judge: str, field: str = "") -> str:
    """How messages name a field of [judges.NAME.parameters]."""
    return f"study.toml, [judges.{judge}] parameters{f'.{field}' if field else ''}"


def read_parameters(
    model: type[Settings], judge: str, parameters: Mapping[str, object], *, what: str
) -> Settings:
    """[judges.NAME.parameters] as checked values; BadJudge names the field, and those that `what` has."""
    try:
        return model.model_validate(dict(parameters))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        known = ", ".join(given.alias or name for name, given in model.model_fields.items())
        raise BadJudge(f"{parameters_place(judge, field)}: {said}; {what} has {known}") from error
