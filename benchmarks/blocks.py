"""Generated parts of hand-written pages: what stands between the markers comes from code, never by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
END = "<!-- end of generated -->"
PATTERN = re.compile(r"(?P<begin><!-- generated: \S+ -->\n).*?(?P<end>" + re.escape(END) + ")", re.DOTALL)


def block_of(page: Path) -> str:
    """What stands between the markers of a page; ValueError where there are none."""
    found = PATTERN.search(page.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{page}: no generated block; put its two markers where the output belongs")
    return found.group(0).split("\n", 1)[1].removesuffix(END).strip()


def fill(page: Path, block: str) -> bool:
    """Write the block between the markers of a page; whether that changed anything."""
    old = page.read_text(encoding="utf-8")
    block_of(page)
    new = PATTERN.sub(lambda m: f"{m['begin']}\n{block.strip()}\n\n{m['end']}", old)
    if new != old:
        page.write_text(new, encoding="utf-8")
    return new != old


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
