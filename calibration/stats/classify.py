"""A judge as a classifier of what the reference says, per class and averaged; no class is imputed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calibration.stats.design import Members, Patterns
from calibration.stats.estimate import Estimate, FloatArray, IntArray, Result, Undefined
from calibration.stats.obstacles import TOO_FEW_CLUSTERS
from calibration.stats.pairs import PairTable
from calibration.stats.proportions import Bounds, clopper_pearson, effective_n, wilson
from calibration.stats.smooth import TINY, Smooth, ratio

Purpose = Literal["display", "certification"]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ClassAgreement:
    """One category: how often the judge finds it, is right about it, and both together.

    `f1` is also the specific agreement of the category (Dice): 2 n_cc / (n_c. + n_.c), symmetric in the two
    coders. `reference` and `judge` count the units that each of them puts there.
    """

    category: int
    reference: int
    judge: int
    precision: Result
    recall: Result
    f1: Result


@dataclass(frozen=True, slots=True)
class BinaryRates:
    """True positive rate (sensitivity) and true negative rate (specificity) against the reference."""

    tpr: Result
    tnr: Result


def confusion(table: PairTable) -> IntArray:
    """Number of units by judge's answer (rows) and reference's (columns), unweighted; shape (K, K)."""
    return table.counts


def per_class(
    table: PairTable, *, level: float = 0.95, purpose: Purpose = "display"
) -> tuple[ClassAgreement, ...]:
    """Precision, recall and F1 of every declared category, each with its interval; rows are the judge."""
    by_judge, by_reference = table.counts.sum(axis=1), table.counts.sum(axis=0)
    return tuple(
        ClassAgreement(
            category,
            int(by_reference[category]),
            int(by_judge[category]),
            precision=_precision(table, category, level, purpose),
            recall=recall(table, category, level=level, purpose=purpose),
            f1=specific_agreement(table, category, level=level, purpose=purpose),
        )
        for category in range(table.categories)
    )


def binary_rates(
    table: PairTable, *, positive: int = 0, level: float = 0.95, purpose: Purpose = "display"
) -> BinaryRates:
    """TPR = P(judge says positive | reference does), TNR the same for the other category.

    "display" gives Wilson's interval, "certification" Clopper–Pearson's, both on the effective number of
    units where the sample is clustered or weighted. ValueError unless there are two categories.
    """
    if table.categories != 2:
        raise ValueError(f"TPR and TNR need two categories, the table has {table.categories}")
    return BinaryRates(
        tpr=recall(table, positive, level=level, purpose=purpose),
        tnr=recall(table, 1 - positive, level=level, purpose=purpose),
    )


def recall(table: PairTable, category: int, *, level: float = 0.95, purpose: Purpose = "display") -> Result:
    """P(judge says c | reference says c) = p_cc / p_.c; Undefined where the reference never says c."""
    judge, reference = cells(table)
    return share(
        table, (judge == category) & (reference == category), reference == category,
        level=level, purpose=purpose, empty=f"the reference never uses category {category + 1}",
    )  # fmt: skip


def _precision(table: PairTable, category: int, level: float, purpose: Purpose) -> Result:
    """P(reference says c | judge says c) = p_cc / p_c.; Undefined where the judge never says c."""
    judge, reference = cells(table)
    return share(
        table, (judge == category) & (reference == category), judge == category,
        level=level, purpose=purpose, empty=f"the judge never uses category {category + 1}",
    )  # fmt: skip


def specific_agreement(
    table: PairTable, category: int, *, level: float = 0.95, purpose: Purpose = "display"
) -> Result:
    """F1 = 2 p_cc / (p_c. + p_.c) = 2J / (1 + J), J = p_cc / P(either says c).

    J is a plain proportion of the units that either coder puts in c, so F1 takes the ends of J's interval
    through the same increasing function: it stays in [0, 1] and works where nothing disagrees.
    """
    judge, reference = cells(table)
    found = share(
        table, (judge == category) & (reference == category), (judge == category) | (reference == category),
        level=level, purpose=purpose, empty=f"neither side uses category {category + 1}",
    )  # fmt: skip
    if isinstance(found, Undefined):
        return found
    low, high = (None if end is None else _dice(end) for end in (found.low, found.high))
    method = found.method if low is None else f"{found.method}, on the Jaccard share"
    return replace(found, value=_dice(found.value), low=low, high=high, method=method)


def share(
    table: Patterns, top: Mask, bottom: Mask, *, level: float, purpose: Purpose = "display", empty: str
) -> Result:
    """Mass of the patterns in `top` over the mass of those in `bottom` (top within bottom), as a proportion.

    n and clusters count what lies in `bottom`. Clustered or weighted samples use the effective number of
    units (Korn and Graubard 1998). Undefined, with `empty` as the reason, where nothing lies in `bottom`.
    """
    n, base = int(table.tally[bottom].sum()), float(table.mass[bottom].sum())
    if n == 0:
        return Undefined(empty)
    value = min(1.0, float(table.mass[top].sum()) / base)
    plain = table.members is None and not table.weighted
    clusters = n if table.members is None else _clusters_in(table.members, bottom)
    method = ("Wilson" if purpose == "display" else "Clopper–Pearson") + _design(table)
    if table.members is not None and clusters < TOO_FEW_CLUSTERS:
        reason = f"too few clusters: {clusters}, {TOO_FEW_CLUSTERS} are needed"
        return Estimate(value, None, None, level, n, clusters, "no interval", reason)
    size = float(n)
    if not plain:
        influence = (top - value * bottom) * table.total / base
        kish = base**2 / float(table.square[bottom].sum()) if table.weighted else float(n)
        size = effective_n(value, table.spread(influence).variance, kish, clusters, level=level)
    bounds = _bounds(value * size, size, level, purpose)
    return Estimate(value, min(bounds.low, value), max(bounds.high, value), level, n, clusters, method)


def cells(table: PairTable) -> tuple[IntArray, IntArray]:
    """The judge's and the reference's category of each pattern of the table, shapes (K²,)."""
    index = np.arange(table.categories**2)
    return index // table.categories, index % table.categories


def mcc(table: object, mass: FloatArray, values: FloatArray) -> Smooth:
    """(Σ p_kk - Σ r_k c_k) / √((1 - Σ r²)(1 - Σ c²)), r and c the judge's and the reference's margins.

    Matthews (1975) for two classes, Gorodkin's R_K (2004) for more. NaN where either uses one class only.
    """
    p, r, c = _margins(mass, len(values))
    spread_r, spread_c = 1 - (r**2).sum(-1), 1 - (c**2).sum(-1)
    both_spread = (spread_r > TINY) & (spread_c > TINY)  # the root of a rounding error is no spread
    root = np.sqrt(np.where(both_spread, spread_r * spread_c, 0.0))
    excess = p.trace(axis1=-2, axis2=-1) - (r * c).sum(-1)
    value = ratio(excess, root)

    def influence() -> FloatArray:
        by_excess = np.eye(len(values)) - c[..., :, None] - r[..., None, :]
        by_spread = (r / spread_r[..., None])[..., :, None] + (c / spread_c[..., None])[..., None, :]
        cell = by_excess / root[..., None, None] + value[..., None, None] * by_spread
        return np.asarray(cell.reshape(mass.shape))

    return Smooth(value, influence)


def balanced_accuracy(table: object, mass: FloatArray, values: FloatArray) -> Smooth:
    """Mean over the reference's classes of recall; two classes: (TPR + TNR) / 2. NaN for fewer than two."""
    p, _, c = _margins(mass, len(values))
    used = c > 0
    classes = used.sum(-1).astype(np.float64)
    recalls = np.where(used, np.diagonal(p, axis1=-2, axis2=-1) / np.where(used, c, 1), 0)
    value = np.where(classes >= 2, recalls.sum(-1) / np.maximum(classes, 1), np.nan)

    def influence() -> FloatArray:
        per_column = np.where(used, 1 / np.where(used, c, 1), 0)[..., None, :]
        cell = (np.eye(len(values)) - recalls[..., None, :]) * per_column
        return np.asarray((cell / classes[..., None, None]).reshape(mass.shape))

    return Smooth(value, influence)


def youden_j(table: object, mass: FloatArray, values: FloatArray) -> Smooth:
    """TPR + TNR - 1 of two classes: the share of a true gap that the judge shows (Youden 1950)."""
    half = balanced_accuracy(table, mass, values)
    if len(values) != 2:
        return Smooth(np.full(mass.shape[:-1], np.nan), half.influence)
    return Smooth(2 * half.value - 1, lambda: 2 * half.influence())


def macro_f1(table: object, mass: FloatArray, values: FloatArray) -> Smooth:
    """Mean over the classes that either side uses of F1 = 2 p_cc / (p_c. + p_.c). NaN for fewer than two."""
    p, r, c = _margins(mass, len(values))
    both = r + c
    used = both > 0
    classes = used.sum(-1).astype(np.float64)
    safe = np.where(used, both, 1)
    scores = np.where(used, 2 * np.diagonal(p, axis1=-2, axis2=-1) / safe, 0)
    value = np.where(classes >= 2, scores.sum(-1) / np.maximum(classes, 1), np.nan)

    def influence() -> FloatArray:
        weight = scores / safe
        cell = np.eye(len(values)) * (2 / safe)[..., None] - weight[..., :, None] - weight[..., None, :]
        return np.asarray((cell / classes[..., None, None]).reshape(mass.shape))

    return Smooth(value, influence)


def with_unused_classes_named(estimate: Result, table: Patterns) -> Result:
    """The estimate of an average over classes, warning of the declared classes that it could not include."""
    if isinstance(estimate, Undefined) or not isinstance(table, PairTable):
        return estimate
    idle = int((table.counts.sum(axis=0) == 0).sum())
    if idle == 0:
        return estimate
    text = f"{idle} of {table.categories} declared categories never occur in the reference"
    return replace(estimate, warnings=(*estimate.warnings, text))


def _margins(mass: FloatArray, categories: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    p = mass.reshape(*mass.shape[:-1], categories, categories) / mass.sum(-1)[..., None, None]
    return p, p.sum(-1), p.sum(-2)


def _dice(jaccard: float) -> float:
    return 2 * jaccard / (1 + jaccard)


def _bounds(successes: float, n: float, level: float, purpose: Purpose) -> Bounds:
    make: Callable[..., Bounds] = wilson if purpose == "display" else clopper_pearson
    return make(successes, n, level=level)


def _clusters_in(members: Members, patterns: Mask) -> int:
    """Clusters that hold at least one unit of the given patterns."""
    held = np.unique(members.cluster[patterns[members.pattern]])
    return int(members.copies[held].sum())


def _design(table: Patterns) -> str:
    clustered = ", clustered" if table.members is not None else ""
    return clustered + (", weighted by 1/π" if table.weighted else "")
