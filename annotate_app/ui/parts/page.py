"""What every page starts with: a title and one line under it."""

from __future__ import annotations

import streamlit as st


def title(words: str, below: str = "") -> None:
    st.title(words, anchor=False)
    if below:
        st.caption(below)
