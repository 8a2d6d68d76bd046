"""Another tool's words in the study's: columns, criteria, answers, names renamed, as a file to be kept."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Names
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import msgspec

from calibration.readers.foreign.row import Hints, Numbered, Rows, spelled
from calibration.readers.reading import Aside, CannotRead, RawRow, Reject, Row

UNWANTED = "answers on criteria that the mapping leaves out"


FIXED = ("criterion", "rater", "judge")


@dataclass(frozen=True, slots=True)
class Mapping:
    """Renames of what another tool's rows say.

    `columns`: their column → ours, or "" to leave it out; applied before the format is told, to the names
    at the top of a row. The others are applied after the format was understood. `criteria`: theirs → ours,
    or "" to leave a criterion out. `values`: our criterion → their answer → ours (their answers are compared
    as text). `raters` and `judges`: theirs → ours; two that become one name are one. `names`: the criterion,
    rater or judge of answers that name none.
    """

    criteria: Names[str, str] = field(default_factory=dict)
    values: Names[str, Names[str, object]] = field(default_factory=dict)
    raters: Names[str, str] = field(default_factory=dict)
    judges: Names[str, str] = field(default_factory=dict)
    columns: Names[str, str] = field(default_factory=dict)
    names: Names[str, str] = field(default_factory=dict)

    @property
    def renames(self) -> bool:
        """Whether it says anything at all."""
        return any(getattr(self, one.name) for one in fields(self))

    def with_columns(self, rows: Numbered) -> Numbered:
        """The rows as the file has them, under our names of columns."""
        return map(self._with_columns, rows) if self.columns else rows

    def _with_columns(self, row: RawRow | Reject) -> RawRow | Reject:
        return replace(row, fields=self.renamed_columns(row.fields)) if isinstance(row, RawRow) else row

    def renamed_columns(self, row: Row) -> Row:
        """A row under our names; a column that was renamed wins over one that has the name already."""
        if not self.columns:
            return row
        kept = {name: raw for name, raw in row.items() if name not in self.columns}
        return kept | {self.columns[name]: raw for name, raw in row.items() if self.columns.get(name)}

    def hinted(self, hints: Hints) -> Hints:
        """The hints with the names that the mapping fixes; what was said otherwise already stays."""
        names = self.names
        return replace(
            hints,
            criterion=hints.criterion or names.get("criterion"),
            rater=hints.rater or names.get("rater"),
            judge=hints.judge or names.get("judge"),
        )

    def applied(self, rows: Rows) -> Rows:
        """The rows with every rename applied."""
        for row in rows:
            yield self._renamed(row) if isinstance(row, RawRow) and _is_answer(row.fields) else row

    def _renamed(self, row: RawRow) -> RawRow | Reject | Aside:
        fields: Row = self._named(row.fields)
        if "criterion" not in fields:
            return RawRow(row.line, fields)
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

    def _named(self, row: Row) -> Row:
        """The row with the names that are fixed, where it has none."""
        given = {name: raw for name, raw in row.items() if name not in FIXED or raw is not None}
        if "criterion" in self.names:
            given.setdefault("criterion", self.names["criterion"])
        if "rater" not in given and "judge" not in given:
            who = next((name for name in ("rater", "judge") if name in self.names), None)
            if who is not None:
                given[who] = self.names[who]
        return given

    def as_toml(self) -> str:
        """The mapping as a file that `read_mapping` reads."""
        lines: list[str] = []
        for name in ("columns", "names", "criteria", "raters", "judges"):
            lines += _table(name, getattr(self, name))
        for criterion, answers in self.values.items():
            lines += _table(f"values.{_quoted(criterion)}", answers)
        return "\n".join(lines)


def _is_answer(row: Row) -> bool:
    return "criterion" in row or "value" in row


AS_IT_IS = Mapping()
TABLES = "columns, names, criteria, values.CRITERION, raters and judges"


def read_mapping(path: Path) -> Mapping:
    """A mapping from a TOML file with tables columns, names, criteria, values.CRITERION, raters, judges.

    Raises CannotRead naming file and entry.
    """
    try:
        return parse_mapping(path.read_bytes(), source=str(path))
    except OSError as fault:
        raise CannotRead(f"{path}: cannot be read: {fault.strerror or fault}") from None


def parse_mapping(content: bytes, *, source: str) -> Mapping:
    """A mapping from the bytes of such a file; a table of another name is refused, not passed over."""
    try:
        tables = tomllib.loads(content.decode("utf-8-sig"))
        found = msgspec.convert(tables, Mapping, strict=True)
    except (ValueError, RecursionError) as fault:  # msgspec's and tomllib's faults are ValueErrors, too
        raise CannotRead(f"{source}: {fault}; it has tables {TABLES}") from None
    strange = next((name for name in tables if name not in {one.name for one in fields(Mapping)}), None)
    strange = strange or next((f"names.{name}" for name in found.names if name not in FIXED), None)
    if strange is not None:
        raise CannotRead(f"{source}: {strange}: there is no such entry; it has tables {TABLES}")
    return found


def _table(name: str, entries: Names[str, object]) -> list[str]:
    if not entries:
        return []
    return [f"[{name}]", *(f"{_quoted(theirs)} = {_literal(ours)}" for theirs, ours in entries.items()), ""]


def _quoted(text: str) -> str:
    """A JSON string is a TOML basic string too."""
    return msgspec.json.encode(text).decode()


def _literal(value: object) -> str:
    return _quoted(value) if isinstance(value, str) else msgspec.json.encode(value).decode()
