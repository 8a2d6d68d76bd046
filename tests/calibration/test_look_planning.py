"""What a look needs: by hand where that is possible, by ordering elsewhere."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from calibration.look_planning import Expected, needs, steps, widening
from calibration.stats.estimate import Estimate
from calibration.stats.power import Margins, items_to_clear
from calibration.stats.quantiles import normal_quantile, t_quantile


def pilot(value: float, half: float, n: int = 100, floor: float = 0.6) -> Expected:
    estimate = Estimate(value, value - half, value + half, 0.95, n, n, "normal")
    return Expected("grounded", "cohen_kappa", floor, "validation", estimate)


def test_a_fixed_look_needs_the_squared_ratio_of_quantiles_to_distance() -> None:
    one = pilot(0.8, 0.15)
    spread = 0.15 * 10 / t_quantile(0.975, 99)  # sqrt(100) standard errors
    reach = normal_quantile(0.97) + normal_quantile(0.8)
    found = needs(one, alpha=0.03, power=0.8, least=40)
    assert found.fixed == math.ceil((reach * spread / 0.2) ** 2)


def test_stages_plan_somewhat_more_and_need_fewer_on_average() -> None:
    found = needs(pilot(0.8, 0.15), alpha=0.03, power=0.8, least=40)
    assert found.fixed is not None and found.planned is not None and found.average is not None
    assert found.average < found.fixed < found.planned < 1.2 * found.fixed


def test_a_pilot_below_the_floor_says_that_no_number_is_enough() -> None:
    found = needs(pilot(0.55, 0.1), alpha=0.03, power=0.8, least=40)
    assert found.numbers == (None, None, None)
    assert "does not lie above the floor" in found.reason


def test_at_the_lower_end_of_the_pilot_more_items_are_needed_or_none_is_enough() -> None:
    sure, unsure = (needs(pilot(0.8, half), alpha=0.03, power=0.8, least=40) for half in (0.15, 0.25))
    assert sure.cautious is not None and sure.fixed is not None and sure.cautious > sure.fixed
    assert unsure.cautious is None


def test_a_pilot_without_an_interval_plans_nothing() -> None:
    estimate = Estimate(1.0, None, None, 0.95, 9, 9, "none", interval_undefined="too few items")
    found = needs(Expected("c", "cohen_kappa", 0.6, "validation", estimate), alpha=0.03, power=0.8, least=40)
    assert found.numbers == (None, None, None)
    assert "too few items" in found.reason


def test_never_fewer_items_than_a_gate_asks_for() -> None:
    found = needs(pilot(0.98, 0.02), alpha=0.03, power=0.8, least=60)
    assert (found.fixed, found.planned) == (60, 60)


def test_more_labels_narrow_the_interval_and_raise_the_chance() -> None:
    found = steps([pilot(0.75, 0.1)], alpha=0.03, labelled=40, available=120, wave=40, rows=4)
    assert [(step.items, step.more, step.missing) for step in found] == [
        (40, 0, 0), (80, 40, 0), (120, 80, 0), (160, 120, 40),
    ]  # fmt: skip
    assert [step.width for step in found] == sorted((step.width for step in found), reverse=True)
    assert [step.chance for step in found] == sorted(step.chance for step in found)
    # four times the items, half the width
    assert found[3].width == pytest.approx(found[0].width / 2)


def test_the_pilot_s_uncertainty_draws_every_chance_towards_one_half() -> None:
    for step in steps([pilot(0.75, 0.1)], alpha=0.03, labelled=50, available=999, wave=100, rows=5):
        assert abs(step.assured - 0.5) <= abs(step.chance - 0.5)


def test_the_weakest_criterion_decides() -> None:
    strong, weak = pilot(0.9, 0.05), pilot(0.65, 0.1)
    both = steps([strong, weak], alpha=0.03, labelled=100, available=999, wave=50, rows=1)
    alone = steps([weak], alpha=0.03, labelled=100, available=999, wave=50, rows=1)
    assert both == alone


def test_below_forty_items_nothing_is_trusted() -> None:
    (step,) = steps([pilot(0.95, 0.02)], alpha=0.03, labelled=39, available=99, wave=5, rows=1)
    assert (step.chance, step.assured) == (0.0, 0.0)


def test_an_interval_is_wider_at_the_floor_and_more_items_are_needed_for_it() -> None:
    # two even answers: the variance per item is 1 - kappa^2, so sqrt(.64 / .36)
    wider = widening(0.6, 0.8, Margins.binary(0.5))
    assert wider == pytest.approx(0.8 / 0.6)
    plain = pilot(0.8, t_quantile(0.975, 99) * 0.06)  # spread .6, as the formula has it
    found = needs(replace(plain, widening=wider), alpha=0.05, power=0.8, least=40)
    # Cantor's 83 items (power.items_to_clear), of which docs/validity/decisions.md finds power .79
    assert found.fixed == items_to_clear(0.6, 0.8, Margins.binary(0.5)).items == 83
    (step,) = steps([replace(plain, widening=wider)], alpha=0.05, labelled=83, available=99, wave=1, rows=1)
    assert step.chance == pytest.approx(0.8, abs=0.01)


def test_at_and_below_the_floor_nothing_is_widened() -> None:
    assert widening(0.6, 0.5, Margins.binary(0.5)) == 1.0
    assert widening(0.6, 1.0, Margins.binary(0.5)) > 1.0
