"""Another tool's words in the study's: criteria, answers and columns renamed, as a file that can be kept."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Names
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from calibration.readers.foreign.row import Rows, spelled
from calibration.readers.reading import Aside, CannotRead, RawRow, Reject, Row

UNWANTED = "answers on criteria that the mapping leaves out"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Renames of what another tool's rows say, applied after its format was understood.

    `criteria`: theirs → ours, or "" to leave a criterion out. `values`: our criterion → their answer → ours
    (their answers are compared as text). `raters` and `judges`: theirs → ours.
    """

    criteria: Names[str, str] = field(default_factory=dict)
    values: Names[str, Names[str, object]] = field(default_factory=dict)
    raters: Names[str, str] = field(default_factory=dict)
    judges: Names[str, str] = field(default_factory=dict)

    @property
    def renames(self) -> bool:
        """Whether it says anything at all."""
        return any((self.criteria, self.values, self.raters, self.judges))

    def applied(self, rows: Rows) -> Rows:
        """The rows with every rename applied."""
        for row in rows:
            yield self._renamed(row) if isinstance(row, RawRow) and "criterion" in row.fields else row

    def _renamed(self, row: RawRow) -> RawRow | Reject | Aside:
        fields: Row = dict(row.fields)
        theirs = str(fields["criterion"])
        ours = self.criteria.get(theirs, theirs)
        if not ours:
            return Aside(row.line, UNWANTED)
        fields["criterion"] = ours
        fields["value"] = self.values.get(ours, {}).get(spelled(fields.get("value")), fields.get("value"))
        for name, renames in (("rater", self.raters), ("judge", self.judges)):
            if name in fields:
                fields[name] = renames.get(str(fields[name]), fields[name])
        return RawRow(row.line, fields)

    def as_toml(self) -> str:
        """The mapping as a file that `read_mapping` reads."""
        lines: list[str] = []
        for name in ("criteria", "raters", "judges"):
            lines += _table(name, getattr(self, name))
        for criterion, answers in self.values.items():
            lines += _table(f"values.{_quoted(criterion)}", answers)
        return "\n".join(lines)


AS_IT_IS = Mapping()


def read_mapping(path: Path) -> Mapping:
    """A mapping from a TOML file with tables criteria, values.CRITERION, raters, judges.

    Raises CannotRead naming file and entry.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert(content, Mapping, strict=True)
    except OSError as fault:
        raise CannotRead(f"{path}: cannot be read: {fault.strerror or fault}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as fault:
        raise CannotRead(
            f"{path}: {fault}; it has tables criteria, values.CRITERION, raters and judges"
        ) from None


def _table(name: str, entries: Names[str, object]) -> list[str]:
    if not entries:
        return []
    return [f"[{name}]", *(f"{_quoted(theirs)} = {_literal(ours)}" for theirs, ours in entries.items()), ""]


def _quoted(text: str) -> str:
    """A JSON string is a TOML basic string too."""
    return msgspec.json.encode(text).decode()


def _literal(value: object) -> str:
    return _quoted(value) if isinstance(value, str) else msgspec.json.encode(value).decode()
