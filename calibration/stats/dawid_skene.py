"""Likely true answers and each rater's confusions, from raters alone: a suggestion, never the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.design import codes_in, sums
from calibration.stats.estimate import FloatArray, IntArray, Undefined

LEAST_RATERS = 3
LEAST_ANSWERS = 20  # of a rater, below which their confusions are mostly the smoothing
MOST_STEPS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class DawidSkene:
    """Fitted by EM. prevalence: (K,); confusion: (raters, K, K), row = true answer, column = given answer;
    posterior: (items, K); log_likelihood without the prior; scarce: raters with fewer than 20 answers."""

    prevalence: FloatArray
    confusion: FloatArray
    posterior: FloatArray
    log_likelihood: float
    iterations: int
    converged: bool
    scarce: tuple[int, ...]

    @property
    def suggestion(self) -> IntArray:
        """The most likely answer of each item."""
        return np.asarray(self.posterior.argmax(axis=1), dtype=np.int64)


def dawid_skene(
    item: ArrayLike,
    rater: ArrayLike,
    code: ArrayLike,
    categories: int,
    *,
    items: int,
    raters: int,
    rng: np.random.Generator,
    smoothing: float = 0.5,
    restarts: int = 5,
    tolerance: float = 1e-8,
) -> DawidSkene | Undefined:
    """Dawid and Skene (1979) by EM from the vote shares and from random starts; the likeliest fit counts.

    item, rater, code: one entry per label. smoothing: pseudo-answers added to every cell of each rater's
    table (0: maximum likelihood). Undefined with fewer than 3 raters: two cannot tell who errs.
    """
    codes = codes_in(code, categories, "code")
    which, who = np.asarray(item, dtype=np.int64), np.asarray(rater, dtype=np.int64)
    if len(np.unique(who)) < LEAST_RATERS:
        return Undefined(f"{len(np.unique(who))} raters: {LEAST_RATERS} are needed to tell who errs")
    labels = _Labels(which, who, codes, items, raters, categories)
    votes = labels.votes() + 1e-12
    start = votes / votes.sum(axis=1, keepdims=True)
    starts = [start] + [_jittered(start, rng) for _ in range(restarts)]
    fits = [_em(labels, first, smoothing, tolerance) for first in starts]
    best = max(fits, key=lambda fit: fit.objective)
    scarce = np.flatnonzero(np.bincount(who, minlength=raters) < LEAST_ANSWERS)
    return DawidSkene(
        best.prevalence,
        best.confusion,
        best.posterior,
        best.log_likelihood,
        best.steps,
        best.steps < MOST_STEPS,
        tuple(int(r) for r in scarce),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    prevalence: FloatArray
    confusion: FloatArray
    posterior: FloatArray
    log_likelihood: float
    objective: float
    steps: int


@dataclass(frozen=True, slots=True, eq=False)
class _Labels:
    """Labels in long form: the work grows with their number, not with items times raters."""

    item: IntArray
    rater: IntArray
    code: IntArray
    items: int
    raters: int
    categories: int

    def votes(self) -> FloatArray:
        cell = self.item * self.categories + self.code
        return sums(cell, np.ones(len(cell)), self.items * self.categories).reshape(self.items, -1)

    def given(self, posterior: FloatArray) -> FloatArray:
        """Expected answers by rater, true answer and given answer: (raters, K, K)."""
        cell, k = self.rater * self.categories + self.code, self.categories
        columns = [sums(cell, posterior[self.item, truth], self.raters * k) for truth in range(k)]
        return np.stack([column.reshape(self.raters, k) for column in columns], axis=1)

    def log_given(self, log_confusion: FloatArray) -> FloatArray:
        """Log-probability of each item's labels under each true answer: (items, K)."""
        parts = log_confusion[self.rater, :, self.code]
        columns = [sums(self.item, parts[:, truth], self.items) for truth in range(self.categories)]
        return np.stack(columns, axis=1)


def _em(labels: _Labels, posterior: FloatArray, smoothing: float, tolerance: float) -> _Fit:
    """EM until the (penalised) likelihood stops rising; items without labels do not count."""
    labelled = labels.votes().sum(axis=1) > 0
    before, step = -np.inf, 0
    while True:
        step += 1
        prevalence = posterior[labelled].mean(axis=0)
        given = labels.given(posterior) + smoothing
        totals = given.sum(axis=2, keepdims=True)
        confusion = np.divide(given, totals, out=np.full_like(given, 1 / labels.categories), where=totals > 0)
        log_confusion = np.log(np.maximum(confusion, 1e-300))
        logs = np.log(np.maximum(prevalence, 1e-300)) + labels.log_given(log_confusion)
        top = logs.max(axis=1, keepdims=True)
        total = top[:, 0] + np.log(np.exp(logs - top).sum(axis=1))
        posterior = np.exp(logs - total[:, None])
        likelihood = float(total[labelled].sum())
        objective = likelihood + smoothing * float(log_confusion.sum()) if smoothing else likelihood
        if objective - before < tolerance or step == MOST_STEPS:
            return _Fit(prevalence, confusion, posterior, likelihood, objective, step)
        before = objective


def _jittered(start: FloatArray, rng: np.random.Generator) -> FloatArray:
    """The vote shares mixed with noise, so that no restart swaps the names of the answers."""
    noise = rng.dirichlet(np.ones(start.shape[1]), size=len(start))
    return np.asarray(0.6 * start + 0.4 * noise)
