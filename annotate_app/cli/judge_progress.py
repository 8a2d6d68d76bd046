"""How far a run of a judge is, in a line now and then: for logs, where no bar can be drawn."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annotate_app.services.calling import Tally

LINE_EVERY = 10.0  # seconds between lines


class Lines:
    """A line of progress every ten seconds, for logs."""

    def __init__(self) -> None:
        self.started = self.last = time.monotonic()

    def __call__(self, tally: Tally) -> None:
        now = time.monotonic()
        if now - self.last >= LINE_EVERY:
            self.last = now
            seconds = now - self.started
            left = (tally.items - tally.done) * seconds / tally.done if tally.done else None
            eta = "" if left is None else f", about {left:.0f} s left"
            print(f"{tally.done} of {tally.items} items, {state(tally, seconds)}{eta}", file=sys.stderr)


def state(tally: Tally, seconds: float) -> str:
    """Failures, dollars and speed so far."""
    rate = tally.done / seconds if seconds > 0 else 0.0
    cost = "cost unknown" if tally.unpriced and not tally.paid_usd else f"${tally.paid_usd:.4f}"
    cost += " and unknown prices" if tally.unpriced and tally.paid_usd else ""
    return f"{tally.failed} calls failed, {cost}, {rate:.1f} items/s"
