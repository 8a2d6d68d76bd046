"""How far raters agree with one another: all of them at once, every pair pooled, and pair by pair."""

from __future__ import annotations

import numpy as np

from calibration.agreement_types import HumanAgreement, Options, RaterPair
from calibration.columns import CriterionRatings
from calibration.comparing import among_raters, by_category, table_of_pairs
from calibration.pairing import BoolArray, RaterPairs, rater_pairs
from calibration.pooling import pooled_raters
from calibration.stats.agreement import pair_estimate
from calibration.stats.estimate import IntArray
from calibration.treatment import without_answers

ENOUGH_COMMON_ITEMS = 30


def human_agreement(ratings: CriterionRatings, options: Options, dropped: IntArray) -> HumanAgreement:
    """Alpha and its relatives over all raters; percent agreement and kappas pooled over rater pairs.

    Answers whose code is in `dropped` take no part. A pooled pair is counted in both orders, half each; its
    item (or cluster) is the independent unit, and n counts pairs.
    """
    kept = without_answers(ratings, dropped)
    return HumanAgreement(
        items=len(np.unique(ratings.item)),
        ratings=len(ratings.item),
        raters=len(np.unique(ratings.rater)),
        statuses=ratings.statuses,
        estimates=among_raters(kept, options) | pooled_raters(kept, options),
        pairs=_rater_pairs(kept, level=options.level),
    )


def _rater_pairs(ratings: CriterionRatings, *, level: float) -> tuple[RaterPair, ...]:
    """Cohen's kappa of every two raters with enough items in common."""
    if not by_category(ratings):
        return ()
    paired = rater_pairs(ratings)
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
