"""My work: a rater's own labels, searched, read and changed; refuses to show anybody else's, or a verdict."""

from __future__ import annotations

from html import escape

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import own_work, training
from annotate_app.services.labelling import UnknownItem
from annotate_app.services.own_work import Filter, OwnItem, OwnPage
from annotate_app.services.rights import allowed, refusal
from annotate_app.ui import changing, sitting, state
from annotate_app.ui.drafts import DraftKey
from annotate_app.ui.parts import item, own_answers, page, questions, threads, top, who
from annotate_app.ui.parts import training as parts_training
from annotate_app.ui.parts.choices import Screen, choice_name
from rubrics.render import Form, Question, render_form
from rubrics.rubric import NOT_APPLICABLE

ANY, SKIPPED = "any", "skipped"
TEXT, CRITERION, ANSWER = "cal-own-text", "cal-own-criterion", "cal-own-answer"


def view(desk: Desk) -> None:
    """Choose a name; then the list, or the item that is open."""
    page.title("My work", desk.study_file.study.name)
    if not allowed(state.role(), "labels.own"):
        page.note(refusal("labels.own"))
        return
    rater = sitting.known_rater(desk)
    if rater is None:
        who.draw(desk, go="Show my work")
        return
    if said := state.said():
        st.info(page.plain(said))
    chosen = state.own_item()
    top.begin(f"work {chosen or state.page_number('work')}")
    if chosen is None:
        _list(desk, rater)
    else:
        _one(desk, rater, chosen)


def _list(desk: Desk, rater: str) -> None:
    """Filters, one page of own answers, and the way to the next."""
    form = render_form(desk.rubric)
    trained = training.state(desk, rater)
    if trained.phase != "none":
        with st.expander("How you compare with the gold answers", expanded=trained.asked):
            parts_training.draw_comparison(trained, training.comparison(desk, rater))
    threads.own(desk, rater)
    found = own_work.page(desk, rater, _filter(form), number=state.page_number("work"), role=state.role())
    page.note(f"{rater}: {_how_many(found.total)}. Nobody else's answers are here, and no verdicts.")
    with st.container(gap="xxsmall"):
        for place, own in enumerate(found.items):
            _line(form, own, place)
    _pager(found)


def _filter(form: Form) -> Filter:
    """What to look for: a text, and an answer to a criterion."""
    questions_by_name = {question.name: question for question in form.questions}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input("Containing", key=TEXT, width=300, on_change=_first_page,
                             help="In the item, its id, your notes and your reasons")  # fmt: skip
        criterion = st.selectbox("Criterion", [ANY, *questions_by_name], key=CRITERION, width=200,
                                 format_func=_readable, on_change=_other_criterion)  # fmt: skip
        question = questions_by_name.get(criterion)
        names = {} if question is None else _answers(question)
        answer: object = ANY
        if names:
            answer = st.selectbox(
                "Answer", [ANY, *names], key=ANSWER, width=240, on_change=_first_page,
                format_func=lambda v: names.get(v, ANY),
            )  # fmt: skip
    if question is None or answer == ANY:
        return Filter(text or "", None if question is None else question.name)
    if answer == SKIPPED:
        return Filter(text or "", question.name, status="skipped")
    if answer == NOT_APPLICABLE:
        return Filter(text or "", question.name, status="not_applicable")
    return Filter(text or "", question.name, answer if isinstance(answer, str | int | float) else None)


def _answers(question: Question) -> dict[str | int | float, str]:
    names = {choice.value: choice_name(question, choice, Screen()) for choice in question.choices}
    if question.kind == "pairwise":  # stored by the item's order; the list says it for the first output
        names = {choice.value: f"output {choice.value} of the item" for choice in question.choices}
    return {**names, NOT_APPLICABLE: "not applicable", SKIPPED: "skipped"}


def _line(form: Form, own: OwnItem, place: int) -> None:
    """One item of the list: its name opens it."""
    key = f"{place}-{own.item_id}"
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key=f"cal-line-own-{key}"):
        st.button(
            page.plain(own.item_id), key=f"cal-open-own-{key}", type="tertiary", width=130,
            on_click=state.open_own, args=(own.item_id,),
        )  # fmt: skip
        said = own_answers.summary(form, own)
        note = f" Note: {own.note}" if own.note else ""
        facts = " · ".join(f'<span class="cal-fact">{escape(fact)}</span>' for fact in own_answers.facts(own))
        st.html(
            f'<p class="cal-excerpt" dir="auto">{escape(own.beginning)}</p>'
            f'<p class="cal-quiet" dir="auto">{escape(said)}{escape(note)} '
            f'<span class="cal-host">{facts}</span></p>'
        )


def _pager(found: OwnPage) -> None:
    if found.pages < 2:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Newer", disabled=found.page == 0, on_click=state.turn_page, args=("work", found.page - 1))
        page.note(f"Page {found.page + 1} of {found.pages}")
        last = found.page + 1 >= found.pages
        st.button("Older", disabled=last, on_click=state.turn_page, args=("work", found.page + 1))


def _one(desk: Desk, rater: str, item_id: str) -> None:
    """One item with the rater's own answers, every revision of them."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("← All my work", on_click=state.open_own, args=(None,))
        st.toggle("As written", key=state.AS_WRITTEN, help="Show every text character by character")
    try:
        asked, own = own_work.of_item(desk, rater, item_id, role=state.role())
    except UnknownItem as refusal:
        page.note(f"{str(refusal.args[0]).capitalize()}.")
        return
    page.heading(item_id)
    left, right = st.columns([1.25, 1], gap="large")
    with left, st.container(key="cal-item-pane"):
        item.draw(
            asked,
            first_side=own[0].first_side,
            as_written=state.as_written(),
            image_hosts=desk.study_file.study.image_hosts,
        )
    with right, st.container(key="cal-rubric-pane"):
        for place, answered in enumerate(own):
            _answered(desk, rater, answered, place)


def _answered(desk: Desk, rater: str, own: OwnItem, place: int) -> None:
    """The answers, and the way to change them; or the form that changes them."""
    form = render_form(desk.rubric)
    page.note(" · ".join(own_answers.facts(own)))
    key = changing.draft_key(desk, rater, own)
    if state.changing() == key:
        _form(desk, form, key, own)
        return
    own_answers.draw(form, own)
    sent = own.labels[0].submission_id if own.labels and own.purpose == "training" else None
    if sent and (found := training.explain(desk, rater, sent)):
        parts_training.draw_explanation(form, found)
    if own.note:
        page.note(f"Note: {own.note}")
    if own.fixed:
        page.note(own.fixed)
    else:
        st.button(
            "Change these answers", key=f"cal-change-{place}", on_click=state.start_changing, args=(key,)
        )


def _form(desk: Desk, form: Form, key: DraftKey, own: OwnItem) -> None:
    draft = changing.draft_of(desk, key, own)
    questions.draw(form, desk.rubric, key, draft, Screen(own.first_side, state.levels_open()))
    st.text_area("Why do you change it? (kept with the answers)",
                 key=changing.reason_field(draft.submission_id), height=80, max_chars=2_000)  # fmt: skip
    problems = state.problems()
    if "" in problems:
        st.html(f'<p class="cal-missing" role="alert">{escape(problems[""])}</p>')
    elif problem := sitting.problem_summary(form):
        st.html(f'<p class="cal-missing" role="alert">{escape(problem)}</p>')
    with st.container(horizontal=True):
        st.button("Save the change", type="primary", on_click=changing.save,
                  args=(desk, key, own, draft.submission_id))  # fmt: skip
        st.button("Leave it as it was", on_click=changing.give_up, args=(key,))


def _how_many(total: int) -> str:
    if total > own_work.MOST_COUNTED:
        return f"more than {own_work.MOST_COUNTED:,} items answered"
    return f"{total:,} {'item' if total == 1 else 'items'} answered"


def _other_criterion() -> None:
    state.clear(ANSWER)
    _first_page()


def _first_page() -> None:
    state.turn_page("work", 0)


def _readable(name: str) -> str:
    return name.replace("_", " ")
