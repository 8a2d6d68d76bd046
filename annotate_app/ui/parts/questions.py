"""The rubric beside the item: a widget per criterion, its levels on demand; refuses to save anything."""

from __future__ import annotations

from html import escape

import streamlit as st

from annotate_app.ui import sheet, state
from annotate_app.ui.drafts import Draft, DraftKey
from annotate_app.ui.parts import page
from annotate_app.ui.parts.choices import Screen, choice_name, in_screen_order, level_list, range_words
from annotate_app.ui.parts.markup import fold
from annotate_app.ui.sheet import FAILURE_MODES, NOTE, SURE, UNSURE, Field
from rubrics.render import Form, Question
from rubrics.rubric import NOT_APPLICABLE, FailureMode, Rubric

# Answers whose names together are longer than this stand below one another.
LONGEST_ROW = 44


def draw(form: Form, rubric: Rubric, key: DraftKey, draft: Draft, screen: Screen) -> None:
    """Every criterion that applies to the answers so far, then failure modes and the note."""
    questions = {question.name: question for question in form.questions}
    problems = state.problems()
    for criterion in sheet.asked(rubric, draft.fields):
        question = questions[criterion.name]
        with st.container(key=f"cal-criterion-{form.questions.index(question)}", gap="xsmall"):
            _words(question, problems.get(criterion.name))
            needed = sheet.needs_rationale(criterion, draft.fields)
            _question(question, key, draft, screen, reason_needed=needed)
    if form.failure_modes:
        _failure_modes(form.failure_modes, key, draft)
    widget, kept = _keyed(key, draft, NOTE)
    st.text_area("Note (optional)", key=widget, height=68, **kept)


def _words(question: Question, problem: str | None) -> None:
    optional = "" if question.required else ' <span class="cal-host">(optional)</span>'
    hint = f'<p class="cal-hint">{escape(question.help)}</p>' if question.help else ""
    wrong = f'<p class="cal-missing" role="alert">{escape(problem)}</p>' if problem else ""
    st.html(f'<p class="cal-question" dir="auto">{escape(question.question)}{optional}</p>{hint}{wrong}')


def _question(
    question: Question, key: DraftKey, draft: Draft, screen: Screen, *, reason_needed: bool
) -> None:
    """The widget, the rater's reason beside it (below where it is needed), and what the answers mean."""
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        if question.kind == "interval":
            _number(question, key, draft)
        else:
            _choice(question, key, draft, screen)
        if not reason_needed:
            with st.popover("Say why", type="tertiary"):
                _reason(question, key, draft, "Why? (optional)")
    if reason_needed:
        _reason(question, key, draft, "Why? This answer needs a reason")
    if question.ask_sure:
        widget, kept = _keyed(key, draft, Field(question.name, "sure"))
        st.segmented_control("How sure are you?", [SURE, UNSURE], key=widget, **kept)
    levels = level_list(question, screen)
    if levels:
        st.html(levels)


def _choice(question: Question, key: DraftKey, draft: Draft, screen: Screen) -> None:
    names = {choice.value: choice_name(question, choice, screen) for choice in question.choices}
    if question.not_applicable:
        names[NOT_APPLICABLE] = "Not applicable"
    options = in_screen_order(question, list(names), screen)
    widget, kept = _keyed(key, draft, Field(question.name, "value"))
    if sum(len(name) + 3 for name in names.values()) <= LONGEST_ROW:
        st.segmented_control(
            page.plain(question.question), options, format_func=page.labels(names.__getitem__), key=widget,
            wrap=True,
            label_visibility="collapsed", required=question.required, **kept,
        )  # fmt: skip
    else:
        st.radio(
            page.plain(question.question), options, index=None, format_func=page.labels(names.__getitem__),
            key=widget,
            label_visibility="collapsed", **kept,
        )  # fmt: skip


def _number(question: Question, key: DraftKey, draft: Draft) -> None:
    bounds = (question.low, question.high, question.step)
    whole = question.step is not None and all(b is None or float(b).is_integer() for b in bounds)
    low, high, step = (None if b is None else int(b) if whole else float(b) for b in bounds)
    refused = bool(draft.fields.get(Field(question.name, "not_applicable")))
    widget, kept = _keyed(key, draft, Field(question.name, "value"))
    st.number_input(
        page.plain(question.question), min_value=low, max_value=high, step=step, value=None, key=widget,
        disabled=refused, width=220, placeholder=range_words(question), label_visibility="collapsed", **kept,
    )  # fmt: skip
    if question.not_applicable:
        widget, kept = _keyed(key, draft, Field(question.name, "not_applicable"))
        st.checkbox("Not applicable", key=widget, **kept)


def _reason(question: Question, key: DraftKey, draft: Draft, words: str) -> None:
    widget, kept = _keyed(key, draft, Field(question.name, "rationale"))
    st.text_area(page.plain(words), key=widget, height=80, **kept)


def _failure_modes(modes: tuple[FailureMode, ...], key: DraftKey, draft: Draft) -> None:
    widget, kept = _keyed(key, draft, FAILURE_MODES)
    names = [mode.name for mode in modes]
    st.pills(
        "What went wrong? (optional, any number)", names, selection_mode="multi",
        format_func=page.labels(lambda name: name.replace("_", " ")), key=widget, **kept,
    )  # fmt: skip
    st.html(fold("What these mean", f"<dl>{''.join(map(_mode, modes))}</dl>", name="cal-levels"))


def _mode(mode: FailureMode) -> str:
    name = escape(mode.name.replace("_", " "))
    kind = f'<span class="cal-host">{mode.severity}, {mode.visibility}</span>'
    return f"<dt>{name} {kind}</dt><dd>{escape(mode.description)}</dd>"


def _keyed(key: DraftKey, draft: Draft, field: Field) -> tuple[str, state.Kept]:
    """The widget's key, and what makes its value part of the draft."""
    widget = state.field_key(draft, field)
    return widget, {"on_change": state.keep_field, "args": (key, field, widget)}
