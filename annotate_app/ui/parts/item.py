"""An item as HTML: every part escaped by our own renderers; refuses to show who or what wrote it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from html import escape

import streamlit as st

from annotate_app.ui.parts import json_tree, markdown, turns
from annotate_app.ui.parts.content import LONGEST_PARSED, Conversation, Structured, read
from rubrics.items import Item


def draw(
    item: Item, *, first_side: str = "a", as_written: bool = False, image_hosts: tuple[str, ...] = ()
) -> None:
    """Show the item: what was asked, what it was given, and the output or both outputs to judge.

    `first_side` is the output of a pair that stands first on the screen. `as_written` shows every text
    character by character, without Markdown. Images are loaded from `image_hosts` alone.
    """
    st.html(item_html(item, first_side, as_written, image_hosts))


def item_html(
    item: Item, first_side: str = "a", as_written: bool = False, image_hosts: tuple[str, ...] = ()
) -> str:
    """The item's HTML; the same item is rendered once. What is kept beside it (`meta`) is not shown."""
    return _rendered(replace(item, meta=()), first_side, as_written, image_hosts)


@lru_cache(maxsize=512)
def _rendered(item: Item, first_side: str, as_written: bool, image_hosts: tuple[str, ...]) -> str:

    def section(title: str, field: str, text: str | None, *, main: bool = False) -> str:
        return _section(title, field, text_html(text or "", as_written, image_hosts), main=main)

    given = [("What was asked", "input", item.input), ("Context", "context", item.context)]
    given += [(f"Source {k + 1}", f"sources[{k}]", source) for k, source in enumerate(item.sources)]
    parts = [section(title, field, text) for title, field, text in given if text]
    if item.kind == "pointwise":
        parts.append(section("Output to judge", "output", item.output, main=True))
    else:
        own = (("output_a", item.output_a), ("output_b", item.output_b))
        ordered = own if first_side == "a" else own[::-1]
        sides = [
            section(f"Output {letter}", *side, main=True) for letter, side in zip("AB", ordered, strict=True)
        ]
        parts.append(f'<div class="cal-pair">{"".join(sides)}</div>')
    if item.reference:
        parts.append(section("Reference answer", "reference", item.reference))
    return f'<div class="cal-item">{"".join(parts)}</div>'


def _section(title: str, field: str, inner: str, *, main: bool) -> str:
    """One text under its title; `field` names it, so that a passage of it can be quoted."""
    name = "cal-part cal-main" if main else "cal-part"
    return (
        f'<section class="{name}"><h3 class="cal-title">{escape(title)}</h3>'
        f'<div class="cal-text" data-field="{field}" tabindex="0" role="group" aria-label="{escape(title)}">'
        f"{inner}</div></section>"
    )


def text_html(text: str, as_written: bool = False, image_hosts: tuple[str, ...] = ()) -> str:
    """One text: a conversation as turns, JSON as a tree, anything else as Markdown or as written."""
    if not text.strip():
        return '<p class="cal-empty">(empty)</p>'
    if as_written:
        return _plain(text)
    content = read(text)
    if isinstance(content, Conversation):
        return turns.to_html(content, image_hosts, lambda inner: _inner(inner, image_hosts))
    return _inner(text, image_hosts)


def _inner(text: str, image_hosts: tuple[str, ...]) -> str:
    """A text, or a turn's text: JSON as a tree, else Markdown; too long a one as written."""
    content = read(text)
    if isinstance(content, Structured):
        return json_tree.to_html(content.value)
    if len(text) > LONGEST_PARSED:
        return _plain(text)
    return f'<div class="cal-prose">{markdown.to_html(text, image_hosts)}</div>'


def _plain(text: str) -> str:
    return f'<div class="cal-plain" dir="auto">{escape(text)}</div>'
