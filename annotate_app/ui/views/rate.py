"""Rate: the rating desk, or the same as a plain form; refuses to show verdicts, peers or systems."""

from __future__ import annotations

from html import escape

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import labelling, pacing, why, wordings
from annotate_app.services import questions as questions_service
from annotate_app.services import training as services_training
from annotate_app.services.labelling import NextItem, NothingLeft
from annotate_app.services.retention_words import SKIP_REASONS
from annotate_app.services.rights import allowed, refusal
from annotate_app.ui import asking, rating_desk, sitting, state
from annotate_app.ui.drafts import Draft, DraftKey
from annotate_app.ui.parts import item, page, pane, questions, threads, training, who
from annotate_app.ui.parts.choices import Screen
from rubrics.render import render_form


def view(desk: Desk) -> None:
    """Choose a name, then rate until nothing is left."""
    if not allowed(state.role(), "labels.give"):
        page.title("Rate", f"Study: {desk.study_file.study.name}")
        page.note(refusal("labels.give"))
        return
    rater = sitting.known_rater(desk)
    if rater is None:
        page.title("Rate", f"Study: {desk.study_file.study.name}")
        who.draw(desk)
    elif rating_desk.available() and not state.plain():
        rating_desk.draw(desk, rater)
    else:
        _plain(desk, rater)


@st.fragment
def _plain(desk: Desk, rater: str) -> None:
    """The part that is drawn anew for every answer, without the rest of the page.

    The head is filled last: it counts an item as done only when the next one is in place.
    """
    upcoming = state.kept(lambda: labelling.next_item(desk, rater))
    head = st.container(horizontal=True, vertical_alignment="center", key="cal-rate-head")
    threads.letters(desk, rater)
    reading = _explained(desk, rater)
    if not reading and isinstance(upcoming, NothingLeft):
        _nothing(desk, rater, upcoming)
    elif not reading and isinstance(upcoming, NextItem):
        _item(desk, rater, upcoming)
    with head:
        _head(desk, rater)


def _explained(desk: Desk, rater: str) -> bool:
    """After a training item, its gold answers; the next item comes when they were read."""
    submission_id = state.explained()
    found = None if submission_id is None else services_training.explain(desk, rater, submission_id)
    if found is None:
        state.explain(None)
        return False
    training.draw_explanation(render_form(desk.rubric), found)
    st.button("Next item", type="primary", on_click=state.explain, args=(None,))
    return True


def _nothing(desk: Desk, rater: str, why: NothingLeft) -> None:
    """Why there is no item, and what can be done."""
    found = services_training.state(desk, rater)
    if found.phase == "failed":
        st.warning(page.plain(why.reason))
        training.draw_comparison(found, services_training.comparison(desk, rater))
        st.button("Begin another round", type="primary", on_click=sitting.train_again, args=(desk, rater))
        return
    st.success(page.plain(why.reason))
    st.button("Look again", on_click=state.forget_item)


def _item(desk: Desk, rater: str, upcoming: NextItem) -> None:
    """The item on the left, the rubric on the right."""
    key = sitting.draft_key(desk, rater, upcoming)
    draft = sitting.draft_of(desk, key, upcoming)
    left, right = st.columns([1.25, 1], gap="large")
    with left, st.container(key="cal-item-pane"):
        if reason := why.why_asked(desk, upcoming):
            page.note(reason)
        item.draw(
            upcoming.item,
            first_side=upcoming.first_side,
            as_written=state.as_written(),
            image_hosts=desk.study_file.study.image_hosts,
        )
    with right, st.container(key="cal-rubric-pane"):
        if said := state.said():
            st.info(page.plain(said))
        _rubric(desk, upcoming, key, draft)
    pane.attend(draft.submission_id)


def _head(desk: Desk, rater: str) -> None:
    """Name, progress, how the texts are shown, and the ways back and out."""
    found = services_training.state(desk, rater)
    if found.asked:
        page.note(f"{rater}. {training.state_words(found)}")
    else:
        progress = labelling.progress(desk, rater)
        st.html(progress_html(rater, progress.done, progress.left, _pace(desk, rater, progress.left)))
    st.toggle("Meanings", key=state.LEVELS_OPEN, help="Show what every answer means")
    st.toggle("As written", key=state.AS_WRITTEN, help="Show every text character by character")
    st.button("Undo last", on_click=sitting.undo, args=(desk, rater), type="tertiary")
    if rating_desk.available():
        st.button("Rating desk", on_click=state.choose_desk, type="tertiary")
    st.button("Done for now", on_click=sitting.leave, args=(desk, rater), type="tertiary")


def _pace(desk: Desk, rater: str, left: int) -> str:
    return pacing.words(pacing.pace(desk, rater, left=left), left=left)


def progress_html(rater: str, done: int, left: int, pace: str = "") -> str:
    """ "Ada: 12 done, 28 left" with the pace and a bar."""
    share = 100 * done / (done + left) if done + left else 100
    return (
        f'<div class="cal-progress" role="status"><strong>{escape(rater)}</strong> '
        f"<span>{done} done, {left} left{f' · {escape(pace)}' if pace and left else ''}</span>"
        f'<div class="cal-bar" aria-hidden="true"><div style="width:{share:.0f}%"></div></div></div>'
    )


def _news(desk: Desk, rater: str) -> None:
    """What changed in the rubric since the rater's last answers, and what the lead has ruled."""
    if changed := wordings.changed_for(desk, rater):
        page.warning("The rubric has changed since your last answers: " + "; ".join(changed) + ".")
    if found := questions_service.rulings(desk):
        with st.expander(f"Rulings by the lead ({len(found)})"):
            threads.rulings(found)


def _rubric(desk: Desk, upcoming: NextItem, key: DraftKey, draft: Draft) -> None:
    """Instructions, a widget per criterion, and the ways to finish the item."""
    form = render_form(desk.rubric)
    if form.instructions:
        with st.expander("Instructions"):
            st.html(f'<div class="cal-note">{item.text_html(form.instructions)}</div>')
    _news(desk, rater=key.rater)
    screen = Screen(upcoming.first_side, state.levels_open())
    questions.draw(form, desk.rubric, key, draft, screen)
    if problem := sitting.problem_summary(form):
        st.html(f'<p class="cal-missing" role="alert">{escape(problem)}</p>')
    with st.container(horizontal=True, key="cal-rate-actions"):
        st.button(
            "Submit and next", type="primary", key=f"cal-submit-{draft.submission_id}",
            on_click=sitting.submit, args=(desk, key, upcoming, draft.submission_id),
        )  # fmt: skip
        with st.popover("Ask the lead"):
            name = f"item-{draft.submission_id}"
            st.text_area("Your question", key=asking.field(name), max_chars=questions_service.LONGEST)
            page.note("The lead sees the item and your question, nobody's answers.")
            st.button(
                "Send to the lead", key=f"cal-ask-{name}", on_click=asking.ask,
                args=(desk, key.rater, upcoming.item.item_id, name),
            )  # fmt: skip
        with st.popover("Skip this item"):
            reason, words = sitting.skip_fields(draft.submission_id)
            st.radio("Why?", SKIP_REASONS, key=reason, index=None)
            st.text_input("In your words (optional)", key=words)
            st.button(
                "Skip and next", key=f"cal-skip-now-{draft.submission_id}",
                on_click=sitting.skip, args=(desk, key, upcoming, draft.submission_id),
            )  # fmt: skip
