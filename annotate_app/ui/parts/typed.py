"""Text that is typed counts without leaving its field; the page's own script, and a constant."""

from __future__ import annotations

import streamlit as st

# Streamlit hears of a text when its field is left or Ctrl+Enter is pressed; after a pause we press it.
_KEEP = """<script>
if (!window.calibrantTyping) {
  window.calibrantTyping = new Map();
  document.addEventListener('input', ({target}) => {
    if (!target.matches?.('.st-key-cal-rubric-pane textarea')) return;
    clearTimeout(window.calibrantTyping.get(target));
    window.calibrantTyping.set(target, setTimeout(() => target.dispatchEvent(new KeyboardEvent('keydown',
      {key: 'Enter', code: 'Enter', ctrlKey: true, bubbles: true, cancelable: true})), 400));
  });
}
</script>"""


def keep() -> None:
    """From now on a text field's words are kept 0.4 s after the last key, so that a reload finds them."""
    st.html(_KEEP, unsafe_allow_javascript=True)
