"""The words for raters: leniency, agreement, consistency, gold, and what Dawid–Skene would suggest."""

from __future__ import annotations

from calibration.findings.raters import CriterionRaters, RaterFindings, Suggestions
from calibration.render.blocks import Cell, Folded, Heading, Paragraph, Part, Table, result_cell
from calibration.render.words import CAPTIONS
from calibration.stats.estimate import Result, Undefined

FOR_LEADS = (
    "For leads, to help raters and to improve the rubric: intervals are wide, and a rater who differs may be "
    "the one who is right. Labels of open splits only, weighted as drawn."
)
HEADER = ("rater", "items", "labels", "leniency", "agreement", "κ with others", "own repeats", "gold")


def raters_section(found: tuple[CriterionRaters, ...]) -> list[Part]:
    """One fold per criterion."""
    if not found:
        return []
    return [
        Heading("Raters"),
        Paragraph(FOR_LEADS, tone="note"),
        *(Folded(f"Raters on {one.criterion}", (raters_table(one), suggestion(one))) for one in found),
    ]


def raters_table(found: CriterionRaters) -> Table:
    rows = tuple(_row(rater) for rater in found.raters)
    caption = (
        "Leniency: mean signed difference to the others on the same items (on a binary scale: how much more "
        f"often the first answer). κ: {CAPTIONS.get(found.coefficient, found.coefficient)} over all pairs "
        "with other raters. Own repeats: agreement with the own earlier answer."
    )
    return Table(HEADER, rows, caption)


def _row(found: RaterFindings) -> tuple[Cell, ...]:
    again = found.consistency
    repeats: Result = again if isinstance(again, Undefined) else again.agreement
    return (
        Cell(found.rater),
        Cell(str(found.items)),
        Cell(str(found.labels)),
        *(_brief(one) for one in (found.leniency, found.agreement, found.kappa, repeats, found.gold)),
    )


def _brief(result: Result) -> Cell:
    """A dash where nothing can be said; why stands in small print."""
    return Cell("—", result.reason) if isinstance(result, Undefined) else result_cell(result)


def suggestion(found: CriterionRaters) -> Paragraph:
    return Paragraph(suggestion_words(found.suggestions))


def suggestion_words(found: Suggestions | Undefined) -> str:
    """How often Dawid–Skene would answer otherwise: a suggestion, not truth."""
    if isinstance(found, Undefined):
        return f"Dawid–Skene: no suggestion, {found.reason}."
    unsettled = f" {found.tied} more have a tied vote and no majority." if found.tied else ""
    scarce = (
        f" {len(found.scarce)} raters have fewer than 20 of these answers, too few to know their errors."
        if found.scarce
        else ""
    )
    unsure = "" if found.converged else " The fit has not settled."
    return (
        "Dawid–Skene, which weighs raters by how they answer, would answer otherwise than the majority on "
        f"{found.differs} of {found.items} items with several raters: a suggestion, not truth; "
        "the majority stays the reference."
        f"{unsettled}{scarce}{unsure}"
    )
