"""Two coders' normal scores with known correlation and shift, alone or in clusters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from calibration.stats.patterns import NumberPairs, number_pairs


@dataclass(frozen=True)
class Scores:
    """Standard normal scores with correlation `r`; the second coder gives `shift` more.

    `share` of the variance of both belongs to the cluster, so that the law of one item stays the same.
    """

    r: float
    shift: float = 0.0
    share: float = 0.0

    def truth(self, name: str) -> float:
        spread = 2 - 2 * self.r
        apart, law = math.sqrt(spread), NormalDist()
        return {
            "pearson": self.r,
            "spearman": 6 / math.pi * math.asin(self.r / 2),
            "kendall_tau_b": 2 / math.pi * math.asin(self.r),
            "lin_ccc": 2 * self.r / (2 + self.shift**2),
            "rmse": math.sqrt(spread + self.shift**2),
            "mae": 2 * apart * law.pdf(self.shift / apart)
            + self.shift * (1 - 2 * law.cdf(-self.shift / apart)),
        }[name]

    def draw(self, clusters: int, size: int, rng: np.random.Generator) -> NumberPairs:
        which = np.repeat(np.arange(clusters), size)
        shared, own = self._normals(clusters, rng)[which], self._normals(len(which), rng)
        both = math.sqrt(self.share) * shared + math.sqrt(1 - self.share) * own
        return number_pairs(both[:, 0], both[:, 1] + self.shift, clusters=which if size > 1 else None)

    def _normals(self, n: int, rng: np.random.Generator) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        x, z = rng.normal(size=(2, n))
        return np.column_stack([x, self.r * x + math.sqrt(1 - self.r**2) * z])

    def __str__(self) -> str:
        return f"normal scores, r {self.r:g}" + (f", shift {self.shift:g}" if self.shift else "")
