"""Evidence over time: published bounds, exact limits, and error rates that peeking does not raise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.sequential import below_floor, confidence_sequence, look_alpha
from calibration.stats.stages import spending_bounds, stage_plan


@pytest.mark.parametrize(("right", "n", "low", "high"), [(90, 100, 0.772, 0.971), (900, 1000, 0.862, 0.931)])
def test_the_confidence_sequence_gives_the_known_limits(right: int, n: int, low: float, high: float) -> None:
    found = confidence_sequence(right, n)
    assert isinstance(found, Estimate) and found.low is not None and found.high is not None
    assert (round(found.low, 3), round(found.high, 3)) == (low, high)


def test_a_confidence_sequence_with_no_miss_ends_at_one() -> None:
    # uniform mixture: p^10 ≥ .05 / 11 -> p ≥ (.05 / 11)^(1/10)
    found = confidence_sequence(10, 10)
    assert isinstance(found, Estimate)
    assert found.low == pytest.approx((0.05 / 11) ** 0.1) and found.high == 1.0


def test_a_confidence_sequence_of_nothing_is_undefined() -> None:
    assert isinstance(confidence_sequence(0, 0), Undefined)


def test_evidence_multiplies_the_odds_of_the_alternatives() -> None:
    # one miss at floor .8: mean over bets p of (1 - p) / .2, p = .8 · (1 - d)
    drops = (0.025, 0.06, 0.12, 0.24, 0.36)
    expected = sum((1 - 0.8 * (1 - d)) / 0.2 for d in drops) / 5
    assert below_floor([0], 0.8).evidence[0] == pytest.approx(expected)


def test_a_row_of_misses_raises_the_alarm_at_once_and_a_good_rater_never() -> None:
    assert below_floor([0] * 20, 0.85).at in (2, 3, 4)
    assert not below_floor([1] * 500, 0.85).raised


def test_evidence_stays_finite_over_a_long_collapse() -> None:
    assert np.isfinite(below_floor([0] * 5000, 0.9).evidence).all()


@pytest.mark.parametrize("floor", [0.0, 1.0, 1.5])
def test_a_floor_outside_the_unit_interval_is_refused(floor: float) -> None:
    with pytest.raises(ValueError, match="floor"):
        below_floor([1, 0], floor)


@pytest.mark.validity
def test_false_alarms_stay_below_alpha_although_every_label_is_a_look() -> None:
    rng = np.random.default_rng(5)
    raised = sum(below_floor(rng.random(1000) < 0.85, 0.85).raised for _ in range(1000))
    # Ville: at most .05; 3 Monte Carlo errors of .0069. About .037 is expected.
    assert raised / 1000 <= 0.05 + 3 * 0.0069


@pytest.mark.validity
def test_a_real_fall_is_noticed_soon() -> None:
    rng = np.random.default_rng(6)
    delays = [below_floor(rng.random(1000) < 0.7, 0.85).at for _ in range(200)]
    found = [delay for delay in delays if delay is not None]
    assert len(found) == 200
    assert 20 <= np.median(found) <= 60  # about 40 labels


def test_the_shares_of_all_looks_sum_to_alpha() -> None:
    total = math.fsum(look_alpha(k) for k in range(1, 20_001))
    assert total == pytest.approx(0.05, abs=2e-6)
    assert look_alpha(1) == pytest.approx(0.3 / math.pi**2)


def test_looks_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="from 1"):
        look_alpha(0)


def test_the_bounds_of_five_equal_looks_are_those_of_lan_and_demets() -> None:
    # one-sided .025, O'Brien-Fleming-type spending: the published boundary
    found = [stage.z for stage in spending_bounds(0.025, np.arange(1, 6) / 5)]
    assert found == pytest.approx([4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=2e-4)


def test_one_stage_spends_everything_at_once() -> None:
    (stage,) = spending_bounds(0.04, np.array([1.0]))
    assert stage.alpha == pytest.approx(0.04, abs=1e-6)


def test_a_plan_spends_four_fifths_of_the_looks_alpha_and_counts_items_upwards() -> None:
    plan = stage_plan(203, 0.05)
    assert plan.items == (41, 82, 122, 163, 203)
    assert plan.stages[-1].spent == pytest.approx(0.04)
    alphas = [stage.alpha for stage in plan.stages]
    assert alphas == sorted(alphas) and alphas[-1] < 0.04


def test_a_plan_of_fewer_items_than_stages_is_refused() -> None:
    with pytest.raises(ValueError, match="3 items"):
        stage_plan(3, 0.05)


def test_a_stage_decides_by_its_bounds_and_the_last_one_always() -> None:
    plan = stage_plan(100, 0.05)
    assert plan.decide(1, 0.61, 0.9, 0.6) == "trusted"
    assert plan.decide(2, 0.2, 0.59, 0.6) == "not trusted"
    assert plan.decide(3, 0.5, 0.9, 0.6) == "go on"
    assert plan.decide(5, 0.5, 0.9, 0.6) == "undecided"
    assert plan.decide(1, None, None, 0.6) == "go on"


@pytest.mark.validity
def test_the_stages_together_pass_a_judge_on_the_floor_within_the_budget() -> None:
    # normal scores: a cumulative mean of 0 in five steps, passed when z exceeds the stage's bound
    rng = np.random.default_rng(2)
    bounds = np.array([stage.z for stage in stage_plan(100, 0.05).stages])
    score = np.cumsum(rng.normal(size=(40_000, 5)), axis=1) / np.sqrt(np.arange(1, 6))
    passed = float((score > bounds).any(axis=1).mean())
    assert passed == pytest.approx(0.04, abs=3 * math.sqrt(0.04 * 0.96 / 40_000))
