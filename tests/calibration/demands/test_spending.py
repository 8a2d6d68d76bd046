"""Dollars and seconds: upper bounds that know of skewness and of order; what is unknown decides nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from a_case import case

from calibration.demands.facts import Facts, Found, Taken
from calibration.demands.spending import cost_usd, latency_p95
from calibration.stats.estimate import Estimate, Undefined


def facts(takings: list[Taken]) -> Facts:
    return Facts("j", taken={f"i{k}": one for k, one in enumerate(takings)})


def price(takings: list[Taken], limit: float = 0.02) -> Found:
    truth = [k % 2 for k in range(len(takings))]
    return cost_usd(case(truth, truth, facts(takings), cost_usd_max=limit))


def latency(takings: list[Taken], limit: float = 8, **more: object) -> Found:
    truth = [k % 2 for k in range(len(takings))]
    return latency_p95(case(truth, truth, facts(takings), latency_p95_max=limit, **more))  # type: ignore[arg-type]


def test_the_mean_price_has_an_upper_bound_above_the_usual_one() -> None:
    dollars = np.random.default_rng(2).lognormal(-5, 1, 100)
    found = price([Taken(float(usd), 1) for usd in dollars]).result
    assert isinstance(found, Estimate)
    usual = dollars.mean() + 1.88 * dollars.std(ddof=1) / 10  # z of .97 is 1.88
    assert found.value == pytest.approx(dollars.mean())
    assert (found.high or 0) > usual


def test_a_price_that_never_changes_is_its_own_bound() -> None:
    found = price([Taken(0.01, 1)] * 50).result
    assert isinstance(found, Estimate)
    assert (found.low, found.high) == (0.01, 0.01)


def test_one_unknown_price_leaves_the_question_open_with_what_to_do() -> None:
    found = price([Taken(0.01, 1)] * 49 + [Taken(None, 1)])
    assert isinstance(found.result, Undefined)
    assert "1 of 50 verdicts is not known" in found.advice
    assert "[judges.j.price]" in found.advice


def test_a_failed_call_has_no_price() -> None:
    found = price([Taken(0.01, 1)] * 49 + [Taken(0.0, None, failed=True)]).result
    assert isinstance(found, Estimate)
    assert found.n == 49


def test_the_slowest_calls_bound_the_95th_percentile() -> None:
    found = latency([Taken(0, float(k + 1)) for k in range(100)]).result
    assert isinstance(found, Estimate)
    # P(at most 1 of 100 beyond | 5%) = .037 > .03, and of none .006: the bound is the largest, 100
    assert (found.value, found.high) == (95, 100)
    # P(at least 10 of 100 beyond | 5%) = .028 <= .03, of 9 .063: the tenth from above, 91
    assert found.low == 91


def test_too_few_calls_bound_nothing_and_say_how_many_would() -> None:
    found = latency([Taken(0, 1.0)] * 60)
    assert isinstance(found.result, Estimate)
    assert found.result.high is None
    # at the next look's .0075: ln .0075 / ln .95 = 95.4 calls without a slow one
    assert found.needed == math.ceil(math.log(0.0075) / math.log(0.95)) - 60


def test_a_failed_call_is_slower_than_any_limit() -> None:
    few = latency([Taken(0, 1.0)] * 198 + [Taken(0, None, failed=True)] * 2).result
    many = latency([Taken(0, 1.0)] * 90 + [Taken(0, None, failed=True)] * 10)
    assert isinstance(few, Estimate)
    assert few.high == 1
    assert isinstance(many.result, Undefined)


def test_an_unknown_time_leaves_the_question_open() -> None:
    found = latency([Taken(0, 1.0)] * 99 + [Taken(0, None)])
    assert isinstance(found.result, Undefined)
    assert "latency_seconds" in found.advice


def test_calls_of_one_cluster_count_as_one() -> None:
    found = latency([Taken(0, 1.0)] * 120, cluster=[k // 2 for k in range(120)]).result
    # 60 clusters are fewer than the 69 that a first look needs
    assert isinstance(found, Estimate)
    assert found.high is None
