"""Threads between a rater and the lead, and rulings; draws words, never a label or a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import questions
from annotate_app.services.questions import Entry, Thread
from annotate_app.ui import asking
from annotate_app.ui.parts import page

STEPS = {"asked": "asked", "answered": "answered", "closed": "closed this", "ruling": "published a ruling"}


def draw(thread: Thread) -> None:
    """Every step of a thread in its order."""
    st.html("".join(_step(entry) for entry in thread.entries if entry.kind in STEPS))


def own(desk: Desk, rater: str) -> None:
    """The rater's own questions with their answers, each with a way to ask on."""
    found = questions.mine(desk, rater)
    if not found:
        return
    unread = sum(thread.unread for thread in found)
    title = f"Your questions to the lead ({len(found)}{f', {unread} answered anew' if unread else ''})"
    with st.expander(page.plain(title), expanded=bool(unread)):
        for thread in found:
            page.note(f"About {thread.item_id}")
            draw(thread)
            with st.container(horizontal=True):
                if thread.unread:
                    st.button(
                        "Mark as read", key=f"cal-read-{thread.thread_id}", on_click=asking.read,
                        args=(desk, rater, thread.thread_id),
                    )  # fmt: skip
                _ask_on(desk, rater, thread)


def _ask_on(desk: Desk, rater: str, thread: Thread) -> None:
    with st.popover("Ask on", type="tertiary"):
        name = f"again-{thread.thread_id}"
        st.text_area("Your question", key=asking.field(name), max_chars=questions.LONGEST)
        st.button(
            "Send to the lead", key=f"cal-ask-{name}", on_click=asking.ask,
            args=(desk, rater, thread.item_id, name),
        )  # fmt: skip


def letters(desk: Desk, rater: str) -> None:
    """Answers of the lead that were not read yet, above what is being rated."""
    for thread in questions.news(desk, rater):
        with st.container(border=True):
            page.note(f"{questions.letter_head(thread)}:")
            st.html(f'<p class="cal-said" dir="auto">{escape(questions.last_answer(thread))}</p>')
            st.button(
                "Mark as read", key=f"cal-letter-{thread.thread_id}", on_click=asking.read,
                args=(desk, rater, thread.thread_id),
            )  # fmt: skip


def rulings(found: Sequence[Entry]) -> None:
    """What the lead has told all raters, newest first."""
    rows = "".join(
        f'<li dir="auto">{escape(one.text)} <span class="cal-host">{escape(one.at[:10])}, rubric '
        f"version {one.rubric_number:d}</span></li>"
        for one in found
    )
    st.html(f'<ul class="cal-rulings">{rows}</ul>')


def _step(entry: Entry) -> str:
    who = f"{entry.author} {STEPS[entry.kind]}, {entry.at[:16].replace('T', ' ')}"
    words = f'<p class="cal-said" dir="auto">{escape(entry.text)}</p>' if entry.text else ""
    return f'<div class="cal-step cal-{entry.kind}"><p class="cal-quiet">{escape(who)}</p>{words}</div>'
