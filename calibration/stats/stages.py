"""One look in five stages: how much error each stage may spend, and when to stop early."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from calibration.stats.estimate import FloatArray
from calibration.stats.quantiles import normal_quantile

STAGES = 5
SPENT = 0.8  # of a look's alpha: the rest covers that estimates are only nearly normal
GRID = 801
NEVER = 12.0  # a bound that nobody crosses
COARSE = 161  # for chances of stopping, which decide nothing
Decision = Literal["trusted", "not trusted", "undecided", "go on"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: the share of the planned items seen by then, the bound z and its one-sided level."""

    number: int
    share: float
    z: float
    alpha: float
    spent: float

    @property
    def level(self) -> float:
        """The two-sided level whose ends are this stage's one-sided bounds."""
        return 1 - 2 * self.alpha


@dataclass(frozen=True, slots=True)
class StagePlan:
    """The stages of one look, declared before it; `items` are the cumulative numbers of items."""

    stages: tuple[Stage, ...]
    items: tuple[int, ...]

    def decide(self, number: int, low: float | None, high: float | None, floor: float) -> Decision:
        """What the bounds of stage `number` (from 1) say, both at that stage's level.

        trusted: the lower bound reaches the floor. not trusted: the upper bound is below it, so going on is
        futile. Else go on, and after the last stage undecided. Bounds that do not exist decide nothing.
        """
        if low is not None and low >= floor:
            return "trusted"
        if high is not None and high < floor:
            return "not trusted"
        return "undecided" if number == len(self.stages) else "go on"


def stage_plan(items: int, alpha: float, *, stages: int = STAGES) -> StagePlan:
    """Equal stages of a look at alpha, spending .8 alpha in O'Brien and Fleming's manner.

    items: the planned number, all stages together. Raises ValueError for fewer items than stages. (Lan and
    DeMets 1983.)
    """
    if items < stages:
        raise ValueError(f"{items} items cannot be split into {stages} stages")
    shares = np.arange(1, stages + 1) / stages
    found = spending_bounds(SPENT * alpha, shares)
    return StagePlan(found, tuple(math.ceil(share * items - 1e-9) for share in shares))


def spending_bounds(alpha: float, shares: FloatArray) -> tuple[Stage, ...]:
    """One-sided bounds z_j that spend 2 - 2Φ(z_{α/2} / √t) of alpha by share t of the information.

    By recursion over the density of the score that has not yet crossed (Armitage, McPherson and Rowe 1969).
    """
    from scipy.special import ndtr

    spent = 2 * ndtr(-normal_quantile(1 - alpha / 2) / np.sqrt(shares))
    stages: list[Stage] = []
    score, density = np.zeros(1), np.ones(1)  # mass, not density, while the score is exactly 0
    before, cumulative = 0.0, 0.0
    for number, (share, total) in enumerate(zip(shares.tolist(), spent.tolist(), strict=True), start=1):
        step = math.sqrt(share - before)
        bound = _crossed_with(total - cumulative, score, density, step, math.sqrt(share))
        stages.append(Stage(number, share, bound, float(ndtr(-bound)), total))
        grid = np.linspace(-8.0 * math.sqrt(share), bound * math.sqrt(share), GRID)
        kernel = np.exp(-0.5 * ((grid[:, None] - score[None, :]) / step) ** 2) / (
            step * math.sqrt(2 * math.pi)
        )
        score, density = grid, (kernel @ density) * _weights(grid)
        before, cumulative = share, total
    return tuple(stages)


@dataclass(frozen=True, slots=True)
class Stopping:
    """How a plan ends for one judge: chances of both decisions, and the mean share of the items it reads."""

    trusted: float
    not_trusted: float
    share: float


def stopping(plan: StagePlan, drift: float, *, least: int = 0) -> Stopping:
    """The end of a plan for a judge whose z after all items has this mean, and standard deviation 1.

    drift: (coefficient - floor) / standard error after all items. Each stage stops above z_j and below -z_j,
    but none with fewer than `least` items.
    """
    from scipy.special import ndtr

    score, density = np.zeros(1), np.ones(1)
    trusted = not_trusted = share = before = 0.0
    for stage, items in zip(plan.stages, plan.items, strict=True):
        bound = stage.z if items >= least else NEVER
        step, reach = math.sqrt(stage.share - before), bound * math.sqrt(stage.share)
        mean = score + drift * (stage.share - before)
        over, under = (
            float(density @ ndtr((mean - reach) / step)),
            float(density @ ndtr((-reach - mean) / step)),
        )
        trusted, not_trusted = trusted + over, not_trusted + under
        share += (over + under) * stage.share
        grid = np.linspace(-reach, reach, COARSE)
        kernel = np.exp(-0.5 * ((grid[:, None] - mean[None, :]) / step) ** 2) / (
            step * math.sqrt(2 * math.pi)
        )
        score, density = grid, (kernel @ density) * _weights(grid)
        before = stage.share
    return Stopping(trusted, not_trusted, share + (1 - trusted - not_trusted) * before)


def drift_for(plan: StagePlan, power: float, *, least: int = 0) -> float:
    """The drift at which the plan ends in trusted with this power, by bisection."""
    low, high = 0.0, 10.0
    for _ in range(25):
        middle = (low + high) / 2
        low, high = (middle, high) if stopping(plan, middle, least=least).trusted < power else (low, middle)
    return (low + high) / 2


def stopping_with_power(plan: StagePlan, power: float = 0.8, *, least: int = 0) -> Stopping:
    """The end of a plan for a judge that it trusts with this power."""
    return stopping(plan, drift_for(plan, power, least=least), least=least)


def _crossed_with(
    probability: float, score: FloatArray, density: FloatArray, step: float, root: float
) -> float:
    """z with P(score of this stage > z · root, not crossed before) = probability, by bisection."""
    from scipy.special import ndtr

    low, high = -5.0, 40.0
    for _ in range(80):
        z = (low + high) / 2
        above = float(density @ ndtr(-(z * root - score) / step))
        low, high = (z, high) if above > probability else (low, z)
    return (low + high) / 2


def _weights(grid: FloatArray) -> FloatArray:
    """Simpson's weights of an evenly spaced grid with an odd number of points."""
    weights = np.ones(len(grid))
    weights[1:-1:2], weights[2:-1:2] = 4.0, 2.0
    return np.asarray(weights * (grid[1] - grid[0]) / 3)
