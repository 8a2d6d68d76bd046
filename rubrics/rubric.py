"""What is asked: rubrics, criteria, scales and failure modes; refuses answers that a scale does not allow."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from rubrics.canonical import sha256_of

ScaleKind = Literal["binary", "nominal", "ordinal", "interval", "pairwise"]
Dimension = Literal["task accuracy", "output quality", "behavioural correctness"]
Severity = Literal["critical", "major", "minor"]
Visibility = Literal["loud", "silent"]
Value = str | int | float

PAIRWISE_ALIASES = {
    "a": "a", "model_a": "a", "output_a": "a", "1": "a",
    "b": "b", "model_b": "b", "output_b": "b", "2": "b",
    "tie": "tie", "0": "tie", "both": "tie", "equal": "tie",
}  # fmt: skip


# Words for answers outside the scale; no level may be called so.
NOT_APPLICABLE, CANNOT_TELL, NOT_ASKED = "not applicable", "cannot tell", "not asked"
RESERVED_ANSWERS = frozenset((NOT_APPLICABLE, CANNOT_TELL, NOT_ASKED))


class UnknownAnswer(ValueError):
    """A value that the scale does not allow."""


@dataclass(frozen=True, slots=True)
class Level:
    """One allowed answer of a closed scale, with what it means and an example of it."""

    name: str
    value: float | None = None
    description: str = ""
    example: str = ""
    aliases: tuple[str, ...] = ()
    rationale_required: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """The closed set of answers to one question.

    Canonical answers: the level's name (binary, nominal), `a`, `b` or `tie` (pairwise), the level's
    number (ordinal), a number (interval). A binary scale lists its positive level first. The levels of an
    interval scale are anchors: they describe some of its values.
    """

    kind: ScaleKind
    levels: tuple[Level, ...] = ()
    low: float | None = None
    high: float | None = None
    step: float | None = None

    @property
    def categories(self) -> tuple[Value, ...]:
        """The declared canonical answers in order; empty for an interval scale without a step."""
        if self.kind == "ordinal":
            return tuple(plain_number(level_value(level)) for level in self.levels)
        if self.kind == "interval":
            return _interval_grid(self)
        return tuple(level.name for level in self.levels)

    @property
    def is_numeric(self) -> bool:
        return self.kind in ("ordinal", "interval")

    @property
    def tie(self) -> str | None:
        """The answer that a tied vote becomes, where the scale has one."""
        return next((str(c) for c in self.categories if c == "tie"), None)

    def parse(self, raw: object) -> Value:
        """The canonical answer for a raw one; `UnknownAnswer` when the scale does not allow it."""
        if self.kind == "interval":
            return self._parse_number(raw)
        found = _lookup(self).get(spelling(raw))
        if found is None:
            allowed = ", ".join(str(c) for c in self.categories)
            raise UnknownAnswer(f"{raw!r} is not one of the scale's answers: {allowed}")
        return found

    def level_of(self, value: Value) -> Level | None:
        """The level whose canonical answer is `value`; on an interval scale, the level that anchors it."""
        if self.kind == "interval":
            return next((level for level in self.levels if level.value == value), None)
        return next((lv for lv, c in zip(self.levels, self.categories, strict=False) if c == value), None)

    def _parse_number(self, raw: object) -> Value:
        number = _as_number(raw)
        if number is None or not math.isfinite(number):
            raise UnknownAnswer(f"{raw!r} is not a number")
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            raise UnknownAnswer(f"{plain_number(number)} is outside {_bound(self.low)}..{_bound(self.high)}")
        if self.step and self.low is not None and not _on_grid(number, self.low, self.step):
            raise UnknownAnswer(f"{plain_number(number)} is not a step of {self.step:g} from {self.low:g}")
        return plain_number(number)


@dataclass(frozen=True, slots=True)
class AppliesWhen:
    """A condition: the criterion is asked only when another criterion's answer is one of `values`."""

    criterion: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question with a closed set of answers."""

    name: str
    question: str
    scale: Scale
    description: str = ""
    dimension: Dimension = "output quality"
    not_applicable: bool = False
    required: bool = True
    applies_when: AppliesWhen | None = None
    ask_sure: bool = False
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class FailureMode:
    """A named way in which an output fails; severity says how bad, visibility whether a user would notice."""

    name: str
    description: str
    severity: Severity
    visibility: Visibility
    detected_by: str = ""


@dataclass(frozen=True, slots=True)
class Rubric:
    """A versioned list of criteria with instructions and failure modes."""

    name: str
    criteria: tuple[Criterion, ...]
    purpose: str = ""
    instructions: str = ""
    failure_modes: tuple[FailureMode, ...] = ()
    owner: str = ""
    review_every: str = ""

    def criterion(self, name: str) -> Criterion:
        found = next((c for c in self.criteria if c.name == name), None)
        if found is None:
            names = ", ".join(c.name for c in self.criteria)
            raise KeyError(f"rubric {self.name!r} has no criterion {name!r}; it has: {names}")
        return found

    def only(self, names: Collection[str]) -> Rubric:
        """The rubric with these criteria alone; a condition on a criterion that is left out falls away."""
        kept = [c for c in self.criteria if c.name in names]
        return replace(self, criteria=tuple(_unconditional(c, names) for c in kept))

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON of all that people or the judge are shown, plus the scales."""
        return sha256_of(shown_wording(self))


def _unconditional(criterion: Criterion, names: Collection[str]) -> Criterion:
    when = criterion.applies_when
    return replace(criterion, applies_when=None) if when and when.criterion not in names else criterion


def shown_wording(rubric: Rubric) -> dict[str, object]:
    """What people or the judge are shown: everything but owner, cadence and weights."""
    return {
        "name": rubric.name,
        "purpose": rubric.purpose,
        "instructions": rubric.instructions,
        "criteria": [_criterion_wording(c) for c in rubric.criteria],
        "failure_modes": [
            {"name": m.name, "description": m.description, "severity": m.severity, "visibility": m.visibility}
            for m in rubric.failure_modes
        ],
    }


def _criterion_wording(criterion: Criterion) -> dict[str, object]:
    scale, when = criterion.scale, criterion.applies_when
    return {
        "name": criterion.name,
        "question": criterion.question,
        "description": criterion.description,
        "dimension": criterion.dimension,
        "not_applicable": criterion.not_applicable,
        "required": criterion.required,
        "ask_sure": criterion.ask_sure,
        "applies_when": None if when is None else {"criterion": when.criterion, "values": list(when.values)},
        "scale": {
            "kind": scale.kind,
            "low": _plain(scale.low),
            "high": _plain(scale.high),
            "step": _plain(scale.step),
            "levels": [_level_wording(level) for level in scale.levels],
        },
    }


def _level_wording(level: Level) -> dict[str, object]:
    return {
        "name": level.name,
        "value": _plain(level.value),
        "description": level.description,
        "example": level.example,
        "rationale_required": level.rationale_required,
    }


def plain_number(number: float) -> int | float:
    """4.0 becomes 4; 4.5 stays."""
    return int(number) if float(number).is_integer() else float(number)


def _plain(number: float | None) -> int | float | None:
    """One spelling for a number in the hash, whether it was written 1 or 1.0."""
    return None if number is None else plain_number(number)


def level_value(level: Level) -> float:
    """The number of an ordinal level."""
    if level.value is None:
        raise ValueError(f"ordinal level {level.name!r} has no value")
    return level.value


def _bound(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


def _interval_grid(scale: Scale) -> tuple[Value, ...]:
    if scale.low is None or scale.high is None or not scale.step:
        return ()
    count = round((scale.high - scale.low) / scale.step) + 1
    return tuple(plain_number(round(scale.low + k * scale.step, 10)) for k in range(count))


def _on_grid(number: float, low: float, step: float) -> bool:
    steps = (number - low) / step
    return abs(steps - round(steps)) < 1e-6


def _as_number(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        return float(raw)
    except (ValueError, OverflowError):
        return None


def spelling(raw: object) -> str:
    """One spelling for 4, 4.0, "4" and "4.0"; True and "true"; names without case and outer blanks."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    number = _as_number(raw)
    if number is not None and math.isfinite(number):
        return str(plain_number(number))
    return str(raw).strip().casefold()


def _lookup(scale: Scale) -> dict[str, Value]:
    """Every accepted spelling of every level; exact names win over aliases."""
    table: dict[str, Value] = {}
    if scale.kind == "pairwise":
        allowed = {str(c) for c in scale.categories}
        table |= {alias: name for alias, name in PAIRWISE_ALIASES.items() if name in allowed}
    if scale.kind == "binary" and len(scale.levels) == 2:
        positive, negative = scale.levels
        table |= {"true": positive.name, "1": positive.name, "false": negative.name, "0": negative.name}
    for level, category in zip(scale.levels, scale.categories, strict=True):
        table |= {spelling(alias): category for alias in level.aliases}
    for level, category in zip(scale.levels, scale.categories, strict=True):
        table[spelling(level.name)] = category
        if scale.kind == "ordinal":
            table[spelling(category)] = category
    return table
