"""The reasons that pages and services give by themselves: nobody's own words, so they stay in the journal."""

from __future__ import annotations

from annotate_app.services.saving import CHANGED, LOOKED_AGAIN, NO_LONGER_ASKED, TAKEN_BACK

# Why an item may be skipped, as the desk and the plain form offer it.
SKIP_REASONS = (
    "I cannot judge this: not my field", "The item is broken or incomplete", "I know the people or the case",
    "It upsets me", "Another reason",
)  # fmt: skip


def reasons_that_stay() -> tuple[str, ...]:
    """Every reason that is offered or given, and not written."""
    return (*SKIP_REASONS, NO_LONGER_ASKED, TAKEN_BACK, CHANGED, LOOKED_AGAIN)
