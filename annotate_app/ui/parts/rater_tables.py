"""Tables about raters: every number with interval and n, a dash with its reason where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from annotate_app.services.rater_quality import FEW, CriterionQuality, RaterWork
from annotate_app.ui.parts import page, tables
from annotate_app.ui.parts.estimates import caption_of
from annotate_app.ui.parts.tables import Cell, Row
from calibration.findings.drifting import Drifting
from calibration.findings.raters import RaterFindings
from calibration.findings.suggested import Suggested
from calibration.render.raters import suggestion_words
from calibration.stats.estimate import Result, Undefined

WORK = ("rater", "done", "left", "seconds an item", "skipped", "unsure", "last answer (UTC)")
ANSWERS = (
    "rater",
    "items",
    "leniency",
    "agreement",
    "κ",
    "own repeats",
    "gold",
    "planted found",
    "over time",
)
SUGGESTED = ("item", "majority", "it suggests", "votes", "its probability")
SHOWN = 50
SMALL = 0.01


def work(found: Sequence[RaterWork]) -> None:
    """Who has done how much, how fast, and with how many skips and doubts."""
    rows: list[Row] = [
        (
            one.rater, one.items, one.left, _cell(one.seconds, ".0f"), _cell(one.skipped, ".0%"),
            _cell(one.unsure, ".0%"), (one.last or "")[:16].replace("T", " "),
        )
        for one in found
    ]  # fmt: skip
    tables.draw(
        WORK,
        rows,
        caption="All items but training. Seconds: the median time with the page in sight and in use",
    )
    reasons(*(result for one in found for result in (one.seconds, one.skipped, one.unsure)))


def answers(quality: CriterionQuality) -> None:
    """Each rater beside the others, beside themselves, and where the answer is known."""
    found = quality.found
    tables.draw(
        ANSWERS,
        [_rater(one, quality.drift[one.rater]) for one in found.raters],
        caption=(
            "Leniency: mean difference to the others on the same items, as they are. Agreement and "
            f"{caption_of(found.coefficient)}: with every other rater of the same items, weighted as drawn"
        ),
    )
    known = (result for one in found.raters for result in _results(one))
    reasons(*known, *(one for one in quality.drift.values() if isinstance(one, Undefined)))
    if any(one.items < FEW for one in found.raters):
        page.note(
            f"Fewer than {FEW} items of a rater say little about the rater, whatever stands in the row."
        )


def suggestions(quality: CriterionQuality) -> None:
    """Where Dawid–Skene would answer otherwise than the majority."""
    page.note(suggestion_words(quality.found.suggestions))
    found = quality.suggested
    if isinstance(found, Undefined) or not found:
        return
    with st.expander(f"Items where it would answer otherwise ({len(found)})"):
        tables.draw(SUGGESTED, [_item(one) for one in found[:SHOWN]])
        if len(found) > SHOWN:
            page.note(f"{len(found) - SHOWN} more: calibrant raters --json")


def reasons(*results: Drifting | Result) -> None:
    """Why there are dashes, each reason once."""
    said = dict.fromkeys(one.reason for one in results if isinstance(one, Undefined))
    if said:
        page.note("— " + "; ".join(said) + ".")


def _rater(one: RaterFindings, drift: Drifting | Undefined) -> Row:
    over_time = "—" if isinstance(drift, Undefined) else str(drift)
    return (one.rater, one.items, *(_cell(result, ".2f") for result in _results(one)), over_time)


def _results(one: RaterFindings) -> tuple[Result, ...]:
    again = one.consistency
    repeats: Result = again if isinstance(again, Undefined) else again.agreement
    return (one.leniency, one.agreement, one.kappa, repeats, one.gold, one.planted)


def _cell(result: Result, form: str) -> Cell:
    """The value, its interval and n; a dash with its reason on pointing at it; small shares finer."""
    if isinstance(result, Undefined):
        return Cell(html=f'<span title="{escape(result.reason)}">—</span>', number=True)
    if form == ".0%" and result.high is not None and result.high < SMALL:
        form = ".1%"
    value = f"{result.value:{form}}".replace("-", "−")
    ends = "no interval"
    if result.low is not None and result.high is not None:
        ends = f"{result.low:{form}} to {result.high:{form}}".replace("-", "−")
    return Cell(html=f'{value}<br><span class="cal-host">{ends}, n {result.n:,}</span>', number=True)


def _item(one: Suggested) -> Row:
    votes = ", ".join(f"{value} ×{n}" for value, n in one.votes)
    majority = "tied" if one.majority is None else str(one.majority)
    return (one.item_id, majority, str(one.suggestion), votes, Cell(f"{one.probability:.2f}", number=True))
