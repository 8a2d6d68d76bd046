"""The values of adjudication: disputes, the answers in them, and why something cannot be decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from annotate_app.store.adjudication import Record
from rubrics.answers import LabelStatus
from rubrics.evidence import Passage
from rubrics.items import Item
from rubrics.rubric import Value

State = Literal["open", "sent back", "stale", "decided"]
STATES: tuple[State, ...] = ("open", "stale", "sent back", "decided")


class CannotAdjudicate(ValueError):
    """A decision that cannot be kept, or has nothing to decide: why, and what to do instead."""


class AnswersChanged(CannotAdjudicate):
    """A rater has answered anew since the lead looked."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """One item and criterion on which raters differ: how many gave each answer, and where it stands.

    `answers` are those that count for human agreement; `tied`: no answer has most votes. `spread` is how far
    the outermost answers are apart on an ordered scale. `awaited`: raters who were asked again and have not
    answered yet. `decided` is the decided answer, None where there is none.
    """

    item_id: str
    criterion: str
    answers: tuple[tuple[str, int], ...]
    tied: bool
    spread: float
    state: State
    awaited: int = 0
    decided: str | None = None

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "answers": dict(self.answers)}


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One rater's answer under a letter; `rater` is empty until the lead asks for names.

    `first` is the answer given before others' were known, where the rater has changed it since.
    """

    letter: str
    rater: str
    status: LabelStatus
    value: Value | None
    first: Value | None = None
    changed: bool = False
    rationale: str | None = None
    sure: bool | None = None
    failure_modes: tuple[str, ...] = ()
    evidence: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class DisputeDetail:
    """One dispute to decide: the item as raters see it, all answers, what leads did so far.

    `labels_sha256` tells which answers these are; `names_shown` whether this lead has asked for names.
    """

    item: Item
    dispute: Dispute
    answers: tuple[GivenAnswer, ...]
    records: tuple[Record, ...]
    labels_sha256: str
    names_shown: bool

    def as_json(self) -> dict[str, object]:
        return {
            **self.dispute.as_json(),
            "labels_sha256": self.labels_sha256,
            "names_shown": self.names_shown,
            "given": [_without_empty(asdict(answer)) for answer in self.answers],
            "records": [record_json(record) for record in self.records],
        }


def record_json(record: Record) -> dict[str, object]:
    """A step as JSON, without the store's own numbers."""
    return _without_empty({k: v for k, v in asdict(record).items() if k not in ("number", "item")})


def _without_empty(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value not in (None, "", ())}
