"""What a check is: parameters, a finding in words, and the answer it stands for; opens no network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rubrics.items import Item
from rubrics.rubric import Criterion, Value, plain_number

TextField = Literal["output", "output_a", "output_b", "input", "context"]
Against = Literal["reference", "sources", "input", "context"]
MOST_SHOWN = 60  # characters of a text quoted in a rationale


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found in one item: whether it passed (None: it does not apply), and in words why.

    `score` in [0, 1], or a count for a length; None for a check that finds or does not find.
    """

    passed: bool | None
    said: str
    score: float | None = None


Look = Callable[[Item], Finding]


class Check(BaseModel):
    """A check with its parameters: which text it looks at, and which answers its outcomes stand for."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    version: ClassVar[int]  # raised when the same parameters may answer otherwise
    scored: ClassVar[bool] = False
    package: ClassVar[str | None] = None  # the distribution that does the arithmetic

    field: TextField = "output"
    passing: bool | int | float | str | None = Field(default=None, alias="pass")
    failing: bool | int | float | str | None = Field(default=None, alias="fail")
    answer: Literal["outcome", "score"] = "outcome"

    @model_validator(mode="after")
    def _has_a_score(self) -> Check:
        if self.answer == "score" and not self.scored:
            raise ValueError('this check has no score; answer is "outcome"')
        return self

    def files(self) -> tuple[str, ...]:
        """Files of the study folder that the outcome depends on."""
        return ()

    def ready(self, folder: Path) -> Look:
        """The function that looks at items; files are read once, here."""
        raise NotImplementedError

    def answer_for(self, criterion: Criterion, finding: Finding) -> object:
        """The answer that a finding stands for, as a scale reads it; None where the check does not apply."""
        if finding.passed is None:
            return None
        if self.answer == "score" and finding.score is not None:
            return _on_scale(criterion, finding.score)
        given = self.passing if finding.passed else self.failing
        if given is None and criterion.scale.kind == "binary":
            return criterion.scale.categories[0 if finding.passed else 1]
        return given


def _on_scale(criterion: Criterion, score: float) -> Value:
    """The score itself; on a scale with steps, the nearest step."""
    low, step = criterion.scale.low, criterion.scale.step
    if not step or low is None:
        return plain_number(score)
    return plain_number(round(low + round((score - low) / step) * step, 10))


def text_of(item: Item, name: str) -> str | None:
    """A text of an item; None where it has none. Sources are joined by line ends."""
    found = getattr(item, name)
    if isinstance(found, tuple):
        return "\n".join(found) or None
    return None if found is None else str(found)


def lacks(name: str) -> Finding:
    """The finding on an item without a text that the check needs."""
    return Finding(None, f"does not apply: the item has no {name}")


def quoted(text: str) -> str:
    """A text as a rationale shows it: in quotes, cut when long."""
    return repr(text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…")
