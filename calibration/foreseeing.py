"""What a wave will bring, simulated from a pilot: errors found, the interval's width; draws no wave."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from calibration.agreement_types import Options
from calibration.columns import CriterionRatings, JudgeColumn
from calibration.comparing import by_category
from calibration.judge_agreement import judge_pairs
from calibration.reference import reference
from calibration.scales import numbers_of
from calibration.stats.agreement import COEFFICIENTS
from calibration.stats.estimate import Estimate, FloatArray, IntArray
from calibration.stats.patterns import PairTable, pair_table
from calibration.stats.stack import stack_of
from calibration.triage.design import Design, FrameItem, inclusion
from rubrics.rubric import Scale

LEAST_DONORS = 10  # pilot items that an item's answers are drawn from
MOST_WORK = 2_000_000  # items that are shuffled, all simulated waves together


@dataclass(frozen=True, slots=True, eq=False)
class PilotPairs:
    """A judge's answers (a) beside the reference's (b) on a pilot's items, as places on the scale.

    `doubt` is NaN where the signal has no opinion; `mass` is 1 / pi of the pilot's own draw.
    """

    criterion: str
    scale: Scale
    coefficient: str
    a: IntArray
    b: IntArray
    doubt: FloatArray
    stratum: tuple[str | None, ...]
    mass: FloatArray

    def __len__(self) -> int:
        return len(self.a)


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What simulated waves brought on one criterion, beside as many items drawn at random.

    `errors`: items in the wave on which judge and reference differ, on average. `width`: mean width of the
    95% interval; None for a search wave, and where most waves give none. `n_effective`: (sum of weights)² /
    sum of squared weights (Kish 1965): what unequal chances alone leave of the items. `as_many_as`: the
    number of items drawn at random whose interval is as wide; it also counts that errors were sought.
    `without`: share of the waves without an interval.
    """

    criterion: str
    coefficient: str
    pilot: int
    drawn: int
    errors: float
    errors_at_random: float
    width: float | None
    width_at_random: float | None
    n_effective: float | None
    as_many_as: float | None
    without: float

    @property
    def loss(self) -> float | None:
        """Share of the precision of as many random items that unequal chances give up."""
        return None if self.n_effective is None else 1 - self.n_effective / self.drawn

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "loss": self.loss}


def pilot_pairs(
    ratings: CriterionRatings, judge: JudgeColumn, coefficient: str, doubts: Mapping[str, float]
) -> PilotPairs | None:
    """The pilot of one judge on one criterion; None where there is none, or answers are no categories."""
    pairs = judge_pairs(ratings, judge, reference(ratings), Options())
    keep = (pairs.a >= 0) & (pairs.b >= 0)
    if not by_category(ratings) or not keep.any():
        return None
    items = pairs.item[keep]
    pi = np.ones(len(items)) if ratings.pi is None else ratings.pi[items]
    known = ~np.isnan(pi)
    names = [ratings.items[k] for k in items[known]]
    strata = ratings.stratum or (None,) * len(ratings.items)
    return PilotPairs(
        ratings.criterion, ratings.scale, coefficient, pairs.a[keep][known], pairs.b[keep][known],
        np.array([doubts.get(name, np.nan) for name in names], dtype=np.float64),
        tuple(strata[k] for k in items[known]), 1.0 / pi[known],
    )  # fmt: skip


def foresee(
    frame: Sequence[FrameItem], design: Design, pilot: PilotPairs, *, waves: int, rng: np.random.Generator
) -> Foreseen:
    """Simulate so many waves of a design, and as many random ones of the same size, from a pilot.

    Each drawn item is given the answers of a pilot item of like doubt (and stratum, where that has enough),
    and the wave is estimated as it will be: weighted by 1 / pi where chances differ.
    """
    waves = max(min(waves, MOST_WORK // max(len(frame), 1)), 30)
    chances = inclusion(frame, design)
    pi = np.array([chances[one.item_id] for one in frame])
    donors, size = _Donors.of(frame, pilot), round(float(pi.sum()))
    drawn = [_draw(frame, design, pi, rng) for _ in range(waves)]
    at_random = [rng.choice(len(frame), size, replace=False) for _ in range(waves)]
    found = [_told(donors, pilot, chosen, rng) for chosen in drawn]
    beside = [_told(donors, pilot, chosen, rng) for chosen in at_random]
    weights = [1.0 / pi[chosen] for chosen in drawn]
    width, without = (None, 1.0) if not design.estimates else _width(pilot, found, weights)
    random_width, _ = _width(pilot, beside, [np.ones(size)] * waves)
    return Foreseen(
        criterion=pilot.criterion, coefficient=pilot.coefficient, pilot=len(pilot), drawn=size,
        errors=_errors(pilot, found), errors_at_random=_errors(pilot, beside), width=width,
        width_at_random=random_width, without=without,
        n_effective=float(np.mean([w.sum() ** 2 / (w @ w) for w in weights])) if design.estimates else None,
        as_many_as=size * (random_width / width) ** 2 if width and random_width else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """Codes of judge and reference on the items of one simulated wave."""

    a: IntArray
    b: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class _Donors:
    """For every item of the frame, the stretch of sorted pilot items that it may take its answers from.

    `upto[k]` is the mass of the sorted pilot before place k; an item draws between `low` and `high` of it.
    """

    order: IntArray
    upto: FloatArray
    low: FloatArray
    high: FloatArray

    @classmethod
    def of(cls, frame: Sequence[FrameItem], pilot: PilotPairs) -> _Donors:
        """Cells are strata with enough pilot items, and one cell of all others; inside, sorted by doubt."""
        counts = {s: pilot.stratum.count(s) for s in set(pilot.stratum)}
        enough = {s: k for k, s in enumerate(sorted(counts, key=str), start=1) if counts[s] >= LEAST_DONORS}
        doubt = np.array([np.nan if one.doubt is None else one.doubt for one in frame])
        parts: list[IntArray] = []
        low, high, mass = np.zeros(len(frame)), np.zeros(len(frame)), 0.0
        cell_of = np.array([enough.get(one.stratum, 0) for one in frame])
        pilot_cell = np.array([enough.get(stratum, 0) for stratum in pilot.stratum])
        for cell in np.unique(cell_of):
            inside = np.flatnonzero(pilot_cell == cell) if cell else np.arange(len(pilot))
            part = inside[np.argsort(pilot.doubt[inside], kind="stable")]  # NaN last
            items = np.flatnonzero(cell_of == cell)
            first, last = _stretch(doubt[items], pilot.doubt[part])
            before = np.concatenate([[0.0], np.cumsum(pilot.mass[part])])
            low[items], high[items] = mass + before[first], mass + before[last]
            parts.append(part)
            mass += float(before[-1])
        order = np.concatenate(parts)
        return cls(order, np.concatenate([[0.0], np.cumsum(pilot.mass[order])]), low, high)

    def draw(self, items: IntArray, rng: np.random.Generator) -> IntArray:
        """A pilot item for each of these items of the frame."""
        low, high = self.low[items], self.high[items]
        at = np.searchsorted(self.upto, low + rng.random(len(items)) * (high - low), side="right") - 1
        return self.order[np.clip(at, 0, len(self.order) - 1)]


def _stretch(doubt: FloatArray, donors: FloatArray) -> tuple[IntArray, IntArray]:
    """First and last place of the donors nearest in doubt and all of equal doubt; without one, of all."""
    known = donors[: int(np.sum(~np.isnan(donors)))]
    wanted = min(max(LEAST_DONORS, round(math.sqrt(len(known)))), len(known))
    stated = np.nan_to_num(doubt)
    equal_from, equal_to = np.searchsorted(known, stated), np.searchsorted(known, stated, side="right")
    first = np.clip((equal_from + equal_to) // 2 - wanted // 2, 0, len(known) - wanted)
    silent = np.isnan(doubt) | (len(known) == 0)
    low, high = np.minimum(first, equal_from), np.maximum(first + wanted, equal_to)
    return np.where(silent, 0, low), np.where(silent, len(donors), high)


def _draw(frame: Sequence[FrameItem], design: Design, pi: FloatArray, rng: np.random.Generator) -> IntArray:
    """Places of the items of one simulated wave: systematic along a random order, stratum by stratum."""
    if design.kind == "search":
        return np.flatnonzero(pi > 0)
    groups = [np.arange(len(frame))]
    if design.kind == "stratified":
        names = np.array([one.stratum or "" for one in frame])
        groups = [np.flatnonzero(names == name) for name in np.unique(names)]
    return np.concatenate([_systematic(group, pi, rng) for group in groups])


def _systematic(group: IntArray, pi: FloatArray, rng: np.random.Generator) -> IntArray:
    order = rng.permutation(group)
    reached = np.ceil(np.concatenate([[0.0], np.cumsum(pi[order])]) - rng.random() - 1e-9)
    return order[np.diff(reached) > 0]


def _told(donors: _Donors, pilot: PilotPairs, items: IntArray, rng: np.random.Generator) -> _Told:
    given = donors.draw(items, rng)
    return _Told(pilot.a[given], pilot.b[given])


def _errors(pilot: PilotPairs, found: Sequence[_Told]) -> float:
    step = 1 if pilot.scale.kind == "interval" else 0
    return float(np.mean([np.sum(np.abs(one.a - one.b) > step) for one in found]))


def _width(
    pilot: PilotPairs, found: Sequence[_Told], weights: Sequence[FloatArray]
) -> tuple[float | None, float]:
    """Mean width of the interval, and the share of waves without one; None when those are most."""
    categories, tables = len(pilot.scale.categories), []
    for one, weight in zip(found, weights, strict=True):
        even = not len(weight) or float(weight.max() - weight.min()) < 1e-9
        tables.append(pair_table(one.a, one.b, categories, weights=None if even else weight))
    estimates = _estimates(pilot, tables)
    widths = [e.high - e.low for e in estimates if e.low is not None and e.high is not None]
    without = 1 - len(widths) / len(found)
    return (float(np.mean(widths)) if widths and without <= 0.5 else None), without


def _estimates(pilot: PilotPairs, tables: Sequence[PairTable]) -> list[Estimate]:
    values = numbers_of(pilot.scale)
    found = COEFFICIENTS[pilot.coefficient].estimates(stack_of(tables), values=values)
    return [one for one in found if isinstance(one, Estimate)]
