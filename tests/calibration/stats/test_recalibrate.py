"""Recalibration: the fits of scikit-learn, the choice of method, and no item judged on its own fit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from calibration.stats.confidence import Confident, confident
from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.recalibrate import Recalibrated, fit, method_for, recalibrate


def overconfident(n: int, seed: int = 0, times: float = 2.5) -> Confident:
    """The truth is sigmoid(z); the judge says sigmoid(times · z)."""
    rng = np.random.default_rng(seed)
    z = rng.normal(1.0, 1.0, n)
    right = rng.random(n) < 1 / (1 + np.exp(-z))
    return confident(1 / (1 + np.exp(-times * z)), right.astype(float))


def targets(right: np.ndarray) -> np.ndarray:
    """Platt's: (n₊ + 1) / (n₊ + 2) and 1 / (n₋ + 2)."""
    hits = right.sum()
    return np.asarray(np.where(right == 1, (hits + 1) / (hits + 2), 1 / (len(right) - hits + 2)))


def logit(c: np.ndarray) -> np.ndarray:
    return np.asarray(np.log(c / (1 - c)))


def test_platt_is_the_logistic_regression_of_scikit_learn_on_platts_targets() -> None:
    data = overconfident(300)
    target, x = targets(data.right), logit(data.confidence)
    # a target t is t of a positive and 1 - t of a negative
    both, y = np.r_[x, x][:, None], np.r_[np.ones(300), np.zeros(300)]
    expected = LogisticRegression(C=np.inf, tol=1e-10).fit(both, y, sample_weight=np.r_[target, 1 - target])
    found = fit(data, "platt")
    assert (found.slope, found.shift) == pytest.approx(
        (expected.coef_[0, 0], expected.intercept_[0]), abs=1e-3
    )


def test_temperature_minimises_log_loss_over_one_number() -> None:
    data = overconfident(200)
    target, x = targets(data.right), logit(data.confidence)

    def loss(slope: float) -> float:
        return float((np.logaddexp(0, slope * x) - target * slope * x).sum())

    best = minimize_scalar(loss, bounds=(0.01, 5), method="bounded", options={"xatol": 1e-9}).x
    assert fit(data, "temperature").slope == pytest.approx(best, abs=1e-5)


def test_a_judge_two_and_a_half_times_too_sure_gets_that_temperature() -> None:
    assert fit(overconfident(20_000), "temperature").temperature == pytest.approx(2.5, rel=0.05)


@pytest.mark.parametrize("method", ["temperature", "platt", "isotonic"])
def test_recalibrated_confidence_keeps_the_order_and_lies_inside_the_unit_interval(method: str) -> None:
    found = fit(overconfident(300), method)  # type: ignore[arg-type]
    mapped = found(np.linspace(0, 1, 101))
    assert np.all(np.diff(mapped) >= 0)
    assert mapped.min() > 0 and mapped.max() < 1


def test_separable_data_give_a_finite_curve() -> None:
    data = confident([0.1] * 15 + [0.9] * 15, [0] * 15 + [1] * 15)
    found = fit(data, "platt")
    assert np.isfinite([found.slope, found.shift]).all()
    assert found(np.array([0.9]))[0] == pytest.approx(16 / 17, abs=1e-3)


@pytest.mark.parametrize(
    ("n", "method"), [(50, "temperature"), (250, "temperature"), (251, "platt"), (1000, "isotonic")]
)
def test_the_method_follows_from_the_number_of_labels(n: int, method: str) -> None:
    assert method_for(n) == method


def test_recalibration_of_an_overconfident_judge_is_worth_doing() -> None:
    found = recalibrate(overconfident(400), rng=np.random.default_rng(0))
    assert isinstance(found, Recalibrated)
    assert isinstance(found.gain, Estimate) and found.gain.low is not None
    assert found.gain.low > 0


def test_no_verdict_is_judged_by_a_curve_fitted_to_it() -> None:
    # confidences far apart and labels by coin: an isotonic fit to all of them reproduces the labels it saw
    rng = np.random.default_rng(3)
    data = confident(np.linspace(0.01, 0.99, 200), (rng.random(200) < 0.5).astype(float))
    found = recalibrate(data, rng=rng, method="isotonic")
    assert isinstance(found, Recalibrated)
    honest = np.mean((found.confidence - data.right) ** 2)
    own = np.mean((found.fitted(data.confidence) - data.right) ** 2)
    assert own < honest
    assert honest > 0.245  # a coin cannot be predicted better than .25 but by luck


def test_clusters_are_never_split_between_fit_and_measurement() -> None:
    # ten copies of each verdict: cross-fitting by item would know the answers, by cluster it does not
    rng = np.random.default_rng(4)
    sure, right = rng.random(40), (rng.random(40) < 0.5).astype(float)
    data = confident(np.repeat(sure, 10), np.repeat(right, 10), clusters=np.repeat(np.arange(40), 10))
    found = recalibrate(data, rng=rng, method="isotonic")
    assert isinstance(found, Recalibrated)
    # all copies of a cluster got one map, so one confidence
    assert np.all(np.ptp(found.confidence.reshape(40, 10), axis=1) == 0)


@pytest.mark.parametrize(("n", "right", "reason"), [(19, 10, "needs 20"), (40, 40, "no curve")])
def test_too_few_labels_or_one_kind_are_refused_in_words(n: int, right: int, reason: str) -> None:
    data = confident(np.linspace(0.1, 0.9, n), [1] * right + [0] * (n - right))
    found = recalibrate(data, rng=np.random.default_rng(0))
    assert isinstance(found, Undefined) and reason in found.reason
