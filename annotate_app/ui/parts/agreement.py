"""One criterion's agreement on the page: people first, then each judge beside them; measures nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from annotate_app.ui.parts import estimates, page, tables
from calibration.agreement import Ceiling, CriterionAgreement, HumanAgreement, JudgeAgreement, RaterPair
from calibration.render.words import CAPTIONS


def draw(
    found: CriterionAgreement, headline: Sequence[str], bars: Mapping[str, Sequence[str]] | None = None
) -> None:
    """People among themselves, then every judge against them; `headline` are to be read first.

    `bars` say of each judge whether it beats a trivial baseline.
    """
    _humans(found.humans, headline)
    for name, judge in found.judges.items():
        page.heading(f"Judge {name}")
        _judge(judge, headline)
        for sentence in (bars or {}).get(name, ()):
            page.note(sentence)
    if not found.judges:
        page.note("No judge has given verdicts here.")
    if found.weighted:
        page.note(f"Weighted by {found.weighted}.")


def _humans(humans: HumanAgreement, headline: Sequence[str]) -> None:
    page.heading("People among themselves")
    page.note(
        f"{humans.ratings:,} answers of {_raters(humans.raters)} on {humans.items:,} items"
        + statuses(humans.statuses)
    )
    estimates.draw(humans.estimates, first=headline, caption="All raters, every pair of raters of an item")
    if humans.pairs:
        with st.expander("Pair by pair"):
            tables.draw(
                ("raters", *estimates.HEADER[1:]),
                [_pair(pair) for pair in humans.pairs],
                caption=CAPTIONS["cohen_kappa"],
            )


def _raters(count: int) -> str:
    return "1 rater" if count == 1 else f"{count:,} raters"


def _pair(pair: RaterPair) -> tables.Row:
    return estimates.row(" and ".join(pair.raters), pair.cohen_kappa)


def _judge(judge: JudgeAgreement, headline: Sequence[str]) -> None:
    ties = f"; {judge.reference_ties:,} items without a reference (tied vote)" if judge.reference_ties else ""
    items = "1 item" if judge.n == 1 else f"{judge.n:,} items"
    page.note(f"{items} compared with the {judge.reference} of the raters{ties}{statuses(judge.statuses)}")
    caption = f"{judge.judge} against the {judge.reference} of the raters"
    estimates.draw(judge.estimates, first=headline, caption=caption)
    if judge.ceiling is not None:
        _ceiling(judge.ceiling)
    if judge.confusion is not None:
        estimates.confusion(judge.confusion, caption="How often the judge said what people said")
    for name, variant in judge.variants.items():
        with st.expander(page.plain(f"The same with {name}")):
            estimates.table(variant.estimates, caption=f"{variant.n:,} compared")


def _ceiling(ceiling: Ceiling) -> None:
    rows = [
        estimates.row("people with one another", ceiling.human_human),
        estimates.row("the judge with each of them", ceiling.judge_human),
        estimates.row("gap", ceiling.gap, on_axis=False),
    ]
    caption = (
        f"The human ceiling: {CAPTIONS.get(ceiling.coefficient, ceiling.coefficient)}, on the same items"
    )
    tables.draw(("who", *estimates.HEADER[1:]), rows, caption=caption)


def statuses(counts: Mapping[str, int]) -> str:
    """ "; skipped 3, abstained 1": what is not an answer, and how often."""
    other = [f"{name.replace('_', ' ')} {n:,}" for name, n in counts.items() if n and name != "observed"]
    return "; " + ", ".join(other) if other else ""
