"""The human ceiling: judge–human beside human–human agreement on the same items, and the paired gap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.agreement import COEFFICIENTS, Coefficient
from calibration.stats.common_items import CommonItems
from calibration.stats.contrast import Contrast, Sampling, skewness_of
from calibration.stats.design import satterthwaite
from calibration.stats.estimate import Estimate, FloatArray, Result, Undefined
from calibration.stats.obstacles import Obstacles
from calibration.stats.pseudo import Table
from calibration.stats.smooth import ROUNDING
from calibration.stats.stack import Stack


@dataclass(frozen=True, slots=True)
class HumanCeiling:
    """One coefficient pooled over rater pairs, over judge–rater pairs, and their difference judge - human."""

    coefficient: str
    human_human: Result
    judge_human: Result
    gap: Result


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """Is the judge at most `margin` below the humans? One-sided at `alpha`; `passed`: low > -margin.

    `low` is the lower bound of the gap at level 1 - alpha, `p` the p-value of "the gap is -margin or worse".
    `human_floor` is the lower end of the human–human interval: where it is near 0, passing says little.
    """

    coefficient: str
    margin: float
    alpha: float
    gap: float
    low: float
    p: float
    passed: bool
    human_floor: float | None


def ceiling(
    common: CommonItems | Undefined,
    name: str = "cohen_kappa",
    *,
    values: ArrayLike | None = None,
    level: float = 0.95,
) -> HumanCeiling | Undefined:
    """Human–human, judge–human and their gap on items with at least two raters and a verdict.

    human_human pools every pair of raters of an item in both orders, judge_human every judge–rater pair; so
    an item with m raters counts m (m - 1) / 2 times in the one and m times in the other. The gap's standard
    error is that of the joint influence values summed per item, or per cluster: what makes an item hard for
    humans and judge alike cancels. Undefined where no item qualifies; KeyError for an unknown name.
    """
    return ceilings([common], name, values=values, level=level)[0]


def ceilings(
    commons: Sequence[CommonItems | Undefined],
    name: str = "cohen_kappa",
    *,
    values: ArrayLike | None = None,
    level: float = 0.95,
) -> list[HumanCeiling | Undefined]:
    """`ceiling` of several judges or slices on one scale, their tables evaluated together."""
    defined = [common for common in commons if not isinstance(common, Undefined)]
    if not defined:
        return list(commons)  # type: ignore[arg-type]
    coefficient, stack = COEFFICIENTS[name], _stack(defined)
    estimates = iter(coefficient.estimates(stack, values=values, level=level))
    contrasts = iter(_contrasts(coefficient, stack, defined, values))
    obstacles = iter(
        stack.obstacles(chance_corrected=coefficient.chance_corrected, ordered=coefficient.ordered)
    )
    found: list[HumanCeiling | Undefined] = []
    for common in commons:
        if isinstance(common, Undefined):
            found.append(common)
            continue
        judge, human, against, _ = next(estimates), next(estimates), next(obstacles), next(obstacles)
        contrast = next(contrasts)
        gap = contrast if isinstance(contrast, Undefined) else contrast.estimate(
            n=common.items,
            clusters=common.clusters,
            level=level,
            obstacles=_warned(against, common, contrast),
            method="paired by item, linearised, 2 pseudo-items, t",
        )  # fmt: skip
        found.append(HumanCeiling(name, human, judge, gap))
    return found


def non_inferiority(
    common: CommonItems | Undefined,
    name: str = "cohen_kappa",
    *,
    margin: float = 0.10,
    alpha: float = 0.05,
    values: ArrayLike | None = None,
) -> NonInferiority | Undefined:
    """Reject "judge_human ≤ human_human - margin" if the one-sided lower bound of the gap exceeds -margin.

    margin ≥ 0, chosen beforehand. Undefined where a few heavily weighted items carry the gap: its bound then
    passes too often. ValueError for a negative margin.
    """
    if not margin >= 0:
        raise ValueError(f"margin must not be negative, not {margin}: it is how far below humans is allowed")
    found = ceiling(common, name, values=values, level=1 - 2 * alpha)
    if isinstance(found, Undefined) or isinstance(common, Undefined):
        return Undefined("no item has two raters and a verdict")
    contrast = contrast_of(common, name, values=values)
    if isinstance(found.gap, Undefined) or isinstance(contrast, Undefined):
        return Undefined("the gap is undefined, because human–human or judge–human agreement is")
    if found.gap.low is None:
        return Undefined(found.gap.interval_undefined or "the gap has no interval")
    if carried := _warned(Obstacles(), common, contrast).warnings:
        return Undefined(carried[0])
    floor = found.human_human.low if isinstance(found.human_human, Estimate) else None
    low, p = found.gap.low, contrast.p_at_most(-margin)
    return NonInferiority(name, margin, alpha, found.gap.value, low, p, low > -margin, floor)


def contrast_of(common: CommonItems, name: str, *, values: ArrayLike | None = None) -> Contrast | Undefined:
    """The gap with the variance of its joint influence values, both tables carrying two pseudo-items."""
    return _contrasts(COEFFICIENTS[name], _stack([common]), [common], values)[0]


def _contrasts(
    coefficient: Coefficient, stack: Stack, commons: Sequence[CommonItems], values: ArrayLike | None
) -> list[Contrast | Undefined]:
    points = coefficient.points(stack, values=values)
    extended = stack.extended(points.influence)
    shifted = coefficient.points(extended, values=values)
    found: list[Contrast | Undefined] = []
    for k, common in enumerate(commons):
        two = slice(2 * k, 2 * k + 2)
        judge, human = points.value[two].tolist()
        missing = "judge–human" if math.isnan(judge) else "human–human" if math.isnan(human) else None
        if missing is not None:
            found.append(Undefined(f"{missing} agreement is undefined: {coefficient.undefined}"))
            continue
        sampling = _sampling(common, extended.tables[two], shifted.value[two], shifted.influence[two])
        found.append(Contrast(judge - human, sampling))
    return found


def _warned(against: Obstacles, common: CommonItems, contrast: Contrast) -> Obstacles:
    """With unequal π: also a warning where few items decide the standard error of the gap."""
    if not common.sample.weighted or contrast.sampling is None:
        return against
    return against.with_carriers(contrast.sampling.df)


def _stack(commons: Sequence[CommonItems]) -> Stack:
    """Judge–human and human–human pairs in turn; classes count items (shared by their answers), not pairs."""
    return Stack(
        tuple(table for common in commons for table in (common.judge, common.humans)),
        classes=tuple(items for common in commons for items in (common.class_items,) * 2),
    )


def _sampling(
    common: CommonItems, tables: tuple[Table, ...], value: FloatArray, influence: FloatArray
) -> Sampling | None:
    """From the two tables with pseudo-items and the coefficient on them, values (2,), influence (2, K²)."""
    if np.isnan(value).any():
        return None
    of_judge, of_human = (row / table.total for row, table in zip(influence, tables, strict=True))
    by_judge, by_human = common.judge_pairs @ of_judge, common.human_pairs @ of_human
    # where the two cancel, what is left is rounding, and rounding errors must not decide a skewness
    per_item = np.where(np.isclose(by_judge, by_human, rtol=ROUNDING, atol=0), 0.0, by_judge - by_human)
    totals, copies, units = common.rows.totals(per_item), common.rows.copies, common.clusters
    second = float(copies @ totals**2) * units / max(units - 1, 1)
    fourth = float(copies @ totals**4)
    for table, scaled in zip(tables, (of_judge, of_human), strict=True):
        if table.pseudo is not None:
            second += float(table.pseudo @ scaled**2)
            fourth += float(table.pseudo @ scaled**4) * (table.pseudo_weight or 1.0) ** 2
    df = satterthwaite(second, fourth, common.sample.independent)
    return Sampling(math.sqrt(second), df, skewness_of(totals, copies))
