"""Independent units of a sample: items, or clusters of them, each with its weight and its mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.columns import CriterionRatings
from calibration.pairing import clusters_of, weights_of
from calibration.stats.bounded import bounded_mean
from calibration.stats.estimate import FloatArray, IntArray
from calibration.stats.proportions import Bounds, clopper_pearson


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """For each entry its weight and the number of its unit; units are independent of one another."""

    weight: FloatArray
    unit: IntArray

    @property
    def count(self) -> int:
        """How many independent units there are."""
        return int(self.unit.max()) + 1 if len(self.unit) else 0

    def mean(self, numbers: FloatArray) -> float:
        """The weighted mean of one number for each entry."""
        return float(self.weight @ numbers / self.weight.sum())

    def weights(self) -> FloatArray:
        """The weight of each unit."""
        return np.bincount(self.unit, self.weight).astype(np.float64)

    def means(self, numbers: FloatArray) -> FloatArray:
        """The weighted mean of each unit."""
        return np.bincount(self.unit, self.weight * numbers) / self.weights()

    def bounds(self, numbers: FloatArray, *, most: float, level: float, times: float = 1.0) -> Bounds:
        """Of the mean of numbers in [0, most]; `times` asks what it would be with so many times the units."""
        means, weights = self.means(numbers), self.weights()
        if np.isin(means, (0.0, most)).all() and np.ptp(weights) == 0:  # the same, and sooner
            n = len(means) * times
            ends = clopper_pearson(float((means > 0).sum()) * times, n, level=level)
            return Bounds(ends.low * most, ends.high * most)
        both = np.column_stack([means, weights])
        different, counts = np.unique(both, axis=0, return_counts=True)
        return bounded_mean(
            different[:, 0], counts * times, weights=different[:, 1], least=0.0, most=most, level=level
        )


def units_of(ratings: CriterionRatings, item: IntArray, *, repeated: bool = False) -> Units:
    """The units of entries about these items; `repeated`: an item may have more than one entry."""
    weights, clusters = weights_of(ratings, item), clusters_of(ratings, item, repeated=repeated)
    unit = np.arange(len(item)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    return Units(np.ones(len(item)) if weights is None else weights, unit.astype(np.int64))
