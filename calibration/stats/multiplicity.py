"""Many p-values at once: adjusted so that the family keeps its error rate."""

from __future__ import annotations

import numpy as np

from calibration.stats.estimate import FloatArray


def holm(p_values: FloatArray) -> FloatArray:
    """p-values adjusted for the probability of any false rejection (Holm 1979); shape (m,).

    Adjusted p_(i) = max over j ≤ i of (m - j + 1) · p_(j), at most 1, with p_(1) ≤ … ≤ p_(m).
    """
    m = len(p_values)
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * (m - np.arange(m))), 1.0)
    return adjusted


def benjamini_yekutieli(p_values: FloatArray) -> FloatArray:
    """p-values adjusted for the false discovery rate under any dependence (2001); shape (m,).

    Adjusted p_(i) = min over j ≥ i of p_(j) · m · c(m) / j, at most 1, with c(m) = Σ_{i=1..m} 1/i.
    """
    m = len(p_values)
    order = np.argsort(p_values, kind="stable")
    rank = np.arange(1, m + 1)
    raw = p_values[order] * m * (1 / rank).sum() / rank
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return adjusted
