"""Markdown tables whose rows have more cells than the header stay text: a table would drop the cells."""

from __future__ import annotations

from itertools import takewhile

from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_core import StateCore
from markdown_it.token import Token


def keep_whole(state: StateCore) -> None:
    """Turns each table that would lose cells back into its lines."""
    tokens: list[Token] = []
    at = 0
    while at < len(state.tokens):
        length = 1
        if state.tokens[at].type == "table_open":
            table = [*takewhile(lambda token: token.type != "table_close", state.tokens[at:])]
            lines = _lines(state, table[0])
            if any(_cells(line) > _columns(table) for line in lines):
                tokens += _paragraph(table[0], lines)
                length = len(table) + 1
        tokens += state.tokens[at : at + length] if length == 1 else []
        at += length
    state.tokens = tokens


def _lines(state: StateCore, table: Token) -> list[str]:
    """The table's lines, without the marks of a quotation or the indent of a list around it."""
    start, end = table.map or [0, 0]
    return [line.lstrip("> \t").rstrip() for line in state.src.split("\n")[start:end]]


def _columns(table: list[Token]) -> int:
    return sum(token.type == "th_open" for token in table)


def _cells(line: str) -> int:
    return len(escapedSplit(line.strip().removeprefix("|").removesuffix("|")))


def _paragraph(table: Token, lines: list[str]) -> list[Token]:
    opening, inner, closing = (
        Token("paragraph_open", "p", 1), Token("inline", "", 0), Token("paragraph_close", "p", -1),
    )  # fmt: skip
    for token in (opening, inner, closing):
        token.block, token.level, token.map = True, table.level, table.map
    inner.content, inner.children = "\n".join(lines), []
    return [opening, inner, closing]
