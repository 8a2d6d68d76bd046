"""A judge as a classifier: values against scikit-learn, intervals against definitions, gaps in words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn import metrics

from calibration.stats.agreement import COEFFICIENTS, pair_estimate
from calibration.stats.classify import binary_rates, confusion, per_class, recall
from calibration.stats.estimate import Estimate, Point, Undefined
from calibration.stats.intervals import clopper_pearson, wilson
from calibration.stats.patterns import pair_table, table_of

NAMES = ("mcc", "balanced_accuracy", "macro_f1")
TABLES = arrays.arrays(np.int64, (3, 3), elements=st.integers(1, 30))


def units(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The judge's and the reference's answers behind a table of counts."""
    row, column = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), len(counts))
    return row, column


@settings(max_examples=30, deadline=None)
@given(TABLES)
def test_averages_over_classes_are_those_of_scikit_learn(counts: np.ndarray) -> None:
    judge, reference = units(counts)
    table = table_of(counts)
    expected = {
        "mcc": metrics.matthews_corrcoef(reference, judge),
        "balanced_accuracy": metrics.balanced_accuracy_score(reference, judge),
        "macro_f1": metrics.f1_score(reference, judge, average="macro"),
    }
    for name, value in expected.items():
        found = pair_estimate(name, table)
        assert isinstance(found, Estimate)
        assert found.value == pytest.approx(value, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(TABLES)
def test_precision_recall_and_f1_of_each_class_are_those_of_scikit_learn(counts: np.ndarray) -> None:
    judge, reference = units(counts)
    precision, found_recall, f1, _ = metrics.precision_recall_fscore_support(reference, judge)
    for one in per_class(table_of(counts)):
        for result, expected in ((one.precision, precision), (one.recall, found_recall), (one.f1, f1)):
            assert isinstance(result, Estimate)
            assert result.low is not None and result.high is not None
            assert result.value == pytest.approx(expected[one.category], abs=1e-12)
            assert 0 <= result.low <= result.value <= result.high <= 1


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=20, deadline=None)
@given(counts=TABLES)
def test_influence_values_are_the_derivatives_in_each_cell(name: str, counts: np.ndarray) -> None:
    table, values, step = table_of(counts), np.arange(1.0, 4.0), 1e-4
    coefficient = COEFFICIENTS[name]
    point = coefficient.point(table)
    assert isinstance(point, Point)
    for cell in range(9):
        nudge = np.zeros(9)
        nudge[cell] = step
        up, down = (coefficient.formula(table, table.mass + s * nudge, values).value for s in (1, -1))
        slope = float(up - down) / (2 * step) * table.total
        assert point.influence[cell] == pytest.approx(slope, abs=1e-5)


def test_mcc_of_the_scikit_learn_example_is_minus_a_third() -> None:
    # truth +1 +1 +1 -1, judge +1 -1 +1 +1: TP 2, TN 0, FP 1, FN 1 -> (0 - 1) / sqrt(3·3·1·1) = -1/3
    table = pair_table([0, 1, 0, 0], [0, 0, 0, 1], 2)
    found = pair_estimate("mcc", table)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(-1 / 3)


def test_mcc_of_perfect_agreement_on_one_class_is_undefined_not_zero() -> None:
    found = pair_estimate("mcc", table_of([[50, 0], [0, 0]]))
    assert isinstance(found, Undefined)
    assert "one class only" in found.reason


def test_balanced_accuracy_and_youden_are_undefined_when_the_reference_has_one_class() -> None:
    table = table_of([[40, 0], [10, 0]])
    for name in ("balanced_accuracy", "youden_j"):
        found = pair_estimate(name, table)
        assert isinstance(found, Undefined)
        assert "reference" in found.reason


def test_youden_is_twice_balanced_accuracy_minus_one() -> None:
    # TPR = 40/50, TNR = 30/50 -> J = .8 + .6 - 1 = .4, balanced accuracy .7
    table = table_of([[40, 20], [10, 30]])
    j, accuracy = pair_estimate("youden_j", table), pair_estimate("balanced_accuracy", table)
    assert isinstance(j, Estimate) and isinstance(accuracy, Estimate)
    assert j.value == pytest.approx(0.4) and accuracy.value == pytest.approx(0.7)
    assert j.low is not None and accuracy.low is not None
    assert j.low == pytest.approx(2 * accuracy.low - 1)


def test_youden_of_three_categories_is_undefined() -> None:
    assert isinstance(pair_estimate("youden_j", table_of(np.full((3, 3), 20))), Undefined)


def test_an_average_over_classes_says_which_share_of_the_scale_it_never_saw() -> None:
    table = pair_table([0, 1] * 30, [0, 1] * 30, 3)
    for name in ("balanced_accuracy", "macro_f1"):
        found = pair_estimate(name, table)
        assert isinstance(found, Estimate)
        assert found.value == pytest.approx(1.0)
        assert any("1 of 3 declared categories" in text for text in found.warnings)


def test_rates_use_wilson_for_display_and_clopper_pearson_for_certification() -> None:
    # the reference has 50 positives, of which the judge finds 40, and 50 negatives, of which 30
    table = table_of([[40, 20], [10, 30]])
    shown, certified = binary_rates(table), binary_rates(table, purpose="certification")
    assert isinstance(shown.tpr, Estimate) and isinstance(certified.tnr, Estimate)
    expected, exact = wilson(40, 50), clopper_pearson(30, 50)
    assert (shown.tpr.low, shown.tpr.high, shown.tpr.n) == (expected.low, expected.high, 50)
    assert (certified.tnr.low, certified.tnr.high, certified.tnr.value) == (exact.low, exact.high, 0.6)


def test_the_positive_category_can_be_either() -> None:
    table = table_of([[40, 20], [10, 30]])
    assert binary_rates(table, positive=1).tpr == binary_rates(table).tnr


def test_rates_of_three_categories_are_refused() -> None:
    with pytest.raises(ValueError, match="two categories"):
        binary_rates(table_of(np.ones((3, 3), dtype=int)))


def test_recall_of_a_class_that_the_reference_never_uses_is_undefined() -> None:
    one = per_class(table_of([[5, 0], [7, 0]]))[1]
    assert isinstance(one.recall, Undefined)
    assert isinstance(one.precision, Estimate)  # the judge used it 7 times, never rightly
    assert (one.precision.value, one.reference, one.judge) == (0.0, 0, 7)


def test_a_class_that_nobody_uses_has_no_numbers_at_all() -> None:
    one = per_class(pair_table([0, 1], [0, 1], 3))[2]
    assert all(isinstance(result, Undefined) for result in (one.precision, one.recall, one.f1))


def test_repeating_every_unit_in_its_cluster_leaves_a_rate_as_uncertain_as_before() -> None:
    rng = np.random.default_rng(3)
    reference = rng.integers(0, 2, 200)
    judge = np.where(rng.random(200) < 0.8, reference, 1 - reference)
    copies = 4
    alone = binary_rates(pair_table(judge, reference, 2)).tpr
    clusters = np.repeat(np.arange(200), copies)
    many = binary_rates(
        pair_table(np.repeat(judge, copies), np.repeat(reference, copies), 2, clusters=clusters)
    ).tpr
    assert isinstance(alone, Estimate) and isinstance(many, Estimate)
    assert alone.low is not None and many.low is not None
    assert many.n == copies * alone.n and many.clusters == alone.n
    # the cluster count and t for the variance make it slightly wider, never narrower
    assert alone.low - 0.015 < many.low <= alone.low


def test_equal_weights_change_nothing_but_the_name_of_the_method() -> None:
    rng = np.random.default_rng(4)
    judge, reference = rng.integers(0, 2, 300), rng.integers(0, 2, 300)
    plain = recall(pair_table(judge, reference, 2), 0)
    weighted = recall(pair_table(judge, reference, 2, weights=np.full(300, 5.0)), 0)
    assert isinstance(plain, Estimate) and isinstance(weighted, Estimate)
    assert plain.low is not None and weighted.low is not None
    assert weighted.value == pytest.approx(plain.value)
    assert weighted.low == pytest.approx(plain.low, abs=0.002)
    assert "weighted" in weighted.method


def test_few_clusters_leave_a_rate_without_interval_and_say_so() -> None:
    table = pair_table([0, 1] * 20, [0, 1] * 20, 2, clusters=np.repeat(np.arange(4), 10))
    found = recall(table, 0)
    assert isinstance(found, Estimate)
    assert found.low is None and found.interval_undefined is not None
    assert "4" in found.interval_undefined


def test_the_confusion_is_the_unweighted_count_of_units() -> None:
    table = pair_table([0, 0, 1], [0, 1, 1], 2, weights=[1.0, 5.0, 2.0])
    assert confusion(table).tolist() == [[1, 1], [0, 1]]


def test_mcc_of_a_reference_with_one_class_is_undefined_whatever_the_rounding() -> None:
    # 1/6 + 1/6 + 4/6 is 1 only up to rounding, so a margin's spread can come out as 2e-16 instead of 0
    for codes in ([0, 1, 2, 2, 2, 2], [2, 0, 1, 1, 1, 1]):
        assert isinstance(pair_estimate("mcc", pair_table(codes, [2] * 6, 4)), Undefined)
        assert isinstance(pair_estimate("mcc", pair_table([1] * 6, codes, 4)), Undefined)
