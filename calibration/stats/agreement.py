"""The table of agreement coefficients: a new one is a function and a row here, the rest follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats import alpha as krippendorff
from calibration.stats import chance, classify, weights
from calibration.stats.counts import CountTable, as_counts
from calibration.stats.estimate import FloatArray, Point, Result, Undefined
from calibration.stats.intervals import Interval, estimated
from calibration.stats.multirater import count_agreement
from calibration.stats.named import NamedTable
from calibration.stats.named import conger as conger_agreement
from calibration.stats.pairs import PairTable
from calibration.stats.pseudo import Table
from calibration.stats.smooth import Smooth, centred, settled
from calibration.stats.stack import Points, Stack, stack_of

Formula = Callable[[Table, FloatArray, FloatArray], Smooth]
Coders = Literal["pair", "many", "named"]
ANY_SCALE = ("binary", "nominal", "pairwise", "ordinal", "interval")
ORDERED = ("ordinal", "interval")
CLOSED = ("binary", "nominal", "pairwise", "ordinal")


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One agreement coefficient: how to compute it, on which scales and coders, and which interval it gets.

    formula(table, mass, values): `values` are the numbers that the categories stand for, shape (K,).
    """

    name: str
    formula: Formula
    coders: tuple[Coders, ...]
    scales: tuple[str, ...] = ANY_SCALE
    interval: Interval = "root"
    chance_corrected: bool = True
    ordered: bool = False
    undefined: str = "only one class was used, so agreement by chance is complete"
    averages_classes: bool = False

    def point(self, table: Table, *, values: ArrayLike | None = None) -> Point | Undefined:
        """The value on this table with one influence value per pattern, or why there is none."""
        if table.pairable == 0:
            return Undefined(_nothing(table))
        with np.errstate(all="ignore"):
            smooth = self.formula(table, table.mass, category_values(table.categories, values))
            if not np.isfinite(smooth.value):
                return Undefined(self.undefined)
            return Point(float(settled(smooth.value)), centred(smooth.influence(), table.mass))

    def points(self, stack: Stack, *, values: ArrayLike | None = None) -> Points:
        """`point` of every table, NaN where there is none."""
        if stack.one_weight or self.interval != "log":  # nothing but alpha asks what an item weighs
            first = stack.tables[0]
            with np.errstate(all="ignore"):
                smooth = self.formula(first, stack.mass, category_values(first.categories, values))
                return Points(settled(smooth.value), centred(smooth.influence(), stack.mass))
        each = [self.points(Stack((table,)), values=values) for table in stack.tables]
        return Points(np.concatenate([p.value for p in each]), np.concatenate([p.influence for p in each]))

    def estimate(self, table: Table, *, values: ArrayLike | None = None, level: float = 0.95) -> Result:
        """The value with its interval, as the coefficient's kind and the sample's design ask for."""
        if table.pairable == 0:
            return Undefined(_nothing(table))
        return self.estimates(Stack((table,)), values=values, level=level)[0]

    def estimates(
        self, stack: Stack, *, values: ArrayLike | None = None, level: float = 0.95
    ) -> list[Result]:
        """`estimate` of every table; none of them is empty."""
        numbers = category_values(stack.tables[0].categories, values)
        found = estimated(
            lambda basis: self.points(basis, values=numbers),
            stack,
            interval=self.interval,
            obstacles=stack.obstacles(chance_corrected=self.chance_corrected, ordered=self.ordered),
            level=level,
            undefined=self.undefined,
        )
        if self.averages_classes:
            return [classify.with_unused_classes_named(*one) for one in zip(found, stack.tables, strict=True)]
        return found


def pair_estimate(
    name: str, table: PairTable, *, values: ArrayLike | None = None, level: float = 0.95
) -> Result:
    """The coefficient called `name` between two coders. KeyError for a name that is not in COEFFICIENTS.

    values: the numbers of the categories for linear, quadratic, interval and ratio kinds; default 1 .. K.
    """
    return COEFFICIENTS[name].estimate(table, values=values, level=level)


def count_estimate(
    name: str, table: CountTable, *, values: ArrayLike | None = None, level: float = 0.95
) -> Result:
    """The coefficient called `name` among exchangeable raters; Undefined where it needs two named coders."""
    coefficient = COEFFICIENTS[name]
    if "many" not in coefficient.coders:
        return Undefined(f"{name} is defined for two coders, not for any number of exchangeable raters")
    return coefficient.estimate(table, values=values, level=level)


def named_estimate(
    name: str, table: NamedTable, *, values: ArrayLike | None = None, level: float = 0.95
) -> Result:
    """The coefficient called `name` among raters who keep their identity (Conger's kappa needs it)."""
    coefficient = COEFFICIENTS[name]
    if "named" not in coefficient.coders:
        return Undefined(f"{name} is defined for two coders, not for any number of raters")
    return coefficient.estimate(table, values=values, level=level)


def all_estimates(
    names: Sequence[str], tables: Sequence[PairTable] | Sequence[CountTable], *,
    values: ArrayLike | None = None, level: float = 0.95,
) -> list[dict[str, Result]]:  # fmt: skip
    """Every named coefficient on every table of one scale, each coefficient evaluated once for all tables."""
    filled = [table for table in tables if table.pairable]
    stack = stack_of(filled) if filled else None
    found = {
        name: iter(COEFFICIENTS[name].estimates(stack, values=values, level=level) if stack else ())
        for name in names
    }
    return [
        {name: next(found[name]) if table.pairable else Undefined(_nothing(table)) for name in names}
        for table in tables
    ]


def names_for(scale_kind: str, coders: Coders) -> tuple[str, ...]:
    """Names of the coefficients that suit a scale ("binary", "nominal", …) and two coders or many."""
    return tuple(c.name for c in COEFFICIENTS.values() if scale_kind in c.scales and coders in c.coders)


def category_values(categories: int, values: ArrayLike | None) -> FloatArray:
    """The categories' numbers; 1 .. K where none are given. ValueError where their number is wrong."""
    if values is None:
        return np.arange(1.0, categories + 1)
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.shape != (categories,) or not np.all(np.isfinite(numbers)):
        raise ValueError(f"values must be {categories} finite numbers, one per category")
    return numbers


def chance_corrected(model: chance.ChanceModel, weighting: weights.Weighting) -> Formula:
    """(pa - pe) / (1 - pe) for one notion of chance and one kind of partial credit."""

    def formula(table: Table, mass: FloatArray, values: FloatArray) -> Smooth:
        if isinstance(table, PairTable):
            return chance.pair_agreement(mass, weighting(values), model)
        return count_agreement(_exchangeable(table), mass, weighting(values), model)

    return _defined(formula, "(pa - pe) / (1 - pe) with", model, weighting)


def alpha(difference: krippendorff.Difference) -> Formula:
    """Krippendorff's alpha for one kind of difference; a pair table is read as units with two answers."""

    def formula(table: Table, mass: FloatArray, values: FloatArray) -> Smooth:
        return krippendorff.alpha(_exchangeable(table), mass, values, difference)

    return _defined(formula, krippendorff.alpha, difference)


def conger(weighting: weights.Weighting) -> Formula:
    """Conger's kappa of named raters; of two coders it is Cohen's."""

    def formula(table: Table, mass: FloatArray, values: FloatArray) -> Smooth:
        if isinstance(table, PairTable):
            return chance.pair_agreement(mass, weighting(values), chance.cohen)
        if isinstance(table, CountTable):
            raise TypeError("Conger's kappa needs named raters: build the table with named_table")
        return conger_agreement(table, mass, weighting(values))

    return _defined(formula, conger_agreement, weighting)


def custom_kappa(matrix: ArrayLike, *, ordered: bool = True) -> Coefficient:
    """Cohen's kappa with one's own agreement weights, shape (K, K), 1 on the diagonal."""
    weighting = weights.custom(np.asarray(matrix, dtype=np.float64))
    return Coefficient(
        "cohen_kappa_custom", chance_corrected(chance.cohen, weighting), ("pair",), ordered=ordered
    )


def _defined(formula: Formula, *parts: object) -> Formula:
    """The formula with its definition: the first paragraphs of its parts' docstrings."""
    told = (part if isinstance(part, str) else (part.__doc__ or "").split("\n\n")[0] for part in parts)
    formula.__doc__ = " ".join(text.strip() for text in told)
    return formula


def _nothing(table: Table) -> str:
    return "no items were compared" if isinstance(table, PairTable) else "no item was rated twice"


def _exchangeable(table: Table) -> CountTable:
    if isinstance(table, CountTable):
        return table
    return as_counts(table) if isinstance(table, PairTable) else table.as_counts()


_pair: tuple[Coders, ...] = ("pair",)
_both: tuple[Coders, ...] = ("pair", "many", "named")
_plain, _squared = weights.identity, weights.quadratic
_ordered = partial(Coefficient, scales=ORDERED, ordered=True)
_rows: Sequence[Coefficient] = (
    Coefficient(
        "percent_agreement", chance_corrected(chance.none, _plain), _both,
        interval="proportion", chance_corrected=False,
    ),
    Coefficient("cohen_kappa", chance_corrected(chance.cohen, _plain), _pair),
    _ordered("cohen_kappa_linear", chance_corrected(chance.cohen, weights.linear), _pair),
    _ordered("cohen_kappa_quadratic", chance_corrected(chance.cohen, _squared), _pair),
    Coefficient("scott_pi", chance_corrected(chance.scott, _plain), _pair),
    Coefficient("fleiss_kappa", chance_corrected(chance.scott, _plain), _both),
    Coefficient("conger_kappa", conger(_plain), ("pair", "named")),
    Coefficient("brennan_prediger", chance_corrected(chance.uniform, _plain), _both),
    Coefficient("gwet_ac1", chance_corrected(chance.gwet, _plain), _both),
    _ordered("gwet_ac2", chance_corrected(chance.gwet, _squared), _both),
    Coefficient("krippendorff_alpha_nominal", alpha(krippendorff.nominal), _both, interval="log"),
    _ordered("krippendorff_alpha_ordinal", alpha(krippendorff.ordinal), _both, interval="log"),
    _ordered("krippendorff_alpha_interval", alpha(krippendorff.interval), _both, interval="log"),
    _ordered("krippendorff_alpha_ratio", alpha(krippendorff.ratio_scale), _both, interval="log"),
    Coefficient(
        "mcc", classify.mcc, _pair, CLOSED,
        undefined="the judge or the reference used one class only, so nothing can correlate",
    ),
    Coefficient(
        "balanced_accuracy", classify.balanced_accuracy, _pair, CLOSED, averages_classes=True,
        undefined="the reference used one class only, so recall of the others is unknown",
    ),
    Coefficient(
        "youden_j", classify.youden_j, _pair, ("binary",),
        undefined="TPR + TNR - 1 needs two categories, both used by the reference",
    ),
    Coefficient(
        "macro_f1", classify.macro_f1, _pair, CLOSED, averages_classes=True,
        undefined="both sides used the same one class only, so F1 of the others is unknown",
    ),
)  # fmt: skip
COEFFICIENTS: dict[str, Coefficient] = {row.name: row for row in _rows}
