"""How many labels a look at held-out items needs, fixed or in stages, by what open splits showed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from calibration.stats.estimate import Estimate
from calibration.stats.obstacles import FEW_CLUSTERS
from calibration.stats.power import Margins, variance_per_item
from calibration.stats.quantiles import normal_quantile, t_quantile
from calibration.stats.stages import drift_for, stage_plan, stopping

MOST = 1_000_000
NEARLY_PERFECT = 0.98  # at perfect agreement the formula knows no error at all
REFERENCE_ITEMS = 1_000  # levels and drift of a plan hardly depend on how many items it has


@dataclass(frozen=True, slots=True)
class Expected:
    """One criterion before the look: its floor, and the coefficient on an open split with its interval.

    widening: how much wider an interval is at the floor than at the pilot's value.
    """

    criterion: str
    coefficient: str
    floor: float
    split: str
    estimate: Estimate
    widening: float = 1.0

    @property
    def distance(self) -> float:
        return self.estimate.value - self.floor

    @property
    def spread(self) -> float | None:
        """√n standard errors: what one item contributes; None where the estimate has no interval.

        Read off the interval, so clusters and weights of the pilot count as they do there.
        """
        e = self.estimate
        if e.low is None or e.high is None or e.n < 1:
            return None
        return (e.high - e.low) / 2 * math.sqrt(e.n) / t_quantile((1 + e.level) / 2, max(e.clusters - 1, 1))


@dataclass(frozen=True, slots=True)
class Needs:
    """Held-out items for power at a criterion: fixed; planned in stages, and of these on average.

    None where no number of items is enough; `cautious` is the fixed number if the lower end of the pilot's
    interval is the truth.
    """

    criterion: str
    fixed: int | None
    planned: int | None
    average: int | None
    cautious: int | None
    reason: str = ""

    @property
    def numbers(self) -> tuple[int | None, int | None, int | None]:
        return self.fixed, self.planned, self.average


@dataclass(frozen=True, slots=True)
class Step:
    """What a look at `items` held-out items is worth: the interval's width, and the chance of trusted.

    chance: if the pilot's values are the truth; assured: with the pilot's own uncertainty on top. Both are
    of the weakest criterion, and of the coefficients alone. width: of the look's interval, likewise.
    missing: items that would have to be held out besides those there are.
    """

    items: int
    more: int
    missing: int
    width: float
    chance: float
    assured: float
    minutes: tuple[float, float] | None = None


def needs(
    expected: Expected, *, alpha: float, power: float, least: int, least_planned: int | None = None
) -> Needs:
    """Items until the lower bound at alpha clears the floor with this power, if the pilot's value is true.

    fixed: n = ((z_{1-alpha} + z_power) s / d)^2, the observed spread s at both ends; in stages the drift
    that the plan needs for this power takes the place of the two quantiles.
    """
    spread, name = expected.spread, expected.criterion
    if spread is None:
        why = expected.estimate.interval_undefined or "it has no interval"
        return Needs(name, None, None, None, None, f"the pilot says too little: {why}")
    low, reach = expected.estimate.low, _reach(alpha, power, expected.widening)
    cautious = None if low is None else _items(reach, spread, low - expected.floor, least)
    if expected.distance <= 0:
        return Needs(name, None, None, None, cautious, "the pilot's value does not lie above the floor")
    fixed = _items(reach, spread, expected.distance, least)
    more = _drift(alpha, power) / _reach(alpha, power, 1.0)
    planned = _items(more * reach, spread, expected.distance, least_planned or least)
    average = None
    if planned is not None:
        drift = _z(expected, spread, planned, alpha) + normal_quantile(1 - alpha)
        average = math.ceil(planned * _share(alpha, planned, min(max(drift, 0.0), 10.0)))
    return Needs(name, fixed, planned, average, cautious)


def steps(
    expected: Sequence[Expected], *, alpha: float, labelled: int, available: int, wave: int, rows: int
) -> tuple[Step, ...]:
    """What is there now, and after each further wave of `wave` items."""
    sizes = (labelled + k * wave for k in range(rows))
    return tuple(_step(expected, n, n - labelled, max(n - available, 0), alpha) for n in sizes if n > 0)


def _step(expected: Sequence[Expected], items: int, more: int, missing: int, alpha: float) -> Step:
    found = [_worth(one, items, alpha) for one in expected]
    return Step(
        items=items,
        more=more,
        missing=missing,
        width=max(width for width, _, _ in found),
        chance=min(chance for _, chance, _ in found),
        assured=min(assured for _, _, assured in found),
    )


def _worth(one: Expected, items: int, alpha: float) -> tuple[float, float, float]:
    """Width, chance and assurance of one criterion; without an interval nothing can be said for it."""
    spread, bound = one.spread, normal_quantile(1 - alpha)
    if spread is None or spread <= 0:
        return 2.0, 0.0, 0.0
    error = spread / math.sqrt(items)
    if items < FEW_CLUSTERS:
        return 2 * bound * error, 0.0, 0.0
    before = spread / math.sqrt(one.estimate.n)
    z = _z(one, spread, items, alpha)
    return 2 * bound * error, _normal(z), _normal(z / math.hypot(1.0, before / error))


def widening(floor: float, value: float, margins: Margins) -> float:
    """How much wider an interval is at the floor than at `value`, for the answers' shares of the pilot."""
    if value <= floor:
        return 1.0
    at = min(value, NEARLY_PERFECT)
    return math.sqrt(variance_per_item(floor, margins) / variance_per_item(at, margins))


def _z(one: Expected, spread: float, items: int, alpha: float) -> float:
    """By how many standard errors the lower bound is expected to clear the floor."""
    return one.distance * math.sqrt(items) / spread - normal_quantile(1 - alpha) * one.widening


def _reach(alpha: float, power: float, widening: float) -> float:
    return normal_quantile(1 - alpha) * widening + normal_quantile(power)


def _items(reach: float, spread: float, distance: float, least: int) -> int | None:
    if distance <= 0:
        return None
    wanted = max((reach * spread / distance) ** 2, least)
    return math.ceil(wanted - 1e-9) if wanted <= MOST else None


@lru_cache
def _drift(alpha: float, power: float) -> float:
    """The drift at which five stages have this power."""
    return drift_for(stage_plan(REFERENCE_ITEMS, alpha), power)


@lru_cache
def _share(alpha: float, planned: int, drift: float) -> float:
    """The share of the planned items that five stages read on average; below 40 items none decides."""
    return stopping(stage_plan(planned, alpha), drift, least=FEW_CLUSTERS).share


def _normal(z: float) -> float:
    """The standard normal distribution function."""
    return 0.5 * math.erfc(-z / math.sqrt(2))
