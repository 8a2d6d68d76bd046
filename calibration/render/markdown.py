"""A report as Markdown text."""

from __future__ import annotations

from calibration.period import Period
from calibration.render.blocks import (
    Break,
    Cell,
    Chart,
    Diagram,
    Document,
    Heading,
    Paragraph,
    Part,
    Table,
)
from calibration.render.document import document
from calibration.render.period import period_document
from calibration.report import Report


def render(report: Report) -> str:
    """GitHub-flavoured Markdown with tables; details are folded."""
    return text(document(report))


def render_period(period: Period) -> str:
    """The periodic report as Markdown."""
    return text(period_document(period))


def text(doc: Document) -> str:
    """A document as Markdown."""
    lines = [f"# {_inline(doc.title)}", "", _inline(doc.subtitle), ""]
    for block in doc.blocks:
        lines += _block(block)
    return "\n".join(lines).rstrip() + "\n"


def _block(block: Part) -> list[str]:
    if isinstance(block, Heading):
        return [f"{'#' * block.level} {_inline(block.text)}", ""]
    if isinstance(block, Paragraph):
        mark = {"note": "> ", "caution": "> **Caution.** "}.get(block.tone, "")
        return [mark + _inline(block.text), ""]
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Break):
        return ["---", ""]
    if isinstance(block, Diagram | Chart):
        return []  # the table beside it says the same
    inner = [line for part in block.blocks for line in _block(part)]
    return ["<details>", f"<summary>{_inline(block.summary)}</summary>", "", *inner, "</details>", ""]


def _table(table: Table) -> list[str]:
    caption = [_inline(table.caption), ""] if table.caption else []
    head = ["| " + " | ".join(_inline(h) for h in table.header) + " |", "|" + "---|" * len(table.header)]
    rows = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in table.rows]
    return [*caption, *head, *rows, ""]


def _cell(cell: Cell) -> str:
    return _inline(f"{cell.text} ({cell.note})" if cell.note else cell.text)


def _inline(text: str) -> str:
    """Text from studies is data: nothing in it may become markup."""
    for mark in "\\`*_[]<>|#":
        text = text.replace(mark, f"&#{ord(mark)};" if mark in "<>|" else f"\\{mark}")
    return " ".join(text.split())
