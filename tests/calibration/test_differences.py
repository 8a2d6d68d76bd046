"""Differences name the leaf that is not written the same, with both values."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from calibration.differences import ABSENT, Difference, differences

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_each_leaf_has_its_dotted_name() -> None:
    now = {"a": 1, "b": {"c": [1, 2], "d": "x"}}
    then = {"a": 1, "b": {"c": [1, 3], "e": "x"}}
    assert list(differences(now, then)) == [
        Difference("b.c.2", "2", "3"),
        Difference("b.d", "x", ABSENT),
        Difference("b.e", ABSENT, "x"),
    ]


def test_numbers_that_are_equal_but_written_differently_differ() -> None:
    found = differences({"a": 1, "b": 1, "c": 1}, {"a": 1.0, "b": True, "c": 1})
    assert [one.name for one in found] == [
        "a",
        "b",
    ]


def test_a_long_value_is_shown_by_its_first_words_and_a_hash_that_differs() -> None:
    (one,) = differences({"p": "word " * 50 + "a"}, {"p": "word " * 50 + "b"})
    assert one.now != one.then
    assert len(one.now) < 80


@given(JSON)
def test_nothing_differs_from_itself(value: object) -> None:
    assert list(differences(value, value)) == []
