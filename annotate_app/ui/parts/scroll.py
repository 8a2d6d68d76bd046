"""Back to the top when a new item is shown; a script of ours, and a constant."""

from __future__ import annotations

import streamlit as st

_TO_TOP = """<script>/* {mark} */
document.querySelector('[data-testid="stMain"]')?.scrollTo({{top: 0}});
document.querySelector('.stColumn:has(.st-key-cal-item-pane)')?.scrollTo({{top: 0}});
</script>"""


def to_top(submission_id: str) -> None:
    """Scroll up once per showing; `submission_id` is ours (hexadecimal), and makes the script run anew."""
    if not submission_id.isalnum():
        raise ValueError(f"not a submission id: {submission_id!r}")
    st.html(_TO_TOP.format(mark=submission_id), unsafe_allow_javascript=True)
