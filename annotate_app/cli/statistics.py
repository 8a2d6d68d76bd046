"""`calibrant estimate`, `compare` and `plan`: rates, two of a kind and needed items."""

from __future__ import annotations

from annotate_app.cli import compare, estimate, plan
from annotate_app.cli.command import Command

COMMANDS: list[Command] = [
    Command(
        "estimate",
        "the share of good items from few labels and many verdicts, and whether the judge helped",
        estimate.arguments,
        estimate.run,
    ),
    Command(
        "compare",
        "current and candidate judge on the same labels, or product on the same inputs (2: a regression)",
        compare.arguments,
        compare.run,
    ),
    Command("plan", "how many items to label for a floor, a width or a risk", plan.arguments, plan.run),
]
