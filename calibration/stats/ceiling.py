"""The human ceiling: judge–human beside human–human agreement on the same items, and the paired gap."""

from __future__ import annotations

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from calibration.stats.agreement import COEFFICIENTS, Coefficient
from calibration.stats.common_items import CommonItems
from calibration.stats.contrast import Contrast, Sampling, skewness_of
from calibration.stats.design import satterthwaite
from calibration.stats.estimate import Estimate, FloatArray, Result, Undefined
from calibration.stats.intervals import estimated
from calibration.stats.obstacles import Obstacles, obstacles_of
from calibration.stats.pairs import PairTable
from calibration.stats.pseudo import with_pseudo_items


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
    human = _estimate(coefficient, common, common.humans, values, level)
    judge = _estimate(coefficient, common, common.judge, values, level)
    contrast = contrast_of(common, name, values=values)
    if isinstance(contrast, Undefined):
        return HumanCeiling(name, human, judge, contrast)
    gap = contrast.estimate(
        n=common.items,
        clusters=common.clusters,
        level=level,
        obstacles=_obstacles(coefficient, common),
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
    coefficient = COEFFICIENTS[name]
    judge = coefficient.point(common.judge, values=values)
    human = coefficient.point(common.humans, values=values)
    if isinstance(judge, Undefined):
        return Undefined(f"judge–human agreement is undefined: {judge.reason}")
    if isinstance(human, Undefined):
        return Undefined(f"human–human agreement is undefined: {human.reason}")
    return Contrast(judge.value - human.value, _sampling(coefficient, common, values))


def _sampling(coefficient: Coefficient, common: CommonItems, values: ArrayLike | None) -> Sampling | None:
    tables = tuple(_extended(coefficient, table, values) for table in (common.judge, common.humans))
    judge, human = (coefficient.point(table, values=values) for table in tables)
    if isinstance(judge, Undefined) or isinstance(human, Undefined):
        return None
    of_judge, of_human = judge.influence / tables[0].total, human.influence / tables[1].total
    per_item = common.judge_pairs @ of_judge - common.human_pairs @ of_human
    totals, copies, units = common.rows.totals(per_item), common.rows.copies, common.clusters
    second = float(copies @ totals**2) * units / max(units - 1, 1)
    fourth = float(copies @ totals**4)
    for table, scaled in zip(tables, (of_judge, of_human), strict=True):
        if table.pseudo is not None:
            second += float(table.pseudo @ scaled**2)
            fourth += float(table.pseudo @ scaled**4) * (table.pseudo_weight or 1.0) ** 2
    df = satterthwaite(second, fourth, common.sample.independent)
    return Sampling(math.sqrt(second), df, skewness_of(totals, copies))


def _estimate(
    coefficient: Coefficient, common: CommonItems, table: PairTable, values: ArrayLike | None, level: float
) -> Result:
    return estimated(
        lambda basis: coefficient.point(basis, values=values),
        table,
        interval=coefficient.interval,
        obstacles=_obstacles(coefficient, common),
        level=level,
    )


def _obstacles(coefficient: Coefficient, common: CommonItems) -> Obstacles:
    """As for any coefficient, but classes count items (shared by their answers), not pairs of answers."""
    classes: FloatArray | None = common.class_items if coefficient.chance_corrected else None
    return obstacles_of(common.judge, class_items=classes, ordered=coefficient.ordered)


def _extended(coefficient: Coefficient, table: PairTable, values: ArrayLike | None) -> PairTable:
    """The table with two pseudo-items, each the size of the coefficient's design effect."""
    point = coefficient.point(table, values=values)
    size = 1.0 if isinstance(point, Undefined) else table.design_effect(point.influence)
    extended = with_pseudo_items(table, size=size)
    return extended if isinstance(extended, PairTable) else table
