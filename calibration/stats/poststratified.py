"""Rates corrected by labels on a random or weighted part of the judged items: post-stratified and PPI++."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.stats.design import sums
from calibration.stats.estimate import FloatArray, IntArray, Result, Undefined
from calibration.stats.prevalence import NO_ANSWER, POSITIVE, Answers, corrected

NAMES = {0: "negative", POSITIVE: "positive", NO_ANSWER: "no answer"}
HALF = 0.5  # added to each of PPI++'s four cells, so that no cell's variance is zero by luck


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """Labelled and judged items by stratum: share of the pool, effective labels, and their positive share."""

    of_item: IntArray
    share: FloatArray
    labels: FloatArray
    positive: FloatArray
    mass: FloatArray


def post_stratified(data: Answers, *, level: float = 0.95) -> Result:
    """Σ_s P(judge says s) · mean(label | judge says s): the efficient estimator for a random sample.

    Strata: the judge's answers, "no answer" being one, times `part`. Var = Σ P_s² μ_s (1 - μ_s) / n_s +
    Var_s(μ) / N, with one positive and one negative label added to each stratum (arXiv 2601.05420; the
    interval is Wilson's on the items this variance is worth). Undefined where the judge never varies, or a
    stratum of the pool has no label.
    """
    obstacle = _obstacle(data)
    if obstacle is not None:
        return obstacle
    strata = _strata(data)
    empty = np.flatnonzero((strata.share > 0) & (strata.labels == 0))
    if len(empty):
        name = NAMES[int(data.judge[data.judged][strata.of_item == empty[0]][0])]
        part = strata.share[empty[0]]
        return Undefined(
            f"no label where the judge says {name} ({part:.1%} of the pool): label some of those"
        )
    smooth = (strata.labels * strata.positive + 1) / (strata.labels + 2)
    value, centre = float(strata.share @ strata.positive), float(strata.share @ smooth)
    pool = float(strata.share @ (smooth - centre) ** 2) / int(data.judged.sum())
    within = float(strata.share**2 @ (smooth * (1 - smooth) / (strata.labels + 2)))
    influence = _influence(data, strata, value)
    return corrected(
        data, value, pool + within, centre, influence, "post-stratified on the verdict, Wilson", level
    )


def ppi_pp(data: Answers, *, level: float = 0.95) -> Result:
    """ȳ + λ (f̄ of the unlabelled - f̄ of the labelled), λ = Cov(y, f) / ((1 + n/N) Var f) (PPI++).

    y: label, f: 1 where the verdict is positive; N: unlabelled (with unequal π: the whole pool). λ and
    variance come from the table with half an item in each cell, which keeps them honest for rare outcomes
    and few labels (Angelopoulos, Duchi and Zrnic 2023, with that guard). Clipped to [0, 1].
    """
    rest = data.fair_rest
    if not rest.any():
        return Undefined("every judged item has a label: nothing is left to predict")
    obstacle = _obstacle(data)
    if obstacle is not None:
        return obstacle
    f, y, weight = (
        (data.judge == POSITIVE).astype(np.float64),
        data.human.astype(np.float64),
        data.weights_of(data.both),
    )
    unlabelled, many = float(f[rest].mean()), int(rest.sum())
    found = _Cells.of(y[data.both], f[data.both], weight)
    smooth = found.smoothed(HALF)
    tuned = smooth.covariance / (
        smooth.variance_f + smooth.n / many * max(unlabelled * (1 - unlabelled), 1e-12)
    )
    value = found.y + tuned * (unlabelled - found.f)
    centre = min(max(smooth.y + tuned * (unlabelled - smooth.f), 1e-9), 1 - 1e-9)
    residual = smooth.y * (1 - smooth.y) - 2 * tuned * smooth.covariance + tuned**2 * smooth.variance_f
    variance = residual / smooth.n + tuned**2 * unlabelled * (1 - unlabelled) / many
    influence = np.zeros(len(f))
    influence[data.both] = weight / weight.sum() * ((y - tuned * f)[data.both] - found.y + tuned * found.f)
    influence[rest] += tuned * (f[rest] - unlabelled) / many
    return corrected(data, value, variance, centre, influence, f"PPI++ (λ = {tuned:.2f}), Wilson", level)


@dataclass(frozen=True, slots=True)
class _Cells:
    """Means of y and f and their covariance on n effective labelled items."""

    n: float
    y: float
    f: float
    both: float

    @property
    def covariance(self) -> float:
        return self.both - self.y * self.f

    @property
    def variance_f(self) -> float:
        return self.f * (1 - self.f)

    @classmethod
    def of(cls, y: FloatArray, f: FloatArray, weight: FloatArray) -> _Cells:
        share = weight / weight.sum()
        effective = float(weight.sum() ** 2 / (weight**2).sum())
        return cls(effective, float(share @ y), float(share @ f), float(share @ (y * f)))

    def smoothed(self, added: float) -> _Cells:
        """With `added` items in each of the four cells of y × f."""
        n = self.n + 4 * added
        y, f = (self.n * self.y + 2 * added) / n, (self.n * self.f + 2 * added) / n
        return _Cells(n, y, f, (self.n * self.both + added) / n)


def _obstacle(data: Answers) -> Undefined | None:
    if not data.both.any():
        return Undefined("no item has both a label and a verdict")
    if len(np.unique(data.judge[data.judged])) < 2:
        return Undefined("the judge gives one answer only, so it adds nothing to the labels")
    return None


def _strata(data: Answers) -> Strata:
    judged = data.judged
    names, of_item = np.unique(data.part[judged] * 3 + data.judge[judged], return_inverse=True)
    count = len(names)
    labelled = data.labelled[judged]
    place, weight = of_item[labelled], data.weights_of(data.both)
    mass, square = sums(place, weight, count), sums(place, weight**2, count)
    positive = sums(place, weight * data.human[data.both], count)
    seen = mass > 0
    share = np.bincount(of_item, minlength=count) / len(of_item)
    labels = np.divide(mass**2, square, out=np.zeros(count), where=seen)
    return Strata(of_item, share, labels, np.divide(positive, mass, out=np.zeros(count), where=seen), mass)


def _influence(data: Answers, strata: Strata, value: float) -> FloatArray:
    """Each item's part of the estimate's error: from the pool's shares, and from its label if it has one."""
    whole, judged = np.zeros(len(data.judge)), data.judged
    whole[judged] = (strata.positive[strata.of_item] - value) / int(judged.sum())
    place = strata.of_item[data.labelled[judged]]
    scale = strata.share[place] * data.weights_of(data.both) / strata.mass[place]
    whole[data.both] += scale * (data.human[data.both] - strata.positive[place])
    return whole
