"""A rater's own answers in words, in a list and one by one; shows what it is given and asks for nothing."""

from __future__ import annotations

import streamlit as st

from annotate_app.services.own_work import OwnItem
from annotate_app.ui.parts import tables
from annotate_app.ui.parts.choices import Screen, choice_name
from rubrics.answers import Label
from rubrics.render import Form, Question

HEADER = ("criterion", "answer", "why", "at", "revision")


def summary(form: Form, own: OwnItem) -> str:
    """All answers of an item on one line, or why there are none."""
    if own.taken_back:
        return "taken back"
    standing = [label for label in own.labels if label.status != "withdrawn"]
    if standing and all(label.status == "skipped" for label in standing):
        return f"skipped: {standing[0].reason or 'no reason given'}"
    named = [f"{_readable(label.criterion)}: {words(form, own, label)}" for label in standing]
    return " · ".join(named)


def facts(own: OwnItem) -> tuple[str, ...]:
    """When it was answered, how long it took, and whether it was changed since."""
    said = [
        (own.at or "imported")[:16].replace("T", " "),
        f"{own.active_seconds:.0f} s" if own.active_seconds is not None else "",
        f"revision {own.revision}" if own.revision > 1 else "",
        "training" if own.purpose == "training" else "",
    ]
    return tuple(part for part in said if part)


def draw(form: Form, own: OwnItem) -> None:
    """The answers that stand, and in a fold those before them."""
    tables.draw(HEADER, [_row(form, own, label) for label in own.labels])
    if own.history:
        with st.expander("Before that"):
            tables.draw(HEADER, [_row(form, own, label) for label in own.history])


def words(form: Form, own: OwnItem, label: Label) -> str:
    """An answer as it was named on the rater's screen."""
    if label.value is None:
        return "taken back" if label.status == "withdrawn" else label.status.replace("_", " ")
    question = next((q for q in form.questions if q.name == label.criterion), None)
    return str(label.value) if question is None else _named(question, own, label)


def _named(question: Question, own: OwnItem, label: Label) -> str:
    choice = next((c for c in question.choices if c.value == label.value), None)
    if choice is None:
        return f"{label.value:g}" if isinstance(label.value, int | float) else str(label.value)
    return choice_name(question, choice, Screen(own.first_side))


def _row(form: Form, own: OwnItem, label: Label) -> tables.Row:
    sure = "" if label.sure is None else "sure" if label.sure else "unsure"
    why = "; ".join(filter(None, (label.rationale, label.reason, sure)))
    at = (label.at or "")[:16].replace("T", " ")
    return (_readable(label.criterion), words(form, own, label), why, at, label.revision)


def _readable(criterion: str) -> str:
    return criterion.replace("_", " ")
