"""Building the sufficient statistics: what is counted, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.stats.agreement import COEFFICIENTS, custom_kappa
from calibration.stats.estimate import Estimate, Point
from calibration.stats.matrix import digits, joint_keys
from calibration.stats.patterns import (
    count_table,
    count_table_from_matrix,
    named_table,
    number_pairs,
    pair_table,
    table_of,
)


def test_a_pair_table_sums_weights_per_cell_and_keeps_plain_counts() -> None:
    table = pair_table([0, 0, 1], [0, 1, 1], 2, weights=[2.0, 3.0, 4.0])
    assert table.mass.tolist() == [2.0, 3.0, 0.0, 4.0]
    assert table.counts.tolist() == [[1, 1], [0, 1]]
    # n_eff = (2 + 3 + 4)² / (4 + 9 + 16) = 81 / 29
    assert table.n_eff == pytest.approx(81 / 29)


def test_units_that_cannot_be_paired_stay_in_the_table_but_not_in_n() -> None:
    table = count_table([0, 0, 1, 3, 3, 3], [1, 1, 0, 2, 2, 1], 3, units=5)
    assert (table.n, table.pairable, table.pairable_clusters) == (5, 2, 2)


def test_effective_items_of_a_class_shrink_when_clusters_repeat_themselves() -> None:
    # 20 clusters of 6 equal items: 60 items of each class carry about as much as 10
    codes, clusters = np.repeat([0, 1] * 10, 6), np.repeat(np.arange(20), 6)
    plain, clustered = pair_table(codes, codes, 2), pair_table(codes, codes, 2, clusters=clusters)
    assert plain.class_items.tolist() == [60, 60]
    # variance of the share: 20/19 · 20 · 3² / 120², of independent items .25 / 120: 60 · 19 / 120 = 9.5
    assert clustered.class_items == pytest.approx([9.5, 9.5])


@given(seed=st.integers(0, 2**32 - 1), raters=st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_joint_keys_can_be_read_back(seed: int, raters: int) -> None:
    codes = np.random.default_rng(seed).integers(-1, 5, (30, raters)).astype(np.int8)
    assert np.array_equal(digits(joint_keys(codes, 5).astype(np.int64), raters, 5), codes)


@pytest.mark.parametrize("raters", [5, 12])
def test_the_dense_and_the_general_matrix_path_count_alike(raters: int) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(-1, 5, (500, raters)).astype(np.int8)
    unit, rater = np.nonzero(codes >= 0)
    fast = count_table_from_matrix(codes, 5)
    slow = count_table(unit, codes[unit, rater], 5, units=500)
    as_set = [{(*r, t) for r, t in zip(x.ratings.tolist(), x.tally, strict=True)} for x in (fast, slow)]
    assert as_set[0] == as_set[1]


def test_weights_and_clusters_of_a_matrix_are_those_of_the_long_form() -> None:
    rng = np.random.default_rng(1)
    codes = rng.integers(-1, 3, (80, 3)).astype(np.int8)
    weights, clusters = rng.uniform(1, 3, 80), rng.integers(0, 20, 80)
    unit, rater = np.nonzero(codes >= 0)
    fast = count_table_from_matrix(codes, 3, weights=weights, clusters=clusters)
    slow = count_table(unit, codes[unit, rater], 3, units=80, weights=weights, clusters=clusters)
    for name in ("fleiss_kappa", "krippendorff_alpha_ordinal", "gwet_ac1"):
        first, second = (COEFFICIENTS[name].estimate(t) for t in (fast, slow))
        assert isinstance(first, Estimate)
        assert isinstance(second, Estimate)
        assert (first.value, first.low, first.high) == pytest.approx((second.value, second.low, second.high))


def test_custom_weights_are_used_as_given() -> None:
    # half credit between neighbours is linear weighting of three levels
    half = [[1.0, 0.5, 0.0], [0.5, 1.0, 0.5], [0.0, 0.5, 1.0]]
    table = table_of([[10, 3, 1], [2, 12, 4], [0, 3, 9]])
    ours, linear = custom_kappa(half).point(table), COEFFICIENTS["cohen_kappa_linear"].point(table)
    assert isinstance(ours, Point)
    assert isinstance(linear, Point)
    assert ours.value == pytest.approx(linear.value)


def test_weights_of_real_valued_levels_use_the_values_not_the_ranks() -> None:
    # levels 0, 1, 10: linear weights 1 - 1/10, 1 - 10/10, 1 - 9/10
    table = table_of([[8, 4, 0], [3, 7, 2], [1, 1, 6]])
    by_value = COEFFICIENTS["cohen_kappa_linear"].point(table, values=[0, 1, 10])
    custom = custom_kappa([[1, 0.9, 0], [0.9, 1, 0.1], [0, 0.1, 1]]).point(table)
    assert isinstance(by_value, Point)
    assert isinstance(custom, Point)
    assert by_value.value == pytest.approx(custom.value)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: pair_table([0, 3], [0, 1], 3), "a holds code 3; the scale has codes 0 to 2"),
        (lambda: pair_table([0, 1], [0, -1], 3), "b holds code -1"),
        (lambda: pair_table([0.5], [1], 3), "integer codes"),
        (lambda: pair_table([0, 1], [0], 3), "one length"),
        (lambda: pair_table([0], [0], 3, weights=[0.0]), "finite and positive"),
        (lambda: pair_table([0], [0], 3, weights=[1.0, 2.0]), "one number per unit"),
        (lambda: pair_table([0], [0], 3, clusters=[0.5]), "one integer per unit"),
        (lambda: count_table([0, 7], [0, 0], 2, units=3), "unit holds code 7"),
        (lambda: count_table_from_matrix(np.array([[0, 5]]), 3), "codes hold 5"),
        (lambda: count_table_from_matrix(np.array([[0.0, 1.0]]), 3), "signed integers"),
        (lambda: named_table(np.array([[0, -2]]), 3), "codes hold -2"),
        (lambda: number_pairs([1.0, np.nan], [1.0, 2.0]), "finite numbers"),
        (lambda: table_of([[1, 2]]), "square matrix"),
        (lambda: table_of([[1.5, 2.0], [0.0, 1.0]]), "whole numbers"),
        (lambda: custom_kappa([[1.0, 0.0], [0.0, 0.5]]), "1 on the diagonal"),
    ],
)
def test_bad_input_is_refused_with_the_place_named(build: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()  # type: ignore[operator]
