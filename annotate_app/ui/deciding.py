"""What the Adjudication page's buttons do: decide, take back, send back; keeps words until stored."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services import deciding
from annotate_app.services.adjudication_values import CannotAdjudicate, DisputeDetail
from annotate_app.ui import state

NAMES = "cal-names-shown"


def field(part: str, found: DisputeDetail) -> str:
    """The key of a widget about one dispute, so that words about one never show up at another."""
    return f"cal-{part}-{found.dispute.criterion}-{found.item.item_id}"


def decide(desk: Desk, found: DisputeDetail, lead: str) -> None:
    """Store the answer chosen with its reason."""
    chosen, reason = state.value_of(field("value", found)), _text("reason", found)
    if chosen is None:
        state.say("Not stored: choose an answer first.")
        return
    one = found.dispute
    try:
        deciding.decide(
            desk,
            one.item_id,
            one.criterion,
            chosen,
            reason=reason,
            lead=lead,
            seen_sha256=found.labels_sha256,
            role=state.role(),
        )
    except CannotAdjudicate as refusal:
        state.say(f"Not stored: {refusal}")
        return
    state.empty(field("reason", found))
    state.say(
        f"Decided: {one.item_id}, {one.criterion.replace('_', ' ')}. It can be taken back under Decided."
    )


def undo(desk: Desk, found: DisputeDetail, lead: str) -> None:
    """Take the decision back with a reason."""
    one = found.dispute
    try:
        deciding.undo(
            desk, one.item_id, one.criterion, reason=_text("undo", found), lead=lead, role=state.role()
        )
    except CannotAdjudicate as refusal:
        state.say(f"Not taken back: {refusal}")
        return
    state.empty(field("undo", found))
    state.say(f"Taken back: {one.item_id} waits again.")


def send_back(desk: Desk, found: DisputeDetail, lead: str) -> None:
    """Ask the raters of the item again."""
    one = found.dispute
    try:
        deciding.send_back(
            desk, one.item_id, one.criterion, note=_text("note", found), lead=lead, role=state.role()
        )
    except CannotAdjudicate as refusal:
        state.say(f"Not sent: {refusal}")
        return
    state.empty(field("note", found))
    state.say(f"Sent back: {one.item_id} is the next thing that its raters are asked, with your note.")


def names_wanted() -> bool:
    return bool(state.value_of(NAMES, False))


def _text(part: str, found: DisputeDetail) -> str:
    return str(state.value_of(field(part, found)) or "")
