"""All demands of a policy together: what is asked is measured, on items whose chance is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from a_case import ERROR, MODES, case

from calibration.demands.facts import Facts, Taken
from calibration.demands.fewest import fewest_items
from calibration.demands.flips import position_flips
from calibration.demands.measuring import measure_demands
from calibration.policy import CriterionPolicy
from calibration.stats.estimate import Estimate

PRICES = {"cost_max": 0.5, "miss_cost": 5, "false_alarm_cost": 1}


def test_nothing_is_measured_that_is_not_asked() -> None:
    truth = [k % 2 for k in range(60)]
    plain = case(truth, truth)
    assert measure_demands(plain.policy, plain.ratings, "j", plain.facts, ERROR) == {}
    costly = case(truth, truth, **PRICES)
    assert set(measure_demands(costly.policy, costly.ratings, "j", costly.facts, ERROR)) == {"cost_error"}
    assert measure_demands(costly.policy, costly.ratings, "stranger", costly.facts, ERROR) == {}


def test_items_count_by_their_chance_and_those_of_unknown_chance_not_at_all() -> None:
    truth, answers = [1] * 60 + [0] * 60, [0] * 6 + [1] * 54 + [0] * 60
    takings = Facts("j", taken={f"i{k}": Taken(0.01 if k < 60 else 0.03, 1.0) for k in range(120)},
                    known_modes={mode.name: mode for mode in MODES})  # fmt: skip
    made = case(truth, answers, takings, **PRICES, cost_usd_max=0.1, items_min_stratum=1)
    pi = np.where(np.arange(120) < 60, 0.5, 0.25)
    pi[-20:] = np.nan
    ratings = replace(made.ratings, pi=pi)
    found = measure_demands(made.policy, ratings, "j", takings, ERROR)
    results = {name: one.result for name, one in found.items()}
    error, usd, items = (results[name] for name in ("cost_error", "cost_usd", "items_per_stratum"))
    assert isinstance(error, Estimate) and isinstance(usd, Estimate) and isinstance(items, Estimate)
    # weights 2 for 60 items and 4 for the 40 whose chance is known: 6 misses at 5 are 60 of 280
    assert (error.value, error.n) == (pytest.approx(60 / 280), 100)
    assert usd.value == pytest.approx((120 * 0.01 + 160 * 0.03) / 280)
    assert items.value == 100


def asked(**demands: object) -> CriterionPolicy:
    return case([0, 1], [0, 1], **demands).policy


def test_a_look_says_beforehand_how_many_items_its_ceilings_need_at_least() -> None:
    # .95^n <= .03 from 69 on; (1 - .5/5)^n <= .03 from 34 on; 20 items in each of 4 strata
    assert fewest_items(asked(latency_p95_max=3), 0.03) == 69
    assert fewest_items(asked(**PRICES), 0.03) == 34
    assert fewest_items(asked(items_min_stratum=20), 0.03, strata=4) == 80
    assert fewest_items(asked(), 0.03) == 0
    assert fewest_items(asked(cost_max=9, miss_cost=5, false_alarm_cost=1), 0.03) == 0


def test_order_flips_are_read_from_position_probes() -> None:
    found = {"criterion": "grounded", "items": 100, "measures": {"changed": {"value": 0.1, "clusters": 50}}}
    facts = Facts("j", probes={"position": {"findings": [found]}}, probes_made={"position": 1})
    made = case([0, 1] * 20, [0, 1] * 20, facts)
    result = position_flips(replace(made, policy=replace(made.policy, position_flips_max=0.2))).result
    assert isinstance(result, Estimate)
    # pairs of one cluster count as one
    assert (result.value, result.n, result.clusters) == (0.1, 100, 50)
