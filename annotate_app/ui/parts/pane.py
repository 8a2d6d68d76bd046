"""What the plain form needs a script for, as a component of ours; no text of a study goes into it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st

# A component, not a script in HTML: so the page's policy can forbid every inline script. Streamlit hears of
# a text when its field is left or Ctrl+Enter is pressed; after a pause we press it.
SCRIPT = """
const timers = new Map();
const keep = ({ target }) => {
  if (!target.matches?.(".st-key-cal-rubric-pane textarea")) return;
  clearTimeout(timers.get(target));
  timers.set(target, setTimeout(() => target.dispatchEvent(new KeyboardEvent("keydown",
    { key: "Enter", code: "Enter", ctrlKey: true, bubbles: true, cancelable: true })), 400));
};
let shown = null;
export default function mount({ data }) {
  document.addEventListener("input", keep);
  if (shown === data.shown) return;
  shown = data.shown;
  document.querySelector("[data-testid=stMain]")?.scrollTo({ top: 0 });
  document.querySelector(".stColumn:has(.st-key-cal-item-pane)")?.scrollTo({ top: 0 });
}
"""


def attend(shown: str) -> None:
    """Keep what is typed 0.4 s after the last key, so that a reload finds it; scroll up once per `shown`."""
    _component()(key="cal-pane", data={"shown": shown})


@cache
def _component() -> Callable[..., Any]:
    """Registered once per process."""
    return st.components.v2.component("calibrant.pane", html="<span></span>", js=SCRIPT)
