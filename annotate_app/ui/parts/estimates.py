"""Estimates as rows of a table with a plot in each row; an undefined one is a sentence, never a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from annotate_app.ui.parts import page, tables
from annotate_app.ui.parts.tables import Cell, Row
from calibration.agreement import Confusion
from calibration.render.words import CAPTIONS
from calibration.stats.estimate import Estimate, Result, Undefined

HEADER = ("coefficient", "value", "interval", "", "n")

# Coefficients run from -1 to 1; what lies left of this is drawn hollow at the edge.
AXIS_LOW, AXIS_HIGH = -0.5, 1.0
OFF_AXIS = frozenset(("rmse", "mae"))


def draw(results: Mapping[str, Result], *, first: Sequence[str], caption: str) -> None:
    """The coefficients to read first as a table, the others in a fold."""
    leading = {name: results[name] for name in first if name in results}
    others = {name: result for name, result in results.items() if name not in leading}
    table(leading, caption=caption)
    if others:
        with st.expander("More coefficients"):
            table(others, caption="The same answers, measured in other ways")


def table(results: Mapping[str, Result], *, caption: str) -> None:
    """A row per named result: value, interval as numbers and as a picture on one axis, and n."""
    rows = [row(caption_of(name), result, on_axis=name not in OFF_AXIS) for name, result in results.items()]
    tables.draw(HEADER, rows, caption=caption)
    for sentence in _sentences(results):
        page.note(sentence[:1].upper() + sentence[1:] + ".")


def row(name: str, result: Result, *, on_axis: bool = True) -> Row:
    """One result as a row; an undefined one says why."""
    if isinstance(result, Undefined):
        return (name, Cell("—", number=True), Cell(result.reason), Cell(), Cell("", number=True))
    interval = (
        signed(f"{result.low:.3f} to {result.high:.3f}")
        if result.low is not None and result.high is not None
        else "none"
    )
    return (
        name,
        Cell(signed(f"{result.value:.3f}"), number=True),
        Cell(interval, name="cal-fact"),
        Cell(html=plot(result) if on_axis else ""),
        result.n,
    )


def plot(result: Estimate) -> str:
    """The value as a dot and the interval as a bar, on an axis from -0.5 to 1 with a line at 0."""
    words = f"{result.value:.2f}"
    whisker = ""
    if result.low is not None and result.high is not None:
        left, right = _place(result.low), _place(result.high)
        whisker = f'<span class="cal-whisker" style="left:{left:.1f}%;width:{right - left:.1f}%"></span>'
        words += f", interval {result.low:.2f} to {result.high:.2f}"
    zero = f'<span class="cal-zero" style="left:{_place(0.0):.1f}%"></span>'
    outside = "" if AXIS_LOW <= result.value <= AXIS_HIGH else " cal-outside"
    dot = f'<span class="cal-dot{outside}" style="left:{_place(result.value):.1f}%"></span>'
    return f'<div class="cal-plot" role="img" aria-label="{escape(words)}">{zero}{whisker}{dot}</div>'


def confusion(found: Confusion, *, caption: str) -> None:
    """Counts by the judge's answer (rows) and the reference's (columns), shaded by their share of the row."""
    header = ("judge ↓ · people →", *(str(category) for category in found.categories))
    rows: list[Row] = []
    for place, (category, counts) in enumerate(zip(found.categories, found.counts, strict=True)):
        cells = [_shaded(n, sum(counts), same=place == k) for k, n in enumerate(counts)]
        rows.append((str(category), *cells))
    tables.draw(header, rows, caption=caption, narrow=True)


def signed(number: str) -> str:
    """The number with a minus in place of a hyphen."""
    return number.replace("-", "−")


def caption_of(name: str) -> str:
    """What a coefficient is called on the page."""
    return CAPTIONS.get(name, name)


def _shaded(count: int, total: int, *, same: bool) -> Cell:
    share = count / total if total else 0.0
    name = "cal-heat cal-same" if same else "cal-heat"
    return Cell(f"{count:,}", number=True, name=name, style=f"--cal-share:{share:.3f}")


def _place(value: float) -> float:
    """Percent from the left edge of the axis."""
    inside = min(max(value, AXIS_LOW), AXIS_HIGH)
    return 100 * (inside - AXIS_LOW) / (AXIS_HIGH - AXIS_LOW)


def _sentences(results: Mapping[str, Result]) -> list[str]:
    """Why intervals are missing, and warnings, each said once with the first one's figures."""
    estimates = [result for result in results.values() if isinstance(result, Estimate)]
    said = [f"no interval: {e.interval_undefined}" for e in estimates if e.interval_undefined]
    said += [warning for estimate in estimates for warning in estimate.warnings]
    first = {sentence.partition(":")[0]: sentence for sentence in reversed(said)}
    return list(reversed(first.values()))
