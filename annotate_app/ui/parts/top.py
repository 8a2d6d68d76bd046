"""The top of what was just opened: the window goes there once; refuses to move it while somebody reads."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

# Streamlit leaves the window where it was when a long page gives way to another.
SCRIPT = """
const been = new WeakSet();
export default function mount({ parentElement }) {
  if (been.has(parentElement)) return;
  been.add(parentElement);
  document.querySelector(".stMain")?.scrollTo(0, 0);
}
"""


def begin(name: str) -> None:
    """Show the page from its top when something of another name was shown before."""
    if hasattr(getattr(st.components, "v2", None), "component"):
        with st.container(height=1, border=False, key="cal-top"):
            _component()(key=f"cal-top-{name}")


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("calibrant.top", js=SCRIPT)
