"""Leaving one rater out: rater and judge meet the same reference on the same items."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as oracle
from sklearn.metrics import cohen_kappa_score

from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.left_out import LeaveOneOut, left_out_by_majority, left_out_by_mean
from calibration.stats.rater_answers import RaterAnswers, rater_answers


def answers_of(grid: np.ndarray) -> RaterAnswers:
    item, rater = np.nonzero(grid >= 0)
    return rater_answers(item, rater, grid[item, rater], items=len(grid), raters=grid.shape[1])


def crowd(seed: int, raters: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, 150)
    grid = np.where(rng.random((150, raters)) < 0.8, truth[:, None], rng.integers(0, 3, (150, raters)))
    return grid, np.where(rng.random(150) < 0.6, truth, rng.integers(0, 3, 150))


def test_two_other_raters_agree_or_leave_the_item_out() -> None:
    grid, judge = crowd(1, 3)
    found = left_out_by_majority(answers_of(grid), np.arange(150), judge, 3)
    assert isinstance(found, LeaveOneOut)
    for one in found.each:
        first, second = np.delete(grid, one.rater, axis=1).T
        keep = first == second  # of two others, only a common answer is a majority
        assert one.n == keep.sum()
        assert isinstance(one.human, Estimate) and isinstance(one.judge, Estimate)
        assert isinstance(one.gap, Estimate)
        assert one.human.value == pytest.approx(cohen_kappa_score(grid[keep, one.rater], first[keep]))
        assert one.judge.value == pytest.approx(cohen_kappa_score(judge[keep], first[keep]))
        assert one.gap.value == pytest.approx(one.judge.value - one.human.value)
    assert found.human == pytest.approx(np.mean([e.human.value for e in found.each]))  # type: ignore[union-attr]


def test_a_tied_vote_becomes_the_scales_tie_where_it_has_one() -> None:
    grid, judge = crowd(2, 3)
    found = left_out_by_majority(answers_of(grid), np.arange(150), judge, 3, tie=2)
    assert isinstance(found, LeaveOneOut)
    assert {one.n for one in found.each} == {150}


def test_items_without_a_verdict_or_another_rater_are_left_out() -> None:
    grid, judge = crowd(3, 2)
    grid[:50, 1] = -1
    found = left_out_by_majority(answers_of(grid), np.arange(120), judge[:120], 3)
    assert isinstance(found, LeaveOneOut)
    assert [one.n for one in found.each] == [70, 70]


def test_scores_meet_the_mean_of_the_others() -> None:
    grid, judge = crowd(4, 4)
    found = left_out_by_mean(answers_of(grid), np.arange(150), judge.astype(float), name="spearman")
    assert isinstance(found, LeaveOneOut) and found.raters == 4
    for one in found.each:
        reference = np.delete(grid, one.rater, axis=1).mean(axis=1)
        assert isinstance(one.human, Estimate) and isinstance(one.judge, Estimate)
        assert one.human.value == pytest.approx(oracle.spearmanr(grid[:, one.rater], reference).statistic)
        assert one.judge.value == pytest.approx(oracle.spearmanr(judge, reference).statistic)


def test_raters_who_never_meet_are_undefined() -> None:
    grid = np.array([[0, -1], [-1, 1]] * 20)
    assert isinstance(left_out_by_majority(answers_of(grid), np.arange(40), np.zeros(40, int), 3), Undefined)
    assert isinstance(left_out_by_mean(answers_of(grid), np.arange(40), np.zeros(40)), Undefined)
