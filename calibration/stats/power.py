"""How many labelled items a question needs before anybody labels: floors, widths and certified risks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.agreement import COEFFICIENTS
from calibration.stats.estimate import FloatArray, Undefined
from calibration.stats.pairs import table_of
from calibration.stats.proportions import clopper_pearson
from calibration.stats.quantiles import normal_quantile

MOST_ITEMS = 10_000_000


@dataclass(frozen=True, slots=True)
class Needed:
    """Labelled items that are needed, or the reason why no number of them is enough."""

    items: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """How often each answer is given, by both sides alike, and the coefficient that will be measured.

    values: the numbers of ordered answers for a weighted kappa; None for 1 .. K.
    """

    shares: FloatArray
    coefficient: str = "cohen_kappa"
    values: FloatArray | None = None

    @classmethod
    def binary(cls, prevalence: float) -> Margins:
        return cls.of([prevalence, 1 - prevalence])

    @classmethod
    def of(
        cls, shares: ArrayLike, coefficient: str = "cohen_kappa", values: ArrayLike | None = None
    ) -> Margins:
        """Shares are scaled to sum to 1; ValueError unless at least two answers have a positive share."""
        array = np.asarray(shares, dtype=np.float64)
        if array.ndim != 1 or np.any(~(array >= 0)) or np.count_nonzero(array) < 2:
            raise ValueError("prevalences must not be negative, and at least two must be above 0")
        numbers = None if values is None else np.asarray(values, dtype=np.float64)
        return cls(array / array.sum(), coefficient, numbers)


def variance_per_item(kappa: float, margins: Margins) -> float:
    """n times the squared standard error of kappa (Fleiss, Cohen and Everitt 1969) where kappa is true.

    The joint table is kappa · diag(m) + (1 - kappa) · m mᵀ: both sides have margins m, and kappa has this
    value under any weights.
    """
    m = margins.shares
    joint = kappa * np.diag(m) + (1 - kappa) * np.outer(m, m)
    table = table_of(np.rint(joint * 1e12).astype(np.int64))
    point = COEFFICIENTS[margins.coefficient].point(table, values=margins.values)
    if isinstance(point, Undefined):
        raise ValueError(point.reason)
    return float(joint.ravel() @ point.influence**2)


def items_to_clear(
    floor: float, expect: float, margins: Margins, *, power: float = 0.8, confidence: float = 0.95
) -> Needed:
    """Items until the one-sided lower bound of kappa clears the floor with this power, if `expect` is true.

    n = ((z_confidence √Q0 + z_power √Q1) / (expect - floor))², Q the variance per item at the floor and at
    the expected value (Cantor 1996).
    """
    if expect <= floor:
        return Needed(None, f"the expected value {expect:g} is not above the floor {floor:g}: no n is enough")
    at_floor, at_truth = (math.sqrt(variance_per_item(kappa, margins)) for kappa in (floor, expect))
    reach = normal_quantile(confidence) * at_floor + normal_quantile(power) * at_truth
    return Needed(math.ceil((reach / (expect - floor)) ** 2 - 1e-9))


def items_for_width(width: float, expect: float, margins: Margins, *, confidence: float = 0.95) -> Needed:
    """Items until kappa's two-sided interval is as narrow as `width`: n = (2 z / width)² Q."""
    if width <= 0:
        return Needed(None, "an interval of width 0 needs every item there will ever be")
    z = normal_quantile((1 + confidence) / 2)
    return Needed(math.ceil((2 * z / width) ** 2 * variance_per_item(expect, margins) - 1e-9))


def items_to_certify(risk: float, *, errors: int = 0, confidence: float = 0.95) -> Needed:
    """Items, with this many errors among them, that certify an error rate of at most `risk` (exact binomial).

    The least n whose one-sided Clopper–Pearson upper bound is at most `risk`; without errors
    ln(1 - confidence) / ln(1 - risk), rounded up.
    """
    if not 0 < risk < 1:
        return Needed(None, "a risk of 0 can never be certified, one of 1 needs no items")
    level = 2 * confidence - 1
    return _least(lambda n: clopper_pearson(errors, n, level=level).high <= risk, start=errors + 1)


def items_for_rate(bound: float, expect: float, *, confidence: float = 0.95) -> Needed:
    """Items until the one-sided exact lower bound of a rate clears `bound`, if `expect` is observed.

    The least n at which round(expect · n) successes do; a somewhat larger n may miss it again by rounding.
    """
    if expect <= bound:
        return Needed(None, f"the expected rate {expect:g} is not above {bound:g}: no n is enough")
    level = 2 * confidence - 1
    rough = normal_quantile(confidence) ** 2 * expect * (1 - expect) / (expect - bound) ** 2
    for n in range(1 + int(rough / 3), MOST_ITEMS):
        if clopper_pearson(round(expect * n), n, level=level).low >= bound:
            return Needed(n)
    return Needed(None, f"more than {MOST_ITEMS} items")


def _least(enough: Callable[[int], bool], *, start: int) -> Needed:
    """The least n from `start` on for which a condition holds that, once true, stays true."""
    high = start
    while not enough(high):
        high *= 2
        if high > MOST_ITEMS:
            return Needed(None, f"more than {MOST_ITEMS} items")
    low = start
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return Needed(high)
