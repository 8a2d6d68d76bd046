"""The human ceiling: judge–human beside human–human agreement on the same items, and the paired gap."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.agreement import COEFFICIENTS
from calibration.stats.common_items import CommonItems
from calibration.stats.contrast import Contrast, Sampling, skewness_of
from calibration.stats.design import satterthwaite
from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.stack import Points, Stack


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
    if isinstance(common, Undefined):
        return common
    coefficient = COEFFICIENTS[name]
    judge, human = coefficient.estimates(_stack(common), values=values, level=level)
    contrast = contrast_of(common, name, values=values)
    if isinstance(contrast, Undefined):
        return HumanCeiling(name, human, judge, contrast)
    gap = contrast.estimate(
        n=common.items,
        clusters=common.clusters,
        level=level,
        obstacles=_stack(common).obstacles(
            chance_corrected=coefficient.chance_corrected, ordered=coefficient.ordered
        )[0],
        method="paired by item, linearised, 2 pseudo-items, t",
    )
    return HumanCeiling(name, human, judge, gap)


def non_inferiority(
    common: CommonItems | Undefined,
    name: str = "cohen_kappa",
    *,
    margin: float = 0.10,
    alpha: float = 0.05,
    values: ArrayLike | None = None,
) -> NonInferiority | Undefined:
    """Reject "judge_human ≤ human_human - margin" if the one-sided lower bound of the gap exceeds -margin.

    margin ≥ 0, chosen beforehand. ValueError for a negative margin.
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
    floor = found.human_human.low if isinstance(found.human_human, Estimate) else None
    low, p = found.gap.low, contrast.p_at_most(-margin)
    return NonInferiority(name, margin, alpha, found.gap.value, low, p, low > -margin, floor)


def contrast_of(common: CommonItems, name: str, *, values: ArrayLike | None = None) -> Contrast | Undefined:
    """The gap with the variance of its joint influence values, both tables carrying two pseudo-items."""
    coefficient, stack = COEFFICIENTS[name], _stack(common)
    points = coefficient.points(stack, values=values)
    judge, human = points.value.tolist()
    if math.isnan(judge):
        return Undefined(f"judge–human agreement is undefined: {coefficient.undefined}")
    if math.isnan(human):
        return Undefined(f"human–human agreement is undefined: {coefficient.undefined}")
    extended = stack.extended(points.influence)
    shifted = coefficient.points(extended, values=values)
    return Contrast(judge - human, _sampling(common, extended, shifted))


def _stack(common: CommonItems) -> Stack:
    """Judge–human and human–human pairs; classes count items (shared by their answers), not pairs."""
    return Stack((common.judge, common.humans), classes=(common.class_items,) * 2)


def _sampling(common: CommonItems, extended: Stack, shifted: Points) -> Sampling | None:
    if np.isnan(shifted.value).any():
        return None
    of_judge, of_human = (
        row / table.total for row, table in zip(shifted.influence, extended.tables, strict=True)
    )
    per_item = common.judge_pairs @ of_judge - common.human_pairs @ of_human
    totals, copies, units = common.rows.totals(per_item), common.rows.copies, common.clusters
    second = float(copies @ totals**2) * units / max(units - 1, 1)
    fourth = float(copies @ totals**4)
    for table, scaled in zip(extended.tables, (of_judge, of_human), strict=True):
        if table.pseudo is not None:
            second += float(table.pseudo @ scaled**2)
            fourth += float(table.pseudo @ scaled**4) * (table.pseudo_weight or 1.0) ** 2
    df = satterthwaite(second, fourth, common.sample.independent)
    return Sampling(math.sqrt(second), df, skewness_of(totals, copies))
