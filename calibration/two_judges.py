"""Two judges against the same labels: what differs between them, and whether it can be told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from calibration.agreement_types import Options, ReferenceKind
from calibration.columns import CriterionRatings, JudgeColumn, Ratings
from calibration.comparing import by_category, why_not_by_category
from calibration.judge_agreement import judge_pairs
from calibration.pairing import Pairs, clusters_of, weights_of
from calibration.pooling import main_coefficient
from calibration.quality import CannotEstimate, judge_named
from calibration.reference import reference
from calibration.scales import numbers_of
from calibration.slicing import of_items
from calibration.stats.agreement import names_for
from calibration.stats.compare import compare, mcnemar_of
from calibration.stats.estimate import Result
from calibration.stats.joint import joint_table
from calibration.stats.mcnemar import mcnemar
from calibration.stats.paired_means import mean_of

SCHEMA = "calibrant/compare/1"


@dataclass(frozen=True, slots=True)
class JudgeContrast:
    """One criterion: A minus B by coefficient, and who is right more often on the items where they differ.

    `only_first`, `only_second`: items where that judge alone is right (closer to the reference, on a scale
    without a closed list of answers). `distinguishable`: "no difference" in the main coefficient is rejected,
    which takes clusters into account; McNemar's test does not, so where items are clustered it is too sure.
    """

    main: str
    difference: Mapping[str, Result]
    estimates: tuple[Mapping[str, Result], Mapping[str, Result]]
    n: int
    only_first: int
    only_second: int
    mcnemar_exact: float
    mcnemar_mid_p: float
    p: float | None
    distinguishable: bool
    clustered: bool = False

    def as_json(self) -> dict[str, object]:
        return {
            "difference": {name: found.as_json() for name, found in self.difference.items()},
            "mcnemar_exact": self.mcnemar_exact,
            "mcnemar_mid_p": self.mcnemar_mid_p,
            "distinguishable": self.distinguishable,
            "by": self.main,
            "p": self.p,
            "n": self.n,
            "only_first_right": self.only_first,
            "only_second_right": self.only_second,
        }


@dataclass(frozen=True, slots=True)
class JudgeComparison:
    """Two judges by name, and what separates them on each criterion."""

    judges: tuple[str, str]
    criteria: Mapping[str, JudgeContrast]
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {
            "schema": SCHEMA,
            "judges": list(self.judges),
            "criteria": {name: found.as_json() for name, found in self.criteria.items()},
        }


def compare_judges(
    ratings: Ratings, judges: tuple[str, str], *, kind: ReferenceKind | None = None, level: float = 0.95
) -> JudgeComparison:
    """Judge A minus judge B on the units that both answered and that have a reference, every criterion.

    Raises CannotEstimate for a judge that a criterion does not have, NoSuchReference for a reference that
    its scale does not have.
    """
    criteria = {name: _criterion(found, judges, kind, level) for name, found in ratings.criteria.items()}
    notes = [
        f"{name}: {_without_pi(found)} items have no inclusion probability and were left out"
        for name, found in ratings.criteria.items()
        if _without_pi(found)
    ]
    return JudgeComparison(judges, criteria, (*ratings.notes, *notes))


def _without_pi(ratings: CriterionRatings) -> int:
    return 0 if ratings.pi is None else int(np.isnan(ratings.pi).sum())


def _criterion(
    ratings: CriterionRatings, judges: tuple[str, str], kind: ReferenceKind | None, level: float
) -> JudgeContrast:
    known = ratings if ratings.pi is None else of_items(ratings, ~np.isnan(ratings.pi))
    first, second = (judge_named(known, name) for name in judges)
    return contrast_of(known, first, second, kind=kind, level=level)


def contrast_of(
    ratings: CriterionRatings,
    first: JudgeColumn,
    second: JudgeColumn,
    *,
    kind: ReferenceKind | None = None,
    level: float = 0.95,
    brief: bool = False,
) -> JudgeContrast:
    """The first judge minus the second on ratings whose π, where used, are all known.

    `brief`: the main coefficient alone. Raises CannotEstimate for names on a scale with too many.
    """
    sides = _both(ratings, first, second, kind)
    repeated = sides.kind == "each"
    if by_category(ratings) and not np.any(sides.first.b < 0):
        return _closed(ratings, sides, repeated, level, brief=brief)
    if not ratings.scale.is_numeric:
        raise CannotEstimate(f"{ratings.criterion}: {why_not_by_category(ratings.scale)}")
    return _numbers(ratings, sides, repeated, level)


@dataclass(frozen=True, slots=True, eq=False)
class _Sides:
    """The units that both judges answered: each judge's answer (a) beside the reference's (b)."""

    kind: ReferenceKind
    first: Pairs
    second: Pairs


def _both(
    ratings: CriterionRatings, first: JudgeColumn, second: JudgeColumn, kind: ReferenceKind | None
) -> _Sides:
    held, options = reference(ratings, kind), Options()
    one, two = (judge_pairs(ratings, judge, held, options) for judge in (first, second))
    return _Sides(
        held.kind, one.where(np.isin(one.item, second.item)), two.where(np.isin(two.item, first.item))
    )


def _closed(
    ratings: CriterionRatings, sides: _Sides, repeated: bool, level: float, *, brief: bool
) -> JudgeContrast:
    """Coefficients of a closed scale by joint influence values, McNemar on right and wrong answers."""
    item = sides.first.item
    table = joint_table(
        sides.first.a,
        sides.second.a,
        sides.first.b,
        len(ratings.scale.categories),
        weights=weights_of(ratings, item),
        clusters=clusters_of(ratings, item, repeated=repeated),
    )
    main = main_coefficient(ratings.scale)
    names = [main] if brief else names_for(ratings.scale.kind, "pair")
    found = compare(table, names, values=numbers_of(ratings.scale), level=level)
    test = mcnemar_of(table)
    return JudgeContrast(
        main=main,
        difference={name: one.difference for name, one in found.items()},
        estimates=({n: one.first for n, one in found.items()}, {n: one.second for n, one in found.items()}),
        n=table.n,
        only_first=test.only_first,
        only_second=test.only_second,
        mcnemar_exact=test.exact,
        mcnemar_mid_p=test.mid_p,
        p=found[main].p,
        distinguishable=found[main].distinguishable(level),
        clustered=table.members is not None,
    )


def _numbers(ratings: CriterionRatings, sides: _Sides, repeated: bool, level: float) -> JudgeContrast:
    """Mean absolute error of A minus that of B; the sign test counts who is closer to the reference."""
    item = sides.first.item
    weights, clusters = weights_of(ratings, item), clusters_of(ratings, item, repeated=repeated)
    errors = [np.abs(side.x - side.y) for side in (sides.first, sides.second)]
    means = [mean_of(error, weights=weights, clusters=clusters, level=level) for error in errors]
    gap = mean_of(errors[0] - errors[1], weights=weights, clusters=clusters, level=level)
    test = mcnemar(int((errors[0] < errors[1]).sum()), int((errors[0] > errors[1]).sum()))
    return JudgeContrast(
        main="mae",
        difference={"mae": gap.mean},
        estimates=({"mae": means[0].mean}, {"mae": means[1].mean}),
        n=len(item),
        only_first=test.only_first,
        only_second=test.only_second,
        mcnemar_exact=test.exact,
        mcnemar_mid_p=test.mid_p,
        p=gap.p,
        distinguishable=gap.p is not None and gap.p < 1 - level,
        clustered=clusters is not None,
    )
