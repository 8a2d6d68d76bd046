"""The increasing curve closest to right and wrong answers, by pooling neighbours that are out of order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.design import sums
from calibration.stats.estimate import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Isotonic:
    """An increasing function: `value[k]` at `at[k]` (distinct, ascending), straight lines between."""

    at: FloatArray
    value: FloatArray

    def __call__(self, x: ArrayLike) -> FloatArray:
        return np.asarray(np.interp(np.asarray(x, dtype=np.float64), self.at, self.value), dtype=np.float64)


def isotonic(x: ArrayLike, y: ArrayLike) -> Isotonic:
    """Least squares among increasing functions of x (pool adjacent violators; Ayer and others 1955).

    x, y: shape (n,), n > 0; equal x share one value.
    """
    at, place = np.unique(np.asarray(x, dtype=np.float64), return_inverse=True)
    weight = np.bincount(place, minlength=len(at)).astype(np.float64)
    mean = sums(place, np.asarray(y, dtype=np.float64), len(at)) / weight
    means: list[float] = []
    weights: list[float] = []
    sizes: list[int] = []
    for value, mass in zip(mean.tolist(), weight.tolist(), strict=True):
        means.append(value)
        weights.append(mass)
        sizes.append(1)
        while len(means) > 1 and means[-2] >= means[-1]:
            top, heavy, long = means.pop(), weights.pop(), sizes.pop()
            means[-1] = (means[-1] * weights[-1] + top * heavy) / (weights[-1] + heavy)
            weights[-1] += heavy
            sizes[-1] += long
    return Isotonic(at, np.repeat(np.array(means), sizes))
