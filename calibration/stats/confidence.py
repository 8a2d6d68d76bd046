"""Is a judge as often right as its confidence says? Scores, what they are made of, and doubt as a signal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.stats import doubt
from calibration.stats.design import cluster_ids, design_weights
from calibration.stats.doubt import Advice, Doubted, auroc, doubted
from calibration.stats.estimate import FloatArray, IntArray, Result, Undefined
from calibration.stats.isotonic import isotonic
from calibration.stats.paired_means import mean_of

SMALLEST = 1e-15
Score = Literal["brier", "log_loss"]


@dataclass(frozen=True, slots=True, eq=False)
class Confident:
    """A judge's stated confidence in each verdict and whether the verdict was right, shape (n,).

    clusters: ids of verdicts that belong together, or None. weights: 1/π where π is unequal, or None.
    """

    confidence: FloatArray
    right: FloatArray
    clusters: IntArray | None = None
    weights: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.confidence)

    def where(self, keep: NDArray[np.bool_]) -> Confident:
        clusters = None if self.clusters is None else self.clusters[keep]
        weights = None if self.weights is None else self.weights[keep]
        return Confident(self.confidence[keep], self.right[keep], clusters, weights)


@dataclass(frozen=True, slots=True)
class Decomposition:
    """score = miscalibration - discrimination + uncertainty: what recalibrating would save, what the
    confidence tells beyond the base rate, and what nobody could have known from the base rate."""

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float


def confident(
    confidence: ArrayLike,
    right: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Confident:
    """Checked: confidences in [0, 1], right 0 or 1, one length; verdicts without a confidence stay out."""
    c, y = np.asarray(confidence, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if c.ndim != 1 or c.shape != y.shape:
        raise ValueError(f"confidence and right must be vectors of one length, not {c.shape} and {y.shape}")
    if not np.all((c >= 0) & (c <= 1)):
        raise ValueError("every confidence must lie in [0, 1]; leave out verdicts without one")
    if not np.all((y == 0) | (y == 1)):
        raise ValueError("right must hold 1 for a right verdict and 0 for a wrong one")
    return Confident(c, y, cluster_ids(clusters, len(c)), design_weights(weights, len(c)))


def losses(data: Confident, score: Score) -> FloatArray:
    """Each verdict's Brier score (c - y)², or log loss -ln of the probability given to what was true."""
    return _losses(data.confidence, data.right, score)


def mean_score(data: Confident, score: Score, *, level: float = 0.95) -> Result:
    """The mean Brier score or log loss with its interval (t, weighted, clustered); lower is better."""
    return mean_of(losses(data, score), weights=data.weights, clusters=data.clusters, level=level).mean


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

    See `calibration.stats.doubt.auroc`: doubt is 1 - confidence.
    """
    return auroc(as_doubt(data), level=level)


def advise(data: Confident) -> Advice:
    """Follow low confidence to errors? See `calibration.stats.doubt.advise`."""
    return doubt.advise(as_doubt(data))


def as_doubt(data: Confident) -> Doubted:
    """Doubt = 1 - confidence, error = not right."""
    return doubted(1 - data.confidence, data.right == 0, weights=data.weights, clusters=data.clusters)


def _losses(confidence: FloatArray, right: FloatArray, score: Score) -> FloatArray:
    if score == "brier":
        return np.asarray((confidence - right) ** 2)
    given = np.where(right == 1, confidence, 1 - confidence)
    return np.asarray(-np.log(np.maximum(given, SMALLEST)))
