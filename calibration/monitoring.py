"""What observations over time say of product and judge: evidence, alarms, whose change it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.paired_means import mean_of
from calibration.stats.proportions import wilson
from calibration.stats.sequential import below_floor, confidence_sequence

RESTART = 50  # a new product of bets begins after so many observations
RECENT = 100  # observations that "now" is about
CHECK_MIN = 60  # fewer outputs judged again cannot tell a changed judge from a changed product
Kind = Literal["quality", "agreement"]
Cause = Literal["product", "judge", "untold"]


@dataclass(frozen=True, slots=True)
class Observation:
    """One judged output: `good` is 1 or 0, `weight` c / π in (0, 1], known before the output was judged."""

    good: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Followed:
    """One process: its null (mean at least `floor`), n so far, evidence now, and when it reached the limit.

    `at` counts observations up to the alarm; `value` is the weighted mean of all, `recent` of the last 100.
    """

    kind: Kind
    criterion: str
    floor: float
    limit: float
    n: int
    evidence: float
    highest: float
    at: int | None
    value: Result
    recent: Result

    @property
    def raised(self) -> bool:
        return self.at is not None

    def as_json(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "criterion": self.criterion,
            "floor": self.floor,
            "limit": self.limit,
            "n": self.n,
            "evidence": self.evidence,
            "highest": self.highest,
            "alarm_at": self.at,
            "value": self.value.as_json(),
            "recent": self.recent.as_json(),
        }


def follow(
    kind: Kind,
    criterion: str,
    observed: Sequence[Observation],
    *,
    floor: float,
    alpha: float,
    alternatives: Sequence[float] | None = None,
) -> Followed:
    """The process as it stands after these observations; a false alarm ever has probability alpha at most."""
    good = [one.good for one in observed]
    weights = [one.weight for one in observed]
    found = below_floor(good, floor, alpha=alpha, weights=weights, restart=RESTART, alternatives=alternatives)
    return Followed(
        kind=kind,
        criterion=criterion,
        floor=floor,
        limit=1 / alpha,
        n=len(observed),
        evidence=float(found.evidence[-1]) if observed else 1.0,
        highest=float(found.evidence.max()) if observed else 1.0,
        at=found.at,
        value=share_of(observed, always=True),
        recent=share_of(observed[-RECENT:]),
    )


def share_of(observed: Sequence[Observation], *, always: bool = False) -> Result:
    """The weighted share of good ones; `always`: with an interval for every n, where weights are equal."""
    if not observed:
        return Undefined("nothing was observed")
    good = np.array([one.good for one in observed], dtype=np.float64)
    weights = np.array([one.weight for one in observed])
    if np.ptp(weights) > 1e-12:
        return _inside(mean_of(good, weights=weights).mean)
    n, right = len(good), int(good.sum())
    if always:
        return confidence_sequence(right, n)
    ends = wilson(right, n)
    return Estimate(right / n, ends.low, ends.high, 0.95, n, n, "Wilson")


def _inside(found: Result) -> Result:
    """A share lies between 0 and 1, and so do the ends of its interval."""
    if not isinstance(found, Estimate) or found.low is None or found.high is None:
        return found
    return Estimate(
        found.value, max(found.low, 0.0), min(found.high, 1.0), found.level, found.n, found.clusters,
        found.method,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shift:
    """How the judge now answers outputs that it has answered before: passes now minus passes then."""

    change: Result
    fall: float
    cause: Cause

    def as_json(self) -> dict[str, object]:
        return {"change": self.change.as_json(), "fall": self.fall, "cause": self.cause}


def whose_change(pairs: Sequence[tuple[int, int]], fall: float, *, judge_alarm: bool) -> Shift:
    """Who made the judged share fall: (passes then, passes now) of the same outputs, judged again just now.

    product: with 97.5% confidence the judge explains less than half of the fall. judge: its answers on the
    same outputs fell, or the judge's own alarm is raised. Else it is not told apart yet.
    """
    if judge_alarm:
        return Shift(_change(pairs), fall, "judge")
    change = _change(pairs)
    if not isinstance(change, Estimate) or change.low is None or change.high is None:
        return Shift(change, fall, "untold")
    if change.low > -fall / 2:
        return Shift(change, fall, "product")
    return Shift(change, fall, "judge" if change.high < 0 else "untold")


def _change(pairs: Sequence[tuple[int, int]]) -> Result:
    """Mean of now minus then; two pseudo-outputs (one up, one down), for no change seen is no certainty."""
    n = len(pairs)
    if n < CHECK_MIN:
        return Undefined(f"{n} outputs were judged again; {CHECK_MIN} are needed")
    changes = [now - then for then, now in pairs]
    spread, value = mean_of([*changes, 1, -1]).mean, sum(changes) / n
    if not isinstance(spread, Estimate) or spread.low is None or spread.high is None:
        return spread
    half = (spread.high - spread.low) / 2
    return Estimate(value, value - half, value + half, spread.level, n, n, "paired mean, +2 pseudo-outputs")


@dataclass(frozen=True, slots=True)
class StratumShare:
    """A stratum's declared share of traffic beside the share that was seen, with an interval for every n."""

    stratum: str
    declared: float | None
    seen: Result
    moved: bool

    def as_json(self) -> dict[str, object]:
        return {
            "stratum": self.stratum,
            "declared": self.declared,
            "seen": self.seen.as_json(),
            "moved": self.moved,
        }


def mix(
    seen: Mapping[str, int], declared: Mapping[str, float], *, alpha: float, tolerance: float
) -> tuple[StratumShare, ...]:
    """Every stratum's share of traffic; moved: beyond `tolerance`, with 1 - alpha for all.

    Without declared shares nothing can have moved. A stratum that nobody declared has a declared share of 0.
    """
    total, names = sum(seen.values()), list(dict.fromkeys([*declared, *seen]))
    found = []
    for name in names:
        share = confidence_sequence(seen.get(name, 0), total, level=1 - alpha / len(names))
        said = declared.get(name, 0.0) if declared else None
        found.append(StratumShare(name, said, share, said is not None and _beyond(share, said, tolerance)))
    return tuple(found)


def _beyond(share: Result, declared: float, tolerance: float) -> bool:
    if not isinstance(share, Estimate) or share.low is None or share.high is None:
        return False
    return share.low > declared + tolerance or share.high < declared - tolerance


def fall_below(floor: float, recent: Result) -> float:
    """How far the recent share lies below the floor; at least .02, so that half of it can be measured."""
    value = recent.value if isinstance(recent, Estimate) else math.nan
    return max(floor - value, 0.02) if not math.isnan(value) else 0.02
