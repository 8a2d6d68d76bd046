"""Confidence scores against published examples and scikit-learn, their decomposition, and what follows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from calibration.stats.confidence import (
    Confident,
    Decomposition,
    advise,
    confident,
    corp,
    error_auroc,
    losses,
    mean_score,
)
from calibration.stats.doubt import auroc, doubted
from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.isotonic import isotonic
from calibration.stats.reliability import CalibrationError, bin_of, calibration_error, reliability


def perfect(n: int, seed: int = 0, low: float = 0.5) -> Confident:
    """Confidences that mean what they say."""
    rng = np.random.default_rng(seed)
    sure = rng.uniform(low, 1, n).round(2)
    return confident(sure, (rng.random(n) < sure).astype(float))


def test_the_brier_score_of_the_scikit_learn_example() -> None:
    # (.1² + .1² + .2² + .3²) / 4 = .0375
    data = confident([0.1, 0.9, 0.8, 0.3], [0, 1, 1, 0])
    assert losses(data, "brier").mean() == pytest.approx(0.0375)


def test_the_log_loss_of_the_scikit_learn_example() -> None:
    # probabilities given to the truth .9, .9, .8, .65 -> -(2 ln .9 + ln .8 + ln .65) / 4 = .21616
    data = confident([0.9, 0.1, 0.2, 0.65], [1, 0, 0, 1])
    assert losses(data, "log_loss").mean() == pytest.approx(0.21616, abs=5e-6)


def test_scores_agree_with_scikit_learn() -> None:
    data = perfect(400, low=0.01)
    assert losses(data, "brier").mean() == pytest.approx(brier_score_loss(data.right, data.confidence))
    inside = confident(np.clip(data.confidence, 0.01, 0.99), data.right)
    assert losses(inside, "log_loss").mean() == pytest.approx(log_loss(inside.right, inside.confidence))


def test_a_certain_error_costs_much_but_not_infinitely() -> None:
    assert np.isfinite(losses(confident([1.0], [0]), "log_loss")).all()


def test_a_mean_score_has_an_interval_that_clusters_widen() -> None:
    data = perfect(200)
    twice = confident(
        np.tile(data.confidence, 2), np.tile(data.right, 2), clusters=np.tile(np.arange(200), 2)
    )
    alone, copied = mean_score(data, "brier"), mean_score(twice, "brier")
    assert isinstance(alone, Estimate) and isinstance(copied, Estimate)
    assert alone.low is not None and copied.low is not None
    assert copied.clusters == 200
    assert copied.low == pytest.approx(alone.low, abs=1e-3)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 1)), min_size=1, max_size=60),
)
def test_isotonic_regression_is_that_of_scikit_learn(rows: list[tuple[int, int]]) -> None:
    x, y = np.array([a for a, _ in rows]) / 20, np.array([b for _, b in rows], dtype=float)
    expected = IsotonicRegression(out_of_bounds="clip").fit(x, y)
    curve = isotonic(x, y)
    everywhere = np.linspace(0, 1, 41)
    assert curve(everywhere) == pytest.approx(expected.predict(everywhere), abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 19), st.integers(0, 1)), min_size=2, max_size=60))
def test_the_parts_of_a_score_add_up_and_none_is_negative(rows: list[tuple[int, int]]) -> None:
    data = confident([a / 20 for a, _ in rows], [b for _, b in rows])
    for score in ("brier", "log_loss"):
        parts = corp(data, score)
        assert isinstance(parts, Decomposition)
        whole = parts.miscalibration - parts.discrimination + parts.uncertainty
        assert whole == pytest.approx(parts.score, abs=1e-9)
        assert min(parts.miscalibration, parts.discrimination, parts.uncertainty) > -1e-9


def test_uncertainty_of_the_brier_score_is_that_of_the_base_rate() -> None:
    # 3 of 4 right: .75 · .25 = .1875; one confidence for all neither discriminates nor misleads
    parts = corp(confident([0.75] * 4, [1, 1, 1, 0]))
    assert isinstance(parts, Decomposition)
    assert (parts.uncertainty, parts.discrimination, parts.miscalibration) == pytest.approx((0.1875, 0, 0))


@pytest.mark.parametrize("clustered", [False, True])
def test_auroc_of_doubt_is_that_of_scikit_learn(clustered: bool) -> None:
    data = perfect(300)
    clusters = np.arange(300) if clustered else None
    found = error_auroc(confident(data.confidence, data.right, clusters=clusters))
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(roc_auc_score(1 - data.right, 1 - data.confidence))


def test_the_auroc_of_confidence_is_that_of_doubt() -> None:
    data = perfect(300)
    assert error_auroc(data) == auroc(doubted(1 - data.confidence, data.right == 0))


def test_auroc_without_errors_says_so() -> None:
    found = error_auroc(confident([0.5, 0.9], [1, 1]))
    assert isinstance(found, Undefined) and "every verdict is right" in found.reason


def test_doubt_that_finds_errors_is_followed_and_a_mirrored_one_is_inverted() -> None:
    rng = np.random.default_rng(1)
    right = (rng.random(300) < 0.8).astype(float)
    sure = np.clip(rng.normal(0.6 + 0.2 * right, 0.1), 0, 1)
    assert advise(confident(sure, right)).follow == "follow"
    assert advise(confident(1 - sure, right)).follow == "inverted"
    assert advise(confident(rng.random(300), right)).follow == "ignore"


def test_a_pilot_with_few_errors_says_how_many_labels_more() -> None:
    # 4 errors in 50: 6 more at (4 + 1) / (50 + 2) of the labels -> 62.4
    advice = advise(confident(np.linspace(0.5, 1, 50), [0] * 4 + [1] * 46))
    assert advice.follow == "ignore"
    assert advice.reason == "pilot too small: 4 wrong verdicts; label 63 more"


@pytest.mark.parametrize(
    ("n", "mean", "high"), [(50, 0.100, 0.156), (200, 0.052, 0.079), (2000, 0.017, 0.026)]
)
def test_a_perfect_judge_shows_a_calibration_error_by_chance(n: int, mean: float, high: float) -> None:
    rng = np.random.default_rng(4)
    found = calibration_error(perfect(n), rng=rng, kind="width")
    assert isinstance(found, CalibrationError)
    assert (found.null_mean, found.null_high) == pytest.approx((mean, high), abs=0.012)


def test_the_calibration_error_of_two_bins_and_its_debiased_form() -> None:
    # .1 five times, 2 of 5 right: gap .3, noise .4·.6/4 = .06; .9 five times, all right: gap .1, noise 0
    data = confident([0.1] * 5 + [0.9] * 5, [1, 1, 0, 0, 0] + [1] * 5)
    found = calibration_error(data, rng=np.random.default_rng(0), bins=2)
    assert isinstance(found, CalibrationError)
    assert found.value == pytest.approx(0.2)
    assert found.debiased == pytest.approx(((0.09 - 0.06) / 2 + 0.01 / 2) ** 0.5)


def test_an_overconfident_judge_lies_beyond_chance_and_a_perfect_one_seldom_does() -> None:
    rng, beyond = np.random.default_rng(1), {"perfect": 0, "too sure": 0}
    for seed in range(40):
        data = perfect(300, seed)
        sure = confident(np.clip(data.confidence + 0.2, 0, 1), data.right)
        for name, judge in (("perfect", data), ("too sure", sure)):
            found = calibration_error(judge, rng=rng, draws=300)
            assert isinstance(found, CalibrationError)
            beyond[name] += found.beyond_chance
    # 5% of 40 are 2; 7 or more have probability .003
    assert beyond["perfect"] <= 6
    assert beyond["too sure"] == 40


def test_bins_of_equal_mass_keep_equal_confidences_together() -> None:
    data = confident([0.5] * 50 + [0.7] * 5 + [0.9] * 45, [1] * 100)
    rows = reliability(data, rng=np.random.default_rng(0), bins=4)
    assert sum(row.n for row in rows) == 100
    assert all(row.low <= row.confidence <= row.high for row in rows)
    places = bin_of(data.confidence, 4, "mass")
    assert len({int(p) for p in places[:50]}) == 1


def test_a_perfect_judges_bins_mostly_lie_in_the_consistency_band() -> None:
    inside = [
        row.band_low <= row.right <= row.band_high
        for seed in range(20)
        for row in reliability(perfect(400, seed), rng=np.random.default_rng(seed), draws=300)
    ]
    assert np.mean(inside) > 0.9  # 200 bins at 95%


@pytest.mark.parametrize(
    ("confidence", "right", "message"),
    [([1.2], [1], "0, 1"), ([np.nan], [1], "without one"), ([0.5], [2], "right"), ([0.5], [1, 0], "length")],
)
def test_input_that_is_no_confidence_is_refused(
    confidence: list[float], right: list[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        confident(confidence, right)


def test_no_verdicts_give_reasons_not_numbers() -> None:
    nothing, rng = confident([], []), np.random.default_rng(0)
    assert isinstance(corp(nothing), Undefined)
    assert isinstance(calibration_error(nothing, rng=rng), Undefined)
    assert reliability(nothing, rng=rng) == ()
