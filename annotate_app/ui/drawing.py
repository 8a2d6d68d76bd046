"""What the Waves page's buttons do: plan, draw, close; a plan is forgotten when its design changes."""

from __future__ import annotations

from typing import cast

from annotate_app.desk import Desk
from annotate_app.services import waves_page
from annotate_app.services.wave_planning import WavePlan
from annotate_app.ui import state
from calibration.triage.design import BadDesign, Design, Kind


def field(name: str) -> str:
    """The key of a widget of the wave form."""
    return f"cal-wave-{name}"


def forget() -> None:
    """Another design or split: what was foreseen is of no use any more."""
    state.set_planned(None)


def plan(desk: Desk, split: str, kind: str) -> None:
    """Foresee the wave that the form describes."""
    forget()
    judge = cast("str | None", state.value_of(field("judge")))
    try:
        found = waves_page.plan(desk, _design(kind), split=split, judge=judge, role=state.role())
    except BadDesign as refusal:
        state.say(f"This cannot be drawn: {refusal}.")
        return
    state.set_planned(found)


def draw(desk: Desk, planned: WavePlan) -> None:
    """Draw the wave that was foreseen."""
    forget()
    try:
        wave = waves_page.draw(desk, planned.design, split=planned.split, role=state.role(), by=state.actor())
    except BadDesign as refusal:
        state.say(f"Not drawn: {refusal}.")
        return
    state.say(f"{wave.name} is drawn: {wave.selected} items wait on the Rate page.")


def close(desk: Desk, name: str, reason: str) -> None:
    """Ask a wave no more."""
    try:
        waves_page.close(desk, name, role=state.role(), reason=reason.strip() or None, by=state.actor())
    except BadDesign as refusal:
        state.say(f"Not closed: {refusal}.")
        return
    state.say(f"{name} is closed: it is asked no more.")


def _design(kind: str) -> Design:
    """The design that the widgets hold; fields that are not shown have their defaults."""
    follows = kind in ("mixed", "search")
    raters, overlap = _number("raters", 0), _number("overlap", 100)
    return Design(
        cast(Kind, kind),
        _number("n", 50),
        random_share=_share("random", 30) if kind == "mixed" else 0.0 if kind == "search" else 1.0,
        signal=state.value_of(field("signal")) if follows else None,
        judge=state.value_of(field("doubter")) if follows else None,
        stratum_min=(_number("stratum-min", 0) or None) if kind == "stratified" else None,
        always=() if kind == "search" else tuple(state.value_of(field("always"), ())),
        raters=raters or None,
        overlap_share=overlap / 100,
        repeats=_share("repeats", 0),
        gold=_share("gold", 0),
        planted=_share("planted", 0),
    )


def _number(name: str, default: int) -> int:
    return int(state.value_of(field(name), default))


def _share(name: str, default: int) -> float:
    return _number(name, default) / 100
