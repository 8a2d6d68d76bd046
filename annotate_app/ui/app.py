"""The frame of every page: look, role, navigation; draws nothing of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import refusals
from annotate_app.services.rights import Role
from annotate_app.ui import host, present, state, theme
from annotate_app.ui.parts import who
from annotate_app.ui.views import (
    adjudication,
    agreement,
    audit,
    failures,
    importing,
    items,
    judges,
    new_study,
    people,
    plan,
    questions,
    rate,
    raters,
    reports,
    rubric,
    studies,
    triage,
    waves,
    work,
)

# A file of ours: Streamlit would fetch an icon named by emoji or symbol from another host.
ICON = Path(__file__).parent / "icon.svg"

PAGES: tuple[tuple[str, str, str, Callable[[Desk], None]], ...] = (
    ("studies", "Studies", ":material/folder_open:", studies.view),
    ("import", "Import", ":material/upload_file:", importing.view),
    ("rate", "Rate", ":material/rate_review:", rate.view),
    ("work", "My work", ":material/history_edu:", work.view),
    ("rubric", "Rubric", ":material/menu_book:", rubric.view),
    ("questions", "Questions", ":material/contact_support:", questions.view),
    ("waves", "Waves", ":material/casino:", waves.view),
    ("adjudication", "Adjudication", ":material/rule:", adjudication.view),
    ("raters", "Raters", ":material/group:", raters.view),
    ("agreement", "Agreement", ":material/balance:", agreement.view),
    ("judges", "Judges", ":material/gavel:", judges.view),
    ("triage", "Triage", ":material/troubleshoot:", triage.view),
    ("failures", "Failures", ":material/bug_report:", failures.view),
    ("plan", "Plan", ":material/flag:", plan.view),
    ("reports", "Reports", ":material/summarize:", reports.view),
    ("items", "Items", ":material/list_alt:", items.view),
    ("audit", "Audit log", ":material/receipt_long:", audit.view),
    ("people", "People", ":material/badge:", people.view),
)

OWN: frozenset[str] = frozenset({"people"})  # whoever is signed in has a place for their tokens

# What the side bar offers a role; every page is there by its address, and says itself what it shows to whom.
OFFERED: Mapping[Role, frozenset[str]] = {
    "rater": frozenset({"studies", "rate", "work", "rubric"}),
    "lead": frozenset({
        "studies", "import", "rate", "work", "rubric", "questions", "waves", "adjudication", "raters",
        "agreement", "plan", "reports", "items",
    }),
    "engineer": frozenset({
        "studies", "import", "rubric", "waves", "agreement", "judges", "triage", "failures", "plan",
        "reports", "items",
    }),
    "owner": frozenset({
        "studies", "import", "rubric", "waves", "agreement", "judges", "triage", "failures", "plan",
        "reports", "items", "people", "audit",
    }),
}  # fmt: skip


def run() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_title="Calibrant", page_icon=str(ICON), layout="wide", initial_sidebar_state=230)
    st.html(f"<style>{theme.style_sheet()}</style>")
    if not who.is_let_in():
        return
    state.restore()
    if not host.has_study():
        new_study.view(host.folder())
        return
    desk = host.desk()
    offered = _offered(state.role())
    pages = [
        st.Page(
            _drawing(view, desk),
            title=title,
            icon=icon,
            url_path=path,
            default=path == PAGES[0][0],
            visibility="visible" if path in offered else "hidden",
        )
        for path, title, icon, view in PAGES
    ]
    page = st.navigation(pages, expanded=True)
    with st.sidebar:
        who.side_bar()
    if (made := state.just_founded()) is not None:
        new_study.made(made)
    _note_refusal(desk, page.url_path or PAGES[0][0])
    page.run()


def _offered(role: Role) -> frozenset[str]:
    """The pages in the side bar: the role's, and everybody's own where people have accounts."""
    return OFFERED[role] if present.is_alone() else OFFERED[role] | OWN


def _note_refusal(desk: Desk, path: str) -> None:
    """Somebody with an account who came to a page by its address that their role is not offered."""
    someone, role = present.person(), state.role()
    if someone is not None and path not in _offered(role) and state.is_first(f"refused {path} {role}"):
        refusals.note(desk, someone, f"page {path} as {role}", None)


def _drawing(view: Callable[[Desk], None], desk: Desk) -> Callable[[], None]:
    def draw() -> None:
        view(desk)

    return draw
