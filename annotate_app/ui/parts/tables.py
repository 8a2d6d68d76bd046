"""Small tables as plain HTML that follow the theme and need no data frame; every cell is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

MOST_BESIDE = 4  # columns that find room beside one another on a telephone


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: text, or HTML of our own making; numbers stand right."""

    text: str = ""
    html: str | None = None
    number: bool = False
    name: str = ""
    style: str = ""


Row = Sequence["str | int | float | Cell"]


def draw(
    header: Sequence[str],
    rows: Sequence[Row],
    *,
    caption: str = "",
    narrow: bool = False,
    stacked: bool = False,
) -> None:
    """Show the table; nothing when it has no rows. Many columns are stacked, unless they are `narrow`."""
    if rows:
        many = len(header) > MOST_BESIDE and not narrow
        st.html(to_html(header, rows, caption=caption, narrow=narrow, stacked=stacked or many))


def filled(header: Sequence[str], rows: Sequence[Row]) -> tuple[Sequence[str], Sequence[Row]]:
    """The table without the columns in which no row says anything."""
    kept = [k for k in range(len(header)) if any(row[k] not in ("", Cell()) for row in rows)]
    return [header[k] for k in kept], [tuple(row[k] for k in kept) for row in rows]


def to_html(
    header: Sequence[str],
    rows: Sequence[Row],
    *,
    caption: str = "",
    narrow: bool = False,
    stacked: bool = False,
) -> str:
    """The table's HTML; the first cell of a row names the row.

    A `stacked` one shows each row as lines, with the columns' names in them, where the window is narrow.
    """
    numbers = [_is_number(value) for value in rows[0]] if rows else [False] * len(header)
    head = "".join(
        f'<th scope="col"{_class("cal-number" if right else "")}>{escape(name)}</th>'
        for name, right in zip(header, numbers, strict=True)
    )
    body = "".join(f"<tr>{_cells(row, header if stacked else ())}</tr>" for row in rows)
    title = f'<caption><span class="cal-caption">{escape(caption)}</span></caption>' if caption else ""
    table = _class("cal-table" + " cal-narrow" * narrow + " cal-stacked" * stacked)
    return (
        f'<div class="cal-tablebox" tabindex="0" role="group" aria-label="{escape(caption or "table")}">'
        f"<table{table}>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(row: Row, columns: Sequence[str]) -> str:
    """The cells of a row; those of a stacked table carry their columns' names."""
    cells = [value if isinstance(value, Cell) else _plain(value) for value in row]
    names = columns or [""] * len(cells)
    return "".join(
        _cell(cell, "td" if place else "th", column)
        for place, (cell, column) in enumerate(zip(cells, names, strict=True))
    )


def _cell(cell: Cell, tag: str, column: str) -> str:
    names = " ".join(name for name in ("cal-number" if cell.number else "", cell.name) if name)
    style = f' style="{escape(cell.style)}"' if cell.style else ""
    scope = ' scope="row"' if tag == "th" else ""
    of = f' data-column="{escape(column)}"' if column else ""
    inner = cell.html if cell.html is not None else escape(cell.text)
    return f"<{tag}{scope}{of}{_class(names)}{style}>{inner}</{tag}>"


def _plain(value: str | int | float) -> Cell:
    if isinstance(value, str):
        return Cell(value)
    return Cell(f"{value:,}" if isinstance(value, int) else f"{value:.3f}", number=True)


def _is_number(value: str | int | float | Cell) -> bool:
    return value.number if isinstance(value, Cell) else not isinstance(value, str)


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""
