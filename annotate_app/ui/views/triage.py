"""Triage: why judges and people differ, one development item after another; refuses rater and lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import overseeing, relabelling, triaging
from annotate_app.services.overseeing import ItemDetail
from annotate_app.services.rights import NotVisible
from annotate_app.services.triaging import CAUSES, Disagreement
from annotate_app.ui import state, tagging
from annotate_app.ui.parts import causes, item, item_answers, page

ABOUT = (
    "Development items alone, in a random order that stays: the first ones that get a cause are a sample of "
    "all. Change rubric, judge or items because of what is seen here; measure on other items."
)
OPEN, TAGGED = "Without a cause", "With a cause"
NAME = "cal-triage-name"


def view(desk: Desk) -> None:
    """Choose judge and criterion; say why, item by item; read what it adds up to."""
    page.title("Triage", desk.study_file.study.name)
    try:
        found = triaging.disagreements(desk, role=state.role())
    except NotVisible as refusal:
        page.note(str(refusal))
        return
    page.note(ABOUT)
    if said := state.said():
        st.info(page.plain(said))
    if not found:
        page.note("No verdict differs from people on a development item.")
        return
    judge, criterion, chosen = _chosen(found)
    _list(desk, chosen)
    causes.draw(triaging.cause_table(desk, role=state.role()).get(criterion, {}).get(judge))
    _relabel(desk, judge, criterion)


def _chosen(found: Sequence[Disagreement]) -> tuple[str, str, list[Disagreement]]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        judge = st.selectbox(
            "Judge", sorted({one.judge for one in found}), width=220, on_change=_first, key="cal-triage-judge"
        )
        names = sorted({one.criterion for one in found if one.judge == judge})
        criterion = st.selectbox(
            "Criterion", names, width=220, on_change=_first, key="cal-triage-criterion",
            format_func=lambda name: name.replace("_", " "),
        )  # fmt: skip
        of_both = [one for one in found if (one.judge, one.criterion) == (judge, criterion)]
        counts = {OPEN: sum(one.cause is None for one in of_both)}
        counts[TAGGED] = len(of_both) - counts[OPEN]
        which = st.segmented_control(
            "Disagreements", list(counts), default=OPEN, required=True, label_visibility="collapsed",
            format_func=page.labels(lambda name: f"{name} {counts[name]:,}"), on_change=_first,
            key="cal-triage-state",
        )  # fmt: skip
    kept = [one for one in of_both if (one.cause is None) == (which == OPEN)]
    return judge or "", criterion or "", kept


def _first() -> None:
    state.turn_page("triage", 0)


def _list(desk: Desk, chosen: Sequence[Disagreement]) -> None:
    """One disagreement, with the way to the next."""
    if not chosen:
        page.note("Nothing here.")
        return
    place = min(state.page_number("triage"), len(chosen) - 1)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Previous", disabled=place == 0, shortcut="Alt+P", on_click=state.turn_page,
            args=("triage", place - 1),
        )  # fmt: skip
        page.note(f"{place + 1} of {len(chosen)}")
        st.button(
            "Next", disabled=place + 1 >= len(chosen), shortcut="Alt+N", on_click=state.turn_page,
            args=("triage", place + 1),
        )  # fmt: skip
    _one(desk, chosen[place])


def _one(desk: Desk, one: Disagreement) -> None:
    """The item beside what was said of it, and the cause."""
    left, right = st.columns([1, 1.1], gap="large")
    detail = overseeing.item_detail(desk, one.item_id, role=state.role(), rater=state.rater())
    with left, st.container(key="cal-item-pane"):
        page.heading(one.item_id)
        item.draw(detail.item, image_hosts=desk.study_file.study.image_hosts)
    with right:
        sure = "" if one.confidence is None else f" (confidence {one.confidence:.2f})"
        page.heading(f"{one.judge} says {one.verdict}{sure}, people {one.reference}")
        if one.searched:
            page.note("Found by a search wave: work, but no part of the counts below.")
        with st.form(f"cal-tag-{one.judge}-{one.criterion}-{one.item_id}", border=True):
            st.radio(
                "Why do they differ?", CAUSES, key=tagging.field("cause", one), horizontal=True,
                index=None if one.cause is None else CAUSES.index(one.cause),
            )  # fmt: skip
            st.text_area(
                "Note", one.note, key=tagging.field("note", one), height=70, max_chars=triaging.LONGEST,
                placeholder="Ctrl+Enter keeps it",
            )  # fmt: skip
            by = state.actor()
            st.form_submit_button("Keep", type="primary", on_click=tagging.tag, args=(desk, one, by))
        item_answers.draw(_about(detail, one), desk.rubric)


def _about(detail: ItemDetail, one: Disagreement) -> ItemDetail:
    """What people and this judge said on this criterion; the rest stands on the page Items."""
    return replace(
        detail,
        labels=tuple(label for label in detail.labels if label.criterion == one.criterion),
        history=(),
        verdicts=tuple(v for v in detail.verdicts if (v.criterion, v.judge) == (one.criterion, one.judge)),
    )


def _relabel(desk: Desk, judge: str, criterion: str) -> None:
    """Ask other raters again, blindly."""
    key = f"cal-relabel-{judge}-{criterion}"
    with st.expander("Ask other raters again, blindly"):
        page.note(triaging.NEXT["human slip"].replace("`", ""))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.number_input("Items, half of them agreements", 2, 1000, 40, 2, key=key, width=220)
            st.button("Draw the wave", on_click=tagging.relabel, args=(desk, judge, criterion, key))
    causes.relabelled(relabelling.relabelled(desk, role=state.role()))
