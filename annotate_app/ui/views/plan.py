"""Plan: what the next look at a judge needs, what more labels buy, and a look in stages to declare."""

from __future__ import annotations

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import looking_ahead
from annotate_app.services.declaring import PlanStatus
from annotate_app.services.held_out import CannotCertify
from annotate_app.services.looking_ahead import Ahead, PlanPage
from annotate_app.services.looking_words import look_words, minutes_words
from annotate_app.ui import state
from annotate_app.ui.parts import estimates, page, tables, who
from annotate_app.ui.parts.tables import Cell, Row

NONE = (
    "study.toml declares no judge, so there is nothing to look at: add a section [judges.NAME]. "
    "The page Judges says which kinds there are."
)
STAGES = (
    "A look in five stages may end before all its items are labelled. Nobody sees what a stage finds: it "
    "goes on, or the look has ended. It spends the look's whole error from its declaration on."
)


def view(desk: Desk) -> None:
    """Choose a judge; read what its next look needs; declare a look in stages."""
    page.title("Plan", desk.study_file.study.name)
    found = looking_ahead.plan_page(desk, role=state.role())
    if found.withheld:
        page.note(found.withheld)
        return
    if not found.judges:
        page.note(NONE)
        return
    said = state.said()
    if said:
        page.note(said)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        judge = st.selectbox("Judge", found.judges, width=260)
        wave = st.number_input("Items of a further wave", min_value=5, value=looking_ahead.WAVE, width=200)
    ahead = _ahead(desk, judge, int(wave))
    _stages(desk, found, judge, ahead)


def _ahead(desk: Desk, judge: str, wave: int) -> Ahead | None:
    try:
        ahead = looking_ahead.look_ahead(desk, judge, wave=wave, role=state.role())
    except CannotCertify as error:
        page.warning(str(error))
        return None
    page.heading(f"What look {ahead.k} needs")
    page.note(look_words(ahead))
    _needs(ahead)
    for sentence in ahead.warnings:
        page.note(sentence)
    page.heading("What more labels buy")
    _waves(ahead)
    return ahead


def _needs(ahead: Ahead) -> None:
    rows: list[Row] = []
    for expected, needs in zip(ahead.expected, ahead.needs, strict=True):
        _, value, interval, plot, _ = estimates.row(expected.criterion, expected.estimate)
        found = [Cell(f"{n:,}" if n else "none is enough", number=True) for n in needs.numbers]
        floor = Cell(f"{expected.floor:.2f}", number=True)
        coefficient = estimates.caption_of(expected.coefficient)
        rows.append((expected.criterion, *found, floor, value, interval, plot, coefficient))
    header = (
        "criterion", "items at once", "in stages, at most", "on average", "floor", ahead.splits, "interval",
        "", "coefficient",
    )  # fmt: skip
    tables.draw(
        header,
        rows,
        caption=(
            f"Held-out items for a chance of {ahead.power:.0%} to be trusted: looked at once, or in five "
            "stages. Floor: the least that the policy asks for"
        ),
    )


def _waves(ahead: Ahead) -> None:
    rows: list[Row] = [
        (
            Cell(f"{step.items:,}", number=True),
            Cell(f"{step.more:,}", number=True),
            Cell(f"{step.width:.2f}", number=True),
            Cell(f"{step.chance:.0%}", number=True),
            Cell(f"{step.assured:.0%}", number=True),
            Cell(minutes_words(step), number=True),
            f"{step.missing:,} to import" if step.missing else "",
        )
        for step in ahead.steps
    ]
    header = (
        "labelled items", "more", "width of the interval", "chance of trusted", "chance, pilot uncertain",
        "minutes of people", "lacking",
    )  # fmt: skip
    caption = (
        "A look at once, by its weakest criterion. The first chance takes the pilot's value for the truth, "
        "the second counts how uncertain the pilot is"
    )
    tables.draw(*tables.filled(header, rows), caption=caption)


def _stages(desk: Desk, found: PlanPage, judge: str, ahead: Ahead | None) -> None:
    page.heading("A look in stages")
    page.note(STAGES)
    if found.plans:
        header = ("look", "judge", "declared", "by", "items", "alpha", "how it stands")
        tables.draw(header, [_plan(status) for status in found.plans], caption="Looks in stages so far")
    if found.complete(judge):
        _take(desk, judge)
    elif found.under_way(judge) or not found.may_declare:
        page.note(found.why_not(judge))
    else:
        _declare(desk, judge, ahead)


def _take(desk: Desk, judge: str) -> None:
    with st.form("cal-stage"), st.container(horizontal=True, vertical_alignment="bottom"):
        by = who.named("Who takes it", width=220)
        pressed = st.form_submit_button("Take the stage")
    if not pressed:
        return
    try:
        with st.spinner("Comparing"):
            said = looking_ahead.take(desk, judge, role=state.role(), by=by)
    except CannotCertify as error:
        page.warning(str(error))
        return
    state.say(said)
    st.rerun()


def _declare(desk: Desk, judge: str, ahead: Ahead | None) -> None:
    wanted = looking_ahead.LEAST if ahead is None else ahead.suggested
    with st.form("cal-plan"), st.container(horizontal=True, vertical_alignment="bottom"):
        items = st.number_input("Held-out items", min_value=1, value=wanted, width=180)
        by = who.named("Who declares it", width=220)
        pressed = st.form_submit_button("Declare the look")
    if not pressed:
        return
    try:
        status = looking_ahead.start(desk, judge, int(items), role=state.role(), by=by)
    except CannotCertify as error:
        page.warning(str(error))
        return
    state.say(
        f"Look {status.k} at {judge} is declared: the raters are asked for its first {status.sizes[0]} items "
        f"in {status.wave}."
    )
    st.rerun()


def _plan(status: PlanStatus) -> Row:
    return (
        str(status.number),
        status.judge,
        status.at[:10],
        status.by,
        status.items,
        Cell(f"{status.alpha:.4f}", number=True),
        Cell(status.words, style="min-width:16rem"),
    )
