"""The cost of a judge's errors: misses and false alarms as the policy prices them, by what raters named."""

from __future__ import annotations

import pytest
from a_case import MODES, case

from calibration.demands.cost_error import cost_error
from calibration.demands.facts import Facts, Found
from calibration.stats.estimate import Estimate
from calibration.stats.proportions import clopper_pearson

PRICES = {"cost_max": 0.5, "miss_cost": 5, "false_alarm_cost": 1}
KNOWN = {mode.name: mode for mode in MODES}


def estimate(found: Found) -> Estimate:
    assert isinstance(found.result, Estimate)
    return found.result


def test_misses_and_false_alarms_cost_what_the_policy_says() -> None:
    truth, answers = [1] * 40 + [0] * 60, [1] * 37 + [0] * 3 + [0] * 58 + [1] * 2
    # 3 misses at 5 and 2 false alarms at 1 on 100 items: .17
    assert estimate(cost_error(case(truth, answers, **PRICES))).value == pytest.approx(0.17)


def test_the_other_answer_can_be_the_failure() -> None:
    truth, answers = [1] * 40 + [0] * 60, [1] * 37 + [0] * 3 + [0] * 58 + [1] * 2
    # now the 2 are misses and the 3 false alarms: (2 * 5 + 3) / 100
    assert estimate(cost_error(case(truth, answers, **PRICES, failure="yes"))).value == pytest.approx(0.13)


def test_with_equal_prices_the_bounds_are_those_of_the_error_rate() -> None:
    truth, answers = [1] * 40 + [0] * 60, [1] * 37 + [0] * 3 + [0] * 60
    found = estimate(cost_error(case(truth, answers, cost_max=0.5, miss_cost=2, false_alarm_cost=2)))
    exact = clopper_pearson(3, 100, level=0.94)
    assert (found.low, found.high) == pytest.approx((2 * exact.low, 2 * exact.high))


def test_a_miss_of_a_critical_and_silent_failure_costs_the_most() -> None:
    factors = {"critical": 10, "minor": 1, "silent": 2}
    named = {"i0": ("rude",), "i1": ("rude", "wrong_dose"), "i2": ("gone",)}
    facts = Facts("j", modes=named, known_modes=KNOWN)
    truth, answers = [1] * 50 + [0] * 50, [0] * 4 + [1] * 46 + [0] * 50
    found = estimate(cost_error(case(truth, answers, facts, **PRICES, severity_costs=factors)))
    # misses: rude 5, critical and silent 5 * 10 * 2, a mode the rubric no longer has as the worst, none 5
    assert found.value == pytest.approx((5 + 100 + 100 + 5) / 100)


def test_what_could_cost_most_counts_before_it_ever_happened() -> None:
    truth = [1] * 50 + [0] * 50
    plain = estimate(cost_error(case(truth, truth, **PRICES)))
    severe = estimate(cost_error(case(truth, truth, **PRICES, severity_costs={"critical": 10})))
    assert (plain.value, severe.value) == (0, 0)
    assert severe.high == pytest.approx(10 * (plain.high or 0))


def test_items_of_one_cluster_count_as_one() -> None:
    truth, answers = [1] * 100 + [0] * 100, [1] * 96 + [0] * 4 + [0] * 100
    alone = estimate(cost_error(case(truth, answers, **PRICES)))
    pairs = estimate(cost_error(case(truth, answers, cluster=[k // 2 for k in range(200)], **PRICES)))
    assert (pairs.value, pairs.clusters) == (alone.value, 100)
    assert (pairs.high or 0) > (alone.high or 0)


def test_the_items_that_would_settle_it_are_told() -> None:
    truth = [1] * 50 + [0] * 50
    found = cost_error(case(truth, truth, cost_max=0.1, miss_cost=5, false_alarm_cost=1))
    # nothing cost anything: 5 (1 - .0075^(1/N)) <= .1 from N = ln .0075 / ln .98 = 243 on
    assert found.needed == 143


def test_no_labels_are_promised_where_the_mean_itself_is_too_high() -> None:
    truth = [1] * 50 + [0] * 50
    assert cost_error(case(truth, [0] * 100, **PRICES)).needed is None
