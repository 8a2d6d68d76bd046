"""Raters: the 1979 anaesthetists, leniency, repeats, gold items and drift."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.stats.dawid_skene import DawidSkene, dawid_skene
from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.paired_means import mean_of
from calibration.stats.proportions import clopper_pearson
from calibration.stats.raters import Drift, consistency, drift, gold_accuracy, gold_alarm, leniency

# Dawid and Skene (1979), table 1: 45 patients; five observers, the first of whom answered three times
PATIENTS = (
    "111 1 1 1 1;333 4 3 3 4;112 2 1 2 2;222 3 1 2 1;222 3 2 2 2;222 3 3 2 2;122 2 1 1 1;333 3 4 3 3;"
    "222 2 2 2 3;232 2 2 2 3;444 4 4 4 4;222 3 3 4 3;111 1 1 1 1;222 3 2 1 2;121 1 1 1 1;111 2 1 1 1;"
    "111 1 1 1 1;111 1 1 1 1;222 2 2 2 1;222 1 3 2 2;222 2 2 2 2;222 2 2 2 1;222 3 2 2 2;221 2 2 2 2;"
    "111 1 1 1 1;111 1 1 1 1;232 2 2 2 2;111 1 1 1 1;111 1 1 1 1;112 1 1 2 1;111 1 1 1 1;333 3 2 3 3;"
    "111 1 1 1 1;222 2 2 2 2;222 3 2 3 2;433 4 3 4 3;221 2 2 3 2;232 3 2 3 3;333 3 4 3 2;111 1 1 1 1;"
    "111 1 1 1 1;121 2 1 1 1;232 2 2 2 2;121 1 1 1 1;222 2 2 2 2"
)


def anaesthetists(smoothing: float, restarts: int = 0) -> DawidSkene:
    rows = [
        (patient, observer, int(answer) - 1)
        for patient, line in enumerate(PATIENTS.split(";"))
        for observer, answers in enumerate(line.split())
        for answer in answers
    ]
    item, rater, code = zip(*rows, strict=True)
    rng = np.random.default_rng(0)
    found = dawid_skene(
        item, rater, code, 4, items=45, raters=5, rng=rng, smoothing=smoothing, restarts=restarts
    )
    assert isinstance(found, DawidSkene)
    return found


def test_the_anaesthetists_of_1979_are_reproduced() -> None:
    found = anaesthetists(smoothing=0.0)
    assert found.prevalence == pytest.approx([0.3996, 0.4220, 0.1118, 0.0667], abs=5e-4)
    assert found.log_likelihood == pytest.approx(-192.891, abs=5e-3)
    assert np.diag(found.confusion[0]) == pytest.approx([0.89, 0.88, 0.66, 0.44], abs=5e-3)
    assert found.converged


def test_restarts_never_end_at_a_worse_likelihood() -> None:
    assert anaesthetists(0.0, restarts=8).log_likelihood >= anaesthetists(0.0).log_likelihood


def test_smoothing_keeps_doubt_where_counts_are_few() -> None:
    assert anaesthetists(0.0).confusion.min() == 0
    assert anaesthetists(0.5).confusion.min() > 0


def test_known_confusions_are_recovered_and_beat_the_vote() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 600)
    skill = np.array([0.95, 0.9, 0.6, 0.6, 0.55])
    answers = np.where(rng.random((600, 5)) < skill, truth[:, None], 1 - truth[:, None])
    item, rater = np.divmod(np.arange(3000), 5)
    found = dawid_skene(item, rater, answers.ravel(), 2, items=600, raters=5, rng=rng)
    assert isinstance(found, DawidSkene)
    recovered = found.confusion[:, [0, 1], [0, 1]].mean(axis=1)
    assert recovered == pytest.approx(skill, abs=0.08)
    vote = (answers.sum(axis=1) > 2).astype(int)
    assert (found.suggestion == truth).mean() > (vote == truth).mean()
    assert found.scarce == ()


def test_two_raters_cannot_tell_who_errs() -> None:
    found = dawid_skene([0, 0], [0, 1], [0, 1], 2, items=1, raters=2, rng=np.random.default_rng(0))
    assert isinstance(found, Undefined) and "3 are needed" in found.reason


def test_raters_with_few_answers_are_named() -> None:
    item = np.r_[np.arange(30), np.arange(30), np.arange(5)]
    rater = np.r_[np.zeros(30), np.ones(30), np.full(5, 2)].astype(int)
    found = dawid_skene(item, rater, item % 2, 2, items=30, raters=3, rng=np.random.default_rng(0))
    assert isinstance(found, DawidSkene)
    assert found.scarce == (2,)


def test_leniency_is_the_mean_difference_to_the_others() -> None:
    # two items, three raters: 5 3 4 and 4 2 2 -> rater 0: 5 - 3.5 = 1.5, 4 - 2 = 2 -> 1.75
    item, rater = [0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2]
    found = leniency(item, rater, [5, 3, 4, 4, 2, 2], raters=3)
    values = [one.value for one in found if isinstance(one, Estimate)]
    assert values == pytest.approx([1.75, -1.25, -0.5])


def test_leniency_of_a_planted_bias_is_within_its_interval() -> None:
    rng = np.random.default_rng(2)
    quality = rng.normal(3, 1, 200)
    scores = quality[:, None] + np.array([0.5, 0.0, -0.5]) + rng.normal(0, 0.4, (200, 3))
    item, rater = np.divmod(np.arange(600), 3)
    for one, true in zip(leniency(item, rater, scores.ravel(), raters=3), (0.75, 0, -0.75), strict=True):
        # the others' mean is the planted bias of the other two: .5 - (-.25) = .75
        assert isinstance(one, Estimate) and one.low is not None and one.high is not None
        assert one.low <= true <= one.high


def test_a_rater_who_worked_alone_has_no_leniency() -> None:
    found = leniency([0, 1, 1], [0, 1, 2], [5, 3, 4], raters=3)
    assert isinstance(found[0], Undefined)
    assert isinstance(found[1], Estimate)


def test_repeats_give_agreement_and_kappa_of_a_rater_with_themselves() -> None:
    # 40 of 50 repeats alike on two even answers: agreement .8, kappa .6
    first = np.repeat([0, 1], 25)
    second = np.where(np.arange(50) % 25 < 20, first, 1 - first)
    found = consistency(first, second, 2)
    assert isinstance(found.agreement, Estimate) and isinstance(found.kappa, Estimate)
    assert (found.agreement.value, found.kappa.value) == pytest.approx((0.8, 0.6))


def test_gold_accuracy_is_exact() -> None:
    found, expected = gold_accuracy(18, 20), clopper_pearson(18, 20)
    assert isinstance(found, Estimate)
    assert (found.value, found.low, found.high) == (0.9, expected.low, expected.high)
    assert isinstance(gold_accuracy(0, 0), Undefined)


def test_a_rater_who_fails_on_gold_raises_the_alarm() -> None:
    assert gold_alarm([1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]).raised
    assert not gold_alarm([1] * 12).raised


def test_a_steady_rater_seldom_leaves_the_chart_and_a_drifting_one_does() -> None:
    rng = np.random.default_rng(3)
    steady = [drift(rng.normal(0, 1, 80)) for _ in range(300)]
    moved = [drift(np.r_[rng.normal(0, 1, 40), rng.normal(1.5, 1, 40)]) for _ in range(100)]
    false = sum(isinstance(one, Drift) and one.first is not None for one in steady)
    found = sum(isinstance(one, Drift) and one.first is not None for one in moved)
    assert false / 300 < 0.05 + 3 * 0.0126
    assert found / 100 > 0.9


@pytest.mark.parametrize(
    ("deviation", "reason"), [(np.ones(19), "needs 20"), (np.ones(40), "never deviates")]
)
def test_drift_needs_a_baseline(deviation: np.ndarray, reason: str) -> None:
    found = drift(deviation)
    assert isinstance(found, Undefined) and reason in found.reason


def test_a_mean_has_the_t_interval_of_scipy() -> None:
    from scipy import stats

    numbers = np.random.default_rng(4).normal(0.3, 1, 40)
    found = mean_of(numbers)
    oracle = stats.ttest_1samp(numbers, 0.0)
    expected = oracle.confidence_interval()
    assert isinstance(found.mean, Estimate)
    # linearised: divides by n where the t-test divides by n - 1
    assert found.mean.low == pytest.approx(expected.low, abs=0.01)
    assert found.mean.high == pytest.approx(expected.high, abs=0.01)
    assert found.p == pytest.approx(oracle.pvalue, abs=0.01)


def test_a_mean_of_nothing_and_of_one_number() -> None:
    assert isinstance(mean_of([]).mean, Undefined)
    one = mean_of([2.0])
    assert isinstance(one.mean, Estimate)
    assert one.mean.low is None and one.p is None
