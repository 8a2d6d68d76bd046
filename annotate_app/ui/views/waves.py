"""Waves: what was drawn and how far it is, a plan of the next one, and drawing it; refuses raters."""

from __future__ import annotations

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import waves_page
from annotate_app.services.rights import NotVisible
from annotate_app.services.wave_words import chances, words_of
from annotate_app.services.waves_page import WavesPage
from annotate_app.store.waves import WaveRecord
from annotate_app.ui import drawing, state
from annotate_app.ui.parts import page, signal_table, tables, wave_form, wave_plan


def view(desk: Desk) -> None:
    """The waves, then the next one."""
    page.title("Waves", desk.study_file.study.name)
    try:
        found = waves_page.waves_page(desk, role=state.role())
    except NotVisible as refusal:
        page.note(str(refusal))
        return
    if said := state.said():
        st.info(page.plain(said))
    _drawn(desk, found)
    _next(desk, found)


def _drawn(desk: Desk, found: WavesPage) -> None:
    """Every wave on a line, and one of them in detail."""
    if not found.waves:
        return
    header = ("wave", "design", "split", "items", "labels", "drawn with probability", "remark")
    lines = [_line(found, wave) for wave in found.waves]
    tables.draw(*tables.filled(header, lines), caption="Waves, newest first")
    with st.expander("One wave in detail"):
        names = [wave.name for wave in found.waves]
        name = st.selectbox("Wave", names, width=220, label_visibility="collapsed", key="cal-wave")
        _detail(desk, name or names[0])


def _line(found: WavesPage, wave: WaveRecord) -> tables.Row:
    totals = found.totals[wave.name]
    purpose = "" if wave.purpose == "estimate" else f"{wave.purpose}: enters no estimate"
    state_of = "" if wave.is_open else "closed"
    return (
        tables.Cell(wave.name, name="cal-fact"),
        tables.Cell(words_of(wave.design), style="min-width: 11rem"), wave.split.replace("_", "-"),
        f"{wave.selected} of {wave.frame}", f"{totals.given} of {totals.wanted}",
        chances(wave.pi_low, wave.pi_high), ", ".join(part for part in (purpose, state_of) if part),
    )  # fmt: skip


def _detail(desk: Desk, name: str) -> None:
    """Seed and frame, who is left, what was mixed in, and closing it."""
    found = waves_page.standing(desk, name, role=state.role())
    wave = found.wave
    page.note(
        f"Seed {wave.seed}, frame {wave.frame_sha256[:12]}, drawn {wave.at[:16].replace('T', ' ')} UTC. "
        f"{found.totals.complete} of {wave.selected} items have all their labels."
    )
    if len(found.overlap) > 1:
        parts = [f"{n} items by {k}" for k, n in found.overlap.items()]
        page.note("Raters per item: " + ", ".join(parts) + ".")
    if wave.design.added:
        answered = ", ".join(f"{n} {kind}" for kind, n in found.mixed_in.items()) or "none so far"
        page.note(f"Mixed in and answered: {answered}.")
    people = [(one.rater, one.answered, one.left) for one in found.raters]
    tables.draw(("rater", "answered", "could still be asked"), people, caption="Raters", narrow=True)
    if wave.is_open:
        with st.popover("Close this wave"):
            page.note("It is asked no more; its labels count as they were drawn. It cannot be opened again.")
            reason = st.text_input("Why (optional)", key=f"cal-close-{name}", max_chars=500)
            st.button(
                "Close it", key=f"cal-close-now-{name}", on_click=drawing.close, args=(desk, name, reason)
            )


def _next(desk: Desk, found: WavesPage) -> None:
    """What the pilot says, the form, and once planned what it would bring and the button that draws it."""
    page.heading("The next wave")
    for said in found.remarks:
        page.note(said)
    wave_plan.advice(found.advice)
    signal_table.draw(found.signal_lines)
    wave_form.draw(desk, found)
    planned = state.planned()
    if planned is not None:
        wave_plan.draw(planned)
        st.button(
            "Draw this wave", type="primary", key="cal-draw-wave", on_click=drawing.draw, args=(desk, planned)
        )
