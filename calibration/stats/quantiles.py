"""Quantiles of the normal, Student and beta distributions; scipy.special is imported when it is needed."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from calibration.stats.estimate import FloatArray

MANY_DF = 50.0
EXPANSION = (  # of each odd polynomial in z the coefficients, highest first, and the common denominator
    ((1, 1), 4),
    ((5, 16, 3), 96),
    ((3, 19, 17, -15), 384),
    ((79, 776, 1482, -1920, -945), 92160),
    ((9, 113, 310, -594, -255, 5985), 122880),
    ((1065, 15448, 48821, -82440, 616707, 6667920, 2463615), 185794560),
    ((339, 6891, 41107, 113891, 1086849, 5639193, -18226215, -111486375), 743178240),
    (
        (9159, 296624, 3393364, 16657824, 27817290, -591760080, -9178970220, -42618441600, -14223634425),
        356725555200,
    ),
)


@lru_cache(maxsize=4096)
def normal_quantile(probability: float) -> float:
    """z with P(Z ≤ z) = probability."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(probability)


@lru_cache(maxsize=4096)
def t_quantile(probability: float, df: float) -> float:
    """t with P(T ≤ t) = probability for Student's t with df degrees of freedom (df > 0)."""
    if df >= MANY_DF:
        return sum(term / df**k for k, term in enumerate(_terms(probability)))
    from scipy.special import stdtrit

    return float(stdtrit(df, probability))


def t_quantiles(probability: float, df: FloatArray) -> FloatArray:
    """`t_quantile` for every number of degrees of freedom.

    From 50 degrees on by expansion: a large report does not wait for scipy to be imported.
    """
    if len(df) == 1:
        return np.array([t_quantile(probability, float(df[0]))])
    found, inverse = np.zeros(len(df)), 1 / np.maximum(df, MANY_DF)
    for term in reversed(_terms(probability)):
        found = found * inverse + term
    for few in np.flatnonzero(df < MANY_DF).tolist():
        found[few] = t_quantile(probability, float(df[few]))
    return found


@lru_cache(maxsize=64)
def _terms(probability: float) -> tuple[float, ...]:
    """z, g₁(z), g₂(z) … with t = z + g₁ / df + g₂ / df² + … (Fisher and Cornish 1960; more by computer)."""
    z = normal_quantile(probability)
    terms = [z]
    for row, denominator in EXPANSION:
        polynomial = 0.0
        for coefficient in row:
            polynomial = polynomial * z**2 + coefficient
        terms.append(polynomial * z / denominator)
    return tuple(terms)


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
