"""Who rates: a name from the list or a new one; refuses to call this a login."""

from __future__ import annotations

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import labelling
from annotate_app.ui import state
from annotate_app.ui.parts import page

_CHOSEN, _NEW = "cal-choose-rater", "cal-new-rater"


def draw(desk: Desk) -> None:
    """Choose a name and start, or add one."""
    page.note("Choose your name to start. Your answers are stored under it.")
    names = [rater.name for rater in labelling.raters(desk)]
    with st.container(width=460):
        if names:
            st.selectbox("Your name", names, index=None, key=_CHOSEN, placeholder="Choose …")
            st.button("Start rating", type="primary", on_click=_start)
        with st.expander("Add a name", expanded=not names), st.form("cal-add-rater", border=False):
            st.text_input("New name", key=_NEW, max_chars=80)
            st.form_submit_button("Add and start", on_click=_add, args=(desk,))
        if said := state.said():
            st.info(page.plain(said))
    page.note("There is no login yet: names are chosen from a list, on this machine only.")


def _start() -> None:
    name = state.value_of(_CHOSEN)
    if name is None:
        state.say("Choose a name first, or add yours.")
    else:
        state.set_rater(name)


def _add(desk: Desk) -> None:
    name = str(state.value_of(_NEW, "") or "").strip()
    if not name:
        state.say("Type a name first.")
        return
    labelling.add_rater(desk, name)
    state.set_rater(name)
