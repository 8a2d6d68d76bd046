"""How far raters agree with one another: all of them at once, every pair pooled, and pair by pair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.agreement_types import HumanAgreement, Options, RaterPair
from calibration.columns import CriterionRatings
from calibration.comparing import among_raters, by_category, table_of_pairs
from calibration.pairing import rater_pairs
from calibration.pooling import pooled_raters
from calibration.stats.agreement import all_estimates
from calibration.stats.estimate import IntArray
from calibration.treatment import without_answers

ENOUGH_COMMON_ITEMS = 30


def human_agreement(
    slices: Sequence[CriterionRatings], options: Options, dropped: IntArray
) -> list[HumanAgreement]:
    """Alpha and its relatives over all raters; percent agreement and kappas pooled over rater pairs.

    One entry per slice of the criterion. Answers whose code is in `dropped` take no part. A pooled pair is
    counted in both orders, half each; its item (or cluster) is the independent unit, and n counts pairs.
    """
    kept = [without_answers(part, dropped) for part in slices]
    among = among_raters(kept, options)
    return [
        HumanAgreement(
            items=_distinct(part.item),
            ratings=len(part.item),
            raters=_distinct(part.rater),
            statuses=part.statuses,
            estimates=found | pooled_raters(rest, options),
            pairs=_rater_pairs(rest, level=options.level),
        )
        for part, rest, found in zip(slices, kept, among, strict=True)
    ]


def _rater_pairs(ratings: CriterionRatings, *, level: float) -> tuple[RaterPair, ...]:
    """Cohen's kappa of every two raters with enough items in common."""
    if not by_category(ratings):
        return ()
    paired, names = rater_pairs(ratings), ratings.raters
    who = paired.first * len(names) + paired.second
    common = np.bincount(who, minlength=1)
    chosen = np.flatnonzero(common >= ENOUGH_COMMON_ITEMS)
    tables = [table_of_pairs(ratings, paired.pairs.where(who == key), repeated=False) for key in chosen]
    found = all_estimates(("cohen_kappa",), tables, level=level)
    return tuple(
        RaterPair((names[key // len(names)], names[key % len(names)]), table.n, one["cohen_kappa"])
        for key, table, one in zip(chosen.tolist(), tables, found, strict=True)
    )


def _distinct(numbers: IntArray) -> int:
    return int(np.count_nonzero(np.bincount(numbers)))
