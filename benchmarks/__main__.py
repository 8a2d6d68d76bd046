"""Everything that `make bench` regenerates: tables of benchmarks, conformance, targeting and docs/why."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version

from benchmarks import agreement, conformance, exchange, pages, queueing, targeting
from benchmarks.blocks import DOCS, fill, table
from benchmarks.report import Cold, cold_report
from benchmarks.why.__main__ import main as write_why

ITEMS = 10_000  # 20 criteria × 5 raters: a million labels, and as many verdicts
NO_PEER = "–"


def main() -> None:
    names = sys.argv[1:] or ["why", "conformance", "targeting", "speed", "exchange", "pages", "queue"]
    if "why" in names:
        write_why([])
    if "conformance" in names:
        conformance.main()
    if "targeting" in names:
        targeting.main()
    if "speed" in names:
        fill(DOCS / "benchmarks.md", speed())
        print("benchmarks.md: measured anew")
    if "exchange" in names:
        fill(DOCS / "exchange.md", exchange.measured())
        print("exchange.md: measured anew")
    if "pages" in names:
        fill(DOCS / "serving.md", pages.measured())
        print("serving.md: measured anew")
    if "queue" in names:
        fill(DOCS / "queue.md", queueing.measured())
        print("queue.md: measured anew")


def speed() -> str:
    """Ratios to other packages first, because they travel; then the report, then what it was measured on."""
    lines = agreement.measured()
    ratios = [[x.what, x.ratio, x.budget or NO_PEER, x.ours, x.peer] for x in lines if x.ratio]
    alone = [[x.what, x.ours, x.budget or NO_PEER, x.peer or NO_PEER] for x in lines if not x.ratio]
    return "\n\n".join(
        [
            "## As ratios, measured in one run",
            table(("what", "ratio", "promise", "ours", "the other"), ratios),
            "## Without a ratio",
            table(("what", "ours", "promise", "the other"), alone),
            "## A whole report, cold process",
            report(cold_report(ITEMS)),
            machine(),
        ]
    )


def report(cold: Cold) -> str:
    stages = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in cold.stages.items())
    return (
        f"20 criteria × 5 judges × (4 strata + all), {cold.labels:,} labels and {cold.verdicts:,} verdicts "
        f"in SQLite ({cold.database:.0f} MB), {cold.estimates:,} estimates with intervals: "
        f"{cold.wall:.2f} s wall, {cold.cpu:.2f} s CPU, {cold.peak:.0f} MB peak. Of that: {stages}."
    )


def machine() -> str:
    packages = ", ".join(
        f"{n} {version(n)}" for n in ("numpy", "krippendorff", "scikit-learn", "statsmodels")
    )
    cores = os.cpu_count()
    return f"Measured on {cores} cores, {platform.machine()}, Python {platform.python_version()}, {packages}."


if __name__ == "__main__":
    main()
