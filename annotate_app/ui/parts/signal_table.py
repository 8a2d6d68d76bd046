"""Every signal of every judge as a table that opens; no arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from annotate_app.services.signal_lines import SignalLine
from annotate_app.ui.parts import page, tables

HEADER = ("criterion", "judge", "signal", "AUROC", "advice", "found in the top 20%", "sure and wrong")
EXPLAINED = (
    "AUROC: how often an error is doubted more than a right verdict; .5 is chance. Found: share of all "
    "errors among the most doubted 20% of verdicts; at random it would be 20%. Sure and wrong: share of all "
    "errors among the least doubted half; only a random choice finds them: a mixed wave has a random share."
)


def draw(found: Sequence[SignalLine]) -> None:
    """Nothing where there is no pilot."""
    if not found:
        return
    with st.expander("Every signal, and what following it would find"):
        page.note(EXPLAINED)
        tables.draw(
            HEADER,
            [(o.criterion, o.judge, o.signal, o.auroc, o.advice, o.found, o.sure) for o in found],
            caption="Signals of doubt, measured on the pilot",
        )
