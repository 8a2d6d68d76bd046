"""What monitoring takes and gives; refuses nothing: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from calibration.monitoring import Followed, StratumShare
from calibration.stats.estimate import Result


class CannotMonitor(ValueError):
    """Nothing can be followed: what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """Traffic of one stratum: outputs seen, judged, and put up for review."""

    stratum: str
    seen: int
    judged: int
    reviewed: int


@dataclass(frozen=True, slots=True)
class Review:
    """What people say of reviewed outputs, weighted by 1/π, and how often the judge says the same."""

    criterion: str
    good: Result
    agreement: Result

    def as_json(self) -> dict[str, object]:
        return {
            "criterion": self.criterion,
            "good": self.good.as_json(),
            "agreement": self.agreement.as_json(),
        }


@dataclass(frozen=True, slots=True)
class SetAge:
    """The age of the frozen split beside its review date; `due` None: no date is set."""

    frozen_at: str
    days: int
    due: str | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm: of which kind, about what, since when, in words; `cause` of a fall of quality."""

    kind: str
    subject: str
    at: str
    text: str
    cause: str | None = None
    evidence: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return {"schema": "calibrant/alarm/1", **asdict(self), "evidence": dict(self.evidence)}


@dataclass(frozen=True, slots=True)
class MonitorState:
    """How product and judge stand: processes, traffic, reviews, the test set, alarms that stand."""

    study: str
    judge: str
    spec_hash: str
    since: str
    at: str
    traffic: tuple[Stratum, ...]
    processes: tuple[Followed, ...]
    reviews: tuple[Review, ...]
    mix: tuple[StratumShare, ...]
    test_set: SetAge | None
    no_answer: int
    models: tuple[str, ...]
    alarms: tuple[Alarm, ...]
    notes: tuple[str, ...] = ()

    @property
    def quiet(self) -> bool:
        return not self.alarms

    def as_json(self) -> dict[str, object]:
        return {
            "schema": "calibrant/monitor/1",
            "study": self.study,
            "judge": self.judge,
            "spec_hash": self.spec_hash,
            "since": self.since,
            "at": self.at,
            "traffic": [asdict(one) for one in self.traffic],
            "processes": [one.as_json() for one in self.processes],
            "reviews": [one.as_json() for one in self.reviews],
            "mix": [one.as_json() for one in self.mix],
            "test_set": None if self.test_set is None else asdict(self.test_set),
            "no_answer": self.no_answer,
            "models": list(self.models),
            "alarms": [one.as_json() for one in self.alarms],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class MonitorRun:
    """What a run of the monitor did, and how things stand after it."""

    seen: int
    known: int
    rejected: tuple[str, ...]
    judged: int
    anchors: int
    wave: str | None
    reviews: int
    cost_usd: float | None
    stopped: str | None
    new_alarms: tuple[Alarm, ...]
    state: MonitorState

    def as_json(self) -> dict[str, object]:
        return {
            "schema": "calibrant/monitor-run/1",
            "seen": self.seen,
            "known": self.known,
            "rejected": list(self.rejected),
            "judged": self.judged,
            "anchors": self.anchors,
            "wave": self.wave,
            "reviews": self.reviews,
            "cost_usd": self.cost_usd,
            "stopped": self.stopped,
            "new_alarms": [one.as_json() for one in self.new_alarms],
            "state": self.state.as_json(),
        }
