"""Headings, sentences and labels; refuses to let data be read as HTML or as Streamlit's Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from typing import Any

import streamlit as st

# What begins Markdown anywhere in a line, and what begins a block at its start.
_MARKS = re.compile(r"([\\`*_\[\]<&$~]|:(?=\S))")
_BLOCK = re.compile(r"^([#>+=-]|\d+(?=[.)]))")
# Streamlit rewrites these in words that are already parsed, so that no backslash helps: links, mail
# addresses, icons, emoji, its logo, arrows. A word joiner inside them is not seen and keeps them as they are.
_REWRITTEN = re.compile(
    r"(:(?=//|material|streamlit)|(?<!\d):(?=[\w+-]+:)|www(?=\.)|(?<=\S)@(?=\S)|(?<![^\s<])[<>~-](?=[=>-]))",
    re.IGNORECASE,
)
_JOINER = "\u2060"
# Line ends would begin a block, directions would turn what stands after the words, the rest shows nothing.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def title(words: str, below: str = "") -> None:
    """The page's name, and one line under it."""
    note = f'<p class="cal-below">{escape(below)}</p>' if below else ""
    st.html(f'<h1 class="cal-page">{escape(words)}</h1>{note}')


def heading(words: str) -> None:
    st.html(f'<h2 class="cal-heading">{escape(words)}</h2>')


def note(words: str) -> None:
    """A quiet sentence."""
    st.html(f'<p class="cal-note cal-quiet">{escape(words)}</p>')


def warning(words: str) -> None:
    """A sentence that should be read."""
    st.html(f'<p class="cal-note cal-warning" role="note">{escape(words)}</p>')


def excerpt(words: str, facts: str) -> None:
    """The beginning of a text on one line, and facts about it."""
    after = f' <span class="cal-host">{escape(facts)}</span>' if facts else ""
    st.html(f'<p class="cal-excerpt" dir="auto">{escape(words)}{after}</p>')


def plain(text: object) -> str:
    """Text for a widget's label on one line, with all that Streamlit would make something of escaped."""
    line = _TURNS.sub("\ufffd", _UNSEEN.sub(" ", str(text))).strip()
    escaped = _MARKS.sub(r"\\\1", _REWRITTEN.sub(rf"\1{_JOINER}", line))
    return _BLOCK.sub(_as_words, escaped)


def _as_words(found: re.Match[str]) -> str:
    """A sign that would begin a block, escaped; a number keeps its dot from beginning a list."""
    return f"{found[0]}\\" if found[0].isdecimal() else f"\\{found[0]}"


def labels(named: Callable[[Any], object] = str) -> Callable[[Any], str]:
    """`format_func` of widgets that read every option as Markdown: its name as `named` gives it, plain."""
    return lambda option: plain(named(option))
