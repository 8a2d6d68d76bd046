"""Cells of a table that a spreadsheet shows as they are; refuses to hand it a formula."""

from __future__ import annotations

import re

# The wide forms are taken for the narrow ones where people type them.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def cell(content: object) -> object:
    """The content of one cell; a text that a spreadsheet would run as a formula begins with an apostrophe.

    Numbers, and texts that are nothing but a number, stay as they are.
    """
    if content is None:
        return ""
    if isinstance(content, str) and content.startswith(FORMULA) and not NUMBER.fullmatch(content):
        return f"'{content}"
    return content
