"""Flips come from probes of the exact judge; without one the question is open, and the command is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from a_case import case

from calibration.demands.facts import Facts, Found
from calibration.demands.flips import part, repeat_flips
from calibration.demands.measuring import items_per_stratum
from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.proportions import clopper_pearson

TRUTH = [k % 2 for k in range(50)]
SEEN = ("m-1",)


def probe(value: float, items: int, models: tuple[str, ...] = ("m-1",)) -> dict[str, object]:
    rate = {"value": value, "n": 3 * items, "clusters": items}
    measures = {"two_differ": rate, "changed": {"value": 0.9, "n": items, "clusters": items}}
    return {"models": models, "findings": [{"criterion": "grounded", "items": items, "measures": measures}]}


def flips(facts: Facts, limit: float = 0.05) -> Found:
    return repeat_flips(case(TRUTH, TRUTH, facts, flips_max=limit))


def test_the_rate_is_bounded_with_items_as_units() -> None:
    found = flips(Facts("j", probes={"repeat": probe(0.02, 100)}, observed=SEEN)).result
    exact = clopper_pearson(2, 100, level=1 - 2 * 0.03 * part(1))
    assert isinstance(found, Estimate)
    assert (found.value, found.low, found.high) == pytest.approx((0.02, exact.low, exact.high))


def test_without_a_probe_the_command_is_named() -> None:
    found = flips(Facts("j"))
    assert isinstance(found.result, Undefined)
    assert "`calibrant judge probe j --kinds repeat --items" in found.advice


def test_too_few_probed_items_ask_for_a_larger_probe_not_for_labels() -> None:
    found = flips(Facts("j", probes={"repeat": probe(0.0, 50)}, observed=SEEN))
    # the second probe has .03 * .152 = .00456: 1 - .00456^(1/N) <= .05 from N = ln .00456 / ln .95 = 105.1 on
    assert (found.needed, "--items 106`" in found.advice) == (None, True)


def test_probing_until_it_pleases_is_tested_ever_more_strictly() -> None:
    once, often = (
        flips(
            Facts("j", probes={"repeat": probe(0.02, 100)}, probes_made={"repeat": n}, observed=SEEN)
        ).result
        for n in (1, 9)
    )
    assert isinstance(once, Estimate)
    assert isinstance(often, Estimate)
    assert (often.high or 0) > (once.high or 0)
    assert sum(part(number) for number in range(1, 100_000)) == pytest.approx(1, abs=1e-4)


def test_a_probe_of_another_model_does_not_count() -> None:
    facts = Facts("j", probes={"repeat": probe(0.0, 200, ("m-2",))}, observed=("m-1",))
    assert isinstance(flips(facts).result, Undefined)
    assert "m-2" in flips(facts).advice
    assert isinstance(flips(replace(facts, observed=("m-2",))).result, Estimate)


def test_verdicts_that_report_no_model_leave_open_whether_the_probe_asked_the_same_one() -> None:
    facts = Facts("j", probes={"repeat": probe(0.0, 200)})
    assert isinstance(flips(facts).result, Undefined)
    assert "report no model" in flips(facts).advice
    silent = Facts("j", probes={"repeat": probe(0.0, 200, ())})  # a command reports no model, ever
    assert isinstance(flips(silent).result, Estimate)


def test_a_judge_that_asks_nobody_cannot_be_probed() -> None:
    assert "cannot be probed" in flips(Facts("j", asks=False)).advice


def test_a_probe_of_other_criteria_says_nothing_of_this_one() -> None:
    facts = Facts("j", probes={"repeat": {"findings": []}})
    assert isinstance(flips(facts).result, Undefined)


def test_the_thinnest_stratum_counts_and_is_not_named() -> None:
    strata = ["typical"] * 40 + ["edge"] * 10
    found = items_per_stratum(case(TRUTH, TRUTH, stratum=strata, items_min_stratum=20))
    assert isinstance(found.result, Estimate)
    # 10 of 50 are edge: 20 of them come with 100 items in all
    assert (found.result.value, found.needed) == (10, 50)
    assert "edge" not in str(found)


def test_a_declared_stratum_without_items_counts_as_none() -> None:
    facts = Facts("j", strata=("adversarial",))
    found = items_per_stratum(case(TRUTH, TRUTH, facts, stratum=["edge"] * 50, items_min_stratum=20))
    assert isinstance(found.result, Estimate)
    assert (found.result.value, found.needed) == (0, None)
    assert "label held-out items of every stratum" in found.advice
    assert "adversarial" not in found.advice


def test_items_without_strata_are_one_stratum() -> None:
    found = items_per_stratum(case(TRUTH, TRUTH, items_min_stratum=20)).result
    assert isinstance(found, Estimate)
    assert found.value == 50
