"""Fills the generated block of every page in docs/why: `python -m benchmarks.why [PAGE ...]`."""

from __future__ import annotations

import sys
import time
from importlib import import_module

from benchmarks.blocks import DOCS, fill

# One script per page; the page is docs/why/<name with dashes>.md.
PAGES = (
    "lower_bounds", "plain_interval", "human_ceiling", "rogan_gladen", "targeted_labels",
    "alpha_bootstrap", "alternative_test", "rare_class", "repeated_looks",
)  # fmt: skip


def block(name: str) -> str:
    """The output of one script."""
    return str(import_module(f"benchmarks.why.{name}").block())


def main(names: list[str]) -> None:
    for name in names or PAGES:
        start = time.perf_counter()
        page = DOCS / "why" / f"{name.replace('_', '-')}.md"
        state = "changed" if fill(page, block(name)) else "unchanged"
        print(f"{page.relative_to(DOCS)}: {state} ({time.perf_counter() - start:.1f} s)")


if __name__ == "__main__":
    main([name.replace("-", "_").removesuffix(".md") for name in sys.argv[1:]])
