"""Every coefficient that suits a scale, on pairs of answers or all raters, weighted and clustered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from calibration.agreement_types import Ceiling, Confusion
from calibration.columns import CriterionRatings, JudgeColumn
from calibration.pairing import Pairs, clusters_of, weights_of
from calibration.scales import numbers_of
from calibration.scoring import score_raters, score_two
from calibration.stats.agreement import (
    COEFFICIENTS,
    Coders,
    count_estimate,
    named_estimate,
    names_for,
    pair_estimate,
)
from calibration.stats.ceiling import ceiling
from calibration.stats.classify import per_class
from calibration.stats.common_items import CommonItems, common_items
from calibration.stats.estimate import IntArray, Result, Undefined
from calibration.stats.intervals import estimated, obstacles_of
from calibration.stats.named import named_table
from calibration.stats.pairwise import PairwiseAgreement, pairwise_agreement
from calibration.stats.paradox import ParadoxPanel, paradox_panel
from calibration.stats.patterns import CountTable, PairTable, count_table, pair_table
from rubrics.rubric import Scale

POOLED = ("percent_agreement", "cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic")
MOST_NAMED_CELLS = 20_000_000
MOST_CATEGORIES = 50  # a finer grid of numbers is compared as numbers, not cell by cell


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two coders' answers give: estimates by name, and where answers are categories, the table."""

    n: int
    estimates: Mapping[str, Result]
    confusion: Confusion | None = None
    per_class: Mapping[str, Mapping[str, Result]] = field(default_factory=dict)
    pairwise: PairwiseAgreement | None = None
    paradox: ParadoxPanel | None = None


def by_category(ratings: CriterionRatings) -> bool:
    """Whether answers are compared cell by cell: names, levels, and numbers on a coarse grid."""
    return 0 < len(ratings.scale.categories) <= MOST_CATEGORIES


def compare(
    ratings: CriterionRatings, pairs: Pairs, *, as_numbers: bool, repeated: bool, level: float
) -> Comparison:
    """Judge (a) with reference (b), cell by cell where both are answers of a closed scale, else as numbers.

    `as_numbers` rules cells out; `repeated`: an item can occur more than once, so it is a cluster.
    """
    if as_numbers or not by_category(ratings):
        found = {} if as_numbers else _no_answers(ratings, "pair")
        if ratings.scale.is_numeric:
            found |= score_two(ratings, pairs, repeated=repeated, alpha=True, level=level)
        return Comparison(len(pairs), found)
    table, scale = table_of_pairs(ratings, pairs, repeated=repeated), ratings.scale
    values, names = numbers_of(scale), names_for(scale.kind, "pair")
    estimates = {name: pair_estimate(name, table, values=values, level=level) for name in names}
    if scale.is_numeric:
        estimates |= score_two(ratings, pairs, repeated=repeated, alpha=False, level=level)
    panel = paradox_panel(table, names=[str(answer) for answer in scale.categories], level=level)
    return Comparison(
        n=len(pairs),
        estimates=estimates,
        confusion=Confusion(scale.categories, tuple(map(tuple, table.counts.tolist()))),
        per_class=_per_class(ratings, table, level),
        pairwise=_pairwise(scale, table, level),
        paradox=None if isinstance(panel, Undefined) else panel,
    )


def _pairwise(scale: Scale, table: PairTable, level: float) -> PairwiseAgreement | None:
    """Ties treated in three ways, where the answers are a, b and tie."""
    if scale.kind != "pairwise" or scale.tie is None or table.categories != len(("a", "b", "tie")):
        return None
    return pairwise_agreement(table, tie=scale.categories.index(scale.tie), level=level)


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


def _no_answers(ratings: CriterionRatings, coders: Coders) -> dict[str, Result]:
    """What is left of a closed scale whose answers nobody knows: reasons."""
    if ratings.scale.kind == "interval" or ratings.scale.categories:
        return {}
    return {name: Undefined("nobody answered") for name in names_for(ratings.scale.kind, coders)}


def among_raters(ratings: CriterionRatings, *, level: float) -> dict[str, Result]:
    """Every coefficient of any number of exchangeable raters."""
    found = _no_answers(ratings, "many")
    if by_category(ratings):
        table, values = table_of_raters(ratings), numbers_of(ratings.scale)
        names = names_for(ratings.scale.kind, "many")
        found = {name: count_estimate(name, table, values=values, level=level) for name in names}
        found["conger_kappa"] = _among_named(ratings, level)
    if ratings.scale.is_numeric:
        found |= score_raters(ratings, alpha=not by_category(ratings), level=level)
    return found


def _among_named(ratings: CriterionRatings, level: float) -> Result:
    """Conger's kappa, in which every rater has a margin of their own."""
    items, unit = np.unique(ratings.item, return_inverse=True)
    raters, who = np.unique(ratings.rater, return_inverse=True)
    categories = len(ratings.scale.categories)
    if len(raters) < 2:
        return Undefined("no item was rated twice")
    if len(items) * len(raters) * categories > MOST_NAMED_CELLS:
        return Undefined(f"{len(raters)} raters of {len(items)} items are too many to keep apart")
    codes = np.full((len(items), len(raters)), -1, dtype=np.int64)
    codes[unit, who] = ratings.code
    table = named_table(
        codes,
        categories,
        weights=weights_of(ratings, items),
        clusters=clusters_of(ratings, items, repeated=False),
    )
    return named_estimate("conger_kappa", table, level=level)


def pooled_raters(ratings: CriterionRatings, *, level: float) -> dict[str, Result]:
    """Percent agreement and the kappas that suit the scale over all rater pairs of an item, both orders."""
    names = POOLED if ratings.scale.is_numeric else POOLED[:2]
    if not by_category(ratings):
        return {name: found for name, found in _no_answers(ratings, "pair").items() if name in names}
    items = np.unique(ratings.item)
    # every item gets the same verdict, so that all are kept: only the table of rater pairs is used
    pairs = _common_items(ratings, items, np.zeros(len(items), dtype=np.int64))
    return {name: _pooled(ratings, pairs, name, level) for name in names}


def human_ceiling(ratings: CriterionRatings, judge: JudgeColumn, *, level: float) -> Ceiling:
    """The scale's main kappa: pooled over rater pairs, over judge–rater pairs, and the paired gap."""
    if not by_category(ratings):
        return _no_ceiling(ratings)
    name = main_coefficient(ratings.scale)
    common = _common_items(ratings, judge.item, judge.code)
    found = ceiling(common, name, values=numbers_of(ratings.scale), level=level)
    if isinstance(found, Undefined):
        return Ceiling(name, found, found, found)
    return Ceiling(name, found.human_human, found.judge_human, found.gap)


def _no_ceiling(ratings: CriterionRatings) -> Ceiling:
    reason = Undefined(
        f"pooled kappas need a closed scale of at most {MOST_CATEGORIES} answers"
        if ratings.scale.kind == "interval"
        else "nobody answered"
    )
    return Ceiling(main_coefficient(ratings.scale), reason, reason, reason)


def main_coefficient(scale: Scale) -> str:
    """Quadratic kappa where answers are numbers, else kappa."""
    return "cohen_kappa_quadratic" if scale.is_numeric else "cohen_kappa"


def _common_items(ratings: CriterionRatings, judged: IntArray, verdict: IntArray) -> CommonItems | Undefined:
    """Items with two raters and a verdict; unknown items of the frame do no harm."""
    everything = np.arange(len(ratings.items))
    return common_items(
        ratings.item,
        ratings.code,
        judged,
        verdict,
        len(ratings.scale.categories),
        items=len(ratings.items),
        weights=weights_of(ratings, everything),
        clusters=clusters_of(ratings, everything, repeated=False),
    )


def _pooled(ratings: CriterionRatings, pairs: CommonItems | Undefined, name: str, level: float) -> Result:
    if isinstance(pairs, Undefined):
        return Undefined("no item was rated twice")
    coefficient, values = COEFFICIENTS[name], numbers_of(ratings.scale)
    classes = pairs.class_items if coefficient.chance_corrected else None
    found = estimated(
        lambda table: coefficient.point(table, values=values),
        pairs.humans,
        interval=coefficient.interval,
        obstacles=obstacles_of(pairs.humans, class_items=classes, ordered=coefficient.ordered),
        level=level,
    )
    return (
        found
        if isinstance(found, Undefined)
        else replace(found, method=f"{found.method}, rater pairs pooled")
    )


def _per_class(ratings: CriterionRatings, table: PairTable, level: float) -> dict[str, dict[str, Result]]:
    """Precision, recall and F1 of every answer, as if the judge classified what the reference says."""
    answers = ratings.scale.categories
    return {
        str(answers[found.category]): {"precision": found.precision, "recall": found.recall, "f1": found.f1}
        for found in per_class(table, level=level)
    }
