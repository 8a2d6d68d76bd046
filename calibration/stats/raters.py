"""How raters behave: lenient or strict, consistent with themselves, right on known items, drifting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.agreement import pair_estimate
from calibration.stats.design import sums
from calibration.stats.estimate import Estimate, FloatArray, IntArray, Result, Undefined
from calibration.stats.paired_means import mean_of
from calibration.stats.pairs import pair_table
from calibration.stats.proportions import clopper_pearson
from calibration.stats.quantiles import normal_quantile
from calibration.stats.sequential import Alarm, below_floor

SMOOTHING = 0.2  # weight of the newest answer in the moving average


@dataclass(frozen=True, slots=True)
class Consistency:
    """A rater's answers to items served twice: raw agreement and kappa between first and second answer."""

    agreement: Result
    kappa: Result


@dataclass(frozen=True, slots=True, eq=False)
class Drift:
    """A rater's deviations over time: their moving average with its limits, and the first that is outside.

    average, limit: after each answer, shape (n,); outside where |average| > limit. first: counted from 1.
    """

    average: FloatArray
    limit: FloatArray
    first: int | None


def leniency(
    item: ArrayLike,
    rater: ArrayLike,
    number: ArrayLike,
    *,
    raters: int,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> tuple[Result, ...]:
    """Mean signed difference of each rater's number to the mean of the others on the same items.

    item, rater, number: one entry per label; clusters: one per label. Positive: more lenient, where higher is
    better. Items that nobody else rated do not count. t interval over items.
    """
    which, who = np.asarray(item, dtype=np.int64), np.asarray(rater, dtype=np.int64)
    value = np.asarray(number, dtype=np.float64)
    gap, shared = deviations(which, value)
    group = None if clusters is None else np.asarray(clusters, dtype=np.int64)
    found: list[Result] = []
    for one in range(raters):
        mine = shared & (who == one)
        if not mine.any():
            found.append(Undefined("no item of this rater was rated by anybody else"))
            continue
        # a rater's repeated answers to one item are one observation
        near = which[mine] if group is None else group[mine]
        repeated = len(np.unique(near)) < len(near)
        found.append(mean_of(gap[mine], clusters=near if repeated else None, level=level).mean)
    return tuple(found)


def deviations(
    item: IntArray, number: FloatArray
) -> tuple[FloatArray, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Each label's difference to the mean of the item's other labels, and whether there are any."""
    _, place = np.unique(item, return_inverse=True)
    count = np.bincount(place)
    total = sums(place, number, len(count))
    others = count[place] - 1
    shared = others > 0
    gap = np.zeros(len(number))
    gap[shared] = number[shared] - (total[place] - number)[shared] / others[shared]
    return gap, shared


def consistency(
    first: ArrayLike,
    second: ArrayLike,
    categories: int,
    *,
    values: ArrayLike | None = None,
    level: float = 0.95,
) -> Consistency:
    """Agreement of a rater with themselves on blind repeats; kappa is quadratic where `values` are given.

    A judge cannot be expected to agree with a rater more than the rater does.
    """
    table = pair_table(first, second, categories)
    name = "cohen_kappa" if values is None else "cohen_kappa_quadratic"
    return Consistency(
        pair_estimate("percent_agreement", table, level=level),
        pair_estimate(name, table, values=values, level=level),
    )


def gold_accuracy(right: int, n: int, *, level: float = 0.95) -> Result:
    """Share of right answers on items with a known answer, with the exact (Clopper–Pearson) interval."""
    if n == 0:
        return Undefined("no gold item was answered")
    bounds = clopper_pearson(right, n, level=level)
    return Estimate(right / n, bounds.low, bounds.high, level, n, n, "Clopper–Pearson")


def gold_alarm(right: ArrayLike, *, floor: float = 0.8, alpha: float = 0.05) -> Alarm:
    """Whether a rater has fallen below the floor on gold items; may be looked at after every answer."""
    return below_floor(right, floor, alpha=alpha)


def drift(deviation: ArrayLike, *, alpha: float = 0.05, smoothing: float = SMOOTHING) -> Drift | Undefined:
    """EWMA chart of signed deviations in the order of time (Roberts 1959), limits for the whole series.

    deviation: each answer minus the consensus of the others, or minus the known value of an anchor item. The
    centre and spread are those of the first half; limits are Bonferroni's over the second half, so that a
    steady rater leaves them with probability about alpha at most.
    """
    x = np.asarray(deviation, dtype=np.float64)
    half = len(x) // 2
    if half < 10:
        return Undefined(f"{len(x)} answers: drift needs 20, the first half of which is the baseline")
    centre, spread = float(x[:half].mean()), float(x[:half].std(ddof=1))
    if spread == 0:
        return Undefined("the baseline never deviates, so there is no measure of drift")
    average = np.empty(len(x))
    level = 0.0
    for k, value in enumerate((x - centre).tolist()):
        level += smoothing * (value - level)
        average[k] = level
    tested = len(x) - half
    z = normal_quantile(1 - alpha / (2 * tested))
    age = np.arange(1, len(x) + 1)
    noise = smoothing / (2 - smoothing) * (1 - (1 - smoothing) ** (2 * age)) + 1 / half
    limit = z * spread * np.sqrt(noise)
    outside = np.flatnonzero(np.abs(average[half:]) > limit[half:])
    return Drift(average, limit, half + int(outside[0]) + 1 if len(outside) else None)
