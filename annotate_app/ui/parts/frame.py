"""A whole page in a frame without scripts and without an origin: it can reach nothing of ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

CSS = "iframe { width: 100%; height: min(56rem, 85vh); border: 1px solid #8884; border-radius: 6px; }"
# An empty sandbox: no script, no form, no window, no storage. The page is set once for each that is shown.
SCRIPT = """
export default function mount({ data, parentElement }) {
  let frame = parentElement.querySelector("iframe");
  if (!frame) {
    frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "");
    parentElement.querySelector("[data-frame]").append(frame);
  }
  frame.title = data.title;
  if (frame.dataset.name !== data.name) {
    frame.dataset.name = data.name;
    frame.srcdoc = data.page;
  }
}
"""


def draw(page: str, *, name: str, title: str) -> None:
    """Show an HTML page; `name` tells one page from another, `title` is what a screen reader says."""
    _component()(key=f"cal-frame-{name}", data={"page": page, "name": name, "title": title})


@cache
def _component() -> Callable[..., Any]:
    """Registered once per process."""
    return st.components.v2.component("calibrant.frame", html="<div data-frame></div>", css=CSS, js=SCRIPT)
