"""The words for the bar: whether a judge beats a trivial baseline, and which command makes a missing one."""

from __future__ import annotations

from collections.abc import Sequence

from calibration.findings.bar import Bar, Bars, Hurdle
from calibration.render.blocks import Block, Cell, Heading, Paragraph, Table, result_cell
from calibration.render.words import CAPTIONS, number, why_not

TONES = {"clears the bar": "trusted", "does not": "not trusted", "undecided": "undecided"}
LEADS = {
    "clears the bar": "Clears the bar",
    "does not": "Does not clear the bar",
    "undecided": "Undecided",
}
NO_LEARNED = (
    'No learned baseline has verdicts here: declare [judges.baseline] with baseline = "tfidf-logistic" in '
    "study.toml and run `calibrant judge run baseline`."
)
CAPTION = (
    "Judge minus baseline by the default coefficient, on the same items against the same reference; "
    "brackets: 95%. The commonest answer is that of the references on these items; its κ is 0 by definition."
)


def bar_section(found: Bars) -> Sequence[Block]:
    """One row per criterion, judge and baseline; nothing where no judge has verdicts."""
    rows = tuple(
        _row(criterion, judge, hurdle)
        for criterion, judges in found.items()
        for judge, bar in judges.items()
        for hurdle in bar.hurdles
    )
    if not rows:
        return []
    header = ("criterion", "judge", "against", "coefficient", "difference", "items", "outcome")
    heading = Heading("Does a judge beat a trivial baseline?", level=3)
    blocks: list[Block] = [heading, Table(header, rows, CAPTION)]
    if not all(bar.learned for judges in found.values() for bar in judges.values()):
        blocks.append(Paragraph(NO_LEARNED, tone="note"))
    return blocks


def _row(criterion: str, judge: str, hurdle: Hurdle) -> tuple[Cell, ...]:
    return (
        Cell(criterion),
        Cell(judge),
        Cell(hurdle.baseline),
        Cell(CAPTIONS.get(hurdle.coefficient, hurdle.coefficient)),
        result_cell(hurdle.difference),
        Cell(str(hurdle.n)),
        Cell(hurdle.outcome, hurdle.reason, tone=TONES[hurdle.outcome]),
    )


def bar_sentences(bar: Bar) -> tuple[str, ...]:
    """One sentence per baseline, for a page; and the command where the learned one is missing."""
    said = [_sentence(hurdle) for hurdle in bar.hurdles]
    return tuple(said if bar.learned else [*said, NO_LEARNED])


def _sentence(hurdle: Hurdle) -> str:
    caption = CAPTIONS.get(hurdle.coefficient, hurdle.coefficient)
    reason = f" ({hurdle.reason})" if hurdle.reason else ""
    warned = why_not(hurdle.difference)
    warning = f"; {warned}" if warned and warned != hurdle.reason else ""
    return (
        f"{LEADS[hurdle.outcome]} against {hurdle.baseline}{reason}: {caption} differs by "
        f"{number(hurdle.difference)} on {hurdle.n} items{warning}."
    )
