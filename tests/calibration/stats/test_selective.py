"""Selective trust: areas under the risk–coverage curve, and a threshold that keeps what it promises."""

from __future__ import annotations

import math

import numpy as np
import pytest

from calibration.stats.confidence import Confident, confident
from calibration.stats.estimate import Undefined
from calibration.stats.proportions import clopper_pearson
from calibration.stats.selective import (
    RiskCoverage,
    certified_threshold,
    expected_threshold,
    risk_coverage,
)
from calibration.stats.simulate import ConfidentWorld


def curve(data: Confident) -> RiskCoverage:
    found = risk_coverage(data)
    assert isinstance(found, RiskCoverage)
    return found


def test_the_areas_of_four_verdicts() -> None:
    # by confidence: right, wrong, right, wrong -> risks 0, 1/2, 1/3, 1/2; errors / n: 0, 1/4, 1/4, 2/4
    found = curve(confident([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0]))
    assert found.risk.tolist() == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert found.aurc == pytest.approx(1 / 3)
    assert found.augrc == pytest.approx(1 / 4)
    # a perfect order would have r + (1 - r) ln(1 - r) with r = 1/2
    assert found.e_aurc == pytest.approx(1 / 3 - (0.5 + 0.5 * math.log(0.5)))


def test_verdicts_of_equal_confidence_count_alike_whatever_their_order() -> None:
    one = curve(confident([0.9, 0.5, 0.5, 0.5], [1, 1, 0, 0]))
    other = curve(confident([0.5, 0.5, 0.9, 0.5], [0, 1, 1, 0]))
    assert one.aurc == pytest.approx(other.aurc)
    # 0; then 2/3 error per tied verdict: (2/3)/2, (4/3)/3, 2/4
    assert one.risk.tolist() == pytest.approx([0, 1 / 3, 4 / 9, 1 / 2])


def test_no_verdicts_have_no_curve() -> None:
    assert isinstance(risk_coverage(confident([], [])), Undefined)


def test_every_step_is_the_exact_binomial_test_of_its_coverage() -> None:
    data = confident(np.linspace(0.5, 1, 200), [0] * 30 + [1] * 170)
    found = certified_threshold(data, 0.10)
    first = found.steps[0]
    assert (first.coverage, first.accepted, first.errors) == (0.3, 60, 0)
    assert first.upper == pytest.approx(1 - 0.1 ** (1 / 60))  # no error in 60 at one-sided 10%
    last = found.steps[-1]
    assert not last.certified and all(step.certified for step in found.steps[:-1])
    assert last.upper == pytest.approx(clopper_pearson(last.errors, last.accepted, level=0.8).high)
    assert found.threshold == found.steps[-2].threshold


def test_the_first_failure_ends_the_search_although_a_later_coverage_would_pass() -> None:
    # the surest 30% err often, the rest never: a search that went on would accept everything
    data = confident(np.linspace(1, 0.5, 400), [0, 1, 1] * 40 + [1] * 280)
    found = certified_threshold(data, 0.15)
    assert found.threshold is None
    assert len(found.steps) == 1
    assert clopper_pearson(40, 400, level=0.8).high < 0.15


def test_nothing_certified_means_abstain_and_says_how_many_labels_could_be_enough() -> None:
    # ln .1 / ln .99 = 229.1 surest of 30% -> 764
    found = certified_threshold(confident([0.9] * 50, [1] * 50), 0.01)
    assert (found.threshold, found.accepted) == (None, 0)
    assert "abstain on everything" in found.guarantee and "764 labelled" in found.guarantee


def test_the_two_kinds_of_promise_are_told_apart_in_words() -> None:
    data = confident(np.linspace(0.5, 1, 400), [0] * 40 + [1] * 360)
    assert "with probability 90%" in certified_threshold(data, 0.15).guarantee
    assert "on average" in expected_threshold(data, 0.05).guarantee


def test_conformal_risk_control_is_its_definition() -> None:
    # n = 99 and risk .05: (errors + 1) / 100 ≤ .05 allows 4 accepted errors
    right = np.ones(99)
    right[:10] = 0  # the least sure ten are wrong
    found = expected_threshold(confident(np.linspace(0.5, 1, 99), right), 0.05)
    assert found.errors == 4
    assert found.accepted == 93


def test_an_expectation_nobody_can_keep_abstains() -> None:
    found = expected_threshold(confident([0.5, 0.9], [0, 0]), 0.05)
    assert found.threshold is None


WORLDS = {
    "calibrated": ConfidentWorld(0.6, lambda c: c),
    "sure where wrong": ConfidentWorld(0.5, lambda c: np.where(c > 0.95, 0.6, 0.93)),
    "flat 20% error": ConfidentWorld(0.5, lambda c: np.full_like(c, 0.8)),
    "partly separable": ConfidentWorld(0.0, lambda c: 0.6 + 0.35 * np.sqrt(c)),
}


@pytest.mark.validity
@pytest.mark.parametrize("name", WORLDS)
def test_the_guarantee_is_broken_at_most_as_often_as_it_says(name: str) -> None:
    rng, world, draws = np.random.default_rng(8), WORLDS[name], 400
    found = [certified_threshold(world.draw(250, rng), 0.15).threshold for _ in range(draws)]
    broken = sum(world.risk(threshold) > 0.15 for threshold in found if threshold is not None)
    assert broken / draws <= 0.1 + 3 * math.sqrt(0.1 * 0.9 / draws)


@pytest.mark.validity
def test_a_naive_threshold_breaks_its_word_where_ours_abstains() -> None:
    rng, world, draws = np.random.default_rng(9), WORLDS["flat 20% error"], 200
    naive = 0
    for _ in range(draws):
        data = world.draw(250, rng)
        risk = curve(data).risk
        naive += bool(np.any(risk[74:] <= 0.15))  # some coverage from 30% on looks good enough
    assert naive / draws > 0.2  # twice the allowed 10%
