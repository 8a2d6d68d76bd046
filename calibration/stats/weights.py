"""Agreement weights: how much partial credit a pair of categories earns; 1 on the diagonal."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from calibration.stats.estimate import FloatArray

Weighting = Callable[[FloatArray], FloatArray]


def identity(values: FloatArray) -> FloatArray:
    """w_kl = 1 where k = l, else 0: only the same answer agrees."""
    return np.eye(len(values))


def linear(values: FloatArray) -> FloatArray:
    """w_kl = 1 - |v_k - v_l| / (max v - min v) (Cicchetti and Allison 1971), on values, not on ranks."""
    return 1.0 - _distance(values)


def quadratic(values: FloatArray) -> FloatArray:
    """w_kl = 1 - ((v_k - v_l) / (max v - min v))² (Fleiss and Cohen 1973), on values, not on ranks."""
    return 1.0 - _distance(values) ** 2


def ordinal(values: FloatArray) -> FloatArray:
    """w_kl = 1 - C(|k - l| + 1, 2) / C(q, 2) (Gwet 2014, ordinal weights): on ranks, whatever the values."""
    ranks = np.argsort(np.argsort(values)).astype(np.float64)
    steps = np.abs(ranks[:, None] - ranks[None, :])
    q = len(values)
    return 1.0 - (steps + 1) * steps / (q * (q - 1)) if q > 1 else np.ones((1, 1))


def custom(matrix: FloatArray) -> Weighting:
    """A weighting that ignores the values and returns `matrix` (q, q).

    ValueError unless the matrix is square and finite, with ones on its diagonal and at most 1 elsewhere.
    """
    weights = np.asarray(matrix, dtype=np.float64)
    if weights.ndim != 2 or weights.shape[0] != weights.shape[1]:
        raise ValueError(f"agreement weights must be a square matrix, not shape {weights.shape}")
    if not np.all(np.isfinite(weights)) or np.any(np.diag(weights) != 1.0) or np.any(weights > 1.0):
        raise ValueError("agreement weights must be finite, 1 on the diagonal and at most 1 elsewhere")

    def fixed(values: FloatArray) -> FloatArray:
        if len(values) != len(weights):
            raise ValueError(
                f"agreement weights are for {len(weights)} categories, the table has {len(values)}"
            )
        return weights

    return fixed


def _distance(values: FloatArray) -> FloatArray:
    span = float(np.ptp(values)) or 1.0
    return np.abs(values[:, None] - values[None, :]) / span
