"""Two judges on the same units: McNemar's vectors, paired differences, Holm and the groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests

from calibration.stats.agreement import COEFFICIENTS, pair_estimate
from calibration.stats.compare import compare, difference, mcnemar_of
from calibration.stats.estimate import Estimate, Point, Undefined
from calibration.stats.joint import joint_table, with_pseudo_items
from calibration.stats.mcnemar import mcnemar
from calibration.stats.multiplicity import holm
from calibration.stats.patterns import pair_table
from calibration.stats.ranking import groups_not_told_apart, rank_judges

CODES = arrays.arrays(np.int64, (40, 3), elements=st.integers(0, 2))


def world(
    seed: int, n: int, *, hits: tuple[float, float] = (0.8, 0.65)
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two judges that give the reference's answer so often, else a random one, and the reference."""
    rng = np.random.default_rng(seed)
    reference = rng.integers(0, 3, n)
    hard = rng.random(n)  # what is hard for one judge is hard for the other
    a, b = (np.where(hard < p, reference, rng.integers(0, 3, n)) for p in hits)
    return a, b, reference


def test_mcnemar_of_one_against_nine_is_exact_021484_and_mid_p_011719() -> None:
    # 2 (1 + 10) / 2^10 = .021484; mid-p takes off P(X = 1) = 10 / 2^10: .011719
    found = mcnemar(1, 9)
    assert found.exact == pytest.approx(22 / 1024, abs=1e-12)
    assert found.mid_p == pytest.approx(12 / 1024, abs=1e-12)
    assert (round(found.exact, 6), round(found.mid_p, 6)) == (0.021484, 0.011719)


def test_mcnemar_of_agresti_s_ratings_of_the_prime_minister() -> None:
    # Agresti: [[794, 86], [150, 570]], (150 - 86)² / 236 = 17.3559, corrected 63² / 236 = 16.8178
    found = mcnemar(86, 150)
    assert round(found.chi_square, 4) == 17.3559
    assert round(found.chi_square_corrected, 2) == 16.82


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_that_of_statsmodels_and_symmetric(b: int, c: int) -> None:
    found, turned = mcnemar(b, c), mcnemar(c, b)
    assert (found.exact, found.mid_p) == (turned.exact, turned.mid_p)
    assert 0 <= found.mid_p <= found.exact <= 1
    if b + c > 0:
        table = [[5, b], [c, 7]]
        assert found.exact == pytest.approx(statsmodels_mcnemar(table, exact=True).pvalue, abs=1e-9)
        plain = statsmodels_mcnemar(table, exact=False, correction=False)
        assert found.chi_square == pytest.approx(plain.statistic)


def test_judges_who_never_differ_give_mcnemar_nothing_to_test() -> None:
    assert mcnemar(0, 0).exact == 1.0 and mcnemar(0, 0).mid_p == 1.0


def test_mcnemar_counts_who_alone_equals_the_reference() -> None:
    # units: both right, only A, only A, only B, both wrong in different ways
    table = joint_table([0, 1, 2, 0, 1], [0, 0, 0, 1, 2], [0, 1, 2, 1, 0], 3)
    found = mcnemar_of(table)
    assert (found.only_first, found.only_second) == (2, 1)


@settings(max_examples=25, deadline=None)
@given(CODES)
def test_the_margins_of_the_joint_table_are_the_two_pair_tables(codes: np.ndarray) -> None:
    a, b, reference = codes.T
    weights, clusters = 1.0 + (np.arange(40) % 3), np.arange(40) // 2
    joint = joint_table(a, b, reference, 3, weights=weights, clusters=clusters)
    for margin, judge in ((joint.first, a), (joint.second, b)):
        alone = pair_table(judge, reference, 3, weights=weights, clusters=clusters)
        assert margin.mass == pytest.approx(alone.mass)
        assert margin.square == pytest.approx(alone.square)
        assert margin.counts.tolist() == alone.counts.tolist()
        slope = np.arange(9.0)
        assert margin.variance(slope) == pytest.approx(alone.variance(slope))


@settings(max_examples=25, deadline=None)
@given(CODES)
def test_pseudo_items_of_the_joint_table_are_those_of_each_judge_alone(codes: np.ndarray) -> None:
    a, b, reference = codes.T
    extended = with_pseudo_items(joint_table(a, b, reference, 3))
    p = np.bincount(a, minlength=3) / 40
    r = np.bincount(reference, minlength=3) / 40
    alone = pair_table(a, reference, 3).mass + 2 * np.outer(p, r).ravel()
    assert extended.first.mass == pytest.approx(alone)


@pytest.mark.parametrize("name", ["cohen_kappa", "mcc", "krippendorff_alpha_nominal", "gwet_ac1", "macro_f1"])
def test_the_difference_is_that_of_the_two_estimates(name: str) -> None:
    a, b, reference = world(1, 300)
    found = difference(name, joint_table(a, b, reference, 3))
    first = pair_estimate(name, pair_table(a, reference, 3))
    assert found.first == first
    assert isinstance(found.difference, Estimate)
    assert isinstance(found.first, Estimate) and isinstance(found.second, Estimate)
    assert found.difference.value == pytest.approx(found.first.value - found.second.value)


def test_swapping_the_judges_turns_the_sign_and_keeps_the_p_value() -> None:
    a, b, reference = world(2, 200)
    one = difference("cohen_kappa", joint_table(a, b, reference, 3))
    other = difference("cohen_kappa", joint_table(b, a, reference, 3))
    assert isinstance(one.difference, Estimate) and isinstance(other.difference, Estimate)
    assert one.difference.low is not None and other.difference.high is not None
    assert one.difference.low == pytest.approx(-other.difference.high)
    assert one.p == pytest.approx(other.p)


def test_a_judge_does_not_differ_from_itself() -> None:
    a, _, reference = world(3, 200)
    found = difference("cohen_kappa", joint_table(a, a, reference, 3))
    assert isinstance(found.difference, Estimate)
    assert found.difference.value == 0 and found.p == 1.0
    assert not found.distinguishable()


def test_pairing_is_narrower_than_two_separate_errors_where_judges_find_the_same_items_hard() -> None:
    a, b, reference = world(4, 400)
    found = difference("cohen_kappa", joint_table(a, b, reference, 3))
    assert isinstance(found.difference, Estimate)
    low, high = found.difference.low, found.difference.high
    assert low is not None and high is not None
    separate = 0.0
    for judge in (a, b):
        table = pair_table(judge, reference, 3)
        point = COEFFICIENTS["cohen_kappa"].point(table)
        assert isinstance(point, Point)
        separate += table.variance(point.influence)
    assert (high - low) / 2 < 0.85 * 1.96 * separate**0.5


def test_the_interval_and_the_p_value_agree_about_zero() -> None:
    for seed in range(20):
        a, b, reference = world(seed, 120, hits=(0.75, 0.7))
        found = difference("cohen_kappa", joint_table(a, b, reference, 3))
        assert isinstance(found.difference, Estimate) and found.p is not None
        assert found.difference.low is not None and found.difference.high is not None
        excludes_zero = found.difference.low > 0 or found.difference.high < 0
        assert excludes_zero == (found.p < 0.05) == found.distinguishable()


def test_an_undefined_coefficient_makes_the_difference_undefined() -> None:
    reference = np.array([0, 1] * 20)
    constant = np.zeros(40, dtype=int)
    found = difference("mcc", joint_table(constant, reference, reference, 2))
    assert isinstance(found.difference, Undefined) and found.p is None


def test_too_few_of_the_rare_class_leave_the_difference_without_interval_and_p_value() -> None:
    reference = np.array([0] * 60 + [1] * 3)
    a, b = reference.copy(), np.zeros(63, dtype=int)
    b[60] = 1
    found = difference("cohen_kappa", joint_table(a, b, reference, 2))
    assert isinstance(found.difference, Estimate)
    assert found.difference.low is None and found.p is None
    assert "rare class" in str(found.difference.interval_undefined)
    assert not found.distinguishable()


def test_several_coefficients_are_compared_at_once() -> None:
    a, b, reference = world(5, 150)
    found = compare(joint_table(a, b, reference, 3), ("cohen_kappa", "percent_agreement"))
    assert list(found) == ["cohen_kappa", "percent_agreement"]


def test_arrays_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        joint_table([0, 1], [0, 1], [0], 2)


@settings(max_examples=50, deadline=None)
@given(arrays.arrays(np.float64, st.integers(1, 12), elements=st.floats(0, 1)))
def test_holm_is_that_of_statsmodels(p_values: np.ndarray) -> None:
    expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(expected, abs=1e-12)


def test_groups_hold_only_names_that_nobody_told_apart() -> None:
    # a-b and b-c overlap, a-c differ -> two groups that share b
    assert groups_not_told_apart("abc", [("a", "c")]) == (("a", "b"), ("b", "c"))
    assert groups_not_told_apart("abc", []) == (("a", "b", "c"),)
    assert groups_not_told_apart("abc", [("a", "b"), ("a", "c"), ("b", "c")]) == (("a",), ("b",), ("c",))
    assert groups_not_told_apart("", []) == ()


def test_judges_are_ranked_and_only_clear_differences_separate_groups() -> None:
    rng = np.random.default_rng(6)
    reference = rng.integers(0, 3, 500)

    def judge(p: float) -> np.ndarray:
        return np.where(rng.random(500) < p, reference, rng.integers(0, 3, 500))

    poor = judge(0.3)
    also_poor = np.where(np.arange(500) < 20, judge(0.3), poor)  # the same judge but for 20 units
    ranking = rank_judges({"poor": poor, "good": judge(0.9), "also poor": also_poor}, reference, 3)
    assert ranking.judges[0] == "good"
    assert ranking.groups[0] == ("good",) and set(ranking.groups[1]) == {"poor", "also poor"}
    for pair in ranking.pairs:
        assert pair.difference.p is not None and pair.p_adjusted is not None
        assert pair.p_adjusted >= pair.difference.p
