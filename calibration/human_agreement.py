"""How far raters agree with one another: all of them at once, every pair pooled, and pair by pair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.agreement_types import HumanAgreement, Options, RaterPair
from calibration.columns import CriterionRatings
from calibration.comparing import among_raters, by_category, named_raters, table_of_pairs
from calibration.pairing import rater_pairs
from calibration.pooling import pooled_raters
from calibration.stats.agreement import all_estimates
from calibration.stats.estimate import IntArray, Undefined
from calibration.stats.named import NamedTable
from calibration.stats.pairs import PairTable
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
    named = [named_raters(part) for part in kept]
    among, pooled = among_raters(kept, named, options), pooled_raters(kept, options)
    return [
        HumanAgreement(
            items=_distinct(part.item),
            ratings=len(part.item),
            raters=_distinct(part.rater),
            statuses=part.statuses,
            estimates=found | pairs,
            pairs=_rater_pairs(rest, table, level=options.level),
        )
        for part, rest, table, found, pairs in zip(slices, kept, named, among, pooled, strict=True)
    ]


def _rater_pairs(
    ratings: CriterionRatings, named: NamedTable | Undefined, *, level: float
) -> tuple[RaterPair, ...]:
    """Cohen's kappa of every two raters with enough items in common."""
    if not by_category(ratings):
        return ()
    tables = _between_labels(ratings) if isinstance(named, Undefined) else _between(ratings, named)
    found = all_estimates(("cohen_kappa",), list(tables.values()), level=level)
    return tuple(
        RaterPair((ratings.raters[first], ratings.raters[second]), table.n, one["cohen_kappa"])
        for ((first, second), table), one in zip(tables.items(), found, strict=True)
    )


def _between(ratings: CriterionRatings, named: NamedTable) -> dict[tuple[int, int], PairTable]:
    """The tables of rater pairs with enough items in common, from the patterns of all raters' answers."""
    raters = np.flatnonzero(np.bincount(ratings.rater)).tolist()
    enough = np.argwhere(np.triu(named.common_units() >= ENOUGH_COMMON_ITEMS, 1))
    return {(raters[i], raters[j]): named.between(i, j) for i, j in enough.tolist()}


def _between_labels(ratings: CriterionRatings) -> dict[tuple[int, int], PairTable]:
    """The same from the labels, where raters are too many for a table of all."""
    paired = rater_pairs(ratings)
    who = paired.first * len(ratings.raters) + paired.second
    enough = np.flatnonzero(np.bincount(who, minlength=1) >= ENOUGH_COMMON_ITEMS)
    return {
        divmod(key, len(ratings.raters)): table_of_pairs(
            ratings, paired.pairs.where(who == key), repeated=False
        )
        for key in enough.tolist()
    }


def _distinct(numbers: IntArray) -> int:
    return int(np.count_nonzero(np.bincount(numbers)))
