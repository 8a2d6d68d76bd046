"""Rubric: the whole of it on one page, what the lead ruled, every version; draws no item and no answer."""

from __future__ import annotations

from html import escape

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import questions, wordings
from annotate_app.ui.parts import page, rubric_text, threads
from rubrics.render import render_form


def view(desk: Desk) -> None:
    """Instructions, every question with all its answers, failure modes, rulings, and the versions so far."""
    form = render_form(desk.rubric)
    page.title("Rubric", form.purpose)
    rubric_text.draw(form)
    if found := questions.rulings(desk):
        page.heading("Rulings by the lead")
        threads.rulings(found)
    _versions(desk)


def _versions(desk: Desk) -> None:
    """Every wording so far, newest first, with what it changed."""
    page.heading("Versions")
    for version in wordings.history(desk):
        present = " · present" if version.sha256 == desk.rubric.sha256 else ""
        page.note(f"Version {version.number} · {version.since[:10]} · {version.sha256[:12]}{present}")
        if version.changes:
            rows = "".join(f'<li dir="auto">{escape(change)}</li>' for change in version.changes)
            st.html(f'<ul class="cal-rulings">{rows}</ul>')
