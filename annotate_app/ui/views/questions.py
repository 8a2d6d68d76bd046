"""Questions: what raters ask the lead, item by item; refuses other roles, shows no label or verdict."""

from __future__ import annotations

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import questions
from annotate_app.services.questions import QuestionPage, State, Thread
from annotate_app.services.rights import NotVisible
from annotate_app.ui import asking, state
from annotate_app.ui.parts import item, page, threads, who
from rubrics.items import Item

NAMES: dict[State, str] = {"asked": "Open", "answered": "Answered", "closed": "Closed"}
NAME = "cal-lead-name"
NONE: dict[State, str] = {
    "asked": "No question is open. Raters ask with “Ask the lead” beside an item.",
    "answered": "No question is answered and still open.",
    "closed": "No question is closed.",
}
ABOUT_RULINGS = (
    "A ruling is shown to every rater beside the rubric, without the question and without a name. The judge "
    "is not shown it: put it into the rubric's wording with the next version."
)


def view(desk: Desk) -> None:
    """Open questions first, the one that waits longest on top."""
    page.title("Questions", desk.study_file.study.name)
    chosen = st.segmented_control(
        "Questions", list(NAMES), default="asked", required=True, format_func=page.labels(NAMES.__getitem__),
        label_visibility="collapsed", on_change=state.turn_page, args=("questions", 0),
    )  # fmt: skip
    try:
        found = questions.threads(desk, role=state.role(), state=chosen, page=state.page_number("questions"))
    except NotVisible as refusal:
        page.note(str(refusal))
        return
    if said := state.said():
        st.info(page.plain(said))
    page.note(" · ".join(f"{NAMES[name]} {count}" for name, count in found.counts.items()))
    lead = who.named("Your name, as raters see it", fallback="lead", key=NAME, width=300)
    for thread, asked in found.threads:
        _thread(desk, thread, asked, lead)
    if not found.threads:
        page.note(NONE[chosen])
    _pager(found)


def _thread(desk: Desk, thread: Thread, asked: Item, lead: str) -> None:
    """One thread beside its item, and what the lead can do."""
    key = thread.thread_id
    with st.container(border=True):
        page.heading(f"{thread.rater} about {thread.item_id}")
        left, right = st.columns([1.1, 1], gap="large")
        with left:
            item.draw(asked)
        with right:
            threads.draw(thread)
            st.text_area("Your answer", key=asking.field(f"thread-{key}"), max_chars=questions.LONGEST)
            with st.container(horizontal=True):
                for name, close in (("Answer", False), ("Answer and close", True)):
                    st.button(
                        name, key=f"cal-{name}-{key}", on_click=asking.answer, args=(desk, key, lead),
                        kwargs={"close": close},
                    )  # fmt: skip
                if thread.state != "closed":
                    st.button("Close", key=f"cal-close-{key}", on_click=asking.close, args=(desk, key, lead))
            with st.popover("Publish a ruling"):
                page.note(ABOUT_RULINGS)
                st.text_area("The ruling", key=asking.field(f"ruling-{key}"), max_chars=questions.LONGEST)
                st.button(
                    "Publish to all raters", key=f"cal-publish-{key}", on_click=asking.publish,
                    args=(desk, key, lead),
                )  # fmt: skip


def _pager(found: QuestionPage) -> None:
    if found.pages < 2:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        earlier, later = found.page - 1, found.page + 1
        st.button("Previous", disabled=earlier < 0, on_click=state.turn_page, args=("questions", earlier))
        page.note(f"Page {later} of {found.pages}")
        last = later >= found.pages
        st.button("Next", disabled=last, on_click=state.turn_page, args=("questions", later))
