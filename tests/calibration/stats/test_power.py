"""Items needed: the published table, the widths and the certified risks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from calibration.stats.power import (
    Margins,
    items_for_rate,
    items_for_width,
    items_to_certify,
    items_to_clear,
    variance_per_item,
)
from calibration.stats.proportions import clopper_pearson

STEPS = ((0.6, 0.7), (0.6, 0.75), (0.6, 0.8), (0.6, 0.85), (0.7, 0.8), (0.8, 0.9))  # (floor, expected)
TABLE = {
    0.5: (368, 156, 83, 50, 283, 184),
    0.2: (586, 249, 133, 79, 452, 293),
    0.1: (1058, 449, 239, 143, 819, 529),
    0.05: (2023, 858, 456, 272, 1569, 1012),
}
AT_NINETY = {0.5: (498, 209, 109, 64, 378, 239)}


@pytest.mark.parametrize("prevalence", TABLE)
def test_items_to_clear_a_floor_with_power_eighty(prevalence: float) -> None:
    margins = Margins.binary(prevalence)
    found = tuple(items_to_clear(floor, expect, margins).items for floor, expect in STEPS)
    assert found == TABLE[prevalence]


def test_items_to_clear_a_floor_with_power_ninety() -> None:
    margins = Margins.binary(0.5)
    found = tuple(items_to_clear(floor, expect, margins, power=0.9).items for floor, expect in STEPS)
    assert found == AT_NINETY[0.5]


def test_the_example_of_the_irr_package_has_its_hypotheses_the_other_way_round() -> None:
    # its documentation prints 96 for H0 .70, HA .85: 95.72 is what .85 against a truth of .70 gives, and the
    # stated hypotheses need 117
    root = [math.sqrt(variance_per_item(kappa, Margins.binary(0.5))) for kappa in (0.85, 0.7)]
    assert ((1.6448536 * root[0] + 0.8416212 * root[1]) / 0.15) ** 2 == pytest.approx(95.72, abs=0.005)
    assert items_to_clear(0.7, 0.85, Margins.binary(0.5)).items == 117


def test_the_variance_of_even_margins_is_one_minus_kappa_squared() -> None:
    assert variance_per_item(0.6, Margins.binary(0.5)) == pytest.approx(1 - 0.6**2, abs=1e-6)


def test_more_even_answers_need_fewer_items() -> None:
    four = items_to_clear(0.6, 0.8, Margins.of([1, 1, 1, 1])).items
    two = items_to_clear(0.6, 0.8, Margins.of([1, 1])).items
    assert four is not None and two is not None and four < two


def test_ordered_answers_are_planned_with_the_weighted_kappa() -> None:
    shares = [0.1, 0.2, 0.4, 0.2, 0.1]
    plain = items_to_clear(0.6, 0.8, Margins.of(shares)).items
    squared = items_to_clear(0.6, 0.8, Margins.of(shares, "cohen_kappa_quadratic")).items
    assert plain is not None and squared is not None
    assert squared > plain  # one far miss weighs like many near ones, so each item tells less


def test_an_interval_of_width_a_tenth_needs_984_items() -> None:
    # (2 · 1.959964 / .1)² · (1 - .36) = 983.4
    assert items_for_width(0.1, 0.6, Margins.binary(0.5)).items == 984


@pytest.mark.parametrize(("risk", "items"), [(0.05, 59), (0.01, 299)])
def test_items_without_an_error_that_certify_a_risk(risk: float, items: int) -> None:
    # ln .05 / ln .95 = 58.4; ln .05 / ln .99 = 298.07
    assert items_to_certify(risk).items == items


@pytest.mark.parametrize("errors", [0, 1, 7])
def test_one_item_fewer_does_not_certify(errors: int) -> None:
    items = items_to_certify(0.1, errors=errors).items
    assert items is not None
    assert clopper_pearson(errors, items, level=0.9).high <= 0.1
    assert clopper_pearson(errors, items - 1, level=0.9).high > 0.1


@pytest.mark.parametrize(("bound", "items"), [(0.85, 134), (0.8, 44)])
def test_items_for_ninety_percent_to_clear_a_bound(bound: float, items: int) -> None:
    assert items_for_rate(bound, 0.9).items == items


def test_what_no_number_of_items_can_show_has_a_reason() -> None:
    for found in (
        items_to_clear(0.6, 0.6, Margins.binary(0.5)),
        items_for_rate(0.9, 0.8),
        items_to_certify(0.0),
        items_for_width(0.0, 0.6, Margins.binary(0.5)),
    ):
        assert found.items is None and found.reason


@pytest.mark.parametrize("shares", [[1.0], [1.0, 0.0], [0.5, -0.5], [np.nan, 1.0]])
def test_margins_need_two_answers_that_occur(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="prevalences"):
        Margins.of(shares)
