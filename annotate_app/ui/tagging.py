"""What the Triage page's buttons do: give a disagreement its cause, draw a relabel wave."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services import relabelling, triaging
from annotate_app.services.triaging import CannotTag, Disagreement
from annotate_app.ui import state


def field(part: str, one: Disagreement) -> str:
    """The key of a widget about one disagreement."""
    return f"cal-{part}-{one.judge}-{one.criterion}-{one.item_id}"


def tag(desk: Desk, one: Disagreement, by: str) -> None:
    """Store the chosen cause and note."""
    cause = state.value_of(field("cause", one))
    if cause is None:
        state.say("Not stored: choose a cause first.")
        return
    note = str(state.value_of(field("note", one)) or "")
    try:
        triaging.tag(
            desk,
            one.item_id,
            one.criterion,
            one.judge,
            cause,
            note=note,
            by=by,
            role=state.role(),
        )
    except CannotTag as refusal:
        state.say(f"Not stored: {refusal}")
        return
    state.say(f"{one.item_id}: {cause}. {triaging.NEXT[cause].replace('`', '')}")


def relabel(desk: Desk, judge: str, criterion: str, key: str) -> None:
    """Draw a relabel wave of as many items as the field says."""
    try:
        wave = relabelling.draw_relabel_wave(
            desk,
            judge=judge,
            criterion=criterion,
            n=int(state.value_of(key) or 0),
            role=state.role(),
            by=state.actor(),
        )
    except CannotTag as refusal:
        state.say(f"No wave: {refusal}")
        return
    state.say(
        f"{wave.name} is open: {wave.selected} items, half of them agreements. Its labels estimate nothing."
    )
