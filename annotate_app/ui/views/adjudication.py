"""Adjudication: what raters answered differently, for the lead to decide; refuses other roles."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import adjudicating, deciding
from annotate_app.services.adjudication_values import CannotAdjudicate, Dispute, DisputeDetail
from annotate_app.services.rights import NotVisible
from annotate_app.ui import deciding as buttons
from annotate_app.ui import state
from annotate_app.ui.parts import disputes, item, page, who
from rubrics.render import Question, render_form
from rubrics.rubric import NOT_APPLICABLE

WAITING, SENT, DONE = "Waiting", "Sent back", "Decided"
STATES = {"open": WAITING, "stale": WAITING, "sent back": SENT, "decided": DONE}
NAME, CRITERION, ANY = "cal-lead-name", "cal-dispute-criterion", "all criteria"
ABOUT = "Blind to any judge. A decision becomes the reference; the raters' own answers stay as they are."


def view(desk: Desk) -> None:
    """One dispute after another: ties first, then the widest apart."""
    page.title("Adjudication", desk.study_file.study.name)
    try:
        found = adjudicating.disputed(desk, role=state.role())
    except NotVisible as refusal:
        page.note(str(refusal))
        return
    page.note(ABOUT)
    shown = _chosen(found)
    if said := state.said():
        st.info(page.plain(said))
    if not shown:
        page.note("Nothing here." if found else "No two raters have answered an item differently so far.")
        return
    place = min(state.page_number("adjudication"), len(shown) - 1)
    _pager(place, len(shown))
    _one(desk, shown[place])


def _chosen(found: Sequence[Dispute]) -> list[Dispute]:
    """The disputes in the state and of the criterion that the lead wants to see."""
    counts = {name: sum(STATES[one.state] == name for one in found) for name in (WAITING, SENT, DONE)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = st.segmented_control(
            "Disputes", list(counts), default=WAITING, required=True, label_visibility="collapsed",
            format_func=page.labels(lambda name: f"{name} {counts[name]:,}"), on_change=_first,
            key="cal-dispute-state",
        )  # fmt: skip
        names = sorted({one.criterion for one in found})
        criterion = st.selectbox(
            "Criterion", [ANY, *names], key=CRITERION, width=220, on_change=_first,
            format_func=lambda name: name.replace("_", " "), label_visibility="collapsed",
        )  # fmt: skip
    return [one for one in found if STATES[one.state] == which and criterion in (ANY, one.criterion)]


def _first() -> None:
    state.turn_page("adjudication", 0)


def _pager(place: int, total: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Previous", disabled=place == 0, shortcut="Alt+P", on_click=state.turn_page,
            args=("adjudication", place - 1),
        )  # fmt: skip
        page.note(f"{place + 1} of {total}")
        st.button(
            "Next", disabled=place + 1 >= total, shortcut="Alt+N", on_click=state.turn_page,
            args=("adjudication", place + 1),
        )  # fmt: skip


def _one(desk: Desk, one: Dispute) -> None:
    """The item beside its answers, and what the lead can do."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        lead = who.named("Your name, kept with what you do", fallback="lead", key=NAME)
        st.toggle("Show names", key=buttons.NAMES, help="Who answered; that you looked is kept on record")
    try:
        found = _detail(desk, one, lead)
    except CannotAdjudicate as refusal:
        page.note(str(refusal))
        return
    question = next(q for q in render_form(desk.rubric).questions if q.name == one.criterion)
    left, right = st.columns([1, 1.1], gap="large")
    with left, st.container(key="cal-item-pane"):
        page.heading(one.item_id)
        item.draw(found.item, image_hosts=desk.study_file.study.image_hosts)
    with right:
        page.heading(question.question)
        disputes.draw(found.answers, question, names=buttons.names_wanted())
        _decision(desk, found, question, lead)
        if found.records:
            with st.expander("What was done so far", expanded=one.state != "open"):
                disputes.steps(found.records, question)


def _detail(desk: Desk, one: Dispute, lead: str) -> DisputeDetail:
    found = adjudicating.detail(desk, one.item_id, one.criterion, role=state.role(), lead=lead)
    if not buttons.names_wanted() or found.names_shown:
        return found
    deciding.show_names(desk, one.item_id, lead=lead, role=state.role())
    return adjudicating.detail(desk, one.item_id, one.criterion, role=state.role(), lead=lead)


def _decision(desk: Desk, found: DisputeDetail, question: Question, lead: str) -> None:
    if found.dispute.state == "stale":
        page.warning(
            "A rater has answered anew since this was decided: the decision does not count any more."
        )
    if found.dispute.awaited:
        n = found.dispute.awaited
        page.note(f"Sent back: {n} {'rater has' if n == 1 else 'raters have'} not answered again yet.")
    with st.form(f"cal-decide-{found.dispute.criterion}-{found.item.item_id}", border=True):
        _value(found, question)
        st.text_area(
            "Why (kept with the decision)", key=buttons.field("reason", found), height=80,
            max_chars=deciding.LONGEST, placeholder="Ctrl+Enter decides",
        )  # fmt: skip
        st.form_submit_button("Decide", type="primary", on_click=buttons.decide, args=(desk, found, lead))
    with st.container(horizontal=True):
        with st.popover("Send back to the raters"):
            page.note(
                "Each of them is asked this item next, with your note. Their first answers go on counting."
            )
            _words(desk, found, lead, "note", "Your note to them", "Send back")
        if found.dispute.state in ("decided", "stale"):
            with st.popover("Take the decision back"):
                _words(desk, found, lead, "undo", "Why", "Take back")


def _value(found: DisputeDetail, question: Question) -> None:
    key = buttons.field("value", found)
    if question.kind == "interval" and not question.choices:
        st.number_input(
            "Your decision", min_value=question.low, max_value=question.high, step=question.step, value=None,
            key=key, width=220,
        )  # fmt: skip
        return
    options = [choice.value for choice in question.choices]
    options += [NOT_APPLICABLE] if question.not_applicable else []
    st.radio(
        "Your decision", options, index=None, key=key, horizontal=True,
        format_func=page.labels(lambda value: disputes.answer_name(question, "observed", value)),
    )  # fmt: skip


def _words(desk: Desk, found: DisputeDetail, lead: str, part: str, label: str, button: str) -> None:
    """A text and the button that uses it."""
    act = {"note": buttons.send_back, "undo": buttons.undo}[part]
    st.text_area(page.plain(label), key=buttons.field(part, found), max_chars=deciding.LONGEST)
    st.button(
        page.plain(button), key=buttons.field(f"do-{part}", found), on_click=act, args=(desk, found, lead)
    )
