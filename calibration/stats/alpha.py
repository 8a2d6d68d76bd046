"""Krippendorff's alpha of coded answers: 1 - observed / expected disagreement, four kinds of difference."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from calibration.stats.counts import CountTable
from calibration.stats.estimate import FloatArray
from calibration.stats.smooth import Smooth, ratio

Difference = Callable[[FloatArray, FloatArray], FloatArray]


def nominal(values: FloatArray, margin: FloatArray) -> FloatArray:
    """δ² = 1 where the categories differ."""
    return 1.0 - np.eye(len(values))


def interval(values: FloatArray, margin: FloatArray) -> FloatArray:
    """δ² = (c - k)²."""
    return (values[:, None] - values[None, :]) ** 2


def ratio_scale(values: FloatArray, margin: FloatArray) -> FloatArray:
    """δ² = ((c - k) / (c + k))², 0 where both are 0."""
    total = values[:, None] + values[None, :]
    return (
        np.divide(values[:, None] - values[None, :], total, out=np.zeros_like(total), where=total != 0) ** 2
    )


def ordinal(values: FloatArray, margin: FloatArray) -> FloatArray:
    """δ² = (R_c - R_k)², R the mid-ranks of the pairable answers; equals Krippendorff's sum of margins."""
    ranks = np.cumsum(margin, axis=-1) - margin / 2
    return np.asarray((ranks[..., :, None] - ranks[..., None, :]) ** 2)


def coincidences(table: CountTable) -> FloatArray:
    """What one unit of each pattern adds to o_ck: r_c (r_k - [c = k]) / (m - 1); shape (P, K, K)."""
    r = table.ratings
    products = r[:, :, None] * r[:, None, :] - r[:, :, None] * np.eye(table.categories)
    return np.asarray(products / np.maximum(table.sizes - 1, 1)[:, None, None])


def alpha(table: CountTable, mass: FloatArray, values: FloatArray, difference: Difference) -> Smooth:
    """α = 1 - (n - 1) Σ o_ck δ²_ck / Σ n_c n_k δ²_ck (Krippendorff 2011, section C).

    mass: (..., P). o_ck = Σ_u mass_u · r_uc (r_uk - [c = k]) / (m_u - 1), n_c = Σ_k o_ck, n = Σ n_c; with
    weights, n - 1 becomes n (1 - 1/n*), n* the effective number of pairable answers. Units with one answer
    drop out. The influence of ordinal α includes that δ itself depends on the margins.
    """
    q = table.categories
    paired = np.where((table.sizes >= 2)[:, None], table.ratings, 0.0)
    unit = coincidences(table)
    pairs = (mass @ unit.reshape(-1, q * q)).reshape(*mass.shape[:-1], q, q)
    margin = mass @ paired
    size = margin.sum(-1)
    squared = difference(values, margin)
    scatter = (squared @ margin[..., None])[..., 0]
    observed, expected = (pairs * squared).sum((-2, -1)), (margin * scatter).sum(-1)
    factor = size - table.item_weight
    distance = ratio(factor * observed, expected)

    def influence() -> FloatArray:
        by_pair = squared.reshape(*squared.shape[:-2], -1) @ unit.reshape(-1, q * q).T
        by_margin = -2 * (distance / factor)[..., None] * scatter
        if difference is ordinal:
            by_margin = by_margin + _through_ranks(pairs, margin, distance / factor)
        slope = (factor / expected)[..., None] * (by_pair + by_margin @ paired.T)
        own = (distance / size)[..., None] * paired.sum(axis=1)
        return np.asarray(-mass.sum(-1)[..., None] * (slope + own))

    return Smooth(1 - distance, influence)


def _through_ranks(pairs: FloatArray, margin: FloatArray, scale: FloatArray) -> FloatArray:
    """∂/∂n_j of Σ (o_ck - scale · n_c n_k) δ²_ck through the ranks alone, shape (..., K).

    Moving n_j moves R_c by 1 for c above j and by 1/2 for c = j.
    """
    ranks = np.cumsum(margin, axis=-1) - margin / 2
    gaps = ranks[..., :, None] - ranks[..., None, :]
    chance = scale[..., None, None] * margin[..., :, None] * margin[..., None, :]
    pull = 4 * ((pairs - chance) * gaps).sum(axis=-1)
    above = np.cumsum(pull[..., ::-1], axis=-1)[..., ::-1]
    return np.asarray(above - pull / 2)
