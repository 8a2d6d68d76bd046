"""A coefficient as a smooth function of pattern masses: its value for one table or many, its influence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from calibration.stats.estimate import FloatArray

TINY = 1e-12
ROUNDING = 1e-13


@dataclass(frozen=True, slots=True)
class Smooth:
    """Value for each vector of masses, shape (...,), NaN where undefined; and how to get the influence.

    `influence()` has shape (..., P): Σmass · ∂value/∂mass_u, not yet centred. It is asked for only when
    a standard error is wanted, so that a bootstrap does not pay for it.
    """

    value: FloatArray
    influence: Callable[[], FloatArray]


def ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """numerator / denominator, NaN where the denominator is zero up to rounding."""
    safe = np.abs(denominator) > TINY
    return np.where(safe, numerator / np.where(safe, denominator, 1.0), np.nan)


def centred(influence: FloatArray, mass: FloatArray) -> FloatArray:
    """Influence values with weighted mean zero, rounding errors made zero; shapes (..., P).

    Where nothing disagrees all are zero, and a ratio of rounding errors must not decide a design effect.
    """
    found = influence - ((mass * influence).sum(-1) / mass.sum(-1))[..., None]
    return np.where(np.abs(found) < ROUNDING, 0.0, found)


def settled(value: FloatArray) -> FloatArray:
    """The value, exactly 1 where it is so up to rounding: perfect agreement has an interval of its own."""
    return np.where(np.abs(1 - value) < ROUNDING, 1.0, value)
