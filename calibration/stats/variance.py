"""Mean squares of scores by item and rater, for one analysis or a whole row of them, and ICCs from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from calibration.stats.estimate import FloatArray
from calibration.stats.smooth import ratio

Kind = Literal["icc_1", "icc_a1", "icc_c1"]


@dataclass(frozen=True, slots=True)
class MeanSquares:
    """n items with k scores each (k: Donner's mean size where they differ); all of shape (...,).

    between: mean square of items; within: of scores within items; raters, error: `within` split into the
    raters' and the rest, NaN unless every rater scored every item.
    """

    n: FloatArray
    k: FloatArray
    between: FloatArray
    within: FloatArray
    raters: FloatArray
    error: FloatArray

    def icc(self, kind: Kind) -> FloatArray:
        """Shrout and Fleiss's ICC(1,1), ICC(2,1) = ICC(A,1), ICC(3,1) = ICC(C,1); NaN without variance."""
        noise = self.within if kind == "icc_1" else self.error
        total = self.between + (self.k - 1) * noise
        if kind == "icc_a1":
            total = total + self.k * (self.raters - self.error) / self.n
        return ratio(self.between - noise, total)


def mean_squares(sums: FloatArray, raters: int) -> MeanSquares:
    """From the sums over items of 1, m, m², t, t²/m, q - t²/m, and (complete scores) each rater's scores.

    sums: (..., 6 + raters); m scores of an item, t their sum, q their sum of squares. raters = 0: incomplete.
    """
    n, scores, sizes, total, between, within = np.moveaxis(sums[..., :6], -1, 0)
    nan = np.full(n.shape, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        correction = total**2 / scores
        items = (between - correction) / (n - 1)
        inside = within / (scores - n)
        if raters == 0:
            return MeanSquares(n, (scores - sizes / scores) / (n - 1), items, inside, nan, nan)
        by_rater = (sums[..., 6:] ** 2).sum(-1) / n - correction
        rest = np.maximum(within - by_rater, 0.0) / ((n - 1) * (raters - 1))
    return MeanSquares(n, np.full(n.shape, float(raters)), items, inside, by_rater / (raters - 1), rest)
