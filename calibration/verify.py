"""Computes an agreement's numbers a second time with independent packages and says how far they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from calibration.agreement_types import Agreement, CriterionAgreement, JudgeAgreement, Options
from calibration.columns import CriterionRatings, Ratings
from calibration.judge_agreement import judge_pairs
from calibration.oracles import ALPHA_LEVELS, NUMBER_ORACLES, PAIR_ORACLES, Coded, NoOracle, alpha
from calibration.pairing import Pairs, rater_pairs, weights_of
from calibration.reference import reference
from calibration.scales import numbers_of
from calibration.stats.estimate import Estimate, FloatArray, Result

TOLERANCE = 1e-9
MOST_CELLS = 40_000_000  # raters × units × values² is what the krippendorff package allocates


@dataclass(frozen=True, slots=True)
class Check:
    """One number computed twice; `skipped` says why there is no second computation."""

    criterion: str
    subject: str
    name: str
    package: str
    ours: float | None
    theirs: float | None
    skipped: str | None = None

    @property
    def difference(self) -> float | None:
        return None if self.ours is None or self.theirs is None else abs(self.ours - self.theirs)


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks of an agreement."""

    checks: tuple[Check, ...]

    @property
    def compared(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.difference is not None)

    @property
    def largest(self) -> float | None:
        """The largest difference; None when nothing could be compared."""
        return max((check.difference or 0.0 for check in self.compared), default=None)

    @property
    def passed(self) -> bool:
        return self.largest is not None and self.largest <= TOLERANCE

    def as_json(self) -> dict[str, object]:
        return {
            "schema": "calibrant/verification/1",
            "compared": len(self.compared),
            "skipped": len(self.checks) - len(self.compared),
            "largest_difference": self.largest,
            "tolerance": TOLERANCE,
            "passed": self.passed,
            "checks": [asdict(check) | {"difference": check.difference} for check in self.checks],
        }


def verify(ratings: Ratings, agreement: Agreement, options: Options | None = None) -> Verification:
    """Check every criterion of `agreement`, which was measured on these ratings with these options.

    The references and pairs come from the ratings anew; every coefficient from krippendorff, scikit-learn,
    scipy or statsmodels. Needs the extra `calibrant[verify]`; ModuleNotFoundError says which is missing.
    """
    chosen = options or Options()
    checks = [
        check
        for name, found in agreement.criteria.items()
        for check in _criterion(_weighable(ratings.criteria[name]), found, chosen)
    ]
    return Verification(tuple(checks))


def _criterion(ratings: CriterionRatings, found: CriterionAgreement, options: Options) -> Iterator[Check]:
    numbers = numbers_of(ratings.scale)
    values = np.asarray(
        range(len(ratings.scale.categories)) if numbers is None else numbers, dtype=np.float64
    )
    yield from _humans(ratings, found.humans.estimates, values)
    yield from _rater_pairs(ratings, found, values)
    for judge in found.judges.values():
        yield from _judge(ratings, judge, options, values)


def _humans(
    ratings: CriterionRatings, estimates: Mapping[str, Result], values: FloatArray
) -> Iterator[Check]:
    paired = rater_pairs(ratings).pairs
    both = _coded(ratings, _mirrored(paired), values)
    for name, result in estimates.items():
        if name in ALPHA_LEVELS:
            yield _human_alpha(ratings, name, result, values)
        elif name in ("percent_agreement", "cohen_kappa", "cohen_kappa_linear", "cohen_kappa_quadratic"):
            yield _pair_check(ratings.criterion, "raters, pairs pooled", name, result, both)


def _human_alpha(ratings: CriterionRatings, name: str, result: Result, values: FloatArray) -> Check:
    subject = f"{len(ratings.raters)} raters"
    cells = len(ratings.items) * max(len(values), len(ratings.raters)) ** 2
    if ratings.pi is not None or cells > MOST_CELLS or not len(values):
        why = "krippendorff takes no weights" if ratings.pi is not None else "too large for krippendorff"
        return Check(ratings.criterion, subject, name, "krippendorff", None, None, skipped=why)
    matrix = np.full((len(ratings.raters), len(ratings.items)), np.nan)
    matrix[ratings.rater, ratings.item] = ratings.code
    return _checked(
        ratings.criterion,
        subject,
        name,
        "krippendorff",
        result,
        lambda: alpha(matrix, values, ALPHA_LEVELS[name]),
    )


def _rater_pairs(ratings: CriterionRatings, found: CriterionAgreement, values: FloatArray) -> Iterator[Check]:
    paired = rater_pairs(ratings)
    number = {rater: k for k, rater in enumerate(ratings.raters)}
    for pair in found.humans.pairs:
        first, second = (number[rater] for rater in pair.raters)
        chosen = paired.pairs.where((paired.first == first) & (paired.second == second))
        data = _coded(ratings, chosen, values)
        yield _pair_check(ratings.criterion, " – ".join(pair.raters), "cohen_kappa", pair.cohen_kappa, data)


def _judge(
    ratings: CriterionRatings, found: JudgeAgreement, options: Options, values: FloatArray
) -> Iterator[Check]:
    column = next(judge for judge in ratings.judges if judge.judge == found.judge)
    pairs = judge_pairs(ratings, column, reference(ratings, found.reference), options)
    subject = f"{found.judge} against {found.reference}"
    usable = options.drop == () and options.unparsed is None
    for name, result in found.estimates.items():
        if not usable:
            skipped = "checked without --drop and --unparsed only"
            yield Check(ratings.criterion, subject, name, "", None, None, skipped=skipped)
        elif name in NUMBER_ORACLES:
            yield _number_check(ratings, subject, name, result, pairs)
        else:
            yield _pair_check(ratings.criterion, subject, name, result, _coded(ratings, pairs, values))


def _number_check(ratings: CriterionRatings, subject: str, name: str, result: Result, pairs: Pairs) -> Check:
    package, compute = NUMBER_ORACLES[name]
    if ratings.pi is not None:
        return Check(
            ratings.criterion, subject, name, package, None, None, skipped="checked without weights only"
        )
    return _checked(ratings.criterion, subject, name, package, result, lambda: compute(pairs.x, pairs.y))


def _pair_check(criterion: str, subject: str, name: str, result: Result, data: Coded) -> Check:
    oracle = PAIR_ORACLES.get(name)
    if oracle is None:
        return Check(criterion, subject, name, "", None, None, skipped="no independent package at hand")
    return _checked(criterion, subject, name, oracle.package, result, lambda: oracle.compute(data))


def _checked(
    criterion: str, subject: str, name: str, package: str, result: Result, compute: Callable[[], float]
) -> Check:
    if not isinstance(result, Estimate):
        return Check(criterion, subject, name, package, None, None, skipped=f"undefined: {result.reason}")
    try:
        theirs = float(compute())
    except NoOracle as reason:
        return Check(criterion, subject, name, package, result.value, None, skipped=str(reason))
    return Check(criterion, subject, name, package, result.value, theirs)


def _coded(ratings: CriterionRatings, pairs: Pairs, values: FloatArray) -> Coded:
    return Coded(pairs.a, pairs.b, len(values), values, weights_of(ratings, pairs.item))


def _mirrored(pairs: Pairs) -> Pairs:
    """Every pair in both orders."""
    twice = (
        np.concatenate([left, right])
        for left, right in (
            (pairs.item, pairs.item), (pairs.a, pairs.b), (pairs.b, pairs.a),
            (pairs.x, pairs.y), (pairs.y, pairs.x),
        )
    )  # fmt: skip
    return Pairs(*twice)


def _weighable(ratings: CriterionRatings) -> CriterionRatings:
    """Items without a known inclusion probability take no part where weights are used."""
    if ratings.pi is None:
        return ratings
    from calibration.slicing import of_items

    return of_items(ratings, ~np.isnan(ratings.pi))
