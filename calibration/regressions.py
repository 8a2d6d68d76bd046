"""Is the candidate worse than the current one by more than a declared margin? Paired, with three answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.estimate import Estimate, FloatArray, IntArray, Result, Undefined
from calibration.stats.paired_means import mean_of

Finding = Literal["worse", "no worse", "undecided"]
ROUTINE, SENSITIVE = 0.05, 0.02  # quality: share of items, by the stakes of the criterion
LATENCY = 0.20  # share of the current latency


@dataclass(frozen=True, slots=True)
class Change:
    """One comparison: the means of both, candidate minus current (a ratio for latency and cost), the finding.

    `stratum` is None for all items together; `margin` None where nothing is demanded.
    """

    about: str
    criterion: str
    stratum: str | None
    current: float
    candidate: float
    difference: Result
    margin: float | None
    finding: Finding

    @property
    def regression(self) -> bool:
        return self.margin is not None and self.finding == "worse"

    def as_json(self) -> dict[str, object]:
        return {
            "about": self.about,
            "criterion": self.criterion,
            "stratum": self.stratum,
            "current": self.current,
            "candidate": self.candidate,
            "difference": self.difference.as_json(),
            "margin": self.margin,
            "finding": self.finding,
        }


@dataclass(frozen=True, slots=True, eq=False)
class PairedUnits:
    """What both sides are worth on the same units, shape (units,): numbers in [0, 1], larger is better."""

    current: FloatArray
    candidate: FloatArray
    weights: FloatArray | None = None
    clusters: IntArray | None = None
    strata: Sequence[str | None] | None = None

    def where(self, keep: ArrayLike) -> PairedUnits:
        chosen = np.asarray(keep, dtype=np.bool_)
        return PairedUnits(
            self.current[chosen],
            self.candidate[chosen],
            None if self.weights is None else self.weights[chosen],
            None if self.clusters is None else self.clusters[chosen],
            None if self.strata is None else [s for s, k in zip(self.strata, chosen, strict=True) if k],
        )


def changes(
    units: PairedUnits, *, about: str, criterion: str, margin: float, level: float = 0.95
) -> list[Change]:
    """All units together, then each of m strata at level 1 - (1 - level) / m."""
    found = [_change(units, about, criterion, None, margin, level)]
    names = sorted({name for name in units.strata or () if name is not None})
    if len(names) > 1:
        strata = np.array(units.strata, dtype=object)
        each = 1 - (1 - level) / len(names)
        parts = ((name, units.where(strata == name)) for name in names)
        found += [_change(part, about, criterion, name, margin, each) for name, part in parts]
    return found


def _change(
    units: PairedUnits, about: str, criterion: str, stratum: str | None, margin: float, level: float
) -> Change:
    difference = paired_difference(units, level=level)
    current, candidate = (_mean(side, units.weights) for side in (units.current, units.candidate))
    found = finding_of(difference, margin)
    return Change(about, criterion, stratum, current, candidate, difference, margin, found)


def _mean(numbers: FloatArray, weights: FloatArray | None) -> float:
    return float(np.average(numbers, weights=weights)) if len(numbers) else 0.0


def paired_difference(units: PairedUnits, *, level: float = 0.95) -> Result:
    """Mean of candidate minus current with its interval.

    Where units are right or wrong, one unit that changed for the better and one for the worse are added to
    the interval (Bonett and Price 2012), so that it is never of width zero. Otherwise linearised with t;
    where nothing differs there is no interval.
    """
    gap = units.candidate - units.current
    found = mean_of(gap, weights=units.weights, clusters=units.clusters, level=level).mean
    if not isinstance(found, Estimate) or found.low is None:
        return found
    if np.isin(gap, (-1.0, 0.0, 1.0)).all():
        added = mean_of(
            np.concatenate([gap, [1.0, -1.0]]),
            weights=_with(units.weights, None if units.weights is None else float(units.weights.mean())),
            clusters=_with_new(units.clusters),
            level=level,
        ).mean
        if isinstance(added, Estimate) and added.low is not None and added.high is not None:
            return replace(
                found, low=max(added.low, -1.0), high=min(added.high, 1.0), method="Bonett–Price, t"
            )
    if not gap.any():
        return replace(found, low=None, high=None, interval_undefined="no unit differs")
    return found


def _with(numbers: FloatArray | None, number: float | None) -> FloatArray | None:
    return None if numbers is None else np.concatenate([numbers, [number, number]])


def _with_new(clusters: IntArray | None) -> IntArray | None:
    if clusters is None:
        return None
    last = int(clusters.max())
    return np.concatenate([clusters, [last + 1, last + 2]])


def finding_of(difference: Result, margin: float | None) -> Finding:
    """worse: by the margin or more, and surely by something. no worse: surely by less than the margin."""
    if isinstance(difference, Undefined) or difference.low is None or difference.high is None:
        return "undecided"
    if difference.high < 0 and (margin is None or difference.value <= -margin):
        return "worse"
    return "no worse" if margin is not None and difference.low > -margin else "undecided"


def ratio_change(
    about: str, current: FloatArray, candidate: FloatArray, *, margin: float | None, level: float = 0.95
) -> Change | None:
    """Geometric mean of candidate / current on the same items, where both are positive; larger is worse.

    None where fewer than two items have both numbers.
    """
    known = (current > 0) & (candidate > 0)
    if known.sum() < 2:
        return None
    found = mean_of(np.log(candidate[known] / current[known]), level=level).mean
    if not isinstance(found, Estimate) or found.low is None or found.high is None:
        return None
    better = replace(found, value=-found.value, low=-found.high, high=-found.low)
    finding = finding_of(better, None if margin is None else math.log1p(margin))
    low, high = math.exp(found.low), math.exp(found.high)
    shown = replace(found, value=math.exp(found.value), low=low, high=high, method="ratio, geometric mean, t")
    means = (float(current[known].mean()), float(candidate[known].mean()))
    return Change(about, "", None, *means, shown, margin, finding)


def default_margins(stakes: Mapping[str, str], given: float | None) -> dict[str, float]:
    """The margin of quality by criterion: as declared, else by its stakes."""
    own = {name: SENSITIVE if one == "sensitive" else ROUTINE for name, one in stakes.items()}
    return own if given is None else dict.fromkeys(own, given)
