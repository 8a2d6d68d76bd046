"""How much of a file is taken in: bytes held at once, cells, columns, depth; refuses more by name."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from calibration.readers.reading import CannotRead, Reject, Row

PREFIX = "CALIBRANT_MOST_"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of each that is read; the environment variable CALIBRANT_MOST_ and its name sets another.

    `json_megabytes`: a JSON array or document, which is held as a whole. `field_characters`: one text.
    `columns`: fields of a row. `depth`: lists and objects in one another. `parquet_rows` and
    `parquet_megabytes`: what a Parquet file declares that it holds, unpacked.
    """

    json_megabytes: int = 512
    field_characters: int = 4_000_000
    columns: int = 2_000
    depth: int = 64
    parquet_rows: int = 5_000_000_000
    parquet_megabytes: int = 262_144

    def refused(self, name: str, found: str) -> str:
        """What is said of what has more than limit `name`."""
        return (
            f"{found}; at most {getattr(self, name):,} are read ({PREFIX}{name.upper()} sets another limit)"
        )

    def fault_of(self, row: Row, line: int) -> Reject | None:
        """The reject for a row with too many fields, or one that is too long or too deep."""
        if len(row) > self.columns:
            return Reject(line, None, self.refused("columns", f"has {len(row):,} fields"))
        for name, value in row.items():
            if isinstance(value, str):
                fault = len(value) > self.field_characters and self._too_long(value)
            else:
                fault = isinstance(value, dict | list) and self._too_much(value)
            if fault:
                return Reject(line, str(name)[:60], fault)
        return None

    def _too_long(self, value: str) -> str:
        return self.refused("field_characters", f"has {len(value):,} characters")

    def _too_much(self, value: object) -> str:
        """What is too much of a list or object, found level by level; empty where nothing is."""
        level = [value]
        for _ in range(self.depth):
            level = [inner for one in level for inner in _inside(one)]
            longest = max((len(one) for one in level if isinstance(one, str)), default=0)
            if longest > self.field_characters:
                return self.refused("field_characters", f"has a text of {longest:,} characters in it")
            level = [one for one in level if isinstance(one, dict | list)]
            if not level:
                return ""
        return self.refused("depth", f"is nested more than {self.depth} levels deep")


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def limits(environment: Mapping[str, str] = os.environ) -> Limits:
    """The limits as they are set now. Raises CannotRead for a variable that is no whole number from 1."""
    given = {one.name: environment.get(f"{PREFIX}{one.name.upper()}") for one in fields(Limits)}
    return Limits(**{name: _number(name, text) for name, text in given.items() if text is not None})


def _number(name: str, given: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,17}", given, re.ASCII):
        raise CannotRead(f"{PREFIX}{name.upper()}={given[:40]!r}: must be a whole number from 1")
    return int(given)
