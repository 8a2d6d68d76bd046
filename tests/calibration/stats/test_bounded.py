"""Bounds of a bounded mean: those of Clopper and Pearson for zeros and ones, and never luckier than that."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.stats.bounded import bounded_mean
from calibration.stats.proportions import clopper_pearson


@pytest.mark.parametrize(("k", "n"), [(0, 40), (3, 120), (60, 1000), (40, 40)])
def test_for_zeros_and_ones_they_are_clopper_and_pearson_s(k: int, n: int) -> None:
    found = bounded_mean([0, 1], [n - k, k], least=0, most=1, level=0.94)
    exact = clopper_pearson(k, n, level=0.94)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_they_are_the_quantiles_of_a_dirichlet_mean() -> None:
    values, counts = [0, 1, 5, 50], np.array([96, 12, 9.6, 2.4])
    found = bounded_mean(values, counts, least=0, most=100, level=0.94)
    weights = np.random.default_rng(1).gamma([*counts, 1], size=(400_000, 5))
    means = weights @ [*values, 100] / weights.sum(axis=1)
    assert found.high == pytest.approx(np.quantile(means, 0.97), rel=0.005)


def test_the_bound_grows_with_what_could_happen_and_never_did() -> None:
    few, many = (bounded_mean([0], [100], least=0, most=most).high for most in (1, 10))
    # nothing cost anything in 100 items: 1 - .025^(1/100) = .0362 of the largest cost
    assert (few, many) == pytest.approx((0.0362167, 0.362167), rel=1e-5)


def test_a_handful_of_items_bounds_nothing() -> None:
    assert bounded_mean([0], [9], least=0, most=7).high == 7


def test_a_sliver_of_an_item_far_from_the_others_is_bounded_outwards_and_soon() -> None:
    # of weights that differ a hundredfold one item can be worth a hundredth of one
    found = bounded_mean([0, 50], [99.99, 0.01], least=0, most=50, level=0.94)
    assert 0 <= found.low < 50e-4
    assert found.high > 50 * (1 - 0.03 ** (1 / 100))


def test_very_many_items_without_any_cost_have_a_bound_above_zero() -> None:
    found = bounded_mean([0], [1e7], least=0, most=1).high
    assert 3.7e-7 < found <= 2e-4


def test_a_heavy_item_counts_as_what_it_weighs_and_what_could_happen_weighs_as_much() -> None:
    values, counts, weights = [0, 1, 1], np.array([50, 6, 3]), np.array([1, 1, 8])
    found = bounded_mean(values, counts, weights=weights, least=0, most=1, level=0.94)
    drawn = np.random.default_rng(1).gamma([*counts, 1], size=(400_000, 4)) * [*weights, 8]
    means = drawn @ [*values, 1] / drawn.sum(axis=1)
    assert found.high == pytest.approx(np.quantile(means, 0.97), rel=0.005)


def test_weights_that_are_all_alike_change_nothing() -> None:
    plain, alike = (
        bounded_mean([0, 1, 5], [80, 15, 5], weights=w, least=0, most=5) for w in (None, [3.0, 3.0, 3.0])
    )
    assert (plain.low, plain.high) == pytest.approx((alike.low, alike.high))
