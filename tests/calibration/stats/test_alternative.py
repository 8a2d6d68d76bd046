"""The alternative annotator test against a plain reading of its definition, and its corner cases."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats as oracle

from calibration.stats.alternative import (
    AlternativeTest,
    Scoring,
    alternative_annotator_test,
    humans_as_candidates,
    sensitivity,
)
from calibration.stats.estimate import Undefined
from calibration.stats.multiplicity import benjamini_yekutieli
from calibration.stats.rater_answers import RaterAnswers, in_whole_steps, rater_answers

MISSING = -1.0


def long_form(grid: np.ndarray) -> RaterAnswers:
    """Answers of a grid items × raters, MISSING where a rater did not answer."""
    item, rater = np.nonzero(grid != MISSING)
    return rater_answers(item, rater, grid[item, rater], items=grid.shape[0], raters=grid.shape[1])


def plainly(grid: np.ndarray, judge: np.ndarray, epsilon: float, scoring: Scoring) -> tuple[float, float]:
    """ω and ρ by loops over raters and items, scores as fractions or roots, scipy for the tests."""
    p_values, advantages = [], []
    for j in range(grid.shape[1]):
        judge_wins, rater_wins = [], []
        for i in np.flatnonzero(grid[:, j] != MISSING):
            others = [grid[i, k] for k in range(grid.shape[1]) if k != j and grid[i, k] != MISSING]
            if not others:
                continue
            s_judge, s_rater = score(judge[i], others, scoring), score(grid[i, j], others, scoring)
            judge_wins.append(float(s_judge >= s_rater))
            rater_wins.append(float(s_rater >= s_judge))
        if len(judge_wins) < 30:
            continue
        advantages.append(np.mean(judge_wins))
        d = np.array(rater_wins) - np.array(judge_wins)
        p_values.append(oracle.ttest_1samp(d, epsilon, alternative="less").pvalue)
    rejected = oracle.false_discovery_control(p_values, method="by") <= 0.05
    return float(np.mean(rejected)), float(np.mean(advantages))


def score(answer: float, others: list[float], scoring: Scoring) -> float:
    if scoring == "accuracy":
        return sum(answer == other for other in others) / len(others)
    return -math.sqrt(sum((answer - other) ** 2 for other in others) / len(others))


def crowd(
    seed: int, *, items: int = 80, raters: int = 5, missing: float = 0.3
) -> tuple[np.ndarray, np.ndarray]:
    """Answers 0 .. 3 around a truth, some missing, and a judge of about the same quality."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, items)

    def noisy(shape: tuple[int, ...]) -> np.ndarray:
        wanted = truth.reshape((-1,) + (1,) * (len(shape) - 1))
        return np.where(rng.random(shape) < 0.7, wanted, rng.integers(0, 4, shape)).astype(float)

    grid = noisy((items, raters))
    return np.where(rng.random(grid.shape) < missing, MISSING, grid), noisy((items,))


@pytest.mark.parametrize("scoring", ["accuracy", "rmse"])
@pytest.mark.parametrize("seed", range(6))
def test_rates_equal_those_of_a_loop_over_raters_and_items(scoring: Scoring, seed: int) -> None:
    grid, judge = crowd(seed)
    found = alternative_annotator_test(
        long_form(grid), np.arange(len(judge)), judge, epsilon=0.15, scoring=scoring
    )
    assert isinstance(found, AlternativeTest)
    winning, advantage = plainly(grid, judge, 0.15, scoring)
    assert found.winning_rate == winning
    assert found.advantage_probability == pytest.approx(advantage, abs=1e-12)
    assert found.passed == (winning >= 0.5)


def test_p_values_are_those_of_a_one_sided_t_test() -> None:
    grid, judge = crowd(11, raters=3, missing=0.0)
    found = alternative_annotator_test(long_form(grid), np.arange(len(judge)), judge, epsilon=0.2)
    assert isinstance(found, AlternativeTest)
    duel = found.humans[0]
    strictly = round(duel.judge_strictly * duel.n)
    losses = round((1 - duel.judge_at_least) * duel.n)
    d = np.array([-1.0] * strictly + [1.0] * losses + [0.0] * (duel.n - strictly - losses))
    assert duel.difference == pytest.approx(d.mean())
    assert duel.p == pytest.approx(oracle.ttest_1samp(d, 0.2, alternative="less").pvalue, rel=1e-9)


@settings(max_examples=50, deadline=None)
@given(arrays.arrays(np.float64, st.integers(1, 12), elements=st.floats(0, 1)))
def test_benjamini_yekutieli_is_that_of_scipy(p_values: np.ndarray) -> None:
    expected = oracle.false_discovery_control(p_values, method="by")
    assert benjamini_yekutieli(p_values) == pytest.approx(expected, abs=1e-12)


def test_a_judge_that_copies_the_majority_of_perfect_raters_ties_everywhere() -> None:
    # everybody says the truth: every score is a tie, d = 0 < ε with no variance -> p = 0, ω = 1, ρ = 1
    grid = np.tile(np.arange(40.0)[:, None] % 3, (1, 3))
    found = alternative_annotator_test(long_form(grid), np.arange(40), grid[:, 0], epsilon=0.1)
    assert isinstance(found, AlternativeTest)
    assert (found.winning_rate, found.advantage_probability, found.passed) == (1.0, 1.0, True)
    assert all(duel.judge_strictly == 0 and duel.p == 0 for duel in found.humans)


def test_ties_alone_are_no_advantage_without_a_margin() -> None:
    grid = np.tile(np.arange(40.0)[:, None] % 3, (1, 3))
    found = alternative_annotator_test(long_form(grid), np.arange(40), grid[:, 0], epsilon=0.0)
    assert isinstance(found, AlternativeTest)
    assert (found.winning_rate, found.passed) == (0.0, False)


def test_a_rater_with_29_items_is_left_out_and_one_with_30_is_not() -> None:
    grid = np.full((60, 3), MISSING)
    grid[:, 0], grid[:29, 1], grid[30:, 2] = 1.0, 1.0, 1.0
    found = alternative_annotator_test(long_form(grid), np.arange(60), np.ones(60), epsilon=0.1)
    assert isinstance(found, AlternativeTest)
    assert [(duel.rater, duel.n) for duel in found.humans] == [(0, 59), (2, 30)]
    assert found.left_out == (1,)


def test_too_few_items_for_everybody_is_undefined_in_words() -> None:
    found = alternative_annotator_test(long_form(np.ones((10, 3))), np.arange(10), np.ones(10), epsilon=0.1)
    assert isinstance(found, Undefined)
    assert "30 items" in found.reason and "most: 10" in found.reason


def test_items_without_a_verdict_do_not_count() -> None:
    grid, judge = crowd(5, missing=0.0)
    found = alternative_annotator_test(long_form(grid), np.arange(40), judge[:40], epsilon=0.1)
    assert isinstance(found, AlternativeTest)
    assert {duel.n for duel in found.humans} == {40}


def test_a_verdict_that_no_rater_ever_gave_never_wins() -> None:
    grid, _ = crowd(6, missing=0.0)
    found = alternative_annotator_test(long_form(grid), np.arange(80), np.full(80, 99.0), epsilon=0.1)
    assert isinstance(found, AlternativeTest)
    assert all(duel.judge_strictly == 0 for duel in found.humans)


def test_equal_distances_are_ties_however_the_numbers_are_rounded() -> None:
    # others say .1 and .3 on each item; rater .2 + .1 and judge .1 are equally far from them: no winner.
    # In floats (.3 - .2)² and (.1 - .2)² differ, in whole tenths they do not.
    grid = np.tile([0.1 + 0.2, 0.1, 0.3], (40, 1))
    found = alternative_annotator_test(
        long_form(grid), np.arange(40), np.full(40, 0.1), epsilon=0.1, scoring="rmse"
    )
    assert isinstance(found, AlternativeTest)
    duel = found.humans[0]
    assert (duel.judge_strictly, duel.judge_at_least, duel.difference) == (0.0, 1.0, 0.0)


def test_whole_steps_are_found_and_other_numbers_left_alone() -> None:
    tenths, judged = in_whole_steps(np.array([0.1, 0.3]), np.array([np.nan, 0.5]))
    assert tenths.tolist() == [1.0, 3.0] and judged[1] == 5.0
    odd = np.array([math.pi])
    assert in_whole_steps(odd)[0] is odd


def test_a_larger_margin_never_lowers_the_winning_rate() -> None:
    grid, judge = crowd(7)
    tests = sensitivity(long_form(grid), np.arange(80), judge)
    assert not isinstance(tests, Undefined)
    rates = [test.winning_rate for test in tests]
    assert [test.epsilon for test in tests] == [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]
    assert rates == sorted(rates) and rates[0] < rates[-1]


def test_the_control_puts_each_human_in_the_judges_place() -> None:
    grid, _ = crowd(8, items=120, raters=4, missing=0.0)
    found = humans_as_candidates(long_form(grid), epsilon=0.2)
    assert set(found) == {0, 1, 2, 3}
    for candidate, test in found.items():
        others = np.delete(grid, candidate, axis=1)
        assert isinstance(test, AlternativeTest)
        winning, advantage = plainly(others, grid[:, candidate], 0.2, "accuracy")
        assert (test.winning_rate, len(test.humans)) == (winning, 3)
        assert test.advantage_probability == pytest.approx(advantage)


def test_the_control_needs_three_raters_per_item() -> None:
    found = humans_as_candidates(long_form(np.ones((50, 2))), epsilon=0.2)
    assert all(isinstance(test, Undefined) for test in found.values())


def test_raters_and_items_may_come_in_any_order() -> None:
    grid, judge = crowd(9)
    answers, order = long_form(grid), np.random.default_rng(0).permutation(int((grid != MISSING).sum()))
    shuffled = rater_answers(
        answers.item[order], answers.rater[order], answers.answer[order], items=80, raters=5
    )
    first = alternative_annotator_test(answers, np.arange(80), judge, epsilon=0.1)
    assert alternative_annotator_test(shuffled, np.arange(80), judge, epsilon=0.1) == first


def test_two_answers_of_one_rater_to_one_item_are_refused() -> None:
    with pytest.raises(ValueError, match="two answers to one item"):
        rater_answers([0, 0], [1, 1], [1.0, 2.0], items=1, raters=2)
