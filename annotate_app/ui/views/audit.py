"""Audit log: who did what in the study, by person, kind and day, as a file too; the owner's alone."""

from __future__ import annotations

import json
import re

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import audit, audit_files
from annotate_app.services.audit import AuditPage, Entry, Sought
from annotate_app.services.rights import NotVisible
from annotate_app.ui import state
from annotate_app.ui.parts import page, tables

NAME, ANY = "audit", "all"
HASH, SHOWN = re.compile("[0-9a-f]{64}"), 12
ABOUT = (
    "Entered together with what they tell of, never changed or removed here. Each entry is bound to the one "
    "before it, so that what other programs do to them is found; submissions are a journal of their own and "
    "stand beside them."
)


def view(desk: Desk) -> None:
    """What to look for, the entries, and the way to the next page."""
    page.title("Audit log", desk.study_file.study.name)
    try:
        kinds = audit.kinds(desk, role=state.role())
    except NotVisible as refusal:
        page.note(str(refusal))
        return
    page.note(ABOUT)
    sought = _sought(kinds)
    found = audit.entries(desk, role=state.role(), sought=sought, page=state.page_number(NAME))
    several = "at least " if found.total >= audit.MOST else ""
    page.note(f"{several}{found.total:,} {'entry' if found.total == 1 else 'entries'}")
    rows = [_row(one) for one in found.entries]
    columns = ("when (UTC)", "who", "what", "about", "number")
    tables.draw(
        columns,
        rows,
        caption="Newest first. Of hashes the beginning stands here; the files below have them whole",
        stacked=True,
    )
    _pager(found)
    _files(desk, sought)
    _whole(desk)


def _sought(kinds: tuple[str, ...]) -> Sought:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox(
            "What",
            [ANY, *kinds],
            width=240,
            on_change=_first,
            format_func=page.labels(),
            key="cal-audit-kind",
        )
        actor = st.text_input("Who", width=200, on_change=_first, key="cal-audit-actor")
        since = st.date_input("Since", value=None, width=160, on_change=_first, key="cal-audit-since")
    return Sought(
        since="" if since is None else since.isoformat(),
        actor=(actor or "").strip(),
        kind="" if kind in (None, ANY) else str(kind),
    )


def _row(one: Entry) -> tables.Row:
    about = ", ".join(f"{name}: {_words(value)}" for name, value in one.detail.items() if value is not None)
    return (
        tables.Cell(one.at[:19].replace("T", " "), style="white-space: nowrap"), one.actor, one.kind,
        tables.Cell(about, style="overflow-wrap: anywhere; min-width: 14rem"),
        "" if one.number is None else str(one.number),
    )  # fmt: skip


def _words(value: object) -> str:
    """Lists and counts without brackets; of a long hash the beginning, which files have whole."""
    if isinstance(value, str):
        return f"{value[:SHOWN]}…" if HASH.fullmatch(value) else value
    if isinstance(value, list):
        return " and ".join(_words(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(one)}" for name, one in value.items() if one is not None)
    return json.dumps(value, ensure_ascii=False)


def _pager(found: AuditPage) -> None:
    if found.pages < 2:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        newer, older = found.page - 1, found.page + 1
        st.button("Newer", disabled=newer < 0, on_click=state.turn_page, args=(NAME, newer))
        page.note(f"Page {older} of {found.pages}")
        st.button("Older", disabled=older >= found.pages, on_click=state.turn_page, args=(NAME, older))


def _files(desk: Desk, sought: Sought) -> None:
    """The entries that were looked for as a file; made when it is asked for."""
    role = state.role()
    with st.container(horizontal=True):
        st.download_button(
            "CSV", lambda: audit_files.as_csv(audit.every(desk, role=role, sought=sought)), "audit.csv",
            "text/csv", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "JSON Lines", lambda: audit_files.as_jsonl(audit.every(desk, role=role, sought=sought)),
            "audit.jsonl", "application/jsonl", on_click="ignore",
        )  # fmt: skip


def _whole(desk: Desk) -> None:
    """Whether the log is the one that was entered, when somebody asks."""
    if not st.button("Check that it is whole"):
        return
    found = audit.verify(desk, role=state.role())
    for fault in found.faults:
        page.warning(fault)
    if not found.faults:
        page.note(f"{found.entries:,} entries follow one another. The last has the hash {found.sha256}.")


def _first() -> None:
    state.turn_page(NAME, 0)
