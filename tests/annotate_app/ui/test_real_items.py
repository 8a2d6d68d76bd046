"""Every item of the real data as raters see it: whole, readable, and nothing that runs, loads or restyles."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from annotate_app.ui.parts.content import Conversation, read
from annotate_app.ui.parts.item import item_html, text_html
from calibration.readers import read_records
from rubrics.evidence import texts_of
from rubrics.items import Item

VOID = frozenset(("br", "hr", "img"))
TAGS = frozenset(
    ("a", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h3", "h4", "h5", "h6",
     "hr", "li", "ol", "p", "pre", "s", "section", "span", "strong", "summary", "table", "tbody", "td", "th",
     "thead", "tr", "ul")
)  # fmt: skip
ATTRIBUTES = frozenset(
    ("aria-label", "class", "data-field", "dir", "href", "open", "rel", "role", "start", "style", "tabindex",
     "target", "title", "value")
)  # fmt: skip
WORD = re.compile(r"\w+")
HOW_MANY = {"llm_rubric": 473, "mtbench": 2400, "pandalm": 999}


class Shown(HTMLParser):
    """What HTML shows as words and links, and whether its tags are ours and closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert {name for name, _ in attrs} <= ATTRIBUTES
        given = dict(attrs)
        assert re.fullmatch(r"text-align:\s?(left|right|center)", given.get("style") or "text-align:left")
        assert re.match(r"https?://|mailto:", given.get("href") or "https://", re.IGNORECASE)
        self.words += [given.get("href") or "", given.get("value") or ""]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in VOID or self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@cache
def items(folder: Path) -> tuple[Item, ...]:
    found = (read.record for read in read_records(folder / "items.jsonl"))
    return tuple(record for record in found if isinstance(record, Item))


@pytest.mark.parametrize("name", HOW_MANY)
def test_every_real_item_is_shown_whole_with_our_own_tags_alone(real_data: Path, name: str) -> None:
    found = items(real_data / name)
    assert len(found) == HOW_MANY[name]
    for item in found:
        for side in "ab":
            shown = Shown(item_html(item, side))
            lost = Counter(words_of(item)) - Counter(WORD.findall(unescape(" ".join(shown.words))))
            assert not lost, (item.item_id, lost)


@pytest.mark.parametrize("name", ["llm_rubric", "pandalm"])
def test_as_written_every_real_text_keeps_every_character(real_data: Path, name: str) -> None:
    for item in items(real_data / name):
        for text in texts_of(item).values():
            if text.strip():
                assert "".join(Shown(text_html(text, True)).words) == text


def words_of(item: Item) -> list[str]:
    """The words of every text; of a conversation those of its turns, not of the JSON around them."""
    return [word for text in texts_of(item).values() for part in _parts(text) for word in WORD.findall(part)]


def _parts(text: str) -> list[str]:
    content = read(text)
    if isinstance(content, Conversation):
        assert all(turn.data is None for turn in content.turns)
        return [turn.text for turn in content.turns]
    return [text]
