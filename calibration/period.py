"""The periodic report: what changed since the last one, trends, drift, cost, what to do; frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from calibration.monitoring import Followed
from calibration.report import Report
from calibration.stats.estimate import Estimate, Result

SCHEMA = "calibrant/periodic-report/1"


@dataclass(frozen=True, slots=True)
class Point:
    """A number at a time, with its interval where it has one."""

    at: str
    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened: another rubric version, another judge."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Trend:
    """One number over time, what happened meanwhile, and the floor that it should not fall below."""

    title: str
    points: tuple[Point, ...]
    marks: tuple[Mark, ...] = ()
    floor: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not what it was; `tone` as of an outcome, or plain."""

    what: str
    before: str
    now: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Headline:
    """One sentence for whoever reads only this."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """An alarm of the period, and whether it still stands."""

    at: str
    kind: str
    text: str
    stands: bool


@dataclass(frozen=True, slots=True)
class Drift:
    """What following production says; without processes nothing is followed, and `note` says why."""

    processes: tuple[Followed, ...] = ()
    alarms: tuple[AlarmLine, ...] = ()
    note: str = ""

    def as_json(self) -> dict[str, object]:
        return {
            "processes": [one.as_json() for one in self.processes],
            "alarms": [asdict(one) for one in self.alarms],
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Spent:
    """What the period took; `unpriced` calls have no known price, None seconds were not measured."""

    labels: int
    items: int
    raters: int
    active_seconds: float | None
    verdicts: int
    calls: int
    cost_usd: float
    unpriced: int


@dataclass(frozen=True, slots=True)
class ModeCount:
    """How many labelled items show a failure mode, in the period and before; shares are of labelled items."""

    name: str
    severity: str
    visibility: str
    items: int
    share: Result
    items_before: int
    share_before: Result

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "severity": self.severity,
            "visibility": self.visibility,
            "items": self.items,
            "share": self.share.as_json(),
            "items_before": self.items_before,
            "share_before": self.share_before.as_json(),
        }


@dataclass(frozen=True, slots=True)
class StratumLine:
    """A judge's agreement with people on one stratum of an open split."""

    stratum: str
    criterion: str
    judge: str
    split: str
    coefficient: str
    agreement: Result

    def as_json(self) -> dict[str, object]:
        return {
            "stratum": self.stratum,
            "criterion": self.criterion,
            "judge": self.judge,
            "split": self.split,
            "coefficient": self.coefficient,
            "agreement": self.agreement.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Period:
    """One page for whoever decides, then everything that it stands on."""

    since: str
    until: str
    compared_to: str | None
    headlines: tuple[Headline, ...]
    next_steps: tuple[str, ...]
    changes: tuple[Change, ...]
    spent: Spent
    drift: Drift
    trends: tuple[Trend, ...]
    strata: tuple[StratumLine, ...]
    modes: tuple[ModeCount, ...]
    raters: tuple[str, ...]
    report: Report
    notes: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, object]:
        return {
            "schema": SCHEMA,
            "since": self.since,
            "until": self.until,
            "compared_to": self.compared_to,
            "headlines": [asdict(one) for one in self.headlines],
            "next_steps": list(self.next_steps),
            "changes": [asdict(one) for one in self.changes],
            "spent": asdict(self.spent),
            "drift": self.drift.as_json(),
            "trends": [asdict(one) for one in self.trends],
            "strata": [one.as_json() for one in self.strata],
            "failure_modes": [one.as_json() for one in self.modes],
            "raters": list(self.raters),
            "notes": list(self.notes),
            "calibration": self.report.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """What one report says of a judge on a criterion of a split, by the coefficient that is read first."""

    split: str
    criterion: str
    judge: str
    coefficient: str
    estimate: Mapping[str, Any]


def readings(report: Mapping[str, Any], coefficients: Mapping[str, str]) -> dict[tuple[str, str], Reading]:
    """By criterion and judge, of a report as JSON: validation where there is any, else development.

    `coefficients` names the one to read by criterion; held-out numbers are in no report's evidence.
    """
    found: dict[tuple[str, str], Reading] = {}
    for evidence in report.get("evidence", ()):
        for criterion, measured in evidence["agreement"]["criteria"].items():
            name = coefficients.get(criterion)
            for judge, one in measured.get("judges", {}).items():
                estimate = one["estimates"].get(name) if name else None
                if estimate is not None and "value" in estimate:
                    made = Reading(evidence["split"], criterion, judge, str(name), estimate)
                    found[criterion, judge] = made  # validation comes after development
    return found


def calibration_of(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The calibration report in a report's JSON, of either kind."""
    inner = content.get("calibration")
    return inner if isinstance(inner, Mapping) else content


def worst(strata: Sequence[StratumLine], most: int = 8) -> tuple[StratumLine, ...]:
    """Strata with an interval by rising lower bound, then those whose number has none."""
    return tuple(sorted(strata, key=_badness)[:most])


def _badness(line: StratumLine) -> tuple[int, float]:
    found = line.agreement
    if isinstance(found, Estimate):
        return (0, found.low) if found.low is not None else (1, found.value)
    return 2, 0.0


SEVERITY = ("critical", "major", "minor")


def by_severity(modes: Sequence[ModeCount]) -> tuple[ModeCount, ...]:
    """Critical before major before minor, silent before loud, then by how many items show it."""
    return tuple(
        sorted(modes, key=lambda m: (SEVERITY.index(m.severity), m.visibility != "silent", -m.items, m.name))
    )
