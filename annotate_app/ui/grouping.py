"""What the Failures page's buttons do: group notes into a mode, define, rename and merge modes."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services import failures
from annotate_app.services.failures import BadStep
from annotate_app.ui import state


def field(name: str) -> str:
    return f"cal-modes-{name}"


def _value(name: str) -> str:
    return str(state.value_of(field(name)) or "").strip()


def _by() -> str:
    return state.actor()


def group(desk: Desk) -> None:
    """Give the chosen items the chosen mode."""
    items, mode = list(state.value_of(field("items")) or []), _value("mode")
    if not items or not mode:
        state.say("Choose notes and a mode first.")
        return
    try:
        n = failures.tag_items(desk, items, mode, by=_by(), role=state.role())
    except BadStep as refusal:
        state.say(f"Not stored: {refusal}")
        return
    state.clear(field("items"))
    state.say(f"{n} items have the mode {mode.replace('_', ' ')} now.")


def define(desk: Desk) -> None:
    """A new mode from the form's fields."""
    try:
        failures.define(
            desk, _value("name"), description=_value("description"), severity=_value("severity"),
            visibility=_value("visibility"), by=_by(), role=state.role(),
        )  # fmt: skip
    except BadStep as refusal:
        state.say(f"Not stored: {refusal}")
        return
    for name in ("name", "description"):
        state.empty(field(name))
    state.say("Defined. Put it into the rubric with its next version, so that raters can name it.")


def rename(desk: Desk) -> None:
    old, new = _value("old"), _value("new")
    try:
        failures.rename(desk, old, new, by=_by(), role=state.role())
    except BadStep as refusal:
        state.say(f"Not stored: {refusal}")
        return
    state.empty(field("new"))
    state.say(f"{old} is called {new} from now on; raters' labels keep the name they gave.")


def merge(desk: Desk) -> None:
    one, into = _value("one"), _value("into")
    try:
        failures.merge(desk, one, into, by=_by(), role=state.role())
    except BadStep as refusal:
        state.say(f"Not stored: {refusal}")
        return
    state.say(f"{one} counts as {into} from now on. `calibrant modes undo` takes it back.".replace("`", ""))
