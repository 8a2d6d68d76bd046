"""An item as HTML: every part escaped by our own renderers; refuses to show who or what wrote it."""

from __future__ import annotations

from functools import lru_cache
from html import escape

import streamlit as st

from annotate_app.ui.parts import json_tree, markdown
from annotate_app.ui.parts.content import LONGEST_PARSED, Conversation, Structured, Turn, read
from annotate_app.ui.parts.markup import fold
from rubrics.items import Item

ROLES = {"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool", "function": "Tool"}
FOLDED = frozenset(("system", "tool", "function"))


def draw(item: Item, *, first_side: str = "a", as_written: bool = False) -> None:
    """Show the item: what was asked, what it was given, and the output or both outputs to judge.

    `first_side` is the output of a pair that stands first on the screen. `as_written` shows every text
    character by character, without Markdown.
    """
    st.html(item_html(item, first_side, as_written))


@lru_cache(maxsize=512)
def item_html(item: Item, first_side: str = "a", as_written: bool = False) -> str:
    """The item's HTML; the same item is rendered once."""
    given = [("What was asked", "input", item.input), ("Context", "context", item.context)]
    given += [(f"Source {k + 1}", f"sources[{k}]", source) for k, source in enumerate(item.sources)]
    parts = [_section(title, field, text, as_written) for title, field, text in given if text]
    parts.append(_outputs(item, first_side, as_written))
    if item.reference:
        parts.append(_section("Reference answer", "reference", item.reference, as_written))
    return f'<div class="cal-item">{"".join(parts)}</div>'


def _outputs(item: Item, first_side: str, as_written: bool) -> str:
    if item.kind == "pointwise":
        return _section("Output to judge", "output", item.output or "", as_written, main=True)
    own = {"output_a": item.output_a, "output_b": item.output_b}
    ordered = ("output_a", "output_b") if first_side == "a" else ("output_b", "output_a")
    sides = (
        _section(f"Output {letter}", field, own[field] or "", as_written, main=True)
        for letter, field in zip("AB", ordered, strict=True)
    )
    return f'<div class="cal-pair">{"".join(sides)}</div>'


def _section(title: str, field: str, text: str, as_written: bool, *, main: bool = False) -> str:
    """One text under its title; `field` names it, so that a passage of it can be quoted."""
    name = "cal-part cal-main" if main else "cal-part"
    return (
        f'<section class="{name}"><h3 class="cal-title">{escape(title)}</h3>'
        f'<div class="cal-text" data-field="{field}" tabindex="0" role="group" aria-label="{escape(title)}">'
        f"{text_html(text, as_written)}</div></section>"
    )


def text_html(text: str, as_written: bool = False) -> str:
    """One text: a conversation as turns, JSON as a tree, anything else as Markdown or as written."""
    if not text.strip():
        return '<p class="cal-empty">(empty)</p>'
    if as_written:
        return _plain(text)
    content = read(text)
    if isinstance(content, Conversation):
        rest = json_tree.to_html(content.rest) if content.rest is not None else ""
        return "".join(_turn(turn) for turn in content.turns) + rest
    if isinstance(content, Structured):
        return json_tree.to_html(content.value)
    return _prose(content.text)


def _prose(text: str) -> str:
    return (
        _plain(text)
        if len(text) > LONGEST_PARSED
        else f'<div class="cal-prose">{markdown.to_html(text)}</div>'
    )


def _plain(text: str) -> str:
    return f'<div class="cal-plain" dir="auto">{escape(text)}</div>'


def _turn(turn: Turn) -> str:
    role = turn.role.lower()
    name = escape(ROLES.get(role, turn.role))
    side = role if role in ("user", "assistant") else "other"
    body = _prose(turn.text) if turn.text.strip() else ""
    if turn.data is not None:
        body += fold("More in this turn", json_tree.to_html(turn.data), name="cal-fold")
    if role in FOLDED:
        return fold(name, body, name="cal-turn cal-other", summary_name="cal-role")
    return f'<div class="cal-turn cal-{side}"><div class="cal-role">{name}</div>{body}</div>'
