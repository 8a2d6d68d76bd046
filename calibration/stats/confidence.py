"""Is a judge as often right as its confidence says? Scores, what they are made of, and doubt as a signal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.stats.design import cluster_ids, sums
from calibration.stats.estimate import Estimate, FloatArray, IntArray, Result, Undefined
from calibration.stats.isotonic import isotonic
from calibration.stats.obstacles import TOO_FEW_CLUSTERS
from calibration.stats.paired_means import mean_of
from calibration.stats.quantiles import normal_quantile, t_quantile

LEAST_OF_KIND = 10  # errors, and right answers, below which confidence as a signal is not judged
SMALLEST = 1e-15
Score = Literal["brier", "log_loss"]
Follow = Literal["follow", "inverted", "ignore"]


@dataclass(frozen=True, slots=True, eq=False)
class Confident:
    """A judge's stated confidence in each verdict and whether the verdict was right, shape (n,).

    clusters: ids of verdicts that belong together, or None.
    """

    confidence: FloatArray
    right: FloatArray
    clusters: IntArray | None = None

    def __len__(self) -> int:
        return len(self.confidence)

    def where(self, keep: NDArray[np.bool_]) -> Confident:
        clusters = None if self.clusters is None else self.clusters[keep]
        return Confident(self.confidence[keep], self.right[keep], clusters)


@dataclass(frozen=True, slots=True)
class Decomposition:
    """score = miscalibration - discrimination + uncertainty: what recalibrating would save, what the
    confidence tells beyond the base rate, and what nobody could have known from the base rate."""

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do with a signal, its AUROC for errors, and the sentence that says why."""

    follow: Follow
    auroc: Result
    reason: str


def confident(confidence: ArrayLike, right: ArrayLike, *, clusters: ArrayLike | None = None) -> Confident:
    """Checked: confidences in [0, 1], right 0 or 1, one length; verdicts without a confidence stay out."""
    c, y = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if c.ndim != 1 or c.shape != y.shape:
        raise ValueError(f"confidence and right must be vectors of one length, not {c.shape} and {y.shape}")
    if not np.all((c >= 0) & (c <= 1)):
        raise ValueError("every confidence must lie in [0, 1]; leave out verdicts without one")
    if not np.all((y == 0) | (y == 1)):
        raise ValueError("right must hold 1 for a right verdict and 0 for a wrong one")
    return Confident(c, y, cluster_ids(clusters, len(c)))


def losses(data: Confident, score: Score) -> FloatArray:
    """Each verdict's Brier score (c - y)², or log loss -ln of the probability given to what was true."""
    return _losses(data.confidence, data.right, score)


def mean_score(data: Confident, score: Score, *, level: float = 0.95) -> Result:
    """The mean Brier score or log loss with its interval (t, clustered); lower is better."""
    return mean_of(losses(data, score), clusters=data.clusters, level=level).mean


def corp(data: Confident, score: Score = "brier") -> Decomposition | Undefined:
    """Miscalibration, discrimination and uncertainty by isotonic recalibration (Dimitriadis, Gneiting and
    Jordan 2021): MCB = S - S(recalibrated), DSC = S(base rate) - S(recalibrated), UNC = S(base rate)."""
    if not len(data):
        return Undefined("no verdict has a confidence")
    fitted = isotonic(data.confidence, data.right)(data.confidence)
    base = np.full(len(data), data.right.mean())
    stated, best, constant = (
        float(_losses(c, data.right, score).mean()) for c in (data.confidence, fitted, base)
    )
    return Decomposition(stated, stated - best, constant - best, constant)


def error_auroc(data: Confident, *, level: float = 0.95) -> Result:
    """P(a wrong verdict has less confidence than a right one) + half the ties: how well doubt finds errors.

    DeLong, DeLong and Clarke-Pearson (1988) for the variance, with clusters Obuchowski's (1997) sums; the
    interval is made on the logit scale.
    """
    wrong, right = data.confidence[data.right == 0], data.confidence[data.right == 1]
    if not len(wrong) or not len(right):
        return Undefined("every verdict is right" if len(right) else "no verdict is right")
    of_wrong = _share_above(wrong, np.sort(right))
    of_right = 1 - _share_above(right, np.sort(wrong))
    area = float(of_wrong.mean())
    influence = np.empty(len(data))
    influence[data.right == 0] = (of_wrong - area) / len(wrong)
    influence[data.right == 1] = (of_right - area) / len(right)
    return _area_estimate(area, influence, data, level)


def advise(data: Confident) -> Advice:
    """Follow low confidence to errors? Only if the one-sided 95% bound says better (or worse) than chance.

    Fewer than 10 wrong or 10 right verdicts: ignore, and say how many labels more the pilot needs.
    """
    found = error_auroc(data, level=0.90)  # both ends are one-sided 95% bounds
    wrong = int((data.right == 0).sum())
    scarce = min(wrong, len(data) - wrong)
    if scarce < LEAST_OF_KIND:
        # a Laplace share, so that a pilot without errors still gives a number
        more = math.ceil((LEAST_OF_KIND - scarce) * (len(data) + 2) / (scarce + 1))
        kind = "wrong" if wrong == scarce else "right"
        return Advice("ignore", found, f"pilot too small: {scarce} {kind} verdicts; label {more} more")
    if isinstance(found, Undefined) or found.low is None or found.high is None:
        return Advice("ignore", found, "no interval for the AUROC")
    if found.low > 0.5:
        return Advice("follow", found, "doubt finds errors better than chance")
    if found.high < 0.5:
        return Advice("inverted", found, "the judge is surer where it is wrong")
    return Advice("ignore", found, "doubt is not shown to find errors better than chance")


def _losses(confidence: FloatArray, right: FloatArray, score: Score) -> FloatArray:
    if score == "brier":
        return np.asarray((confidence - right) ** 2)
    given = np.where(right == 1, confidence, 1 - confidence)
    return np.asarray(-np.log(np.maximum(given, SMALLEST)))


def _share_above(x: FloatArray, ordered: FloatArray) -> FloatArray:
    """For each x the share of `ordered` above it, ties as half."""
    above = len(ordered) - np.searchsorted(ordered, x, side="right")
    equal = np.searchsorted(ordered, x, side="right") - np.searchsorted(ordered, x, side="left")
    return np.asarray((above + equal / 2) / len(ordered))


def _area_estimate(area: float, influence: FloatArray, data: Confident, level: float) -> Estimate:
    n = len(data)
    if data.clusters is None:
        clusters, method, quantile = n, "DeLong, logit", normal_quantile((1 + level) / 2)
        variance = 0.0
        for kind in (0, 1):
            part = influence[data.right == kind]
            variance += float((part**2).sum()) * len(part) / max(len(part) - 1, 1)
    else:
        _, group = np.unique(data.clusters, return_inverse=True)
        clusters = int(group.max()) + 1
        method, quantile = "DeLong, logit, clustered", t_quantile((1 + level) / 2, max(clusters - 1, 1))
        variance = float((sums(group, influence, clusters) ** 2).sum()) * clusters / max(clusters - 1, 1)
        if clusters < TOO_FEW_CLUSTERS:
            reason = f"too few clusters: {clusters}, {TOO_FEW_CLUSTERS} are needed"
            return Estimate(area, None, None, level, n, clusters, "no interval", reason)
    if variance <= 0 or not 0 < area < 1:
        reason = "wrong and right verdicts do not overlap in confidence"
        return Estimate(area, None, None, level, n, clusters, "no interval", reason)
    logit, half = math.log(area / (1 - area)), quantile * math.sqrt(variance) / (area * (1 - area))
    low, high = (1 / (1 + math.exp(-min(max(end, -700.0), 700.0))) for end in (logit - half, logit + half))
    return Estimate(area, low, high, level, n, clusters, method)
