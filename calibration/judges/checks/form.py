"""Checks of form: the reference word for word, a length, JSON that obeys a schema."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

from pydantic import Field, model_validator

from calibration.judges.checks.check import Check, Finding, Look, lacks, quoted, text_of
from calibration.judges.faults import BadFile
from rubrics.items import Item

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

Step = Literal["unicode", "case", "punctuation", "articles", "blanks"]
STEPS: tuple[Step, ...] = ("unicode", "case", "punctuation", "articles", "blanks")
FENCE = re.compile(r"\A\s*```[\w-]*[ \t]*\n(.*?)\n?[ \t]*```\s*\Z", re.DOTALL)
REFERENCE_KEYS = ("$ref", "$dynamicRef", "$recursiveRef")


def normalised(text: str, steps: tuple[Step, ...]) -> str:
    """The text after the steps, always in the order of STEPS.

    unicode: NFKC; case: casefold; punctuation: characters of the Unicode categories P go; articles: the
    English words a, an, the go; blanks: each run of white space is one blank, none at the ends.
    """
    if "unicode" in steps:
        text = unicodedata.normalize("NFKC", text)
    if "case" in steps:
        text = text.casefold()
    if "punctuation" in steps:
        text = "".join(c for c in text if not unicodedata.category(c).startswith("P"))
    if "articles" in steps:
        text = re.sub(r"\b(?:a|an|the)\b", " ", text, flags=re.IGNORECASE)
    return " ".join(text.split()) if "blanks" in steps else text


class ExactMatch(Check):
    """The text is the item's reference, after the same normalisation of both."""

    version = 1

    normalise: tuple[Step, ...] = ("unicode", "blanks")

    def ready(self, folder: Path) -> Look:
        def look(item: Item) -> Finding:
            text, reference = text_of(item, self.field), text_of(item, "reference")
            if text is None or reference is None:
                return lacks(self.field if text is None else "reference")
            own, wanted = normalised(text, self.normalise), normalised(reference, self.normalise)
            if own == wanted:
                return Finding(True, f"equal to the reference {quoted(wanted)}")
            return Finding(False, _first_difference(own, wanted, self.field))

        return look


def _first_difference(own: str, wanted: str, field: str) -> str:
    place = next(
        (k for k, (a, b) in enumerate(zip(own, wanted, strict=False)) if a != b), min(len(own), len(wanted))
    )
    return (
        f"differs from the reference at character {place + 1}: {field} has {quoted(own[place:])}, "
        f"the reference {quoted(wanted[place:])}"
    )


class Length(Check):
    """The text has at least `least` and at most `most` words (runs without white space) or characters."""

    version = 1
    scored = True

    unit: Literal["words", "characters"] = "words"
    least: int | None = Field(default=None, ge=0)
    most: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _has_bounds(self) -> Length:
        if self.answer == "outcome" and self.least is None and self.most is None:
            raise ValueError("give least, most or both")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"least ({self.least}) is more than most ({self.most})")
        return self

    def ready(self, folder: Path) -> Look:
        def look(item: Item) -> Finding:
            text = text_of(item, self.field)
            if text is None:
                return lacks(self.field)
            n = len(text.split()) if self.unit == "words" else len(text)
            short = self.least is not None and n < self.least
            long = self.most is not None and n > self.most
            bound = f", fewer than {self.least}" if short else f", more than {self.most}" if long else ""
            return Finding(not (short or long), f"{self.field} has {n} {self.unit}{bound}", float(n))

        return look


class JsonSchema(Check):
    """The text is one JSON value that obeys the schema in a file of the study folder.

    The draft is the file's `$schema`, else 2020-12; `format` is not enforced; references stay inside the
    file. A value inside one Markdown fence is read when `fences`. NaN and Infinity are not JSON.
    """

    version = 1
    package = "jsonschema"

    schema_file: str = Field(alias="schema")
    fences: bool = True

    def files(self) -> tuple[str, ...]:
        return (self.schema_file,)

    def ready(self, folder: Path) -> Look:
        validator = _validator(folder / self.schema_file, self.schema_file)

        def look(item: Item) -> Finding:
            text = text_of(item, self.field)
            return lacks(self.field) if text is None else self._obeys(text, validator)

        return look

    def _obeys(self, text: str, validator: Validator) -> Finding:
        from jsonschema.exceptions import best_match

        fenced = FENCE.match(text) if self.fences else None
        try:
            value = json.loads(fenced[1] if fenced else text, parse_constant=_no_constant)
            faults = list(validator.iter_errors(value))
        except RecursionError:
            return Finding(False, f"{self.field} is nested too deep to be read as JSON")
        except OverflowError:
            return Finding(False, f"{self.field} has a number that is too large to be checked")
        except ValueError as error:
            return Finding(False, f"{self.field} is not JSON: {error}")
        worst = best_match(iter(faults))
        if worst is None:
            return Finding(True, f"{self.field} obeys {self.schema_file}")
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        return Finding(
            False, f"{self.field} breaks {self.schema_file} at {worst.json_path}: {worst.message[:200]}{more}"
        )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _validator(path: Path, name: str) -> Validator:
    """The validator of a schema file; BadFile for a file that is no schema or leads out of itself."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for
    from referencing import Registry

    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
        outside = next((r for r in _references(schema) if not r.startswith("#")), None)
        if outside is not None:
            raise BadFile(f"{name}: $ref {outside!r} leads out of the file; put its content under $defs")
        draft = validator_for(schema, default=Draft202012Validator)
        draft.check_schema(schema)
    except SchemaError as error:
        raise BadFile(f"{name} is no JSON schema: at {error.json_path}: {error.message}") from error
    except BadFile:
        raise
    except (ValueError, RecursionError) as error:
        raise BadFile(f"{name} is not JSON: {error}") from error
    return partial(draft, registry=Registry())(schema)


def _references(schema: object) -> Iterator[str]:
    """Every reference that stands in a schema."""
    if isinstance(schema, dict):
        yield from (str(schema[key]) for key in REFERENCE_KEYS if isinstance(schema.get(key), str))
    children = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for child in children:
        yield from _references(child)
