"""A rubric as raters see it: instructions, every question with its answers, failure modes; draws no item."""

from __future__ import annotations

from html import escape

import streamlit as st

from annotate_app.ui.parts import item, page, tables
from annotate_app.ui.parts.choices import Screen, choice_name, range_words
from rubrics.render import Choice, Form, Question
from rubrics.rubric import FailureMode


def draw(form: Form) -> None:
    """The whole of it."""
    if form.instructions:
        st.html(f'<div class="cal-note">{item.text_html(form.instructions)}</div>')
    for question in form.questions:
        _question(question)
    _failure_modes(form.failure_modes)


def _question(question: Question) -> None:
    """One question: when it is asked, what it means, and every answer with its meaning and example."""
    page.heading(question.question)
    page.note(f"{question.name.replace('_', ' ')} · {question.dimension} · {' · '.join(_facts(question))}")
    if question.help:
        st.html(f'<p class="cal-said" dir="auto">{escape(question.help)}</p>')
    if question.kind == "interval":
        page.note(f"Answered with a number: {range_words(question)}")
    rows = [_answer(question, choice) for choice in (*question.choices, *question.anchors)]
    if question.not_applicable:
        rows.append(("not applicable", "The question does not arise for this item.", ""))
    tables.draw(("answer", "meaning", "example"), rows, stacked=True)


def _facts(question: Question) -> list[str]:
    facts = ["must be answered" if question.required else "optional"]
    when = question.applies_when
    if when is not None:
        values = " or ".join(str(value).replace("_", " ") for value in when.values)
        facts.append(f"asked when {when.criterion.replace('_', ' ')} is {values}")
    if question.ask_sure:
        facts.append("asks how sure you are")
    return facts


def _answer(question: Question, choice: Choice) -> tables.Row:
    name = f"{choice.value:g}" if question.kind == "interval" else choice_name(question, choice, Screen())
    needed = " (needs a reason)" if choice.rationale_required else ""
    return (f"{name}{needed}", choice.description, choice.example)


def _failure_modes(modes: tuple[FailureMode, ...]) -> None:
    if modes:
        page.heading("Failure modes")
        rows = [
            (mode.name.replace("_", " "), mode.description, mode.severity, mode.visibility) for mode in modes
        ]
        about = "Silent: a user would not notice. Loud: a user would"
        tables.draw(("failure mode", "meaning", "severity", "visibility"), rows, caption=about, stacked=True)
