"""Evidence: a passage stands where it says or is refused; what was written is read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubrics.evidence import (
    MOST_PASSAGES,
    Passage,
    fault_of,
    from_json,
    of_answer,
    of_modes,
    texts_of,
    to_json,
)
from rubrics.items import Item

ITEM = Item("i", input="When?", output="At nine 🙂, says Ōno.", sources=("first", "second"))
NINE = Passage("output", 3, 7, "nine")


def test_texts_are_named_by_their_field_and_sources_by_their_place() -> None:
    assert list(texts_of(ITEM)) == ["input", "sources[0]", "sources[1]", "output"]
    assert list(texts_of(Item("p", "pairwise", output_a="a", output_b="b"))) == ["output_a", "output_b"]


def test_offsets_count_characters_so_that_what_follows_an_emoji_stands_right() -> None:
    assert (
        fault_of(ITEM, [NINE, Passage("output", 16, 19, "Ōno"), Passage("sources[1]", 0, 6, "second")])
        is None
    )


@pytest.mark.parametrize(
    ("passage", "words"),
    [
        (Passage("output", 3, 7, "ten!"), "not in output at 3"),
        (Passage("output", 3, 8, "nine"), "not in output at 3"),
        (Passage("output", -4, -1, "Ōno"), "not in output"),
        (Passage("output", 4, 4, ""), "not in output"),
        (Passage("context", 0, 1, "W"), "no text 'context'"),
        (Passage("sources[2]", 0, 1, "t"), "no text 'sources[2]'"),
    ],
)
def test_a_passage_that_is_not_there_is_refused_in_words(passage: Passage, words: str) -> None:
    assert words in (fault_of(ITEM, [passage]) or "")


def test_more_passages_than_anybody_reads_are_refused() -> None:
    assert fault_of(ITEM, [NINE] * MOST_PASSAGES) is None
    assert "quote fewer" in (fault_of(ITEM, [NINE] * (MOST_PASSAGES + 1)) or "")


PASSAGES = st.builds(
    Passage, st.sampled_from(["output", "input"]), st.integers(0, 9), st.integers(10, 99),
    st.text(min_size=1), st.none() | st.sampled_from(["lost", "won"]),
)  # fmt: skip


@given(st.lists(PASSAGES))
def test_what_was_written_is_read_back_and_divided_without_rest(passages: list[Passage]) -> None:
    text = to_json(passages)
    assert from_json(text) == tuple(passages)
    assert sorted(map(repr, of_answer(text) + of_modes(text, ("lost", "won")))) == sorted(map(repr, passages))
    assert (text is None) == (not passages)
