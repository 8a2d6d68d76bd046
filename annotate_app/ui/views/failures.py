"""Failures: from raters' notes to named modes, and how often each is seen; refuses rater and lead."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import failures
from annotate_app.services.failures import SEVERITIES, VISIBILITIES, FailurePage, Noted
from annotate_app.services.rights import NotVisible
from annotate_app.ui import grouping, state
from annotate_app.ui.grouping import field
from annotate_app.ui.parts import failure_tables, page

ABOUT = (
    "Notes first, names later: read what raters wrote, give what belongs together one mode, rename, merge. "
    "No label changes; every step is kept and can be taken back."
)
SHOWN = 200


def view(desk: Desk) -> None:
    """Counts, then notes without a mode, then the taxonomy's steps."""
    page.title("Failures", desk.study_file.study.name)
    try:
        found = failures.failure_page(desk, role=state.role())
    except NotVisible as refusal:
        page.note(str(refusal))
        return
    page.note(ABOUT)
    if said := state.said():
        st.info(page.plain(said))
    left = f" {found.left_out:,} more were drawn by no estimating wave." if found.left_out else ""
    page.note(f"{found.items:,} labelled development items.{left}")
    if found.remark:
        page.warning(found.remark)
    failure_tables.draw(found.modes)
    names = [one.mode.name for one in found.modes]
    page.heading("Notes without a mode")
    _notes(desk, found.notes, names)
    page.heading("Modes")
    _steps(desk, names)
    _taken(found)


def _notes(desk: Desk, notes: Sequence[Noted], names: Sequence[str]) -> None:
    if not notes:
        page.note("Every item with a note has a mode, or nobody wrote one.")
        return
    words = {one.item_id: " / ".join(one.notes)[:160] for one in notes[:SHOWN]}
    st.multiselect(
        "Notes that say the same", list(words), key=field("items"),
        format_func=lambda item_id: f"{item_id}: {words[item_id]}",
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Mode", names, index=None, key=field("mode"), width=260, format_func=_readable)
        st.button("Group them", type="primary", on_click=grouping.group, args=(desk,))
    if len(notes) > SHOWN:
        page.note(f"{len(notes) - SHOWN:,} more: `calibrant modes notes`".replace("`", ""))


def _steps(desk: Desk, names: Sequence[str]) -> None:
    """New, renamed and merged modes."""
    with st.expander("A new mode"), st.form("cal-mode-define", border=False):
        st.text_input("Name", key=field("name"), max_chars=60)
        st.text_input("What goes wrong", key=field("description"), max_chars=failures.LONGEST)
        with st.container(horizontal=True):
            st.radio("How bad", SEVERITIES, key=field("severity"), horizontal=True, index=1)
            st.radio("Would people notice", VISIBILITIES, key=field("visibility"), horizontal=True, index=1)
        st.form_submit_button("Define", on_click=grouping.define, args=(desk,))
    with st.expander("Rename"), st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Mode to rename", names, key=field("old"), width=240, format_func=_readable)
        st.text_input("New name", key=field("new"), width=240, max_chars=60)
        st.button("Rename", on_click=grouping.rename, args=(desk,))
    with st.expander("Merge"), st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Mode to merge", names, key=field("one"), width=240, format_func=_readable)
        st.selectbox("into", names, index=None, key=field("into"), width=240, format_func=_readable)
        st.button("Merge", on_click=grouping.merge, args=(desk,))


def _taken(found: FailurePage) -> None:
    for step in found.steps:
        becomes = f" {step.becomes}" if step.becomes else ""
        page.note(f"Step {step.number}: {step.kind} {step.name}{becomes}, {step.actor} {step.at[:10]}")


def _readable(name: str) -> str:
    return name.replace("_", " ")
