"""Headings and sentences of a page as HTML; what comes from data is escaped, never read as Markdown."""

from __future__ import annotations

import re
from html import escape

import streamlit as st


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


def plain(text: str) -> str:
    """Text for a widget's label, with everything that Streamlit would read as Markdown escaped."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!:$<>~|&^])", r"\\\1", text)
