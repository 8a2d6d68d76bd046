"""The frozen result of a calibration: what was measured, on what, by whom, and what a look decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from calibration.agreement_types import Agreement
from calibration.findings.bar import Bars
from calibration.findings.confidence import ConfidenceByJudge
from calibration.findings.raters import CriterionRaters
from calibration.findings.standing import Standings

SCHEMA = "calibrant/report/1"


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """Which study this is; `note` is printed wherever its numbers are (simulated labels, for one)."""

    name: str
    owner: str = ""
    note: str = ""
    review_after: str = ""


@dataclass(frozen=True, slots=True)
class RubricFacts:
    """The rubric version that raters and judges were shown."""

    name: str
    sha256: str
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemCount:
    """Items of one stratum in one split, how many have a label, and how many labels they have.

    Labels of held-out items are not counted (None): with their number an answer could be worked out.
    """

    split: str
    stratum: str
    items: int
    labelled: int
    labels: int | None


@dataclass(frozen=True, slots=True)
class RaterFacts:
    """One rater and the labels given, by status, without those of held-out items."""

    name: str
    statuses: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class JudgeFacts:
    """One judge's exact identity and account; None stands for unknown, never for nothing."""

    name: str
    kind: str
    requested: str
    spec_hash: str | None
    observed: tuple[str, ...]
    verdicts: int
    statuses: Mapping[str, int]
    cost_usd: float | None
    latency_p50: float | None
    latency_p95: float | None


@dataclass(frozen=True, slots=True)
class ProbeFacts:
    """The newest probe of one kind: how it was made, what it found, what others found."""

    kind: str
    split: str
    items: int
    seed: int
    at: str
    sentences: tuple[str, ...]
    published: tuple[str, ...]
    findings: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class JudgeTaken:
    """What the runs of a judge that asks somebody took, in words and numbers, and what moves it.

    Nothing here changes when a run is replayed.
    """

    judge: str
    sentences: tuple[str, ...]
    account: Mapping[str, object]
    probes: tuple[ProbeFacts, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Agreement on one split, with what the reader must know of that split.

    `agreement` is weighted as `remarks` say; `as_drawn` is the same without reweighting to production's mix,
    None where that changes nothing; `standings` hold each judge against people, `bars` against trivial
    baselines, by criterion and judge.
    """

    split: str
    caution: str
    agreement: Agreement
    remarks: tuple[str, ...] = ()
    as_drawn: Agreement | None = None
    standings: Standings = field(default_factory=dict)
    bars: Bars = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        content: dict[str, object] = {
            "split": self.split,
            "caution": self.caution,
            "remarks": list(self.remarks),
            "agreement": self.agreement.as_json(),
        }
        if self.as_drawn is not None:
            content["as_drawn"] = self.as_drawn.as_json()
        content["standings"] = {
            criterion: {judge: found.as_json() for judge, found in judges.items()}
            for criterion, judges in self.standings.items()
        }
        content["bars"] = {
            criterion: {judge: found.as_json() for judge, found in judges.items()}
            for criterion, judges in self.bars.items()
        }
        return content


@dataclass(frozen=True, slots=True)
class ConfidenceEvidence:
    """What confidences are worth on one open split, by criterion and judge, weighted as drawn."""

    split: str
    caution: str
    criteria: ConfidenceByJudge

    def as_json(self) -> dict[str, object]:
        return {
            "split": self.split,
            "caution": self.caution,
            "criteria": {
                criterion: {judge: found.as_json() for judge, found in judges.items()}
                for criterion, judges in self.criteria.items()
            },
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """What the last look at the held-out labels decided of one judge; nothing that a look may not reveal."""

    judge: str
    criteria: tuple[str, ...]
    outcome: str
    issued: str
    expires: str
    look: int
    alpha: float
    n: int
    conditions: tuple[Mapping[str, object], ...]
    estimates: Mapping[str, Mapping[str, object]]
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a reader needs to know how far each judge can be trusted, and why."""

    study: StudyFacts
    rubric: RubricFacts
    issued: str
    software: str
    seed: int | None
    items: tuple[ItemCount, ...]
    raters: tuple[RaterFacts, ...]
    judges: tuple[JudgeFacts, ...]
    evidence: tuple[Evidence, ...]
    decisions: tuple[Decision, ...]
    notes: tuple[str, ...] = field(default=())
    confidence: ConfidenceEvidence | None = None
    rater_quality: tuple[CriterionRaters, ...] = ()
    taken: tuple[JudgeTaken, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The report as one JSON object; each agreement stands in its own schema."""
        return {
            "schema": SCHEMA,
            "study": asdict(self.study),
            "rubric": asdict(self.rubric),
            "issued": self.issued,
            "software": self.software,
            "seed": self.seed,
            "items": [asdict(count) for count in self.items],
            "raters": [asdict(rater) for rater in self.raters],
            "judges": [asdict(judge) for judge in self.judges],
            "evidence": [evidence.as_json() for evidence in self.evidence],
            "confidence": None if self.confidence is None else self.confidence.as_json(),
            "rater_quality": {found.criterion: found.as_json() for found in self.rater_quality},
            "judges_taken": [asdict(one) for one in self.taken],
            "decisions": [asdict(decision) for decision in self.decisions],
            "notes": list(self.notes),
        }
