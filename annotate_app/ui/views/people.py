"""People: who may sign in and as what, for the owner; everybody's own tokens; shows no secret twice."""

from __future__ import annotations

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import inviting, labelling, people, personal_tokens
from annotate_app.services.acting import Person
from annotate_app.services.people import Member
from annotate_app.services.rights import ROLES, allowed
from annotate_app.ui import admitting, present, state
from annotate_app.ui.parts import page, tables

FIRST = (
    "This study has no accounts: it is served on this machine alone, and names and roles are chosen from a "
    "list. From the first account on everybody signs in."
)
OWNER_FIRST = (
    "The first account is an owner's, who invites the others here. Make a link for it, open it and choose a "
    "password; or, on the command line:"
)
ONCE = "This is shown once, and kept nowhere: copy it now."


def view(desk: Desk) -> None:
    """Own access first; then, for the owner, everybody's."""
    page.title("People", desk.study_file.study.name)
    someone = present.person()
    if someone is None:
        return
    if someone.how == "alone":
        page.note(FIRST)
    if said := state.said():
        st.info(page.plain(said))
    if secret := state.handed_over():
        page.warning(ONCE)
        st.code(secret, language=None, wrap_lines=True)
    if someone.how == "alone":
        _first_owner(desk)
        return
    if allowed(state.role(), "roles.change"):
        _invite(desk)
        _members(desk)
        _links(desk)
    _own_tokens(desk, someone)


def _first_owner(desk: Desk) -> None:
    """From no account to the first, without a terminal; links that were lost are taken back."""
    if not allowed(state.role(), "roles.change"):
        page.note("The owner makes it: in the role of the owner this page says how.")
        return
    page.heading("The first account")
    page.note(OWNER_FIRST)
    st.code("calibrant account add LOGIN --name NAME --role owner", language=None, wrap_lines=True)
    st.button("Make a link for the first owner", type="primary", on_click=admitting.first_owner, args=(desk,))
    _links(desk)


def _invite(desk: Desk) -> None:
    page.heading("Invite")
    page.note(f"A link lets one person join, once, within {inviting.DAYS} days. Send it to nobody else.")
    st.pills("Roles", ROLES, selection_mode="multi", default=["rater"], key=admitting.ROLES)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Goes on as", [admitting.NOBODY, *_free_raters(desk)], key=admitting.RATER, width=300,
            format_func=page.labels(), help="A rater who has answers already keeps them under their name",
        )  # fmt: skip
        st.text_input(
            "E-mail (optional)", key=admitting.EMAIL, width=260, max_chars=254,
            help="Where the study has a login provider: lets in whoever it knows under this verified address",
        )  # fmt: skip
    st.button("Make a link", type="primary", on_click=admitting.invite, args=(desk,))


def _free_raters(desk: Desk) -> list[str]:
    """Raters whom nobody rates as yet."""
    taken = {member.rater for member in people.members(desk, role=state.role())}
    return [rater.name for rater in labelling.raters(desk) if rater.name not in taken]


def _members(desk: Desk) -> None:
    page.heading("Members")
    found = people.members(desk, role=state.role())
    tables.draw(
        ("name", "login", "roles", "rates as", "sessions", "tokens", "state"),
        [
            (
                one.name, one.login, ", ".join(one.roles) or "none", one.rater or "–", one.sessions,
                one.tokens, _state(one),
            )
            for one in found
        ],
        stacked=True,
    )  # fmt: skip
    chosen = st.selectbox(
        "Change", [one.login for one in found], index=None, key="cal-member", width=300,
        placeholder="Choose a person …", format_func=page.labels(),
    )  # fmt: skip
    for member in found:
        if member.login == chosen:
            _change(desk, member)


def _state(one: Member) -> str:
    if one.disabled:
        return "disabled"
    return "active" if one.password or one.provider else "has not signed in yet"


def _change(desk: Desk, member: Member) -> None:
    """What the owner can do about one person."""
    with st.container(border=True):
        st.pills("Roles", ROLES, selection_mode="multi", default=list(member.roles),
                 key=admitting.roles_key(member))  # fmt: skip
        if member.rater is None:
            st.selectbox(
                "Rates as", [admitting.NOBODY, *_free_raters(desk)], key=admitting.rater_key(member),
                format_func=page.labels(), help="Once somebody rates under a name they keep it", width=300,
            )  # fmt: skip
        with st.container(horizontal=True):
            st.button("Save the roles", type="primary", on_click=admitting.give_roles, args=(desk, member))
            st.button("Sign out everywhere", on_click=admitting.end_sessions, args=(desk, member))
            if member.provider is None:
                st.button("Link for a new password", on_click=admitting.reset, args=(desk, member.login))
            if member.disabled:
                st.button("Enable", on_click=admitting.enable, args=(desk, member))
            else:
                st.button("Disable", on_click=admitting.disable, args=(desk, member))


def _links(desk: Desk) -> None:
    found = [one for one in inviting.listing(desk, role=state.role()) if one.state == "open"]
    if not found:
        return
    page.heading("Open links")
    for one in found:
        what = "a new password" if one.resets else " and ".join(one.roles)
        whom = "".join(f", for {part}" for part in (one.rater, one.email) if part)
        with st.container(horizontal=True, vertical_alignment="center"):
            page.note(f"{what}{whom}; by {one.invited_by}, until {one.expires_at[:10]}")
            st.button("Take back", key=f"cal-revoke-{one.number}", on_click=admitting.revoke,
                      args=(desk, one.number))  # fmt: skip


def _own_tokens(desk: Desk, someone: Person) -> None:
    page.heading("Your tokens")
    page.note(
        "A token stands for you on the command line, as CALIBRANT_TOKEN. It may do what you may, and nothing "
        "once your account is disabled."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("What for", "laptop", key=admitting.TOKEN_NAME, width=220, max_chars=80)
        st.number_input("Days", 1, personal_tokens.MOST_DAYS, personal_tokens.DAYS, key=admitting.TOKEN_DAYS,
                        width=120)  # fmt: skip
        st.button("Make a token", on_click=admitting.make_token, args=(desk,))
    for one in personal_tokens.listing(desk):
        if one.login == someone.login and one.revoked_at is None:
            with st.container(horizontal=True, vertical_alignment="center"):
                page.note(f"{one.name}, until {one.expires_at[:10]}")
                st.button("Revoke", key=f"cal-token-{one.number}", on_click=admitting.revoke_token,
                          args=(desk, one.name))  # fmt: skip
