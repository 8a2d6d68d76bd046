"""The answers of a dispute side by side as HTML; shows no name that it is not given, and no verdict."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from annotate_app.services.adjudicating import words
from annotate_app.services.adjudication_values import GivenAnswer
from annotate_app.store.adjudication import Record
from annotate_app.ui.parts.choices import Screen, choice_name
from rubrics.answers import LabelStatus
from rubrics.evidence import Passage
from rubrics.render import Question
from rubrics.rubric import Value


def draw(answers: Sequence[GivenAnswer], question: Question, *, names: bool) -> None:
    """Every rater's answer with its reason, failure modes and quoted passages."""
    st.html(f'<div class="cal-answers">{"".join(_answer(one, question, names) for one in answers)}</div>')


def steps(records: Sequence[Record], question: Question) -> None:
    """What leads did so far, oldest first."""
    st.html("".join(_step(record, question) for record in records))


def answer_name(question: Question, status: LabelStatus, value: Value | None) -> str:
    """An answer as the rubric names it."""
    choice = next((choice for choice in question.choices if choice.value == value), None)
    return words(status, value) if choice is None else choice_name(question, choice, Screen())


def _answer(one: GivenAnswer, question: Question, names: bool) -> str:
    who = f"Rater {one.letter}" + (f", {one.rater}" if names and one.rater else "")
    parts = [f"<p><strong>{escape(answer_name(question, one.status, one.value))}</strong></p>"]
    if one.changed:
        before = "not applicable" if one.first is None else answer_name(question, "observed", one.first)
        parts.append(_quiet(f"before it was sent back: {before}"))
    if one.sure is not None:
        parts.append(_quiet("sure" if one.sure else "unsure"))
    if one.rationale:
        parts.append(f'<p class="cal-said" dir="auto">{escape(one.rationale)}</p>')
    if one.failure_modes:
        parts.append(_quiet("went wrong: " + ", ".join(mode.replace("_", " ") for mode in one.failure_modes)))
    parts += [_passage(passage) for passage in one.evidence]
    return f'<section class="cal-given"><h3 class="cal-title">{escape(who)}</h3>{"".join(parts)}</section>'


def _passage(passage: Passage) -> str:
    mode = f" ({passage.failure_mode.replace('_', ' ')})" if passage.failure_mode else ""
    return f'<blockquote class="cal-quote" dir="auto">{escape(passage.text)}{escape(mode)}</blockquote>'


def _quiet(text: str) -> str:
    return f'<p class="cal-quiet">{escape(text)}</p>'


def _step(record: Record, question: Question) -> str:
    value = "" if record.status is None else f": {answer_name(question, record.status, record.value)}"
    who = f"{record.lead}, {record.at[:16].replace('T', ' ')}: {record.kind}{value}"
    said = f'<p class="cal-said" dir="auto">{escape(record.words)}</p>' if record.words else ""
    return f'<div class="cal-step"><p class="cal-quiet">{escape(who)}</p>{said}</div>'
