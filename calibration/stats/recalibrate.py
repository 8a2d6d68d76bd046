"""Confidence put right by temperature, Platt or isotonic; never judged on the labels it was fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.confidence import Confident, losses, mean_score
from calibration.stats.estimate import FloatArray, IntArray, Result, Undefined
from calibration.stats.isotonic import Isotonic, isotonic
from calibration.stats.paired_means import mean_of

Method = Literal["temperature", "platt", "isotonic"]
FEW, MANY = 250, 1000  # up to FEW labels one parameter, from MANY on a free increasing curve
LEAST = 20  # labels below which no curve is fitted
FOLDS = 10
EDGE = 1e-6
STEPS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Recalibration:
    """A map from stated to recalibrated confidence: logit c ↦ slope · logit c + shift, or a curve."""

    method: Method
    slope: float = 1.0
    shift: float = 0.0
    curve: Isotonic | None = None
    edge: float = EDGE

    @property
    def temperature(self) -> float:
        """1 / slope: above 1 the judge was too sure."""
        return 1 / self.slope

    def __call__(self, confidence: ArrayLike) -> FloatArray:
        c = np.asarray(confidence, dtype=np.float64)
        if self.curve is not None:
            return np.clip(self.curve(c), self.edge, 1 - self.edge)
        return np.asarray(_sigmoid(self.slope * _logit(c) + self.shift))


@dataclass(frozen=True, slots=True, eq=False)
class Recalibrated:
    """The map fitted to all labels, and what such a map does to items it was not fitted on.

    before, after: mean log loss as stated and cross-fitted; gain: before - after, paired by item (positive:
    worth doing). confidence: the cross-fitted confidence of every verdict, shape (n,).
    """

    fitted: Recalibration
    before: Result
    after: Result
    gain: Result
    confidence: FloatArray


def method_for(n: int) -> Method:
    """One parameter up to 250 labels, two up to 1,000, isotonic from there on."""
    return "temperature" if n <= FEW else "platt" if n < MANY else "isotonic"


def fit(data: Confident, method: Method) -> Recalibration:
    """The map that minimises log loss on `data` (isotonic: squared error).

    Platt (1999) and temperature (Guo and others 2017) by Newton's method, with Platt's targets
    (n₊ + 1)/(n₊ + 2) and 1/(n₋ + 2), so that separable data give a finite answer.
    """
    if method == "isotonic":
        curve = isotonic(data.confidence, data.right)
        return Recalibration(method, curve=curve, edge=1 / (len(data) + 2))
    hits = float(data.right.sum())
    misses = len(data) - hits
    target = np.where(data.right == 1, (hits + 1) / (hits + 2), 1 / (misses + 2))
    x = _logit(data.confidence)
    if method == "temperature":
        return Recalibration(method, slope=max(float(_newton(x[:, None], target, np.ones(1))[0]), EDGE))
    slope, shift = _newton(np.column_stack([x, np.ones(len(x))]), target, np.array([1.0, 0.0])).tolist()
    return Recalibration(method, slope=slope, shift=shift)


def recalibrate(
    data: Confident,
    *,
    rng: np.random.Generator,
    method: Method | None = None,
    folds: int = FOLDS,
    level: float = 0.95,
) -> Recalibrated | Undefined:
    """Fit on all labels, and measure on items outside the fit: each fold by the map of the others.

    method: None chooses by the number of labels. Clusters stay within one fold. Undefined below 20 labels,
    or where all verdicts are right or all are wrong.
    """
    n, hits = len(data), float(data.right.sum())
    if n < LEAST:
        return Undefined(f"{n} labelled verdicts with a confidence: recalibration needs {LEAST}")
    if hits in (0, n):
        return Undefined("all verdicts are right, or all wrong: there is no curve to fit")
    chosen = method or method_for(n)
    fold = _folds(data, folds, rng)
    confidence = np.empty(n)
    for k in np.unique(fold):
        held = fold == k
        confidence[held] = fit(data.where(~held), chosen)(data.confidence[held])
    after = Confident(confidence, data.right, data.clusters)
    return Recalibrated(
        fit(data, chosen),
        mean_score(data, "log_loss", level=level),
        mean_score(after, "log_loss", level=level),
        _gain(data, after, level),
        confidence,
    )


def _gain(before: Confident, after: Confident, level: float) -> Result:
    saved = losses(before, "log_loss") - losses(after, "log_loss")
    return mean_of(saved, clusters=before.clusters, level=level).mean


def _folds(data: Confident, folds: int, rng: np.random.Generator) -> IntArray:
    """A random fold for each cluster (or verdict), the folds of equal size to one."""
    names = np.arange(len(data)) if data.clusters is None else data.clusters
    _, group = np.unique(names, return_inverse=True)
    groups = int(group.max()) + 1
    return np.asarray(rng.permutation(groups) % min(folds, groups))[group].astype(np.int64)


def _newton(design: FloatArray, target: FloatArray, start: FloatArray) -> FloatArray:
    """Logistic regression of targets in (0, 1), halving steps that do not lower the loss."""
    beta, loss = start, _cross_entropy(design @ start, target)
    for _ in range(STEPS):
        p = _sigmoid(design @ beta)
        slope = design.T @ (p - target)
        curvature = design.T @ (design * (p * (1 - p))[:, None]) + 1e-9 * np.eye(len(beta))
        step = np.linalg.solve(curvature, slope)
        size = 1.0
        while size > EDGE and _cross_entropy(design @ (beta - size * step), target) > loss:
            size /= 2
        beta = beta - size * step
        improved, loss = loss, _cross_entropy(design @ beta, target)
        if improved - loss < 1e-12 * max(1.0, loss):
            break
    return beta


def _cross_entropy(score: FloatArray, target: FloatArray) -> float:
    return float((np.logaddexp(0.0, score) - target * score).sum())


def _logit(confidence: FloatArray) -> FloatArray:
    c = np.clip(confidence, EDGE, 1 - EDGE)
    return np.asarray(np.log(c / (1 - c)))


def _sigmoid(score: FloatArray) -> FloatArray:
    return np.asarray(0.5 * (1 + np.tanh(score / 2)))
