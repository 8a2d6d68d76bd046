"""The one place that touches session state and query parameters; refuses to hold anything but choices.

The address bar keeps who rates and in which role, so both survive a reload; the current item survives
because it is the rater's open claim, and half-given answers because they are drafts of the process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict, TypeVar, cast

import streamlit as st

from annotate_app.services.founding_values import Founded
from annotate_app.services.rights import NotAllowed, Role
from annotate_app.services.wave_planning import WavePlan
from annotate_app.ui import host, present
from annotate_app.ui.drafts import Draft, DraftKey
from annotate_app.ui.sheet import Field, Part

T = TypeVar("T")

_RATER, _ROLE, _NEXT, _NOTICE, _PROBLEMS, _ITEM, _PAGE, _PLAIN, _OWN, _CHANGING = (
    "cal-rater",
    "cal-role",
    "cal-next",
    "cal-notice",
    "cal-problems",
    "cal-item",
    "cal-page",
    "cal-plain",
    "cal-own",
    "cal-changing",
)
_LEFT, _HANDED, _FIRST = "cal-left", "cal-handed-over", "cal-first"
_EXPLAINED, _PLANNED, _FOUNDED = "cal-explained", "cal-planned-wave", "cal-founded"


LEVELS_OPEN, AS_WRITTEN = "cal-levels-open", "cal-as-written"


class Kept(TypedDict):
    """The callback that makes a widget's value part of the draft, as arguments of the widget."""

    on_change: Callable[..., None]
    args: tuple[DraftKey, Field, str]


def restore() -> None:
    """Take rater and role from the address after a reload, and keep the address up to date.

    Somebody who is signed in rates as themselves, in a role they hold, whatever the address says.
    """
    session, query, someone = st.session_state, st.query_params, present.person()
    held = () if someone is None else someone.ordered_roles
    session.setdefault(_RATER, query.get("rater"))
    if someone is None or someone.how != "alone":
        session[_RATER] = None
    session.setdefault(_ROLE, query.get("role"))
    if session[_ROLE] not in held:
        session[_ROLE] = held[0] if held else None
    session.setdefault(_ITEM, query.get("item"))
    session.setdefault(_OWN, query.get("own"))
    session.setdefault(_PLAIN, "1" if query.get("plain") else None)
    kept = (("rater", _RATER), ("role", _ROLE), ("item", _ITEM), ("plain", _PLAIN), ("own", _OWN))
    for name, key in kept:
        value = session.get(key)
        if value is None:
            query.pop(name, None)
        elif query.get(name) != value:
            query[name] = value


def role_key() -> str:
    """The key of the widget that chooses the role."""
    return _ROLE


def role() -> Role:
    """The chosen role, if the person holds it now; else the first that they hold. NotAllowed without any."""
    held = present.roles()
    if not held:
        raise NotAllowed("You are not signed in any more: reload the page.")
    chosen = cast(Role, st.session_state.get(_ROLE, held[0]))
    return chosen if chosen in held else held[0]


def rater() -> str | None:
    """The name that the person rates under: their own; chosen from the list in a study without accounts."""
    someone = present.person()
    if someone is not None and someone.how == "alone":
        return cast("str | None", st.session_state.get(_RATER))
    return None if someone is None else someone.rater


def actor() -> str:
    """Under which name something is done: that of whoever is signed in, else the rater's, else the role."""
    return present.name() or rater() or role()


def set_rater(name: str | None) -> None:
    """Rate under a name, or stop."""
    st.session_state[_RATER] = name
    st.session_state[_LEFT] = name is None
    st.session_state.pop(_NEXT, None)


def has_left() -> bool:
    """Whether the rater said that it is enough for now."""
    return bool(st.session_state.get(_LEFT))


def plain() -> bool:
    """Whether the rater wants the form of Streamlit's own widgets."""
    return st.session_state.get(_PLAIN) is not None


def choose_plain() -> None:
    st.session_state[_PLAIN] = "1"
    forget_item()


def choose_desk() -> None:
    st.session_state[_PLAIN] = None
    forget_item()


def chosen_item() -> str | None:
    return cast("str | None", st.session_state.get(_ITEM))


def choose_item(item_id: str | None) -> None:
    st.session_state[_ITEM] = item_id


def explained() -> str | None:
    """The training submission whose gold answers are shown before the next item."""
    return cast("str | None", st.session_state.get(_EXPLAINED))


def explain(submission_id: str | None) -> None:
    st.session_state[_EXPLAINED] = submission_id


def own_item() -> str | None:
    """The item of My work that is open."""
    return cast("str | None", st.session_state.get(_OWN))


def open_own(item_id: str | None) -> None:
    st.session_state[_OWN] = item_id
    stop_changing()


def changing() -> DraftKey | None:
    """The answers of My work that are being changed."""
    return cast("DraftKey | None", st.session_state.get(_CHANGING))


def start_changing(key: DraftKey) -> None:
    st.session_state[_CHANGING] = key
    st.session_state.pop(_PROBLEMS, None)


def stop_changing() -> None:
    st.session_state.pop(_CHANGING, None)
    st.session_state.pop(_PROBLEMS, None)


def planned() -> WavePlan | None:
    """The wave that was foreseen and not drawn yet."""
    return cast("WavePlan | None", st.session_state.get(_PLANNED))


def set_planned(plan: WavePlan | None) -> None:
    st.session_state[_PLANNED] = plan


def founded(made: Founded) -> None:
    """Keep what was made until it has been read; whoever made the study owns it."""
    st.session_state[_FOUNDED] = made
    st.session_state[_ROLE] = "owner"


def just_founded() -> Founded | None:
    return cast("Founded | None", st.session_state.get(_FOUNDED))


def forget_founded() -> None:
    st.session_state.pop(_FOUNDED, None)


def is_first(what: str) -> bool:
    """Whether this is the first time in the session that this is asked."""
    first = f"{_FIRST}-{what}" not in st.session_state
    st.session_state[f"{_FIRST}-{what}"] = True
    return first


def page_number(name: str) -> int:
    return int(st.session_state.get(f"{_PAGE}-{name}", 0))


def hand_over(secret: str) -> None:
    """Keep a link or a token until it is drawn, once."""
    st.session_state[_HANDED] = secret


def handed_over() -> str | None:
    return cast("str | None", st.session_state.pop(_HANDED, None))


def turn_page(name: str, to: int) -> None:
    st.session_state[f"{_PAGE}-{name}"] = to


def kept(make: Callable[[], T]) -> T:
    """The rater's current item: made once, kept until `forget_item`."""
    if _NEXT not in st.session_state:
        st.session_state[_NEXT] = make()
    return cast(T, st.session_state[_NEXT])


def forget_item() -> None:
    """Forget the current item, so that the next run asks for the next."""
    st.session_state.pop(_NEXT, None)
    st.session_state.pop(_PROBLEMS, None)


def say(text: str) -> None:
    """A sentence for the rater, shown once."""
    st.session_state[_NOTICE] = text


def said() -> str | None:
    return cast("str | None", st.session_state.pop(_NOTICE, None))


def set_problems(problems: dict[str, str]) -> None:
    """What keeps the answers from being saved, by criterion ("" for the whole)."""
    st.session_state[_PROBLEMS] = problems


def problems() -> dict[str, str]:
    return cast("dict[str, str]", st.session_state.get(_PROBLEMS, {}))


def field_key(draft: Draft, field: Field) -> str:
    """The key of the widget for one field of a draft; filled from the draft when first drawn."""
    key = f"cal|{draft.submission_id}|{field.criterion}|{field.part}"
    if key not in st.session_state and field in draft.fields:
        st.session_state[key] = draft.fields[field]
    return key


def keep_field(key: DraftKey, field: Field, widget: str) -> None:
    """Callback of every field: keep what the rater chose, so that a reload does not lose it."""
    host.drafts.put(key, field, st.session_state.get(widget))


def on_screen(draft: Draft) -> dict[Field, object]:
    """Every field as its widget holds it now: a last change and the button's click may arrive together."""
    fields: dict[Field, object] = {}
    for key, value in st.session_state.items():
        prefix, _, rest = str(key).partition(f"cal|{draft.submission_id}|")
        if not prefix and rest:
            criterion, _, part = rest.rpartition("|")
            fields[Field(criterion, cast(Part, part))] = value
    return fields


def value_of(key: str, default: Any = None) -> Any:
    """What a keyed widget holds."""
    return st.session_state.get(key, default)


def empty(key: str) -> None:
    """Make a text field empty again."""
    st.session_state[key] = ""


def clear(key: str) -> None:
    st.session_state.pop(key, None)


def levels_open() -> bool:
    return bool(st.session_state.get(LEVELS_OPEN))


def as_written() -> bool:
    return bool(st.session_state.get(AS_WRITTEN))
