"""How far raters agree with one another: all of them at once, every pair pooled, and pair by pair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calibration.agreement_types import HumanAgreement, Options, RaterPair
from calibration.columns import CriterionRatings
from calibration.comparing import among_raters, by_category, table_of_pairs
from calibration.pairing import BoolArray, RaterPairs, rater_pairs
from calibration.scales import numbers_of
from calibration.stats.agreement import pair_estimate
from calibration.stats.estimate import Estimate, IntArray, Result

ENOUGH_COMMON_ITEMS = 30
POOLED = ("percent_agreement", "cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic")


def human_agreement(ratings: CriterionRatings, options: Options, dropped: IntArray) -> HumanAgreement:
    """Alpha and its relatives over all raters; percent agreement and kappas pooled over rater pairs.

    Answers whose code is in `dropped` take no part. A pooled pair is counted in both orders, its item (or
    cluster) is the independent unit, and n counts each pair once.
    """
    kept = _without(ratings, dropped)
    paired = rater_pairs(kept)
    return HumanAgreement(
        items=len(np.unique(ratings.item)),
        ratings=len(ratings.item),
        raters=len(np.unique(ratings.rater)),
        statuses=ratings.statuses,
        estimates=among_raters(kept, level=options.level) | pooled(kept, paired, level=options.level),
        pairs=_rater_pairs(kept, paired, level=options.level),
    )


def pooled(ratings: CriterionRatings, paired: RaterPairs, *, level: float) -> dict[str, Result]:
    """Percent agreement and the kappas that suit the scale over all rater pairs, each in both orders."""
    if not by_category(ratings):
        return {}
    table = table_of_pairs(ratings, paired.pairs.both_orders(), repeated=True)
    values = numbers_of(ratings.scale)
    names = POOLED if ratings.scale.is_numeric else POOLED[:2]
    found = {name: pair_estimate(name, table, values=values, level=level) for name in names}
    return {name: _each_pair_once(result) for name, result in found.items()}


def _each_pair_once(result: Result) -> Result:
    if not isinstance(result, Estimate):
        return result
    return replace(result, n=result.n // 2, method=f"{result.method}, rater pairs pooled")


def _rater_pairs(ratings: CriterionRatings, paired: RaterPairs, *, level: float) -> tuple[RaterPair, ...]:
    """Cohen's kappa of every two raters with enough items in common."""
    if not by_category(ratings):
        return ()
    who = paired.first * len(ratings.raters) + paired.second
    keys, common = np.unique(who, return_counts=True)
    return tuple(
        _rater_pair(ratings, paired, int(key), who == key, level)
        for key in keys[common >= ENOUGH_COMMON_ITEMS]
    )


def _rater_pair(
    ratings: CriterionRatings, paired: RaterPairs, key: int, chosen: BoolArray, level: float
) -> RaterPair:
    first, second = divmod(key, len(ratings.raters))
    table = table_of_pairs(ratings, paired.pairs.where(chosen), repeated=False)
    return RaterPair(
        raters=(ratings.raters[first], ratings.raters[second]),
        n=table.n,
        cohen_kappa=pair_estimate("cohen_kappa", table, level=level),
    )


def _without(ratings: CriterionRatings, dropped: IntArray) -> CriterionRatings:
    keep = ~np.isin(ratings.code, dropped) if len(dropped) else np.ones(len(ratings.code), dtype=np.bool_)
    return replace(
        ratings,
        item=ratings.item[keep],
        rater=ratings.rater[keep],
        code=ratings.code[keep],
        number=ratings.number[keep],
    )
