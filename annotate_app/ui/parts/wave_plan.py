"""A plan of a wave as tables and sentences, beside that of as many random items; no arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

from annotate_app.services.wave_planning import WavePlan
from annotate_app.services.wave_words import chances, cost, words_of
from annotate_app.services.waves_page import Advised
from annotate_app.ui.parts import page, tables
from annotate_app.ui.parts.estimates import signed
from annotate_app.ui.parts.tables import Cell, Row
from calibration.foreseeing import Foreseen

HEADER = (
    "criterion",
    "errors found",
    "at random",
    "interval",
    "at random",
    "effective n",
    "worth at random",
    "pilot",
)
DOUBT = (
    "Does a judge's doubt find its errors? What labels so far say. AUROC: how often an error is doubted more "
    "than a right verdict; .5 is chance, 1 is always"
)


def draw(found: WavePlan) -> None:
    """What it is, what it costs, what it brings, what to think of."""
    page.heading("What it would bring")
    page.note(
        f"{words_of(found.design)[:1].upper()}{words_of(found.design)[1:]} on "
        f"{found.split.replace('_', '-')}: {found.drawn:,} of {found.frame:,} items, drawn with probability "
        f"{chances(found.pi_low, found.pi_high)}."
    )
    page.note(f"{cost(found)}.")
    if found.criteria:
        caption = f"Simulated from the labels on {found.pilot}, for {found.judge}"
        tables.draw(HEADER, [_row(one) for one in found.criteria], caption=caption)
    if len(found.strata) > 1:
        strata = [(name, round(one.drawn), one.items) for name, one in found.strata.items()]
        tables.draw(("stratum", "drawn", "out of"), strata, caption="Strata", narrow=True)
    for said in found.advice:
        page.note(said)
    for said in found.warnings:
        page.warning(said[:1].upper() + said[1:] + ".")


def advice(found: Sequence[Advised]) -> None:
    """Which signal the pilot says to follow, by criterion and judge."""
    rows = [
        (
            one.criterion.replace("_", " "), one.judge,
            "none: draw at random" if one.follow is None else one.follow.replace("_", " "),
            "—" if one.auroc is None else tables.Cell(signed(str(one.auroc)), name="cal-fact"),
        )
        for one in found
    ]  # fmt: skip
    header = ("criterion", "judge", "signal that finds errors", "AUROC")
    tables.draw(header, rows, caption=DOUBT, stacked=True)


def _row(one: Foreseen) -> Row:
    width, beside = one.width, one.width_at_random
    return (
        one.criterion.replace("_", " "),
        Cell(f"{one.errors:.1f}", number=True),
        Cell(f"{one.errors_at_random:.1f}", number=True),
        Cell("none" if width is None else f"± {width / 2:.3f}", number=True),
        Cell("none" if beside is None else f"± {beside / 2:.3f}", number=True),
        Cell("—" if one.n_effective is None else f"{one.n_effective:.0f}", number=True),
        Cell("—" if one.as_many_as is None else f"{one.as_many_as:.0f} items", number=True),
        Cell(f"{one.pilot}", number=True),
    )
