"""What is answered: labels and verdicts as frozen values with the reason why an answer is or is not there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from rubrics.evidence import Passage
from rubrics.rubric import Value

LabelStatus = Literal["observed", "not_applicable", "skipped", "withdrawn"]
VerdictStatus = Literal["observed", "not_applicable", "abstained", "parse_error", "provider_error"]
Purpose = Literal["estimate", "search", "gold", "planted", "repeat", "training", "anchor"]

LABEL_STATUSES: tuple[LabelStatus, ...] = ("observed", "not_applicable", "skipped", "withdrawn")
VERDICT_STATUSES: tuple[VerdictStatus, ...] = (
    "observed", "not_applicable", "abstained", "parse_error", "provider_error",
)  # fmt: skip
PURPOSES: tuple[Purpose, ...] = ("estimate", "search", "gold", "planted", "repeat", "training", "anchor")


@dataclass(frozen=True, slots=True)
class Blind:
    """What the rater had not seen when answering."""

    peers: bool = True
    judge: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """A rater's answer to one criterion as it comes from the form, before it is a label of an item."""

    criterion: str
    value: Value | None
    status: LabelStatus = "observed"
    rationale: str | None = None
    sure: bool | None = None
    reason: str | None = None
    evidence: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """A rater's answer to one criterion of one item; a change is the next revision."""

    item_id: str
    rater: str
    criterion: str
    value: Value | None
    status: LabelStatus = "observed"
    reason: str | None = None
    rationale: str | None = None
    sure: bool | None = None
    failure_modes: tuple[str, ...] = ()
    evidence: str | None = None
    active_seconds: float | None = None
    submission_id: str | None = None
    revision: int = 1
    at: str | None = None
    rubric_sha256: str | None = None
    wave: str | None = None
    purpose: Purpose = "estimate"
    pi: float | None = None
    blind: Blind = field(default_factory=Blind)
    extra: tuple[tuple[str, Value], ...] = ()

    @property
    def counts_for_agreement(self) -> bool:
        """Only blind labels given for estimation enter agreement."""
        return self.purpose == "estimate" and self.blind.judge


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judge's answer to one criterion of one item, with confidence, cost and raw answer.

    `confidence` is the first opinion of `confidences`, which lists every source's own by its kind; `reason`
    says in words why there is no value.
    """

    item_id: str
    judge: str
    criterion: str
    value: Value | None
    status: VerdictStatus = "observed"
    confidence: float | None = None
    confidence_kind: str | None = None
    probs: tuple[tuple[str, float], ...] = ()
    expected: float | None = None
    raw_value: str | None = None
    replicate: int = 0
    spec_hash: str | None = None
    reported_model: str | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_usd: float | None = None
    latency_seconds: float | None = None
    at: str | None = None
    rationale: str | None = None
    reason: str | None = None
    confidences: tuple[tuple[str, float], ...] = ()
