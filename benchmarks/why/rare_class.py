"""Two tables with the same share of equal answers and very different kappas: what the panel adds."""

from __future__ import annotations

from benchmarks.blocks import table
from calibration.stats.estimate import Estimate, Result
from calibration.stats.paradox import ParadoxPanel, paradox_panel
from calibration.stats.patterns import table_of

# Feinstein and Cicchetti (1990): rows are the judge's answers, columns the humans'
BALANCED, SKEWED = [[40, 9], [6, 45]], [[80, 10], [5, 5]]


def block() -> str:
    """The paradox panel of both tables, side by side."""
    panels = [panel(BALANCED), panel(SKEWED)]
    rows = [
        ["equal answers", *(shown(p.percent_agreement) for p in panels)],
        ["Cohen's κ", *(shown(p.kappa) for p in panels)],
        ["largest κ that these margins allow", *(f"{p.kappa_max:.2f}" for p in panels)],
        ["PABAK", *(shown(p.pabak) for p in panels)],
        ["Gwet's AC1", *(shown(p.gwet_ac1) for p in panels)],
        ["prevalence index", *(f"{p.prevalence_index:.2f}" for p in panels)],
        ["agreement on “good”", *(shown(p.classes[0].f1) for p in panels)],
        ["agreement on “bad”", *(shown(p.classes[1].f1) for p in panels)],
    ]
    head = ("", *(str(t).replace(" ", "") for t in (BALANCED, SKEWED)))
    texts = "\n".join(f"> {text}" for text in panels[1].texts)
    assert not panels[0].texts
    return f"{table(head, rows)}\n\nWhat the second panel says in words (the first says nothing):\n\n{texts}"


def panel(counts: list[list[int]]) -> ParadoxPanel:
    found = paradox_panel(table_of(counts), names=("good", "bad"))
    assert isinstance(found, ParadoxPanel)
    return found


def shown(found: Result) -> str:
    if not isinstance(found, Estimate) or found.low is None or found.high is None:
        return str(found)
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
