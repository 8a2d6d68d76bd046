"""Bounds of a mean amount reach further up than the usual ones, and are the usual ones without skewness."""

from __future__ import annotations

import math

import numpy as np
import pytest

from calibration.stats.skewed import mean_amount, transformed


def bounds(amounts: list[float]) -> tuple[float, float]:
    n = len(amounts)
    error = float(np.std(amounts, ddof=1)) / math.sqrt(n)
    found = mean_amount(amounts, np.ones(n), error=error)
    return found.low, found.high


def test_without_skewness_the_usual_interval_comes_out() -> None:
    found = transformed(10, 0.5, 0, 101, reach=2)
    assert (found.low, found.high) == pytest.approx((9, 11))


def test_the_transformation_is_solved() -> None:
    g, n = 1.5, 40
    t = (10 - transformed(10, 0.5, g, n, reach=2).high) / (0.5 * math.sqrt(n))
    assert t + g * t**2 / 3 + g**2 * t**3 / 27 + g / (6 * n) == pytest.approx(-2 / math.sqrt(n))


def test_a_long_right_tail_moves_both_bounds_up() -> None:
    plain, skewed = (transformed(10, 0.5, skewness, 100, reach=2) for skewness in (0, 2))
    assert skewed.high > plain.high
    assert skewed.low > plain.low


def test_log_normal_amounts_get_the_bound_of_cox_where_it_is_larger() -> None:
    amounts = [math.exp(k / 15 - 2) for k in range(60)]  # widely spread, and no large one among them
    logs = np.log(amounts)
    v, n = float(np.var(logs, ddof=1)), len(amounts)
    expected = math.exp(np.mean(logs) + v / 2 + 2.0009954 * math.sqrt(v / n + v**2 / (2 * (n - 1))))
    assert bounds(amounts)[1] == pytest.approx(expected, rel=1e-5)


def test_amounts_of_nothing_are_allowed_and_debts_are_not() -> None:
    low, high = bounds([0.0] * 20 + [1.0] * 20)
    assert 0 <= low < 0.5 < high
    with pytest.raises(ValueError, match="at least 0"):
        bounds([-1.0, 1.0])
