"""Ours against krippendorff, scikit-learn, statsmodels and scipy on the same random answers."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats import inter_rater

from calibration.stats.agreement import COEFFICIENTS
from calibration.stats.estimate import Point
from calibration.stats.intervals import standard_error
from calibration.stats.number_alpha import alpha_of_numbers
from calibration.stats.patterns import (
    count_table_from_matrix,
    number_pairs,
    number_table,
    pair_table,
    table_of,
)
from calibration.stats.scored import NUMBER_COEFFICIENTS

K = 4
seeds = st.integers(0, 2**32 - 1)


def answers(seed: int, *, raters: int, gaps: float = 0.0) -> NDArray[np.int8]:
    """30 units that raters mostly see alike, -1 where an answer is missing."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, K, (30, 1))
    codes = np.where(rng.random((30, raters)) < 0.6, truth, rng.integers(0, K, (30, raters)))
    return np.where(rng.random(codes.shape) < gaps, -1, codes).astype(np.int8)


def value(name: str, table: object) -> float:
    found = COEFFICIENTS[name].point(table)  # type: ignore[arg-type]
    assert isinstance(found, Point)
    return found.value


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_alpha_equals_krippendorff(level: str, seed: int) -> None:
    codes = answers(seed, raters=4, gaps=0.3)
    assume(len(np.unique(codes[codes >= 0])) > 1)
    values = np.where(codes < 0, np.nan, codes + 1.0).T
    theirs = krippendorff.alpha(values, level_of_measurement=level, value_domain=[1.0, 2.0, 3.0, 4.0])
    assert value(f"krippendorff_alpha_{level}", count_table_from_matrix(codes, K)) == pytest.approx(theirs)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_alpha_of_continuous_numbers_equals_krippendorff(level: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    numbers = np.round(rng.normal(5, 1, (20, 1)) + rng.normal(0, 0.7, (20, 3)), 1)
    numbers[rng.random(numbers.shape) < 0.3] = np.nan
    unit, rater = np.nonzero(~np.isnan(numbers))
    found = alpha_of_numbers(level, number_table(unit, numbers[unit, rater], units=20))
    assert isinstance(found, Point)
    assert found.value == pytest.approx(krippendorff.alpha(numbers.T, level_of_measurement=level))


@pytest.mark.parametrize(
    ("name", "theirs"),
    [("cohen_kappa", None), ("cohen_kappa_linear", "linear"), ("cohen_kappa_quadratic", "quadratic")],
)
@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_weighted_kappa_equals_scikit_learn_when_it_is_told_the_labels(
    name: str, theirs: str | None, seed: int
) -> None:
    codes = answers(seed, raters=2)
    pi = np.random.default_rng(seed).uniform(0.1, 1, len(codes))
    expected = cohen_kappa_score(
        codes[:, 0], codes[:, 1], labels=range(K), weights=theirs, sample_weight=1 / pi
    )
    table = pair_table(codes[:, 0], codes[:, 1], K, weights=1 / pi)
    assert value(name, table) == pytest.approx(expected)


def test_scikit_learn_drops_a_declared_level_that_nobody_used_and_we_do_not() -> None:
    # levels 1, 2, 3, 5 of a 1..5 scale: with 4 unused scikit-learn takes 3 and 5 for neighbours
    first, second = np.array([0, 1, 2, 4, 4, 2, 1, 0]), np.array([0, 1, 4, 4, 2, 2, 0, 1])
    ours = value("cohen_kappa_quadratic", pair_table(first, second, 5))
    assert ours == pytest.approx(cohen_kappa_score(first, second, labels=range(5), weights="quadratic"))
    assert ours != pytest.approx(cohen_kappa_score(first, second, weights="quadratic"), abs=0.01)


@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_kappa_and_its_error_equal_statsmodels(seed: int) -> None:
    codes = answers(seed, raters=2)
    table = pair_table(codes[:, 0], codes[:, 1], K)
    for name, kind in (("cohen_kappa", None), ("cohen_kappa_linear", "linear")):
        found = COEFFICIENTS[name].point(table)
        theirs = inter_rater.cohens_kappa(table.counts, wt=kind)
        assert isinstance(found, Point)
        assert found.value == pytest.approx(theirs.kappa)
        assert standard_error(found, table) == pytest.approx(theirs.std_kappa)


@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_fleiss_and_randolph_equal_statsmodels(seed: int) -> None:
    table = count_table_from_matrix(answers(seed, raters=5), K)
    rows = np.repeat(table.ratings, table.tally, axis=0)
    assert value("fleiss_kappa", table) == pytest.approx(inter_rater.fleiss_kappa(rows))
    assert value("brennan_prediger", table) == pytest.approx(inter_rater.fleiss_kappa(rows, "randolph"))


@pytest.mark.parametrize(
    ("name", "theirs"),
    [("pearson", stats.pearsonr), ("spearman", stats.spearmanr), ("kendall_tau_b", stats.kendalltau)],
)
@given(seed=seeds, steps=st.sampled_from([1, 3, 100]))
@settings(max_examples=25, deadline=None)
def test_correlations_equal_scipy_with_and_without_ties(
    name: str, theirs: object, seed: int, steps: int
) -> None:
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=40) * steps)
    y = np.round(x * 0.5 + rng.normal(size=40) * steps)
    found = NUMBER_COEFFICIENTS[name].point(number_pairs(x, y))
    assert isinstance(found, Point)
    assert found.value == pytest.approx(theirs(x, y).statistic)  # type: ignore[operator]


def test_tau_b_and_spearman_of_the_scipy_documentation() -> None:
    tau = NUMBER_COEFFICIENTS["kendall_tau_b"].point(number_pairs([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]))
    rho = NUMBER_COEFFICIENTS["spearman"].point(number_pairs([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]))
    assert isinstance(tau, Point)
    assert isinstance(rho, Point)
    assert (tau.value, rho.value) == pytest.approx((-0.471405, 0.820783), abs=6e-7)


@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_lins_ccc_of_levels_is_quadratic_kappa(seed: int) -> None:
    codes = answers(seed, raters=2)
    found = NUMBER_COEFFICIENTS["lin_ccc"].point(number_pairs(codes[:, 0], codes[:, 1]))
    assert isinstance(found, Point)
    assert found.value == pytest.approx(
        value("cohen_kappa_quadratic", pair_table(codes[:, 0], codes[:, 1], K)), abs=1e-12
    )


@given(seed=seeds)
@settings(max_examples=25, deadline=None)
def test_ordinal_alpha_is_interval_alpha_of_mid_ranks(seed: int) -> None:
    codes = answers(seed, raters=3, gaps=0.2)
    paired = (codes >= 0).sum(axis=1) >= 2
    unit, rater = np.nonzero((codes >= 0) & paired[:, None])
    ranks = stats.rankdata(codes[unit, rater])
    on_ranks = alpha_of_numbers("interval", number_table(unit, ranks, units=len(codes)))
    assert isinstance(on_ranks, Point)
    ours = value("krippendorff_alpha_ordinal", count_table_from_matrix(codes, K))
    assert ours == pytest.approx(on_ranks.value, abs=1e-12)


def test_krippendorffs_finite_sample_correction_of_scotts_pi() -> None:
    # complete answers of two raters: 1 - alpha = (1 - pi) (2n - 1) / (2n)
    table = table_of([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
    alpha, pi = value("krippendorff_alpha_nominal", table), value("scott_pi", table)
    assert 1 - alpha == pytest.approx((1 - pi) * (2 * table.n - 1) / (2 * table.n))
