"""A report as one self-contained HTML page: opens offline, light and dark, prints well; no script."""

from __future__ import annotations

from html import escape

from calibration.period import Period
from calibration.render.blocks import (
    Break,
    Cell,
    Chart,
    Diagram,
    Document,
    Folded,
    Heading,
    Paragraph,
    Part,
    Table,
)
from calibration.render.chart import trend_svg
from calibration.render.document import document
from calibration.render.figure import svg
from calibration.render.period import period_document
from calibration.render.style import STYLE
from calibration.report import Report
from calibration.stats.estimate import Estimate

POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def render(report: Report) -> str:
    """One HTML document; every text from the study is escaped."""
    return page(document(report))


def render_period(period: Period) -> str:
    """The periodic report as one HTML document."""
    return page(period_document(period))


def page(doc: Document) -> str:
    """A document as one HTML page that needs nothing else."""
    body = "\n".join(_block(block) for block in doc.blocks)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{escape(doc.title)}</title>\n<style>{STYLE}</style></head>\n"
        f"<body><main><header><h1>{escape(doc.title)}</h1><p>{escape(doc.subtitle)}</p></header>\n"
        f"{body}\n</main></body></html>\n"
    )


def _block(block: Part) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
    if isinstance(block, Paragraph):
        return f'<p class="{block.tone}">{escape(block.text)}</p>'
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Diagram):
        return svg(block)
    if isinstance(block, Chart):
        return trend_svg(block.trend)
    if isinstance(block, Break):
        return '<hr class="page">'
    return _folded(block)


def _folded(block: Folded) -> str:
    inner = "\n".join(_block(part) for part in block.blocks)
    return f"<details><summary>{escape(block.summary)}</summary>\n{inner}\n</details>"


def _table(table: Table) -> str:
    caption = f"<caption>{escape(table.caption)}</caption>" if table.caption else ""
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in table.header)
    rows = "\n".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in table.rows)
    inner = f"{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
    return f'<div class="scroll"><table>{inner}</table></div>'


def _cell(cell: Cell) -> str:
    tone = "" if cell.tone == "plain" else f' class="{escape(cell.tone.replace(" ", "-"))}"'
    note = f"<small>{escape(cell.note)}</small>" if cell.note else ""
    return f"<td{tone}>{escape(cell.text)}{_bar(cell.interval)}{note}</td>"


def _bar(estimate: Estimate | None) -> str:
    """The interval as a bar on [-1, 1] with a mark at zero; only what fits that range is drawn."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    if not -1 <= estimate.low <= estimate.value <= estimate.high <= 1:
        return ""
    low, value, high = (50 + 50 * v for v in (estimate.low, estimate.value, estimate.high))
    return (
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<line class="zero" x1="50" x2="50" y1="0" y2="8"/>'
        f'<line class="range" x1="{low:.1f}" x2="{high:.1f}" y1="4" y2="4"/>'
        f'<rect class="dot" x="{value - 0.8:.1f}" y="1" width="1.6" height="6"/></svg>'
    )
