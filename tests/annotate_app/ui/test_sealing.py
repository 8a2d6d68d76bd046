"""A seal brings back what it holds, to its rater alone, and tells nobody else anything."""

from __future__ import annotations

import pytest

from annotate_app.ui.rating_desk.sealing import LENGTH, Sealed, opened, seal
from rubrics.answers import Purpose

KEY = b"k" * 64
ASKED = Sealed("item-é", "planted", "wave 1")


@pytest.mark.parametrize("sealed", [ASKED, Sealed("x" * 3_000, "estimate", None), Sealed("", "repeat", "")])
def test_what_was_sealed_is_there_when_it_is_opened(sealed: Sealed) -> None:
    assert opened(KEY, "Ada", seal(KEY, "Ada", sealed)) == sealed


def test_another_raters_seal_another_key_and_a_changed_seal_open_nothing() -> None:
    text = seal(KEY, "Ada", ASKED)
    assert opened(KEY, "Bo", text) is None
    assert opened(b"o" * 64, "Ada", text) is None
    for place in (0, 20, 100):
        other = "B" if text[place] != "B" else "C"
        assert opened(KEY, "Ada", text[:place] + other + text[place + 1 :]) is None


@pytest.mark.parametrize("text", ["", "!", "abc", "é", "QUJD", "A" * 2_000])
def test_what_is_no_seal_opens_nothing(text: str) -> None:
    assert opened(KEY, "Ada", text) is None


def test_seals_of_all_purposes_are_equally_long_and_hold_no_word_of_the_item() -> None:
    purposes: tuple[Purpose, ...] = ("estimate", "search", "gold", "planted", "repeat")
    seals = [seal(KEY, "Ada", Sealed("item-1", purpose, "wave 1")) for purpose in purposes]
    seals += [seal(KEY, "Ada", Sealed("item-1", "estimate", None))]
    assert len({len(text) for text in seals}) == 1
    assert len(set(seals)) == len(seals)
    assert len(seals[0]) > LENGTH
