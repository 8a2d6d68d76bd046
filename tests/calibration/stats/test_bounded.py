"""Bounds of a bounded mean: those of Clopper and Pearson for zeros and ones, and never luckier than that."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.stats.bounded import bounded_mean
from calibration.stats.proportions import clopper_pearson


@pytest.mark.parametrize(("k", "n"), [(0, 40), (3, 120), (60, 1000), (40, 40)])
def test_for_zeros_and_ones_they_are_clopper_and_pearson_s(k: int, n: int) -> None:
    found = bounded_mean([0, 1], [1 - k / n, k / n], n, least=0, most=1, level=0.94)
    exact = clopper_pearson(k, n, level=0.94)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_they_are_the_quantiles_of_a_dirichlet_mean() -> None:
    values, counts = [0, 1, 5, 50], np.array([96, 12, 9.6, 2.4])
    found = bounded_mean(values, counts / 120, 120, least=0, most=100, level=0.94)
    weights = np.random.default_rng(1).gamma([*counts, 1], size=(400_000, 5))
    means = weights @ [*values, 100] / weights.sum(axis=1)
    assert found.high == pytest.approx(np.quantile(means, 0.97), rel=0.005)


def test_the_bound_grows_with_what_could_happen_and_never_did() -> None:
    few, many = (bounded_mean([0], [1], 100, least=0, most=most).high for most in (1, 10))
    # nothing cost anything in 100 items: 1 - .025^(1/100) = .0362 of the largest cost
    assert (few, many) == pytest.approx((0.0362167, 0.362167), rel=1e-5)


def test_a_handful_of_items_bounds_nothing() -> None:
    assert bounded_mean([0], [1], 4, least=0, most=7).high == 7
