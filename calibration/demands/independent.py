"""How many independent items a sample is worth; weights and clusters only make it fewer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.columns import CriterionRatings
from calibration.pairing import clusters_of, weights_of
from calibration.stats.estimate import FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Units compared: the share of the whole that each stands for, and what they are worth together.

    `clusters` counts the independent ones, `worth` is their effective number under unequal weights.
    """

    share: FloatArray
    clusters: int
    worth: float


def units_of(ratings: CriterionRatings, item: IntArray, *, repeated: bool = False) -> Units:
    """Each cluster counts as one item, and unequal weights as (sum w)^2 / sum w^2 of them (Kish 1965)."""
    n = len(item)
    weights = weights_of(ratings, item)
    mass = np.ones(n) if weights is None else weights
    clusters = clusters_of(ratings, item, repeated=repeated)
    whole = mass if clusters is None else np.bincount(np.unique(clusters, return_inverse=True)[1], mass)
    total = float(mass.sum())
    return Units(mass / total, len(whole), total**2 / float(whole @ whole))
