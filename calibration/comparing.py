"""Every coefficient that suits a scale, on pairs of answers or all raters, weighted and clustered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from calibration.agreement_types import Confusion
from calibration.columns import CriterionRatings
from calibration.pairing import Pairs, clusters_of, weights_of
from calibration.scales import numbers_of
from calibration.stats.agreement import count_estimate, names_for, pair_estimate
from calibration.stats.estimate import Result
from calibration.stats.patterns import CountTable, PairTable, count_table, pair_table

MOST_CATEGORIES = 50  # a finer grid of numbers is compared as numbers, not cell by cell


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two coders' answers give: estimates by name, and where answers are categories, the table."""

    n: int
    estimates: Mapping[str, Result]
    confusion: Confusion | None = None
    per_class: Mapping[str, Mapping[str, Result]] = field(default_factory=dict)


def by_category(ratings: CriterionRatings) -> bool:
    """Whether answers are compared cell by cell: names, levels, and numbers on a coarse grid."""
    return 0 < len(ratings.scale.categories) <= MOST_CATEGORIES


def compare(ratings: CriterionRatings, pairs: Pairs, *, repeated: bool, level: float) -> Comparison:
    """Judge (a) with reference (b); `repeated`: an item can occur more than once, so it is a cluster."""
    estimates: dict[str, Result] = {}
    confusion, per_class = None, {}
    if by_category(ratings) and not np.any(pairs.b < 0) and not np.any(pairs.a < 0):
        table = table_of_pairs(ratings, pairs, repeated=repeated)
        values = numbers_of(ratings.scale)
        for name in names_for(ratings.scale.kind, "pair"):
            estimates[name] = pair_estimate(name, table, values=values, level=level)
        confusion = Confusion(ratings.scale.categories, tuple(map(tuple, table.counts.tolist())))
    return Comparison(len(pairs), estimates, confusion, per_class)


def table_of_pairs(ratings: CriterionRatings, pairs: Pairs, *, repeated: bool) -> PairTable:
    """The pair table of a (rows) and b (columns), weighted and clustered as the ratings are."""
    return pair_table(
        pairs.a,
        pairs.b,
        len(ratings.scale.categories),
        weights=weights_of(ratings, pairs.item),
        clusters=clusters_of(ratings, pairs.item, repeated=repeated),
    )


def table_of_raters(ratings: CriterionRatings) -> CountTable:
    """The count table of all items with an observed label."""
    items, unit = np.unique(ratings.item, return_inverse=True)
    return count_table(
        unit.astype(np.int64),
        ratings.code,
        len(ratings.scale.categories),
        units=len(items),
        weights=weights_of(ratings, items),
        clusters=clusters_of(ratings, items, repeated=False),
    )


def among_raters(ratings: CriterionRatings, *, level: float) -> dict[str, Result]:
    """Every coefficient of any number of exchangeable raters."""
    if not by_category(ratings):
        return {}
    table, values = table_of_raters(ratings), numbers_of(ratings.scale)
    names = names_for(ratings.scale.kind, "many")
    return {name: count_estimate(name, table, values=values, level=level) for name in names}
