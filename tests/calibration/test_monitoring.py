"""Following product and judge: what raises an alarm, who made a share fall, when traffic has moved."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.monitoring import Observation, follow, mix, share_of, whose_change
from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.sequential import below_floor


def test_a_process_says_when_it_raised_its_alarm_and_stays_raised() -> None:
    observed = [Observation(1)] * 50 + [Observation(0)] * 30 + [Observation(1)] * 200
    found = follow("quality", "polite", observed, floor=0.85, alpha=0.05)
    assert found.raised and found.at is not None and 50 < found.at <= 80
    assert found.highest >= found.limit == 20 > found.evidence
    assert isinstance(found.recent, Estimate) and found.recent.value == 1.0


def test_nothing_observed_is_no_evidence_and_no_share() -> None:
    found = follow("quality", "polite", [], floor=0.85, alpha=0.05)
    assert (found.evidence, found.raised) == (1.0, False)
    assert isinstance(found.value, Undefined)


def test_without_weights_a_bet_is_the_ratio_of_likelihoods() -> None:
    # floor .8, alternative .6: a miss multiplies by .4/.2 = 2, a hit by .6/.8 = .75
    found = below_floor([0, 1], 0.8, alternatives=[0.6])
    assert found.evidence.tolist() == pytest.approx([2.0, 1.5])


def test_a_weight_shrinks_the_stake() -> None:
    # bet (.8 - .6) / (.8 · .2) = 1.25; a miss of weight .5: 1 + 1.25 · .5 · .8 = 1.5
    assert below_floor([0], 0.8, weights=[0.5], alternatives=[0.6]).evidence[0] == pytest.approx(1.5)


def test_a_product_that_begins_later_has_its_share_and_the_rest_waits() -> None:
    # shares of the first two products: 6/π² and 6/(4π²); one bet, a miss each: 2
    found = below_floor([0, 0], 0.8, restart=1, alternatives=[0.6]).evidence
    first, second = 6 / np.pi**2, 6 / (4 * np.pi**2)
    assert found[0] == pytest.approx(first * 2 + (1 - first))
    assert found[1] == pytest.approx(first * 4 + second * 2 + (1 - first - second))


@pytest.mark.parametrize("wrong", [[0.9], [0.0], []])
def test_alternatives_that_are_not_below_the_floor_are_refused(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match="alternatives"):
        below_floor([1], 0.8, alternatives=wrong)


@pytest.mark.parametrize("wrong", [0.0, 1.5])
def test_weights_above_one_are_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="weights"):
        below_floor([1], 0.8, weights=[wrong])


def test_a_share_is_weighted_by_the_chance_of_being_drawn() -> None:
    # two good of weight 1, two bad of weight .25: 2 / 2.5 = .8
    found = share_of([Observation(1)] * 2 + [Observation(0, 0.25)] * 2)
    assert isinstance(found, Estimate) and found.value == pytest.approx(0.8)


def test_a_judge_that_answers_as_before_did_not_make_the_share_fall() -> None:
    pairs = [(1, 1)] * 120 + [(0, 0)] * 30
    found = whose_change(pairs, 0.1, judge_alarm=False)
    assert found.cause == "product"
    assert isinstance(found.change, Estimate) and found.change.low is not None
    assert -0.05 < found.change.low < 0  # no flip in 150 is no proof that there is none


def test_a_judge_that_is_stricter_on_the_same_outputs_made_it_fall() -> None:
    assert whose_change([(1, 0)] * 20 + [(1, 1)] * 130, 0.1, judge_alarm=False).cause == "judge"


def test_few_outputs_judged_again_tell_nothing_apart() -> None:
    assert whose_change([(1, 1)] * 59, 0.1, judge_alarm=False).cause == "untold"
    assert whose_change([(1, 0)] * 6 + [(1, 1)] * 94, 0.08, judge_alarm=True).cause == "judge"


def test_traffic_has_moved_when_its_share_is_surely_beyond_the_tolerance() -> None:
    found = {
        s.stratum: s for s in mix({"a": 500, "b": 500}, {"a": 0.7, "b": 0.3}, alpha=0.05, tolerance=0.05)
    }
    assert found["a"].moved and found["b"].moved
    near = mix({"a": 660, "b": 340}, {"a": 0.7, "b": 0.3}, alpha=0.05, tolerance=0.05)
    assert not any(one.moved for one in near)


def test_an_undeclared_stratum_in_traffic_is_noticed_and_no_declaration_means_no_finding() -> None:
    found = mix({"a": 800, "new": 200}, {"a": 1.0}, alpha=0.05, tolerance=0.05)
    assert [s.stratum for s in found if s.moved] == ["a", "new"]
    assert not any(s.moved for s in mix({"a": 800, "new": 200}, {}, alpha=0.05, tolerance=0.05))
