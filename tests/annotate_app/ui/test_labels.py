"""Labels of outside text: words that Streamlit would read as Markdown, or rewrite, stay as they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from annotate_app.ui.parts.page import labels, plain

JOINER = "\u2060"
SIGNS = st.characters(codec="utf-8") | st.sampled_from("\\`*_[]()<>#+-.!:$~|&^=@\n\t 1a/w")
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
REWRITTEN = re.compile(
    r"https?://|www\.|\S@[^\s\u2060]|:material|:streamlit|(^|\s)(<->|->|<-|--|>=|<=|~=)(\s|$)"
)


def shown(label: str) -> str:
    """What CommonMark makes of a label; one with a block or a mark in it fails."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(label)
    assert [token.type for token in tokens] in ([], ["paragraph_open", "inline", "paragraph_close"])
    children = [child for token in tokens for child in token.children or []]
    assert {child.type for child in children} <= {"text", "text_special"}
    return "".join(child.content for child in children)


@given(st.text(alphabet=SIGNS, max_size=60))
def test_whatever_is_written_is_one_line_of_the_same_words(text: str) -> None:
    label = plain(text)
    meant = TURNS.sub("\ufffd", UNSEEN.sub(" ", text)).replace(JOINER, "")
    assert shown(label).replace(JOINER, "").split() == meant.split()
    assert not REWRITTEN.search(shown(label))


@pytest.mark.parametrize(
    "text", ["Ada", "2026-01-02 12:30", "Saved, 3 left.", "C# (v1.2)", "wave-1 is drawn: 4 items wait"]
)
def test_ordinary_words_need_no_sign_that_could_be_seen(text: str) -> None:
    assert shown(plain(text)) == text


@pytest.mark.parametrize(
    "text", [":smile:", ":+1:", "see https://evil.example", "www.evil.example", "a@b.example"]
)
def test_what_streamlit_rewrites_is_broken_up_where_nobody_sees_it(text: str) -> None:
    assert JOINER in plain(text)
    assert plain(text).replace(JOINER, "").replace("\\", "") == text


def test_options_are_named_in_the_same_way() -> None:
    assert labels(lambda n: f"*{n}*")(3) == r"\*3\*"
