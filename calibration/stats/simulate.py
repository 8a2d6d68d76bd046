"""Worlds whose truth is known, to see whether an interval covers it and what it costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from calibration.stats.confidence import Confident, confident
from calibration.stats.estimate import Result, Undefined
from calibration.stats.prevalence import ABSENT, Answers, answers


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often intervals held the truth among those that exist, their mean width, and how many are missing.

    error: Monte-Carlo standard error of `rate`. bias: mean value minus the truth.
    """

    rate: float
    error: float
    width: float
    bias: float
    undefined: float
    draws: int


@dataclass(frozen=True, slots=True)
class JudgedWorld:
    """People call `rate` of items positive; a judge finds `tpr` of them and `tnr` of the others."""

    rate: float
    tpr: float
    tnr: float

    def draw(self, labelled: int, unlabelled: int, rng: np.random.Generator) -> Answers:
        """A pool with labels on a random part of it."""
        truth, verdict = self._pool(labelled + unlabelled, rng)
        return answers(verdict, np.where(np.arange(len(truth)) < labelled, truth, ABSENT))

    def draw_targeted(self, expected: int, pool: int, times: float, rng: np.random.Generator) -> Answers:
        """Items that the judge calls negative are drawn `times` as often, with known π."""
        truth, verdict = self._pool(pool, rng)
        size = np.where(verdict == 0, times, 1.0)
        pi = np.minimum(1.0, expected * size / size.sum())
        return answers(verdict, np.where(rng.random(pool) < pi, truth, ABSENT), weights=1 / pi)

    def draw_clustered(
        self, clusters: int, size: int, share: float, likeness: float, rng: np.random.Generator
    ) -> Answers:
        """Clusters of `size` items that copy their cluster's first item with probability `likeness`; a random
        `share` of clusters is labelled."""
        truth, verdict = self._pool(clusters * size, rng)
        first = np.arange(clusters * size) // size * size
        source = np.where(rng.random(clusters * size) < likeness, first, np.arange(clusters * size))
        truth, verdict = truth[source], verdict[source]
        seen = np.repeat(rng.random(clusters) < share, size)
        return answers(verdict, np.where(seen, truth, ABSENT), clusters=first)

    def _pool(self, items: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        truth = rng.random(items) < self.rate
        verdict = rng.random(items) < np.where(truth, self.tpr, 1 - self.tnr)
        return truth.astype(np.int64), verdict.astype(np.int64)


@dataclass(frozen=True, slots=True)
class ConfidentWorld:
    """A judge whose confidence is uniform on [low, 1] and whose verdicts are right with P = curve(c)."""

    low: float
    curve: Callable[[np.ndarray], np.ndarray]

    def draw(self, n: int, rng: np.random.Generator) -> Confident:
        sure = rng.uniform(self.low, 1.0, n)
        return confident(sure, (rng.random(n) < self.curve(sure)).astype(np.float64))

    def risk(self, threshold: float) -> float:
        """The true error rate of verdicts with at least this confidence."""
        grid = np.linspace(max(threshold, self.low), 1.0, 4001)
        return float(1 - self.curve(grid).mean())


def coverage(truth: float, results: Iterator[Result]) -> Coverage:
    """How the intervals of repeated draws did against the truth."""
    held, widths, values, missing = 0, [], [], 0
    for found in results:
        if isinstance(found, Undefined) or found.low is None or found.high is None:
            missing += 1
            continue
        held += found.low <= truth <= found.high
        widths.append(found.high - found.low)
        values.append(found.value)
    n = len(widths)
    rate = held / n if n else math.nan
    return Coverage(
        rate,
        math.sqrt(rate * (1 - rate) / n) if n else math.nan,
        float(np.mean(widths)) if n else math.nan,
        float(np.mean(values)) - truth if n else math.nan,
        missing / (n + missing) if n + missing else math.nan,
        n + missing,
    )
