"""The rating desk: the one custom component, plain html, css and js; refuses to decide what may be stored."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.ui import state
from annotate_app.ui.rating_desk.identity import signer_of

# One script in several files: they share one module, the last exports what Streamlit calls.
SCRIPTS = (
    "words.js", "outbox.js", "wire.js", "sheet.js", "item.js", "texts.js", "tips.js", "draw.js", "keys.js",
    "desk.js", "corrections.js", "news.js", "room.js", "evidence.js", "find.js", "training.js", "ask.js",
    "mount.js",
)  # fmt: skip
HERE = Path(__file__).parent


def available() -> bool:
    """Whether this Streamlit can show the component; if not, the plain page is drawn."""
    return hasattr(getattr(st.components, "v2", None), "component")


def draw(desk: Desk, rater: str) -> None:
    """Hand the page over to the desk, signed in as `rater`."""
    keys = signer_of(desk)
    _component()(
        key=f"cal-desk-{keys.cookie_name(rater)}",
        data={
            "study": keys.study,
            "name": desk.study_file.study.name,
            "rater": rater,
            "image_hosts": list(desk.study_file.study.image_hosts),
            "ticket": keys.ticket(rater),
        },
        on_left_change=_left,
        on_plain_change=state.choose_plain,
    )


def _left() -> None:
    state.set_rater(None)


@cache
def _component() -> Callable[..., Any]:
    """Registered once per process; the files are ours, nothing of an item goes into them."""
    return st.components.v2.component(
        "calibrant.rating_desk",
        html=(HERE / "desk.html").read_text(encoding="utf-8"),
        css=(HERE / "desk.css").read_text(encoding="utf-8"),
        js="\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS),
        isolate_styles=False,
    )
