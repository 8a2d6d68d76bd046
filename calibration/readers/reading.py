"""What reading a file gives: per row a record or a reject, and one error for a file that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rubrics.answers import Label, Verdict
from rubrics.items import Item

RecordKind = Literal["item", "label", "verdict", "reject", "aside"]
Row = dict[str, object]


class CannotRead(Exception):
    """The file as a whole cannot be read: which file, why, what to do."""


class WrongField(ValueError):
    """A field's content is not what its name promises; the reason reads after the field's name."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken: its line (from 1), the field at fault if one is, and the reason."""

    line: int
    field: str | None
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: " + (f"{self.field}: {self.reason}" if self.field else self.reason)


@dataclass(frozen=True, slots=True)
class Aside:
    """Something of another tool's file that was passed over on purpose, or taken with a caution: why.

    The reason names the kind of thing, in the plural, so that a thousand of them are counted in one line.
    """

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A field that a row was taken without, because what stood there cannot be read: its name, and why."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as the file's format gives it, before its fields are looked at."""

    line: int
    fields: Row


@dataclass(frozen=True, slots=True)
class Read:
    """One row of a file: what it holds, the record, the reject or the aside, and its line (from 1).

    `lost`: a field of the record that could not be read, and that it is without.
    """

    kind: RecordKind
    record: Item | Label | Verdict | Reject | Aside
    line: int
    lost: Lost | None = None
