"""Signals give doubt in [0, 1] or no opinion."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from calibration.triage.signals import (
    MEANING,
    SIGNALS,
    Case,
    judge_disagreement,
    low_confidence,
    near_boundary,
    order_flip,
    rater_disagreement,
    spread,
)

LEVELS = Case(3, answers=(1, 2, 3, 4), numeric=True)
NAMES = Case("yes", answers=("yes", "no"))


def test_low_confidence_is_one_minus_confidence() -> None:
    assert low_confidence(replace(NAMES, confidence=0.75)) == 0.25


def test_without_anything_to_go_by_no_signal_has_an_opinion() -> None:
    assert {name: signal(NAMES) for name, signal in SIGNALS.items()} == dict.fromkeys(SIGNALS)
    assert MEANING.keys() == SIGNALS.keys()


def test_spread_is_the_entropy_as_a_share_of_the_largest() -> None:
    assert spread(replace(NAMES, probs={"yes": 1.0, "no": 0.0})) == 0
    assert spread(replace(NAMES, probs={"yes": 0.5, "no": 0.5})) == pytest.approx(1)
    # two of four answers equally likely: ln 2 / ln 4
    assert spread(replace(LEVELS, probs={1: 0, 2: 0.5, 3: 0.5, 4: 0})) == pytest.approx(0.5)


def test_probabilities_need_not_sum_to_one() -> None:
    assert spread(replace(NAMES, probs={"yes": 0.2, "no": 0.2})) == pytest.approx(1)


def test_disagreement_is_the_share_of_other_judges_that_contradict() -> None:
    assert judge_disagreement(replace(NAMES, others=("yes", "no", "no"))) == pytest.approx(2 / 3)


def test_numbers_without_levels_contradict_beyond_one_step() -> None:
    number = Case(0.5, numeric=True, step=0.1)
    assert judge_disagreement(replace(number, others=(0.6, 0.4))) == 0
    assert judge_disagreement(replace(number, others=(0.6, 0.35))) == 0.5


def test_an_order_flip_is_the_share_of_replicates_whose_orders_disagree() -> None:
    assert order_flip(replace(NAMES, orders=0.0)) == 1
    assert order_flip(replace(NAMES, orders=0.75)) == 0.25


@pytest.mark.parametrize(
    ("expected", "doubt"),
    # half-way marks of 3 are 2.5 and 3.5, .5 from it
    [(3.0, 0.0), (3.25, 0.5), (2.6, 0.8), (3.5, 1.0), (3.9, 1.0), (1.0, 1.0)],
)
def test_an_expected_value_near_the_next_level_is_doubted(expected: float, doubt: float) -> None:
    assert near_boundary(replace(LEVELS, expected=expected)) == pytest.approx(doubt)


def test_beyond_the_outer_levels_there_is_no_boundary() -> None:
    assert near_boundary(replace(LEVELS, value=4, expected=4.0)) == 0
    assert near_boundary(replace(LEVELS, value=1, expected=1.25)) == pytest.approx(0.5)


def test_the_expected_value_comes_from_probabilities_where_it_is_not_stated() -> None:
    # .5 · 3 + .5 · 4 = 3.5
    assert near_boundary(replace(LEVELS, probs={1: 0, 2: 0, 3: 0.5, 4: 0.5})) == 1


def test_two_names_nearly_as_likely_are_near_the_boundary() -> None:
    assert near_boundary(replace(NAMES, probs={"yes": 0.6, "no": 0.4})) == pytest.approx(0.8)
    assert near_boundary(replace(NAMES, probs={"yes": 0.4, "no": 0.6})) == 1


def test_rater_disagreement_is_the_share_of_pairs_of_raters_who_contradict_each_other() -> None:
    assert rater_disagreement(replace(NAMES, labels=("yes",))) is None
    # yes-yes agrees, yes-no twice does not
    assert rater_disagreement(replace(NAMES, labels=("yes", "yes", "no"))) == pytest.approx(2 / 3)


def test_every_signal_stays_between_zero_and_one() -> None:
    odd = (-0.3, 0.0, 0.5, 1.0, 1.2)
    for number, share in product(odd, (0.0, 0.5, 1.2)):
        case = replace(
            LEVELS, confidence=number, expected=number, orders=number, others=(1, 3), labels=(1, 2),
            probs={1: share, 2: 0.1, 3: 0.0, 4: 0.0},
        )  # fmt: skip
        doubts = [signal(case) for signal in SIGNALS.values()]
        assert all(doubt is not None and 0 <= doubt <= 1 for doubt in doubts)
