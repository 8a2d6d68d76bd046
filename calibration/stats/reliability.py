"""Confidence against the share of right verdicts, bin by bin, beside what a perfect judge would show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from calibration.stats.confidence import Confident
from calibration.stats.design import sums
from calibration.stats.estimate import FloatArray, IntArray, Undefined
from calibration.stats.proportions import wilson

BINS = 10
DRAWS = 1000
Kind = Literal["mass", "width"]


@dataclass(frozen=True, slots=True)
class Bin:
    """Verdicts of like confidence: how sure they are, how often right (Wilson), and the consistency band.

    A perfectly calibrated judge's share of right verdicts lies within [band_low, band_high] in `level` of
    all samples.
    """

    low: float
    high: float
    n: int
    confidence: float
    right: float
    right_low: float
    right_high: float
    band_low: float
    band_high: float


@dataclass(frozen=True, slots=True)
class CalibrationError:
    """Expected calibration error, and what a perfectly calibrated judge of this confidence would show.

    debiased: the root of the bin-wise squared error without the part that chance adds (0 where chance alone
    explains it). null_mean, null_high: mean and 95th percentile of `value` under perfect calibration.
    """

    value: float
    debiased: float
    null_mean: float
    null_high: float
    n: int

    @property
    def beyond_chance(self) -> bool:
        return self.value > self.null_high


def reliability(
    data: Confident, *, rng: np.random.Generator, bins: int = BINS, level: float = 0.95, draws: int = DRAWS
) -> tuple[Bin, ...]:
    """The reliability diagram in bins of equal mass; verdicts of equal confidence share a bin."""
    if not len(data):
        return ()
    place = bin_of(data.confidence, bins, "mass")
    count = int(place.max()) + 1
    n = np.bincount(place, minlength=count)
    sure, right = (sums(place, x, count) / n for x in (data.confidence, data.right))
    drawn = _perfect(data, place, count, rng, draws)
    band = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    rows = []
    for k in range(count):
        bounds = wilson(float(right[k] * n[k]), float(n[k]), level=level)
        here = data.confidence[place == k]
        rows.append(
            Bin(
                low=float(here.min()), high=float(here.max()), n=int(n[k]), confidence=float(sure[k]),
                right=float(right[k]), right_low=bounds.low, right_high=bounds.high,
                band_low=float(band[0, k]), band_high=float(band[1, k]),
            )
        )  # fmt: skip
    return tuple(rows)


def calibration_error(
    data: Confident,
    *,
    rng: np.random.Generator,
    bins: int = BINS,
    kind: Kind = "mass",
    draws: int = DRAWS,
) -> CalibrationError | Undefined:
    """ECE = Σ n_k/n |c̄_k - ȳ_k| in bins of equal mass or width, debiased, with its null band by simulation.

    Debiased: √max(0, Σ n_k/n [(c̄_k - ȳ_k)² - ȳ_k (1 - ȳ_k)/(n_k - 1)]) over bins of two or more (Bröcker
    2012; Kumar, Liang and Ma 2019).
    """
    if not len(data):
        return Undefined("no verdict has a confidence")
    place = bin_of(data.confidence, bins, kind)
    count = int(place.max()) + 1
    n = np.bincount(place, minlength=count).astype(np.float64)
    used = n > 0
    sure, right = (sums(place, x, count)[used] / n[used] for x in (data.confidence, data.right))
    share, size = n[used] / n.sum(), n[used]
    noise = np.where(size > 1, right * (1 - right) / np.maximum(size - 1, 1), (sure - right) ** 2)
    squared = float(share @ ((sure - right) ** 2 - noise))
    null = np.abs(_perfect(data, place, count, rng, draws)[:, used] - sure) @ share
    return CalibrationError(
        float(share @ np.abs(sure - right)),
        max(squared, 0.0) ** 0.5,
        float(null.mean()),
        float(np.quantile(null, 0.95)),
        len(data),
    )


def bin_of(confidence: FloatArray, bins: int, kind: Kind) -> IntArray:
    """The bin of each confidence, numbered from 0; bins of equal mass keep equal confidences together."""
    if kind == "width":
        return np.minimum((confidence * bins).astype(np.int64), bins - 1)
    cuts = np.quantile(confidence, np.arange(1, bins) / bins)
    found = np.searchsorted(cuts, confidence, side="left")
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def _perfect(
    data: Confident, place: IntArray, count: int, rng: np.random.Generator, draws: int
) -> FloatArray:
    """Share of right verdicts per bin where each is right with its stated probability; (draws, bins)."""
    n = np.maximum(np.bincount(place, minlength=count), 1)
    found = np.empty((draws, count))
    for row in found:
        row[:] = sums(place, (rng.random(len(data)) < data.confidence).astype(np.float64), count) / n
    return found
