"""What a judge is: a name, an identity and a way to answer; refuses answers that a scale does not allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from calibration.judges.spec import JudgeSpec
from rubrics.answers import Verdict, VerdictStatus
from rubrics.items import Item
from rubrics.rubric import CANNOT_TELL, NOT_APPLICABLE, Criterion, Rubric, UnknownAnswer, Value, spelling

# What a function's own mistake raises; anything else is not the item's fault and ends the program.
MISTAKES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class JudgeFailed(RuntimeError):
    """The judge broke on an item: which one, and how."""


class Judge(Protocol):
    """Answers items; one verdict per item and criterion that it has an opinion on, in the items' order."""

    @property
    def name(self) -> str: ...

    @property
    def spec(self) -> JudgeSpec: ...

    @property
    def observed(self) -> str | None:
        """What really answered, as far as it can be known: provider's model, or fingerprint of a fit."""
        ...

    def judge(self, items: Sequence[Item], rubric: Rubric) -> Iterator[Verdict]: ...


@dataclass(frozen=True, slots=True)
class Opinion:
    """A function's answer to one criterion where the bare value does not say enough.

    `confidence` in [0, 1] is the probability that the value is the raters' reference.
    """

    value: Value | None
    confidence: float | None = None
    rationale: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """An answer as the scale reads it."""

    value: Value | None
    status: VerdictStatus
    raw: str | None = None


def read_answer(criterion: Criterion, raw: object) -> Read:
    """Value and status: None and "cannot tell" abstain; what the scale lacks is a parse_error."""
    if raw is None or (isinstance(raw, str) and spelling(raw) == CANNOT_TELL):
        return Read(None, "abstained")
    if criterion.not_applicable and isinstance(raw, str) and spelling(raw) == NOT_APPLICABLE:
        return Read(None, "not_applicable", raw)
    try:
        return Read(criterion.scale.parse(raw), "observed", str(raw))
    except UnknownAnswer:
        return Read(None, "parse_error", repr(raw))


def opinions_of(raw: object, *, judge: str, item: Item, rubric: Rubric) -> Mapping[str, Opinion]:
    """What a function returned as opinions by criterion; JudgeFailed when it is no such mapping."""
    if not isinstance(raw, Mapping):
        raise JudgeFailed(
            f"judge {judge!r}, item {item.item_id!r}: returned {type(raw).__name__}, not a dict"
        )
    names = {criterion.name for criterion in rubric.criteria}
    unknown = [str(name) for name in raw if name not in names]
    if unknown:
        known = ", ".join(sorted(names))
        raise JudgeFailed(
            f"judge {judge!r}, item {item.item_id!r}: no criterion {unknown[0]!r}; there are {known}"
        )
    return {str(k): v if isinstance(v, Opinion) else Opinion(v) for k, v in raw.items()}
