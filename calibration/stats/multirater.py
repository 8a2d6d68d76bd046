"""Chance-corrected agreement of any number of raters per unit, with missing answers (Gwet 2014)."""

from __future__ import annotations

import numpy as np

from calibration.stats.chance import ChanceModel
from calibration.stats.counts import CountTable
from calibration.stats.estimate import FloatArray
from calibration.stats.smooth import Smooth, ratio


def count_agreement(table: CountTable, mass: FloatArray, weights: FloatArray, chance: ChanceModel) -> Smooth:
    """(pa - pe) / (1 - pe) with pa the mean over units of the share of agreeing pairs of answers.

    pa_u = Σ_k r_uk (r*_uk - 1) / (m_u (m_u - 1)), r* = W r, over units with m_u ≥ 2; the margin
    π_k = mean r_uk / m_u over units with m_u ≥ 1. Shapes: mass (..., P). (Gwet 2014, chapter 2.)
    """
    size = table.sizes
    rated, paired = (size >= 1).astype(np.float64), (size >= 2).astype(np.float64)
    share = table.ratings / np.maximum(size, 1)[:, None]
    agree = unit_agreement(table.ratings, weights)
    units, pairable = mass @ rated, mass @ paired
    observed = ratio(mass @ (agree * paired), pairable)
    margin = ratio(mass @ share, units[..., None])
    model = chance(margin, margin, weights)
    value = ratio(observed - model.expected, 1 - model.expected)

    def influence() -> FloatArray:
        total = mass.sum(-1)[..., None]
        gradient = model.by_first + model.by_second
        through_margin = gradient @ share.T - (gradient * margin).sum(-1)[..., None]
        by_chance = (1 - value)[..., None] * rated * through_margin * total / units[..., None]
        by_agreement = paired * (agree - observed[..., None]) * total / pairable[..., None]
        return np.asarray((by_agreement - by_chance) / (1 - model.expected)[..., None])

    return Smooth(value, influence)


def unit_agreement(ratings: FloatArray, weights: FloatArray) -> FloatArray:
    """Share of (weighted) agreeing pairs of answers in each pattern; 0 where there is no pair."""
    ones = np.ones(ratings.shape[1])
    size = ratings @ ones
    credit = (ratings * (ratings @ weights.T - 1)) @ ones
    return np.asarray(credit / np.maximum(size * (size - 1), 1))
