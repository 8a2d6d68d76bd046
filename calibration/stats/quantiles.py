"""Quantiles of the normal, Student and beta distributions; scipy.special is imported on first use."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from calibration.stats.estimate import FloatArray


@lru_cache(maxsize=4096)
def normal_quantile(probability: float) -> float:
    """z with P(Z ≤ z) = probability."""
    from scipy.special import ndtri

    return float(ndtri(probability))


@lru_cache(maxsize=4096)
def t_quantile(probability: float, df: float) -> float:
    """t with P(T ≤ t) = probability for Student's t with df degrees of freedom (df > 0)."""
    from scipy.special import stdtrit

    return float(stdtrit(df, probability))


def t_quantiles(probability: float, df: FloatArray) -> FloatArray:
    """`t_quantile` for every number of degrees of freedom."""
    from scipy.special import stdtrit

    return np.asarray(stdtrit(df, probability))


def beta_quantile(probability: float, a: float, b: float) -> float:
    """x with P(X ≤ x) = probability for the beta distribution with shapes a, b > 0."""
    from scipy.special import betaincinv

    return float(betaincinv(a, b, probability))


def t_probability(value: float, df: float) -> float:
    """P(T ≤ value) for Student's t with df degrees of freedom (df > 0, may be fractional)."""
    from scipy.special import stdtr

    return float(stdtr(df, value))


def f_quantile(probability: float, above: float, below: float) -> float:
    """f with P(F ≤ f) = probability for Fisher's F with `above` and `below` degrees of freedom."""
    from scipy.special import fdtri

    return float(fdtri(above, below, probability))
