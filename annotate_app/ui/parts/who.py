"""Who is here: the person signed in, or a name from the list where there are no accounts."""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import labelling
from annotate_app.services.acting import Person
from annotate_app.ui import present, state
from annotate_app.ui.parts import page

_CHOSEN, _NEW = "cal-choose-rater", "cal-new-rater"
NO_NAME = (
    "You do not rate in this study: your account has no name to rate under. The owner can give you one on "
    "the page People."
)
SIGNED_OUT = "You are signed out, or your access to this study has changed."


def is_let_in() -> bool:
    """Whether there is anybody to draw a page for; if not, say how to sign in, and nothing else."""
    someone = present.person()
    if someone is not None and someone.roles:
        return True
    page.title("Signed out")
    page.note(SIGNED_OUT)
    st.html('<p class="cal-note"><a href="/login" target="_self">Sign in</a></p>')
    return False


def side_bar() -> None:
    """The person's name, the role if there is a choice, and the way out."""
    someone, held = present.person(), present.roles()
    if someone is None:
        return
    if someone.how != "alone":
        _signed_in(someone)
    if len(held) > 1:
        st.selectbox("Your role", held, key=state.role_key(), help="Decides what pages may show you")


def _signed_in(someone: Person) -> None:
    only = f"{someone.name}, {someone.ordered_roles[0]}" if len(someone.roles) == 1 else someone.name
    st.html(f'<p class="cal-note"><strong>{escape(only)}</strong></p>')
    if someone.how == "password":
        st.html(
            '<p class="cal-note"><a href="/logout" target="_self">Sign out</a><br>'
            '<a href="/password" target="_self">Change the password</a></p>'
        )
    else:
        st.html('<p class="cal-note"><a href="/logout" target="_self">Sign out</a></p>')


def named(label: str, *, fallback: str = "", key: str | None = None, width: int = 280) -> str:
    """The name under which something is done: asked for where there are no accounts, else not a choice."""
    if (own := present.name()) is not None:
        return own
    typed = st.text_input(page.plain(label), state.rater() or fallback, key=key, width=width)
    return (typed or "").strip() or fallback


def draw(desk: Desk, *, go: str = "Start rating") -> None:
    """Choose a name and go on, or add one; whoever is signed in has theirs already."""
    someone = present.person()
    if someone is None or someone.how != "alone":
        _own_name(someone)
        return
    page.note("Choose your name to start. Your answers are stored under it.")
    names = [rater.name for rater in labelling.raters(desk)]
    with st.container(width=460):
        if names:
            st.selectbox("Your name", names, index=None, key=_CHOSEN, placeholder="Choose …")
            st.button(page.plain(go), type="primary", on_click=_start)
        with st.expander("Add a name", expanded=not names), st.form("cal-add-rater", border=False):
            st.text_input("New name", key=_NEW, max_chars=80)
            st.form_submit_button("Add and start", on_click=_add, args=(desk,))
        if said := state.said():
            st.info(page.plain(said))
    page.note("This study has no accounts: names are chosen from a list, on this machine only.")


def way_to_rate() -> None:
    """Where a rater begins."""
    name = state.rater() if present.is_alone() else None
    onward = "/rate" + (f"?{urlencode({'rater': name})}" if name else "")
    st.html(
        f'<p class="cal-note"><a href="{escape(onward)}" target="_self">Rate items</a>, or read the rubric '
        "first. What you have answered is on the page My work.</p>"
    )


def _own_name(someone: Person | None) -> None:
    if someone is None or not present.may_rate():
        page.note(NO_NAME)
        return
    page.note("What you had reserved went back to the queue.")
    st.button(f"Rate as {page.plain(someone.rater or '')}", type="primary", on_click=state.set_rater,
              args=(someone.rater,))  # fmt: skip


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
    try:
        added = labelling.add_rater(desk, name)
    except ValueError as refusal:
        state.say(f"{str(refusal).capitalize()}.")
        return
    state.set_rater(added.name)
