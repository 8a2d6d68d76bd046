"""AUROC of doubt, advice, and what following it finds: by hand, by other packages, and by laws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import brunnermunzel, mannwhitneyu
from sklearn.metrics import roc_auc_score

from calibration.stats.doubt import (
    Found,
    advise,
    auroc,
    confidently_wrong,
    doubted,
    error_rate,
    errors_found,
    labels_needed,
)
from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.proportions import wilson

# Hanley and McNeil 1982, table I: 58 normal and 51 abnormal images on a five-point scale, area .893
NORMAL, ABNORMAL = (33, 6, 6, 11, 2), (3, 2, 2, 11, 33)
# DeLong, DeLong and Clarke-Pearson give V10 and V01 as here: errors .2 .6 and right .4 .8 .9 of confidence
LITTLE = doubted([0.8, 0.4, 0.6, 0.2, 0.1], [True, True, False, False, False])


def random_case(seed: int, n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    error = rng.random(n) < 0.3
    return np.round(np.clip(rng.random(n) * 0.7 + 0.3 * error, 0, 1), 1), error


def test_the_area_of_hanley_and_mcneil() -> None:
    level = np.linspace(0, 1, 5)
    doubt = np.concatenate([np.repeat(level, NORMAL), np.repeat(level, ABNORMAL)])
    found = auroc(doubted(doubt, np.repeat([False, True], [58, 51])))
    assert isinstance(found, Estimate) and found.low is not None and found.high is not None
    assert found.value == pytest.approx(0.893, abs=5e-4)
    # their standard error of it is .032; ours has half a pseudo-unit more on each side
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.032, abs=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_the_area_is_that_of_scikit_learn_and_of_mann_and_whitney(seed: int) -> None:
    doubt, error = random_case(seed)
    found = auroc(doubted(doubt, error))
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(roc_auc_score(error, doubt))
    u = mannwhitneyu(doubt[error], doubt[~error]).statistic
    assert found.value == pytest.approx(u / error.sum() / (~error).sum())


def test_a_weighted_area_is_that_of_scikit_learn() -> None:
    doubt, error = random_case(5)
    weights = np.random.default_rng(6).uniform(1, 5, len(doubt))
    found = auroc(doubted(doubt, error, weights=weights))
    assert isinstance(found, Estimate) and "weighted" in found.method
    assert found.value == pytest.approx(roc_auc_score(error, doubt, sample_weight=weights))


def test_whole_weights_give_the_area_of_repeated_verdicts() -> None:
    doubt, error = random_case(7)
    times = np.random.default_rng(8).integers(1, 4, len(doubt))
    weighted = auroc(doubted(doubt, error, weights=times))
    repeated = auroc(doubted(np.repeat(doubt, times), np.repeat(error, times)))
    assert isinstance(weighted, Estimate) and isinstance(repeated, Estimate)
    assert weighted.value == pytest.approx(repeated.value)


def test_the_bound_is_close_to_that_of_brunner_and_munzel_in_large_pilots() -> None:
    # their test of "area = .5" has the same variance and degrees of freedom, without pseudo-units
    rng = np.random.default_rng(3)
    error = rng.random(4000) < 0.3
    doubt = rng.random(4000)
    found = advise(doubted(doubt, error)).auroc
    assert isinstance(found, Estimate) and found.low is not None
    p = brunnermunzel(doubt[~error], doubt[error], alternative="less").pvalue
    assert (found.low > 0.5) == (p < 0.05)
    z = (found.value - 0.5) / ((found.value - found.low) / 1.645)
    statistic = brunnermunzel(doubt[~error], doubt[error]).statistic
    assert z == pytest.approx(abs(statistic) * np.sign(found.value - 0.5), abs=0.02)


def test_ties_count_half() -> None:
    found = auroc(doubted([0.5] * 10, [True] * 5 + [False] * 5))
    assert isinstance(found, Estimate)
    assert found.value == 0.5


def test_the_area_by_hand() -> None:
    # doubts of errors .8 .4, of right verdicts .6 .2 .1: pairs above 3 + 2 of 6
    found = auroc(LITTLE)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(5 / 6)
    assert found.low is None and "only 2 verdicts are wrong" in (found.interval_undefined or "")


def test_a_perfect_signal_has_an_interval_below_one() -> None:
    found = auroc(doubted([0.9] * 12 + [0.1] * 30, [True] * 12 + [False] * 30))
    assert isinstance(found, Estimate) and found.low is not None
    assert found.value == 1 == found.high
    assert 0.55 < found.low < 1
    assert advise(doubted([0.9] * 12 + [0.1] * 30, [True] * 12 + [False] * 30)).follow == "follow"


def test_doubt_turned_round_has_the_mirrored_interval() -> None:
    doubt, error = random_case(9)
    there, back = auroc(doubted(doubt, error)), auroc(doubted(1 - doubt, error))
    assert isinstance(there, Estimate) and isinstance(back, Estimate)
    assert there.low is not None and there.high is not None
    assert (back.value, back.low, back.high) == pytest.approx(
        (1 - there.value, 1 - there.high, 1 - there.low)
    )


def test_repeating_every_verdict_in_its_cluster_adds_nothing() -> None:
    doubt, error = random_case(10)
    ids = np.arange(len(doubt))
    alone = auroc(doubted(doubt, error))
    copied = auroc(doubted(np.tile(doubt, 3), np.tile(error, 3), clusters=np.tile(ids, 3)))
    assert isinstance(alone, Estimate) and isinstance(copied, Estimate)
    assert alone.low is not None and copied.low is not None
    assert copied.clusters == len(doubt)
    assert copied.low == pytest.approx(alone.low, abs=0.01)


def test_where_there_is_nothing_to_rank_the_reason_is_said() -> None:
    for data, said in (
        (doubted([0.1, 0.2], [False, False]), "every verdict is right"),
        (doubted([0.1, 0.2], [True, True]), "every verdict is wrong"),
        (doubted([], []), "no verdict was compared"),
    ):
        found = auroc(data)
        assert isinstance(found, Undefined) and said in found.reason
        assert advise(data).follow == "ignore"


def test_nine_errors_are_a_pilot_too_small_however_clear() -> None:
    advice = advise(doubted([1.0] * 9 + [0.0] * 91, [True] * 9 + [False] * 91))
    assert advice.follow == "ignore"
    # (10 - 9) more at a rate of (9 + 1) / (100 + 2): 10.2
    assert advice.reason == "pilot too small: 9 wrong verdicts; label 11 more"
    assert labels_needed(0, 10) == 120


def test_few_right_verdicts_are_too_few_as_well() -> None:
    assert "3 right verdicts" in advise(doubted([0.5] * 40, [True] * 37 + [False] * 3)).reason


def test_a_signal_that_doubts_right_verdicts_is_inverted() -> None:
    doubt = np.concatenate([np.full(20, 0.2), np.full(40, 0.8)])
    assert advise(doubted(doubt, np.arange(60) < 20)).follow == "inverted"


def test_errors_found_by_hand_with_ties_shared_out() -> None:
    # ten verdicts, 20% are two: the one at .9 (wrong), and one of the four at .5, of which two are wrong
    data = doubted([0.9, 0.5, 0.5, 0.5, 0.5, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0])
    # (1 + 2/4) / 4
    assert errors_found(data) == Found(pytest.approx(0.375), 0.2)
    # the upper half are the first five: three of four errors; one is left below
    assert confidently_wrong(data) == pytest.approx(0.25)


def test_a_signal_that_knows_nothing_finds_its_share() -> None:
    data = doubted([0.3] * 50, [True] * 10 + [False] * 40)
    found = errors_found(data)
    assert isinstance(found, Found)
    assert (found.targeted, confidently_wrong(data)) == pytest.approx((0.2, 0.5))


def test_the_expectation_under_ties_is_the_mean_over_random_orders() -> None:
    rng = np.random.default_rng(11)
    doubt, error = rng.integers(0, 3, 50) / 2, rng.random(50) < 0.3
    met = []
    for _ in range(4000):
        order = np.lexsort((rng.random(50), -doubt))
        met.append(error[order[:10]].sum() / error.sum())
    found = errors_found(doubted(doubt, error))
    assert isinstance(found, Found)
    assert found.targeted == pytest.approx(np.mean(met), abs=0.01)


def test_weights_count_in_what_is_found() -> None:
    # the most doubted 20% of the mass (2 of 10) is half of the first verdict, which is all of the errors' 4/5
    data = doubted([0.9, 0.1, 0.1], [True, True, False], weights=[4, 1, 5])
    found = errors_found(data)
    assert isinstance(found, Found)
    assert found.targeted == pytest.approx(0.5 * 4 / 5)


def test_without_errors_nothing_can_be_found() -> None:
    data = doubted([0.1, 0.2], [False, False])
    assert isinstance(errors_found(data), Undefined) and isinstance(confidently_wrong(data), Undefined)


def test_the_error_rate_has_wilsons_interval() -> None:
    found = error_rate(doubted(np.linspace(0, 1, 50), np.arange(50) < 10))
    bounds = wilson(10, 50)
    assert isinstance(found, Estimate)
    assert (found.value, found.low, found.high) == pytest.approx((0.2, bounds.low, bounds.high))


@pytest.mark.parametrize("bad", [[-0.1, 0.5], [0.5, 1.1], [np.nan, 0.5]])
def test_doubt_outside_its_range_is_refused(bad: list[float]) -> None:
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        doubted(bad, [True, False])
