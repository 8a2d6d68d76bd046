"""The periodic report as a list of blocks: a page for whoever decides, then all that it stands on."""

from __future__ import annotations

from calibration.monitoring import Followed
from calibration.period import Period, Point, Trend
from calibration.render.blocks import (
    Break,
    Cell,
    Chart,
    Document,
    Heading,
    Paragraph,
    Part,
    Table,
    result_cell,
)
from calibration.render.document import document
from calibration.render.words import CAPTIONS, decimals

OPEN_ONLY = "Open splits and reviewed production outputs; held-out items are left out. Not weighted."


def period_document(period: Period) -> Document:
    """Headlines, what to do, what changed; then drift, trends, strata, failure modes, raters, all numbers."""
    report = period.report
    compared = f", compared with the report of {period.compared_to[:10]}" if period.compared_to else ""
    subtitle = f"{period.since[:10]} to {period.until[:10]}{compared} · rubric {report.rubric.sha256[:12]}"
    blocks: list[Part] = [Paragraph(report.study.note, tone="note")] if report.study.note else []
    blocks += [Heading("In short"), _headlines(period)]
    blocks += [Heading("What to do next"), *_steps(period), Heading("What changed"), _changes(period)]
    blocks.append(Break())
    blocks += [*_drift(period), *_trends(period), *_strata(period), *_modes(period), *_raters(period)]
    blocks += [Break(), Heading("Calibration, in full"), *document(report).blocks]
    return Document(f"Report: {report.study.name}", subtitle, tuple(blocks))


def _headlines(period: Period) -> Table:
    words = {"trusted": "good", "not trusted": "act", "undecided": "open", "plain": ""}
    rows = tuple(
        (Cell(words.get(one.tone, one.tone), tone=one.tone), Cell(one.text)) for one in period.headlines
    )
    return Table(("", "what"), rows)


def _steps(period: Period) -> list[Part]:
    if not period.next_steps:
        return [Paragraph("Nothing is due.")]
    rows = tuple((Cell(str(k)), Cell(step)) for k, step in enumerate(period.next_steps, start=1))
    return [Table(("", "step"), rows)]


def _changes(period: Period) -> Part:
    if not period.changes:
        return Paragraph("Nothing that this report counts is other than it was.")
    rows = tuple((Cell(c.what), Cell(c.before), Cell(c.now, tone=c.tone)) for c in period.changes)
    before = f"on {period.compared_to[:10]}" if period.compared_to else "before"
    return Table(("what", before, "now"), rows)


def _drift(period: Period) -> list[Part]:
    drift = period.drift
    blocks: list[Part] = [Heading("Production")]
    if drift.note:
        blocks.append(Paragraph(drift.note, tone="note"))
    if drift.processes:
        header = ("what is followed", "criterion", "mean", "last 100", "n", "floor", "evidence", "state")
        caption = (
            "An alarm is raised when the evidence ever reaches its limit; with nothing changed that happens "
            "in at most 5% of studies, however often one looks. Intervals of the mean hold at every n."
        )
        blocks.append(Table(header, tuple(_process(one) for one in drift.processes), caption))
    if drift.alarms:
        rows = tuple(
            (Cell(_when(a.at)), Cell(a.kind), Cell(a.text),
             Cell("stands" if a.stands else "over", tone="not trusted" if a.stands else "plain"))
            for a in drift.alarms
        )  # fmt: skip
        blocks.append(Table(("when", "alarm", "what it says", "state"), rows, "Alarms of the period."))
    return blocks


def _process(one: Followed) -> tuple[Cell, ...]:
    what = "judged good" if one.kind == "quality" else "judge agrees with people on anchors"
    return (
        Cell(what), Cell(one.criterion), _plain(one.value), _plain(one.recent), Cell(str(one.n)),
        Cell(decimals(one.floor)), Cell(f"{one.highest:.2g} of {one.limit:.0f}"),
        Cell("alarm" if one.raised else "quiet", tone="not trusted" if one.raised else "trusted"),
    )  # fmt: skip


def _plain(found: object) -> Cell:
    """Words alone: a bar from −1 to 1 says little of shares."""
    cell = result_cell(found)  # type: ignore[arg-type]
    return Cell(cell.text, cell.note)


def _trends(period: Period) -> list[Part]:
    if not period.trends:
        return []
    blocks: list[Part] = [Heading("Over time")]
    for trend in period.trends:
        blocks += [Heading(trend.title, level=4), Chart(trend), _points(trend)]
    return blocks


def _points(trend: Trend) -> Table:
    """The chart's numbers, and what happened since the point before."""
    rows, since = [], ""
    for point in trend.points:
        happened = [m.text for m in trend.marks if since < m.at <= point.at]
        rows.append(
            (Cell(_when(point.at)), Cell(_words(point)), Cell(str(point.n)), Cell("; ".join(happened)))
        )
        since = point.at
    floor = "" if trend.floor is None else f"Floor {decimals(trend.floor)}. "
    return Table(("when", "value", "n", "new since the one before"), tuple(rows), f"{floor}Brackets: 95%.")


def _when(at: str) -> str:
    return at[:16].replace("T", " ")


def _words(point: Point) -> str:
    if point.low is None or point.high is None:
        return f"{decimals(point.value)}, no interval"
    return f"{decimals(point.value)} [{decimals(point.low)}, {decimals(point.high)}]"


def _strata(period: Period) -> list[Part]:
    if not period.strata:
        return []
    rows = tuple(
        (Cell(s.stratum), Cell(s.criterion), Cell(s.judge), Cell(CAPTIONS.get(s.coefficient, s.coefficient)),
         result_cell(s.agreement))
        for s in period.strata
    )  # fmt: skip
    header = ("stratum", "criterion", "judge", "coefficient", "agreement with people")
    caption = (
        f"On the {period.strata[0].split} split; lowest lower bound first, then those without an interval."
    )
    return [Heading("Weakest strata"), Table(header, rows, caption)]


def _modes(period: Period) -> list[Part]:
    heading = Heading("Failure modes, worst first")
    if not period.modes:
        return [heading, Paragraph("No label names a failure mode.")]
    rows = tuple(
        (Cell(m.name), Cell(m.severity), Cell(m.visibility), Cell(str(m.items)), _plain(m.share),
         Cell(str(m.items_before)), _plain(m.share_before))
        for m in period.modes
    )  # fmt: skip
    header = (
        "failure mode",
        "severity",
        "visibility",
        "items now",
        "share now",
        "items before",
        "share before",
    )
    return [
        heading,
        Table(header, rows, f"Share of items labelled in the period, and before it. {OPEN_ONLY}"),
    ]


def _raters(period: Period) -> list[Part]:
    heading = Heading("Raters to talk with")
    if not period.raters:
        return [heading, Paragraph("Nobody surely differs from the others, from themselves or from gold.")]
    rows = tuple((Cell(one),) for one in period.raters)
    return [heading, Table(("what was seen",), rows, "A rater who differs may be the one who is right.")]
