"""The order in which a rater is asked: a shuffle of its own, readable from any place."""

from __future__ import annotations

from itertools import islice

import pytest

from annotate_app.services.order import shuffled, side


@pytest.mark.parametrize("size", [1, 2, 3, 5, 16, 17, 240, 1000])
def test_every_position_comes_exactly_once(size: int) -> None:
    assert sorted(position for _, position in shuffled("seed", size)) == list(range(size))


def test_no_position_means_nothing_to_ask() -> None:
    assert list(shuffled("seed", 0)) == []


def test_the_order_goes_on_from_any_place() -> None:
    whole = list(shuffled("seed", 100))
    place, _ = whole[40]
    assert list(shuffled("seed", 100, start=place)) == whole[40:]


def test_the_seed_decides_the_order() -> None:
    first, again, other = (list(shuffled(seed, 50)) for seed in ("a", "a", "b"))
    assert first == again
    assert first != other


def test_items_that_come_later_do_not_disturb_the_order_of_the_earlier() -> None:
    before = [position for _, position in shuffled("seed", 200)]
    after = [position for _, position in shuffled("seed", 250) if position < 200]
    assert after == before


def test_each_item_is_early_for_about_half_of_the_raters() -> None:
    # 400 raters, 64 items: item 0 is in a rater's first half with probability 1/2; 5 SE = 50
    early = sum(0 in {position for _, position in islice(shuffled(f"rater {k}", 64), 32)} for k in range(400))
    assert abs(early - 200) <= 50


def test_sides_fall_both_ways_and_stay() -> None:
    sides = [side(f"item {k}") for k in range(100)]
    assert set(sides) == {"a", "b"}
    assert sides == [side(f"item {k}") for k in range(100)]
