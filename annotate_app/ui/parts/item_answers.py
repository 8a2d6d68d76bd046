"""The labels and verdicts of one item as tables; shows what it is given and asks for nothing more."""

from __future__ import annotations

import streamlit as st

from annotate_app.services.overseeing import ItemDetail
from annotate_app.ui.parts import page, tables
from rubrics.answers import Label, Verdict
from rubrics.evidence import from_json
from rubrics.rubric import Rubric, Value

LONGEST_QUOTE = 120
LABELS = ("criterion", "rater", "answer", "why", "given for", "at (UTC)")
VERDICTS = ("criterion", "judge", "answer", "confidence", "why", "reported model")


def facts(detail: ItemDetail) -> None:
    """Where the item stands and where it comes from, as far as the role may know."""
    found = detail.item
    named = {
        "split": detail.split and detail.split.replace("_", "-"),
        "stratum": found.stratum,
        "cluster": found.cluster,
        "system": found.system,
        "system of A": found.system_a,
        "system of B": found.system_b,
    }
    page.note(" · ".join(f"{name}: {value}" for name, value in named.items() if value))


def draw(detail: ItemDetail, rubric: Rubric) -> None:
    """Labels, verdicts, and in a fold what was said before."""
    page.heading("Labels")
    _table(LABELS, [_label(label, rubric) for label in detail.labels])
    if not detail.labels:
        page.note("No labels yet.")
    if detail.verdicts:
        page.heading("Verdicts")
        _table(VERDICTS, [_verdict(verdict, rubric) for verdict in detail.verdicts])
    if detail.withheld:
        page.note(detail.withheld)
    if detail.history:
        with st.expander("Earlier revisions"):
            _table(LABELS, [_label(label, rubric) for label in detail.history])


def _table(header: tuple[str, ...], rows: list[tables.Row]) -> None:
    """The columns that say something."""
    tables.draw(*tables.filled(header, rows))


def _label(label: Label, rubric: Rubric) -> tables.Row:
    said_why = (label.rationale, label.reason, ", ".join(label.failure_modes), quoted(label.evidence))
    why = "; ".join(filter(None, said_why))
    said = answer(rubric, label.criterion, label.value, label.status)
    return (label.criterion, label.rater, said, why, label.purpose, (label.at or "")[:16].replace("T", " "))


def quoted(evidence: str | None) -> str:
    """The passages of a label in quotation marks; imported evidence of another make as it came."""
    passages = from_json(evidence)
    return ", ".join(f"“{_short(passage.text)}”" for passage in passages) or _short(evidence or "")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"


def _verdict(verdict: Verdict, rubric: Rubric) -> tables.Row:
    confidence = "" if verdict.confidence is None else f"{verdict.confidence:.2f}"
    said = answer(rubric, verdict.criterion, verdict.value, verdict.status)
    why, model = verdict.rationale or "", verdict.reported_model or ""
    return (verdict.criterion, verdict.judge, said, confidence, why, model)


def answer(rubric: Rubric, criterion: str, value: Value | None, status: str) -> str:
    """An answer in words: the level's name beside its number, or why there is none."""
    if value is None:
        return status.replace("_", " ")
    asked = next((c for c in rubric.criteria if c.name == criterion), None)
    level = None if asked is None else asked.scale.level_of(value)
    return str(value) if level is None or level.name == str(value) else f"{value} · {level.name}"
