"""Failure modes as tables: how often, where, when, and what judges let through; draws what it is given."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from annotate_app.ui.parts import page, tables
from annotate_app.ui.parts.tables import Cell, Row
from calibration.findings.failures import ModeShare
from calibration.stats.estimate import Result, Undefined

HEADER = ("failure mode", "severity", "seen by people", "items", "of all", "let through by a judge")


def draw(modes: Sequence[ModeShare]) -> None:
    """All modes that were seen, silent and undetected ones first; then each by stratum and month."""
    seen = [one for one in modes if one.items]
    tables.draw(
        HEADER, [_row(one) for one in seen],
        caption="Development items; a judge lets an item through whose answers all lie in the better half",
    )  # fmt: skip
    never = [one.mode.name.replace("_", " ") for one in modes if not one.items]
    if never:
        page.note(f"Not seen: {', '.join(never)}.")
    for one in seen:
        _sliced(one)


def _row(one: ModeShare) -> Row:
    lines = (f"{judge}: {_words(result)}" for judge, result in one.passed.items())
    passed = "<br>".join(f'<span class="cal-fact">{escape(line)}</span>' for line in lines)
    return (
        one.mode.name.replace("_", " "), one.mode.severity, one.mode.visibility, len(one.items),
        _share(one.share), Cell(html=passed or "—"),
    )  # fmt: skip


def _sliced(one: ModeShare) -> None:
    """A mode by stratum and over time, where there is more than one of either."""
    n = len(one.items)
    with st.expander(page.plain(f"{one.mode.name.replace('_', ' ')}: {n} {'item' if n == 1 else 'items'}")):
        if one.mode.description:
            page.note(one.mode.description)
        for title, parts in (("stratum", one.strata), ("month", one.months)):
            tables.draw(
                (title, "share of its items"), [(name, _share(result)) for name, result in parts.items()],
                narrow=True,
            )  # fmt: skip
        page.note(", ".join(one.items[:40]) + (" …" if len(one.items) > 40 else ""))


def _share(result: Result) -> Cell:
    if isinstance(result, Undefined):
        return Cell("—", number=True)
    ends = f"{result.low:.0%} to {result.high:.0%}, n {result.n:,}"
    return Cell(html=f'{result.value:.0%}<br><span class="cal-host">{ends}</span>', number=True)


def _words(result: Result) -> str:
    if isinstance(result, Undefined):
        return "—"
    return f"{result.value:.0%} ({result.low:.0%} to {result.high:.0%}, n {result.n:,})"
