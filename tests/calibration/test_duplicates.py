"""Near-duplicate texts are found; different texts are left alone."""

from __future__ import annotations

from calibration.duplicates import jaccard, near_pairs


def words(start: int, stop: int) -> str:
    return " ".join(f"w{k}" for k in range(start, stop))


def test_case_spacing_and_punctuation_do_not_count() -> None:
    assert list(near_pairs({"a": "Reset the router, now.", "b": "reset  THE router now"})) == [("b", "a")]


def test_one_changed_word_in_a_hundred_is_a_near_duplicate() -> None:
    changed = words(0, 50) + " other " + words(51, 100)
    # 97 shingles each, 4 touched by the change: 93 / (97 + 4) = .92
    assert list(near_pairs({"a": words(0, 100), "b": changed})) == [("b", "a")]


def test_half_shared_text_is_not() -> None:
    assert list(near_pairs({"a": words(0, 100), "b": words(50, 150)})) == []


def test_empty_texts_are_not_alike() -> None:
    assert list(near_pairs({"a": "", "b": "", "c": "!!", "d": "??"})) == []
    assert jaccard(frozenset(), frozenset()) == 0.0


def test_every_member_of_a_group_is_joined_to_it() -> None:
    texts = {f"k{k}": words(0, 80) + f" end{k % 3}" for k in range(12)}
    joined = {first for first, _ in near_pairs(texts)}
    assert joined == {f"k{k}" for k in range(1, 12)}
