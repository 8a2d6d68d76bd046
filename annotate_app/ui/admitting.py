"""What the People page's buttons do: invite, give roles, let in and out; the service decides who may."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import inviting, people, personal_tokens
from annotate_app.services.naming import UnusableName
from annotate_app.services.people import CannotChangePeople, Member
from annotate_app.services.rights import NotAllowed, Role
from annotate_app.ui import present, reach, state

ROLES, RATER, EMAIL, TOKEN_NAME, TOKEN_DAYS = (
    "cal-invite-roles", "cal-invite-rater", "cal-invite-email", "cal-token-name", "cal-token-days",
)  # fmt: skip
NOBODY = "A new rater, named as the person is"


def roles_key(member: Member) -> str:
    """The key of the widget that holds a member's roles; another one after they changed."""
    return f"cal-roles-{member.login}-{'-'.join(member.roles)}"


def rater_key(member: Member) -> str:
    return f"cal-rater-{member.login}"


def invite(desk: Desk) -> None:
    """Make a link with the chosen roles, and show it once."""
    rater, email = state.value_of(RATER), state.value_of(EMAIL)
    _make_link(
        lambda role: inviting.invite(
            desk, list(state.value_of(ROLES) or ()), by=state.actor(), email=email,
            rater=None if rater in (None, NOBODY) else rater, role=role,
        ).address(_origin())
    )  # fmt: skip


def first_owner(desk: Desk) -> None:
    """Make a link by which the first account joins, as owner, and show it once."""
    _make_link(lambda role: inviting.invite(desk, ["owner"], by=state.actor(), role=role).address(_origin()))


def reset(desk: Desk, login: str) -> None:
    """Make a link that sets a new password, and show it once."""
    _make_link(lambda role: inviting.reset(desk, login, by=state.actor(), role=role).address(_origin()))


def give_roles(desk: Desk, member: Member) -> None:
    """Store the chosen roles."""
    chosen: list[Role] = list(state.value_of(roles_key(member)) or ())
    said = f"{member.name}: {' and '.join(chosen) or 'no role any more'}."
    rater = state.value_of(rater_key(member)) if member.rater is None else None
    _do(
        said,
        lambda role: people.set_roles(
            desk, member.login, chosen, rater=None if rater == NOBODY else rater, by=state.actor(), role=role
        ),
    )


def disable(desk: Desk, member: Member) -> None:
    """Out, now."""
    said = f"{member.name} is signed out and cannot sign in."
    _do(said, lambda role: people.disable(desk, member.login, by=state.actor(), role=role))


def enable(desk: Desk, member: Member) -> None:
    """Back in."""
    said = f"{member.name} can sign in again."
    _do(said, lambda role: people.enable(desk, member.login, by=state.actor(), role=role))


def end_sessions(desk: Desk, member: Member) -> None:
    """Signed out everywhere."""
    said = f"{member.name} is signed out everywhere."
    _do(said, lambda role: people.end_sessions(desk, member.login, by=state.actor(), role=role))


def revoke(desk: Desk, number: int) -> None:
    """Take a link back."""
    _do("The link does not work any more.",
        lambda role: inviting.revoke(desk, number, by=state.actor(), role=role))  # fmt: skip


def make_token(desk: Desk) -> None:
    """A personal token of whoever is signed in, shown once."""
    someone = present.person()
    if someone is None or not someone.login:
        return
    name, days = str(state.value_of(TOKEN_NAME) or ""), int(state.value_of(TOKEN_DAYS, 90))
    _make_link(
        lambda _role: personal_tokens.make(desk, someone.login, name=name, days=days, by=someone.name).token
    )


def revoke_token(desk: Desk, name: str) -> None:
    """Take back the person's own tokens of this name."""
    someone = present.person()
    if someone is not None and someone.login:
        said = f"The token {name} does not work any more."
        _do(said, lambda _role: personal_tokens.revoke(desk, someone.login, name=name, by=someone.name))


def _make_link(make: Callable[[Role], str]) -> None:
    try:
        state.hand_over(make(state.role()))
    except (CannotChangePeople, UnusableName, NotAllowed) as refused:
        state.say(_sentence(refused))


def _do(said: str, act: Callable[[Role], object]) -> None:
    try:
        act(state.role())
    except (CannotChangePeople, UnusableName, NotAllowed) as refused:
        said = _sentence(refused)
    state.say(said)


def _sentence(error: Exception) -> str:
    words = str(error)
    return f"Not done: {words}" + ("" if words.endswith(".") else ".")


def _origin() -> str:
    """Where people reach the study: the public address, else that of this page."""
    return reach.current().public_url or reach.public("/".join(str(st.context.url).split("/")[:3]))
