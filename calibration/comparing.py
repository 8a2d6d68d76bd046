"""Every coefficient that suits a scale, on pairs of answers or all raters, weighted and clustered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from calibration.agreement_types import Confusion, Options
from calibration.columns import CriterionRatings
from calibration.estimating import analytic, resampled
from calibration.pairing import Pairs, clusters_of, renumbered, weights_of
from calibration.scoring import score_cells, score_raters, score_two
from calibration.stats.agreement import (
    Coders,
    named_estimate,
    names_for,
)
from calibration.stats.classify import per_class
from calibration.stats.estimate import Result, Undefined
from calibration.stats.named import NamedTable, named_table
from calibration.stats.pairwise import PairwiseAgreement, pairwise_agreement
from calibration.stats.paradox import ParadoxPanel, paradox_panel
from calibration.stats.patterns import CountTable, PairTable, count_table, pair_table
from rubrics.rubric import Scale

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


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A judge's answers (a) beside the reference's (b); the ratings give the scale, weights and clusters.

    `as_numbers` rules cells out; `repeated`: an item can occur more than once, so it is a cluster; `brief`:
    only the estimates are wanted.
    """

    ratings: CriterionRatings
    pairs: Pairs
    as_numbers: bool
    repeated: bool
    brief: bool = False

    @property
    def by_cell(self) -> bool:
        return by_category(self.ratings) and not self.as_numbers


def compare(cases: Sequence[Case], options: Options) -> list[Comparison]:
    """Judge with reference, cell by cell where both are answers of a closed scale, else as numbers.

    Tables of one scale are evaluated together.
    """
    found: dict[int, Comparison] = {}
    of_scale: dict[Scale, list[int]] = {}
    for k, case in enumerate(cases):
        if case.by_cell:
            of_scale.setdefault(case.ratings.scale, []).append(k)
        else:
            found[k] = _by_number(case, options)
    for scale, places in of_scale.items():
        tables = [
            table_of_pairs(cases[k].ratings, cases[k].pairs, repeated=cases[k].repeated) for k in places
        ]
        for k, table, estimates in zip(places, tables, analytic(tables, scale, options.level), strict=True):
            found[k] = _by_cell(cases[k], table, estimates, options)
    return [found[k] for k in range(len(cases))]


def _by_number(case: Case, options: Options) -> Comparison:
    found = {} if case.as_numbers else no_answers(case.ratings, "pair")
    if case.ratings.scale.is_numeric:
        found |= score_two(case.ratings, case.pairs, repeated=case.repeated, level=options.level)
    return Comparison(len(case.pairs), found)


def _by_cell(case: Case, table: PairTable, found: Mapping[str, Result], options: Options) -> Comparison:
    scale, level = case.ratings.scale, options.level
    estimates = resampled(found, table, scale, options)
    if scale.is_numeric:
        estimates |= score_cells(case.ratings, case.pairs, table, repeated=case.repeated, level=level)
    return Comparison(table.n, estimates) if case.brief else described(scale, table, estimates, found, level)


def described(
    scale: Scale,
    table: PairTable,
    estimates: Mapping[str, Result],
    found: Mapping[str, Result],
    level: float,
) -> Comparison:
    """The estimates with what stands beside them: cells, classes, ties; `found`: with analytic intervals."""
    classes, answers = per_class(table, level=level), [str(answer) for answer in scale.categories]
    panel = paradox_panel(table, names=answers, level=level, found=found, classes=classes)
    return Comparison(
        n=table.n,
        estimates=estimates,
        confusion=Confusion(scale.categories, tuple(map(tuple, table.counts.tolist()))),
        per_class={
            answers[one.category]: {"precision": one.precision, "recall": one.recall, "f1": one.f1}
            for one in classes
        },
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
    unit = renumbered(ratings.item)
    return count_table(
        unit.place,
        ratings.code,
        len(ratings.scale.categories),
        units=len(unit.found),
        weights=weights_of(ratings, unit.found),
        clusters=clusters_of(ratings, unit.found, repeated=False),
    )


def no_answers(ratings: CriterionRatings, coders: Coders) -> dict[str, Result]:
    """Reasons, where answers cannot be counted one by one: nobody answered, or there are too many answers."""
    if by_category(ratings) or (ratings.scale.kind == "interval" and not ratings.scale.categories):
        return {}
    reason = Undefined(why_not_by_category(ratings.scale))
    return dict.fromkeys(names_for(ratings.scale.kind, coders), reason)


def why_not_by_category(scale: Scale) -> str:
    """Why answers on this scale are not compared cell by cell."""
    answers = len(scale.categories)
    if not answers:
        return "nobody answered"
    return (
        f"the scale has {answers} answers, and at most {MOST_CATEGORIES} are compared one by one: "
        "merge answers, or read numbers as interval:LOW..HIGH"
    )


def among_raters(
    slices: Sequence[CriterionRatings], named: Sequence[NamedTable | Undefined], options: Options
) -> list[dict[str, Result]]:
    """Every coefficient of any number of raters, for all slices of one criterion; Conger's needs names."""
    tables = [table_of_raters(part) for part in slices if by_category(part)]
    evaluated = iter(analytic(tables, slices[0].scale, options.level) if tables else ())
    found = []
    for k, part in enumerate(slices):
        estimates = no_answers(part, "many")
        if by_category(part):
            estimates = resampled(next(evaluated), tables[k], part.scale, options)
            estimates["conger_kappa"] = _conger(named[k], options.level)
        if part.scale.is_numeric:
            estimates |= score_raters(part, alpha=not by_category(part), level=options.level)
        found.append(estimates)
    return found


def _conger(table: NamedTable | Undefined, level: float) -> Result:
    return table if isinstance(table, Undefined) else named_estimate("conger_kappa", table, level=level)


def named_raters(ratings: CriterionRatings) -> NamedTable | Undefined:
    """The table of raters who keep their identity, in the order of their numbers; Undefined for too many."""
    if not by_category(ratings):
        return Undefined("answers are numbers, not categories")
    unit, who = renumbered(ratings.item), renumbered(ratings.rater)
    items, raters, categories = len(unit.found), len(who.found), len(ratings.scale.categories)
    if raters < 2:
        return Undefined("no item was rated twice")
    too_many = Undefined(f"{raters} raters of {items} items are too many to keep apart")
    if items * raters > MOST_NAMED_CELLS:
        return too_many
    codes = np.full((items, raters), -1, dtype=np.int8)  # by_category: at most MOST_CATEGORIES codes
    codes[unit.place, who.place] = ratings.code
    table = named_table(
        codes,
        categories,
        weights=weights_of(ratings, unit.found),
        clusters=clusters_of(ratings, unit.found, repeated=False),
    )
    return too_many if table.codes.size * categories > MOST_NAMED_CELLS else table
