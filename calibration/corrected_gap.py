"""Candidate minus current on paired inputs, by a judge's verdicts corrected with labels (PPI++)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.stats.estimate import Estimate, FloatArray, IntArray, Result, Undefined
from calibration.stats.paired_means import mean_of

LEAST = 10  # labelled pairs


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """Candidate minus current, shape (inputs,): as people see it (NaN: no label), as the judge does."""

    human: FloatArray
    judge: FloatArray
    clusters: IntArray | None = None


def corrected_gap(gaps: Gaps, *, level: float = 0.95) -> Result:
    """λ · mean(judge, unlabelled) + mean(human - λ · judge, labelled), λ = Cov(h, j) / ((1 + n/N) Var j).

    Unbiased whatever the judge does, as long as the labelled inputs are a random part; a judge that sees
    nothing gets λ near 0 and costs nothing (PPI++: Angelopoulos, Duchi and Zrnic 2023, for a mean). The two
    means rest on different inputs, so that their errors add up; where inputs are clustered, clusters that are
    partly labelled count with the labelled ones.
    """
    asked = ~np.isnan(gaps.judge)
    labelled = asked & ~np.isnan(gaps.human)
    n, rest = int(labelled.sum()), asked & ~labelled
    if gaps.clusters is not None:
        rest &= ~np.isin(gaps.clusters, gaps.clusters[labelled])
    if n < LEAST:
        return Undefined(f"{n} inputs have labels and verdicts on both outputs; {LEAST} are needed")
    h, j = gaps.human[labelled], gaps.judge[labelled]
    if not rest.any():
        return mean_of(h, clusters=_of(gaps, labelled), level=level).mean
    variance = float(np.var(j, ddof=1))
    tuned = (
        0.0 if variance == 0 else float(np.cov(h, j, ddof=1)[0, 1]) / ((1 + n / int(rest.sum())) * variance)
    )
    near = mean_of(h - tuned * j, clusters=_of(gaps, labelled), level=level).mean
    far = mean_of(tuned * gaps.judge[rest], clusters=_of(gaps, rest), level=level).mean
    return _sum(near, far, n + int(rest.sum()), tuned)


def _of(gaps: Gaps, keep: NDArray[np.bool_]) -> IntArray | None:
    return None if gaps.clusters is None else gaps.clusters[keep]


def _sum(near: Result, far: Result, n: int, tuned: float) -> Result:
    """Two independent means: values add up, half-widths as the sides of a right angle."""
    if not isinstance(near, Estimate) or not isinstance(far, Estimate):
        return near if isinstance(near, Undefined) else far
    value, method = near.value + far.value, f"PPI++ of paired inputs (λ = {tuned:.2f}), t"
    if near.low is None or far.low is None:
        why = near.interval_undefined or far.interval_undefined
        return Estimate(value, None, None, near.level, n, near.clusters, "no interval", why)
    half = math.hypot(near.value - near.low, far.value - far.low)
    return Estimate(value, value - half, value + half, near.level, n, near.clusters, method)
