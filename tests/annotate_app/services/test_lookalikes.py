"""Ids of planted items: they stand out neither by number nor by shape, and are nobody's."""

from __future__ import annotations

import re

import pytest

from annotate_app.services.lookalikes import lookalike


def made(name: str, own: list[str], count: int) -> list[str]:
    taken = set(own)
    for k in range(count):
        taken.add(found := lookalike(name, own, taken, key=f"key {k}"))
        assert found not in own
    return sorted(taken - set(own))


def test_a_gap_of_the_series_is_taken_where_there_is_one() -> None:
    own = [f"a-{k:03}" for k in range(0, 300, 3)]
    found = made("a-030", own, 20)
    assert len(found) == 20
    assert all(re.fullmatch(r"a-[0-2]\d\d", one) for one in found)


def test_a_series_without_gaps_goes_on_a_little() -> None:
    own = [f"a-{k:03}" for k in range(120)]
    found = made("a-005", own, 20)
    assert len(found) == 20
    assert all(120 <= int(one.removeprefix("a-")) < 170 for one in found)


def test_numbers_of_any_width_stay_without_zeros() -> None:
    found = made("i7", [f"i{k}" for k in range(60)], 10)
    assert all(re.fullmatch(r"i[6-9]\d", one) for one in found)


@pytest.mark.parametrize("name", ["3f-2b9c", "q7 of 12", "7"])
def test_other_ids_keep_their_shape(name: str) -> None:
    (found,) = made(name, [name, "elsewhere"], 1)
    assert re.sub(r"\d", "0", found) == re.sub(r"\d", "0", name)


def test_a_name_without_digits_gets_some() -> None:
    (found,) = made("greeting", ["greeting"], 1)
    assert re.fullmatch(r"greeting\d+", found)


def test_the_same_key_makes_the_same_id_and_another_another() -> None:
    own = [f"a-{k:03}" for k in range(0, 900, 3)]
    assert lookalike("a-030", own, own, key="x") == lookalike("a-030", own, own, key="x")
    assert len({lookalike("a-030", own, own, key=str(k)) for k in range(20)}) > 15
