"""Counts of disagreements by cause, and what relabel waves found; draws what it is given."""

from __future__ import annotations

from collections.abc import Sequence

from annotate_app.services.relabelling import Relabelled
from annotate_app.services.triaging import NEXT
from annotate_app.ui.parts import page, tables
from annotate_app.ui.parts.tables import Cell
from calibration.findings.causes import CAUSES, CauseCounts
from calibration.stats.estimate import Result, Undefined

HEADER = ("cause", "items", "of those with one", "what to do next")


def draw(counts: CauseCounts | None) -> None:
    """Every cause with its share and interval."""
    page.heading("What it adds up to")
    if counts is None:
        page.note("No verdict on items that were drawn to estimate something.")
        return
    page.note(f"{counts.differ} of {counts.compared} verdicts differ; {counts.tagged} have a cause.")
    rows = [
        (cause, counts.counts[cause], _share(counts.shares[cause]), NEXT[cause].replace("`", ""))
        for cause in CAUSES
    ]
    tables.draw(HEADER, rows, caption="By cause; items that no wave drew by a known chance are not counted")


def relabelled(found: Sequence[Relabelled]) -> None:
    """What other raters said, where judge and people had agreed and where not."""
    rows = [
        (
            one.wave, one.judge, one.criterion.replace("_", " "), _share(one.kept_agreements),
            _share(one.kept_disagreements), _share(one.sided_with_judge),
        )
        for one in found
    ]  # fmt: skip
    header = ("wave", "judge", "criterion", "agreements kept", "disagreements kept", "now with the judge")
    tables.draw(header, rows, caption="Relabel waves: the share of items with a new answer")


def _share(result: Result) -> Cell:
    if isinstance(result, Undefined):
        return Cell("—", number=True)
    ends = f"{result.low:.0%} to {result.high:.0%}, n {result.n:,}"
    return Cell(html=f'{result.value:.0%}<br><span class="cal-host">{ends}</span>', number=True)
