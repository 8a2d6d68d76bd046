"""Reports: those that are stored, one of them as it was made, and a new one; shows what the role permits."""

from __future__ import annotations

from datetime import UTC, datetime, time

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import periodic
from annotate_app.services.monitor_values import CannotMonitor
from annotate_app.services.periodic import BadReport, ReportLine
from annotate_app.services.rights import Role
from annotate_app.ui import state
from annotate_app.ui.parts import frame, page

NONE = "No report is stored yet: make one here, or with `calibrant report --since last`."


def view(desk: Desk) -> None:
    """A form for a new report, then the one that is chosen."""
    page.title("Reports", desk.study_file.study.name)
    role = state.role()
    found = periodic.report_page(desk, role=role)
    if found.withheld:
        page.note(found.withheld)
        return
    _new(desk, role)
    said = state.said()
    if said:
        page.note(said)
    found = periodic.report_page(desk, role=role)
    if not found.reports:
        page.note(NONE)
        return
    page.heading("Stored reports")
    chosen = st.selectbox("Report", found.reports, format_func=_name, width=320)
    _show(desk, chosen, role)


def _new(desk: Desk, role: Role) -> None:
    with st.form("cal-report"), st.container(horizontal=True, vertical_alignment="bottom"):
        since = st.date_input("Since (empty: since the last report)", value=None, width=300)
        wanted = st.form_submit_button("Make a report")
    if not wanted:
        return
    start = None if since is None else datetime.combine(since, time(), tzinfo=UTC)
    try:
        with st.spinner("Measuring"):
            periodic.make_report(desk, role=role, since=start, by=state.actor())
    except (BadReport, CannotMonitor) as error:
        page.warning(str(error))
        return
    state.say("The report is made, and is the first of the list.")


def _name(line: ReportLine) -> str:
    return f"{line.at[:10]} {line.at[11:16]} (number {line.number})"


def _show(desk: Desk, line: ReportLine, role: Role) -> None:
    """The page as it was made, and its files."""
    made = periodic.stored_texts(desk, line.number, role=role)
    name = f"report-{line.at[:10]}-{line.number}"
    with st.container(horizontal=True):
        st.download_button("HTML", made.html, f"{name}.html", "text/html", on_click="ignore")
        st.download_button("Markdown", made.markdown, f"{name}.md", "text/markdown", on_click="ignore")
        st.download_button("JSON", made.json, f"{name}.json", "application/json", on_click="ignore")
    frame.draw(made.html, name=name, title=f"Report of {line.at[:10]}")
