"""Small pieces of HTML that several parts use; what goes in must already be escaped."""

from __future__ import annotations


def fold(summary: str, inner: str, *, name: str, opened: bool = False, summary_name: str = "") -> str:
    """A block that opens and closes without asking the server."""
    state = " open" if opened else ""
    css = f' class="{summary_name}"' if summary_name else ""
    return f'<details class="{name}"{state}><summary{css}>{summary}</summary>{inner}</details>'
