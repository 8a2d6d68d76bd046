"""Chance-corrected agreement of two coders: (pa - pe) / (1 - pe), one function for each notion of chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from calibration.stats.estimate import FloatArray
from calibration.stats.smooth import Smooth, ratio


@dataclass(frozen=True, slots=True)
class Chance:
    """Agreement expected by chance, shape (...,), and its gradient in each coder's margin, shape (..., K)."""

    expected: FloatArray
    by_first: FloatArray
    by_second: FloatArray


ChanceModel = Callable[[FloatArray, FloatArray, FloatArray], Chance]


def cohen(first: FloatArray, second: FloatArray, weights: FloatArray) -> Chance:
    """pe = Σ w_kl p_k. p_.l: each coder keeps its own margin (Cohen 1960; weighted: Cohen 1968)."""
    by_second = first @ weights
    return Chance((by_second * second).sum(-1), second @ weights.T, by_second)


def scott(first: FloatArray, second: FloatArray, weights: FloatArray) -> Chance:
    """pe = Σ w_kl π_k π_l with π the mean of the two margins (Scott 1955; many raters: Fleiss 1971)."""
    shared = (first + second) / 2
    gradient = shared @ (weights + weights.T)
    return Chance((gradient * shared).sum(-1) / 2, gradient / 2, gradient / 2)


def gwet(first: FloatArray, second: FloatArray, weights: FloatArray) -> Chance:
    """pe = T / (q(q-1)) · Σ π_k (1 - π_k), T = Σ w_kl, q declared categories (Gwet 2008, 2014)."""
    q = weights.shape[0]
    shared = (first + second) / 2
    factor = weights.sum() / (q * (q - 1)) if q > 1 else np.nan
    gradient = factor * (1 - 2 * shared) / 2
    return Chance(factor * (shared * (1 - shared)).sum(-1), gradient, gradient)


def uniform(first: FloatArray, second: FloatArray, weights: FloatArray) -> Chance:
    """pe = T / q²: every declared category equally likely (Brennan and Prediger 1981; q = 2: PABAK)."""
    q = weights.shape[0]
    return Chance(np.full(first.shape[:-1], weights.sum() / q**2), np.zeros_like(first), np.zeros_like(first))


def none(first: FloatArray, second: FloatArray, weights: FloatArray) -> Chance:
    """pe = 0: raw agreement."""
    return Chance(np.zeros(first.shape[:-1]), np.zeros_like(first), np.zeros_like(first))


def pair_agreement(mass: FloatArray, weights: FloatArray, chance: ChanceModel) -> Smooth:
    """(pa - pe) / (1 - pe) of a pair table; pa = Σ w_kl p_kl.

    mass: (..., K²). Influence of cell (k, l): [w_kl - (1 - coef) · ∂pe/∂p_kl] / (1 - pe), which gives the
    variance of Fleiss, Cohen and Everitt (1969) for kappa and Gwet's (2008) for AC1.
    """
    q = weights.shape[0]
    p = mass.reshape(*mass.shape[:-1], q, q) / mass.sum(-1)[..., None, None]
    model = chance(p.sum(-1), p.sum(-2), weights)
    value = ratio((weights * p).sum((-2, -1)) - model.expected, 1 - model.expected)

    def influence() -> FloatArray:
        gradient = model.by_first[..., :, None] + model.by_second[..., None, :]
        cells = weights - (1 - value)[..., None, None] * gradient
        return (cells / (1 - model.expected)[..., None, None]).reshape(mass.shape)

    return Smooth(value, influence)
