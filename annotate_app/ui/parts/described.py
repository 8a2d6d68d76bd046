"""Judges against people, confidence and raters, as folds below the coefficients; draws what it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from annotate_app.services.describing import Described
from annotate_app.ui.parts import page, tables
from annotate_app.ui.parts.tables import Cell, Row
from calibration.findings.confidence import ConfidenceFindings
from calibration.findings.raters import CriterionRaters
from calibration.findings.standing import Standing
from calibration.render import blocks
from calibration.render.confidence import (
    UNWEIGHTED,
    advice_words,
    calibration_words,
    recalibration_words,
    reliability_table,
    scores_table,
    threshold_words,
)
from calibration.render.raters import FOR_LEADS, raters_table, suggestion_words
from calibration.render.standing import (
    NEVER_A_GATE,
    alternative_words,
    leave_one_out_words,
    non_inferiority_words,
)


def draw(describe: Callable[[], Described], *, raters: bool) -> None:
    """A fold each for people as the yardstick, confidence, and raters; computed once a fold is opened."""
    fold = st.expander("As one more rater", on_change="rerun")
    if fold.open:
        with fold:
            for standing in describe().standings:
                _standing(standing)
            page.note(NEVER_A_GATE)
    fold = st.expander("Confidence", on_change="rerun")
    if fold.open:
        with fold:
            _confidences(describe().confidence)
    if raters:
        fold = st.expander("Raters", on_change="rerun")
        if fold.open:
            with fold:
                _raters(describe().raters)


def _confidences(found: Sequence[ConfidenceFindings]) -> None:
    for confidence in found:
        _confidence(confidence)
    page.note(UNWEIGHTED if found else "No judge states a confidence here.")


def _standing(found: Standing) -> None:
    page.heading(f"Judge {found.judge}")
    page.note(non_inferiority_words(found))
    page.note(leave_one_out_words(found))
    page.note(alternative_words(found.alternative_annotator_test))


def _confidence(found: ConfidenceFindings) -> None:
    page.heading(f"Judge {found.judge}")
    page.note(
        f"{found.n:,} verdicts with a confidence, {found.errors:,} of them wrong. {advice_words(found)}"
    )
    page.note(threshold_words(found))
    if found.bins:
        _table(reliability_table(found))
    page.note(calibration_words(found))
    _table(scores_table(found))
    page.note(recalibration_words(found))


def _raters(found: CriterionRaters | None) -> None:
    if found is None or not found.raters:
        page.note("Nobody has answered here.")
        return
    page.note(FOR_LEADS)
    _table(raters_table(found))
    page.note(suggestion_words(found.suggestions))


def _table(table: blocks.Table) -> None:
    """A table of the report on the page, reasons in brackets."""
    rows: list[Row] = [
        [Cell(f"{cell.text} ({cell.note})" if cell.note else cell.text) for cell in row] for row in table.rows
    ]
    tables.draw(table.header, rows, caption=table.caption)
