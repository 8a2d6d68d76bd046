"""Quantiles against scipy, on both sides of where the expansion takes over."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri, stdtrit

from calibration.stats.quantiles import MANY_DF, normal_quantile, t_quantile, t_quantiles

DF = np.array([1.0, 2.5, 4, 11.3, 30, MANY_DF - 1e-9, MANY_DF, 63.7, 120, 999, 1e5, 1e9])


@pytest.mark.parametrize("probability", [0.025, 0.5, 0.8, 0.95, 0.975, 0.995, 0.9995])
def test_t_quantiles_are_those_of_scipy(probability: float) -> None:
    expected = stdtrit(DF, probability)
    assert t_quantiles(probability, DF) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    one_by_one = [t_quantile(probability, float(df)) for df in DF]
    assert one_by_one == pytest.approx(expected, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("probability", [1e-9, 0.025, 0.5, 0.9, 0.975, 1 - 1e-9])
def test_normal_quantiles_are_those_of_scipy(probability: float) -> None:
    assert normal_quantile(probability) == pytest.approx(float(ndtri(probability)), rel=1e-13, abs=1e-15)
