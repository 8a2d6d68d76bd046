"""Pairs of answers pooled over items: rater with rater, judge with rater, and the gap between the two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from calibration.agreement_types import Ceiling, Options
from calibration.columns import CriterionRatings
from calibration.comparing import MOST_CATEGORIES, by_category, no_answers, why_not_by_category
from calibration.estimating import resampled
from calibration.pairing import clusters_of, weights_of
from calibration.scales import numbers_of
from calibration.stats.agreement import COEFFICIENTS
from calibration.stats.ceiling import ceilings
from calibration.stats.common_items import CommonItems, ItemAnswers, item_answers
from calibration.stats.estimate import Result, Undefined
from calibration.stats.stack import Stack
from calibration.treatment import Treated
from rubrics.rubric import Scale

POOLED = ("percent_agreement", "cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic")


def pooled_raters(slices: Sequence[CriterionRatings], options: Options) -> list[dict[str, Result]]:
    """Percent agreement and the kappas that suit the scale over all rater pairs of an item, both orders.

    One entry per slice of the criterion; their tables are evaluated together.
    """
    names = POOLED if slices[0].scale.is_numeric else POOLED[:2]
    if not by_category(slices[0]):
        return [
            {name: found for name, found in no_answers(part, "pair").items() if name in names}
            for part in slices
        ]
    return pooled_estimates([_pooled(part) for part in slices], slices[0].scale, options)


def pooled_estimates(
    pooled: Sequence[CommonItems | Undefined], scale: Scale, options: Options
) -> list[dict[str, Result]]:
    """The same from the items' joined pairs."""
    names = POOLED if scale.is_numeric else POOLED[:2]
    defined = [pairs for pairs in pooled if not isinstance(pairs, Undefined)]
    estimates = iter(_estimates(names, scale, defined, options.level))
    nothing: dict[str, Result] = dict.fromkeys(names, Undefined("no item was rated twice"))
    found = [
        nothing if isinstance(pairs, Undefined) else resampled(next(estimates), pairs.humans, scale, options)
        for pairs in pooled
    ]
    return [{name: _said_pooled(one) for name, one in part.items()} for part in found]


def _pooled(ratings: CriterionRatings) -> CommonItems | Undefined:
    """Every item gets the same verdict, so that all are kept: only the table of rater pairs is used."""
    answers = _item_answers(ratings)
    items = np.arange(len(ratings.items))
    return answers.with_verdicts(items, np.zeros_like(items))


def _estimates(
    names: Sequence[str], scale: Scale, pooled: Sequence[CommonItems], level: float
) -> list[dict[str, Result]]:
    if not pooled:
        return []
    classes = tuple(pairs.class_items for pairs in pooled)
    stack, values = Stack(tuple(pairs.humans for pairs in pooled), classes), numbers_of(scale)
    found = [COEFFICIENTS[name].estimates(stack, values=values, level=level) for name in names]
    return [dict(zip(names, one, strict=True)) for one in zip(*found, strict=True)]


def human_ceilings(cases: Sequence[Treated], *, level: float) -> list[Ceiling]:
    """The scale's main kappa: pooled over rater pairs, over judge–rater pairs, and the paired gap.

    All cases are slices or judges of one criterion under one treatment.
    """
    if not cases or not by_category(cases[0].ratings):
        return [_no_ceiling(case.ratings) for case in cases]
    scale = cases[0].ratings.scale
    answers = {id(case.ratings): case.ratings for case in cases}
    collapsed = {key: _item_answers(ratings) for key, ratings in answers.items()}
    commons = [collapsed[id(case.ratings)].with_verdicts(case.judge.item, case.judge.code) for case in cases]
    return ceilings_of(commons, scale, level=level)


def ceilings_of(commons: Sequence[CommonItems | Undefined], scale: Scale, *, level: float) -> list[Ceiling]:
    """The same from the items' joined pairs."""
    name = main_coefficient(scale)
    return [
        Ceiling(name, found, found, found)
        if isinstance(found, Undefined)
        else Ceiling(name, found.human_human, found.judge_human, found.gap)
        for found in ceilings(commons, name, values=numbers_of(scale), level=level)
    ]


def _no_ceiling(ratings: CriterionRatings) -> Ceiling:
    reason = Undefined(
        f"pooled kappas need a closed scale of at most {MOST_CATEGORIES} answers"
        if ratings.scale.kind == "interval"
        else why_not_by_category(ratings.scale)
    )
    return Ceiling(main_coefficient(ratings.scale), reason, reason, reason)


def main_coefficient(scale: Scale) -> str:
    """Quadratic kappa where answers are numbers, else kappa."""
    return "cohen_kappa_quadratic" if scale.is_numeric else "cohen_kappa"


def _item_answers(ratings: CriterionRatings) -> ItemAnswers:
    """The raters' answers to every item of the frame; items without any do no harm."""
    everything = np.arange(len(ratings.items))
    return item_answers(
        ratings.item,
        ratings.code,
        len(ratings.scale.categories),
        items=len(ratings.items),
        weights=weights_of(ratings, everything),
        clusters=clusters_of(ratings, everything, repeated=False),
    )


def _said_pooled(found: Result) -> Result:
    if isinstance(found, Undefined):
        return found
    return replace(found, method=f"{found.method}, rater pairs pooled")
