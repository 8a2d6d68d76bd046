"""Shares of weighted and clustered units, with Wilson's interval on the effective number of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.proportions import effective_n, wilson


def share(
    chosen: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> Result:
    """Hájek's share: sum of w over chosen / sum of w; Wilson on effective_n with the clustered variance.

    chosen: truth per unit; weights: 1/π per unit (None: alike); clusters: ids per unit (None: each its own).
    """
    y = np.asarray(chosen, dtype=np.float64)
    n = len(y)
    if not n:
        return Undefined("nothing was counted")
    w = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    _, group = np.unique(np.arange(n) if clusters is None else np.asarray(clusters), return_inverse=True)
    value = float((w * y).sum() / w.sum())
    scores = np.bincount(group, weights=w * (y - value) / w.sum())
    size = len(scores)
    clustered = size < n
    kish = float(w.sum() ** 2 / (w**2).sum())
    if weights is None and not clustered:
        effective, method = float(n), "Wilson"
    else:
        variance = float((scores**2).sum()) * size / max(size - 1, 1)
        effective = effective_n(value, variance, kish, size, level=level) if size > 1 else 1.0
        method = "Wilson" + (", weighted by 1/π" if weights is not None else "")
        method += ", clustered" if clustered else ""
    bounds = wilson(value * effective, effective, level=level)
    return Estimate(value, bounds.low, bounds.high, level, n, size, method)
