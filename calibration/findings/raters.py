"""How the raters of a criterion behave: lenient, in line with others, consistent, right where it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from calibration.columns import CriterionRatings
from calibration.comparing import by_category, table_of_pairs
from calibration.findings.suggested import fitted, several
from calibration.pairing import Pairs, clusters_of, rater_pairs
from calibration.pooling import main_coefficient
from calibration.reference import reference
from calibration.scales import numbers_of
from calibration.slicing import of_items
from calibration.stats.agreement import all_estimates
from calibration.stats.estimate import FloatArray, IntArray, Result, Undefined
from calibration.stats.raters import Consistency, consistency, gold_accuracy, leniency

NO_ORDER = "answers of this scale have no better and worse"
NO_PLANTED = Undefined("no planted error was answered")


def _no_codes() -> IntArray:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class RaterChecks:
    """One rater's labels that are not for estimating: items served twice, and items with a known answer.

    first, second: codes of the two answers, shape (repeats,). gold_right of gold_n answers were right;
    planted_found of planted_n planted errors were found by the answer.
    """

    first: IntArray = field(default_factory=_no_codes)
    second: IntArray = field(default_factory=_no_codes)
    gold_right: int = 0
    gold_n: int = 0
    planted_found: int = 0
    planted_n: int = 0


@dataclass(frozen=True, slots=True)
class RaterFindings:
    """One rater: items answered for estimating, all labels given, and how they compare.

    leniency: mean signed difference to the others (on a binary scale: how much more often the first answer).
    agreement, kappa: with every other rater on the same items. consistency: with the own earlier answer.
    """

    rater: str
    items: int
    labels: int
    leniency: Result
    agreement: Result
    kappa: Result
    consistency: Consistency | Undefined
    gold: Result
    planted: Result = NO_PLANTED

    def as_json(self) -> dict[str, object]:
        own = self.consistency
        return {
            "rater": self.rater,
            "items": self.items,
            "labels": self.labels,
            "leniency": self.leniency.as_json(),
            "percent_agreement": self.agreement.as_json(),
            "kappa": self.kappa.as_json(),
            "consistency": own.as_json()
            if isinstance(own, Undefined)
            else {"percent_agreement": own.agreement.as_json(), "kappa": own.kappa.as_json()},
            "gold": self.gold.as_json(),
            "planted_found": self.planted.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Dawid–Skene's likely answers on the `items` that several raters answered: suggestions, not truth.

    differs: items where the suggestion is not the raters' majority; tied: where the majority is tied and a
    suggestion exists; scarce: raters with too few answers for their confusions to mean much.
    """

    items: int
    differs: int
    tied: int
    converged: bool
    scarce: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        return {
            "items": self.items,
            "differs": self.differs,
            "tied": self.tied,
            "converged": self.converged,
            "scarce": list(self.scarce),
        }


@dataclass(frozen=True, slots=True)
class CriterionRaters:
    """All raters of one criterion, `coefficient` naming their kappa, and what Dawid–Skene would suggest."""

    criterion: str
    coefficient: str
    raters: tuple[RaterFindings, ...]
    suggestions: Suggestions | Undefined

    def as_json(self) -> dict[str, object]:
        return {
            "coefficient": self.coefficient,
            "raters": [rater.as_json() for rater in self.raters],
            "suggestions": self.suggestions.as_json(),
        }


def rater_findings(
    ratings: CriterionRatings, *, checks: Mapping[str, RaterChecks] | None = None, level: float = 0.95
) -> CriterionRaters:
    """Every rater of a criterion; agreement with others is weighted where items were drawn unequally.

    Leniency compares raters on the same items and is not weighted; items of unknown π enter no agreement.
    checks: repeats and gold by rater's name. Intervals are at `level`, clustered by item or cluster.
    """
    known, size = checks or {}, len(ratings.raters)
    lenient = _leniency(ratings, level)
    agreed = _agreement(ratings, level)
    count = np.bincount(ratings.rater, minlength=size)
    refused = np.bincount(ratings.na_rater, minlength=size)
    found = []
    for k, name in enumerate(ratings.raters):
        own = known.get(name, RaterChecks())
        items = int(count[k] + refused[k])
        found.append(
            RaterFindings(
                rater=name,
                items=items,
                labels=items + len(own.second) + own.gold_n + own.planted_n,
                leniency=lenient[k],
                agreement=agreed[k].agreement,
                kappa=agreed[k].kappa,
                consistency=_consistency(ratings, own, level),
                gold=gold_accuracy(own.gold_right, own.gold_n, level=level),
                planted=planted_found(own.planted_found, own.planted_n, level=level),
            )
        )
    return CriterionRaters(
        ratings.criterion, main_coefficient(ratings.scale), tuple(found), suggestions(ratings)
    )


def planted_found(found: int, n: int, *, level: float = 0.95) -> Result:
    """Share of planted errors that were found; what is left of 1 slips through."""
    return gold_accuracy(found, n, level=level) if n else NO_PLANTED


def _leniency(ratings: CriterionRatings, level: float) -> tuple[Result, ...]:
    size = len(ratings.raters)
    numbers = _as_numbers(ratings)
    if numbers is None:
        return (Undefined(NO_ORDER),) * size
    clusters = clusters_of(ratings, ratings.item, repeated=False)
    return leniency(ratings.item, ratings.rater, numbers, raters=size, clusters=clusters, level=level)


def _as_numbers(ratings: CriterionRatings) -> FloatArray | None:
    """The answers as numbers; on a binary scale 1 for the first answer, 0 for the other."""
    if ratings.scale.is_numeric:
        return ratings.number
    return (ratings.code == 0).astype(np.float64) if ratings.scale.kind == "binary" else None


def _agreement(ratings: CriterionRatings, level: float) -> list[Consistency]:
    """Each rater (a) beside every other rater of the same items (b); items, or clusters, are the units."""
    size = len(ratings.raters)
    if not by_category(ratings):
        nothing = Undefined("agreement needs a closed scale of few answers")
        return [Consistency(nothing, nothing)] * size
    if ratings.pi is not None and np.isnan(ratings.pi).any():
        ratings = of_items(ratings, ~np.isnan(ratings.pi))
    pairs = rater_pairs(ratings)
    first, second, both = pairs.first, pairs.second, pairs.pairs
    swapped = Pairs(both.item, both.b, both.a, both.y, both.x)
    tables = [
        table_of_pairs(ratings, _joined(both.where(first == k), swapped.where(second == k)), repeated=True)
        for k in range(size)
    ]
    kappa, values = main_coefficient(ratings.scale), numbers_of(ratings.scale)
    alone = Undefined("no item of this rater was rated by anybody else")
    shared = [k for k, table in enumerate(tables) if table.n]
    found = iter(
        all_estimates(("percent_agreement", kappa), [tables[k] for k in shared], values=values, level=level)
        if shared
        else ()
    )
    made = {k: next(found) for k in shared}
    return [
        Consistency(made[k]["percent_agreement"], made[k][kappa]) if k in made else Consistency(alone, alone)
        for k in range(size)
    ]


def _joined(one: Pairs, other: Pairs) -> Pairs:
    return Pairs(
        *(np.concatenate([getattr(one, name), getattr(other, name)]) for name in ("item", "a", "b", "x", "y"))
    )


def _consistency(ratings: CriterionRatings, own: RaterChecks, level: float) -> Consistency | Undefined:
    if not len(own.second):
        return Undefined("no item was served twice")
    if not by_category(ratings):
        return Undefined("consistency needs a closed scale of few answers")
    values = numbers_of(ratings.scale) if ratings.scale.is_numeric else None
    return consistency(own.first, own.second, len(ratings.scale.categories), values=values, level=level)


def suggestions(ratings: CriterionRatings) -> Suggestions | Undefined:
    """How often Dawid–Skene (1979) would say something else than the raters' majority."""
    found = fitted(ratings)
    if isinstance(found, Undefined):
        return found
    shared = several(ratings)
    majority = reference(ratings, "majority")
    clear = shared[majority.item]
    differs = found.suggestion[majority.item[clear]] != majority.code[clear]
    present = set(np.unique(ratings.rater[shared[ratings.item]]).tolist())
    return Suggestions(
        items=int(shared.sum()),
        differs=int(differs.sum()),
        tied=int(shared.sum() - clear.sum()),
        converged=found.converged,
        scarce=tuple(ratings.raters[k] for k in found.scarce if k in present),
    )
