"""Raters: how they work and answer, for the lead alone; refuses other roles and shows no verdict."""

from __future__ import annotations

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import rater_quality
from annotate_app.services.rater_quality import CriterionQuality, RatersPage
from annotate_app.services.rights import NotVisible
from annotate_app.ui import state
from annotate_app.ui.parts import page, rater_tables

ABOUT = (
    "To help raters and to improve the rubric, not to rank people: a rater who differs may be the one who is "
    "right. Answers of open splits, with 95% intervals; raters never see this page."
)
CRITERION = "cal-raters-criterion"


def view(desk: Desk) -> None:
    """Who does how much and how fast, then one criterion: against known answers, the others, themselves."""
    page.title("Raters", desk.study_file.study.name)
    try:
        found = rater_quality.raters_page(desk, role=state.role())
    except NotVisible as refusal:
        page.note(str(refusal))
        return
    page.note(ABOUT)
    if not found.work:
        page.note("Nobody rates this study yet.")
        return
    page.heading("Work")
    rater_tables.work(found.work)
    _criteria(found)


def _criteria(found: RatersPage) -> None:
    if not found.criteria:
        page.note("Nothing was answered on an open split so far.")
        return
    page.heading("Answers")
    name = st.selectbox(
        "Criterion", list(found.criteria), key=CRITERION, width=320,
        format_func=lambda name: name.replace("_", " "),
    )  # fmt: skip
    if name is not None:
        _criterion(found.criteria[name])


def _criterion(quality: CriterionQuality) -> None:
    """One criterion: the raters, how many errors slip through, where the likely answer is another."""
    rater_tables.answers(quality)
    page.note(rater_quality.slips(quality.planted))
    rater_tables.suggestions(quality)
