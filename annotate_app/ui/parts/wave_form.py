"""The form of a wave that is to be planned: its fields follow the design; draws no wave."""

from __future__ import annotations

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services.waves_page import WavesPage
from annotate_app.ui import drawing
from annotate_app.ui.drawing import field
from annotate_app.ui.parts import page

MEANINGS = {
    "random": "Every item has the same chance. The first wave of a study should be this one.",
    "stratified": "The same number from every stratum, or a least number of each and the rest by size.",
    "mixed": "A share at random, the rest where a judge is in doubt; every item keeps a known chance.",
    "search": "The most doubtful items, most doubtful first. Finds errors; enters no estimate.",
}
FOLLOWS = ("mixed", "search")


def draw(desk: Desk, found: WavesPage) -> None:
    """Split and design at once, the other fields when planned."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split = st.selectbox(
            "Split", list(found.sizes), key=field("split"), width=200, on_change=drawing.forget,
            format_func=lambda name: f"{name.replace('_', '-')} ({found.sizes[name]:,} items)",
        )  # fmt: skip
        designs = found.designs[split] if split else ()
        kind = st.segmented_control(
            "Design", designs, default=designs[0] if designs else None, required=True,
            format_func=page.labels(), key=field(f"kind-{split}"), on_change=drawing.forget,
        )  # fmt: skip
    if not split or not kind:
        page.note("No items yet: import some on the page Import, or with `calibrant import FILE`.")
        return
    page.note(MEANINGS[kind])
    with st.form("cal-wave-plan", border=True):
        _size(found, kind, found.sizes[split])
        _follow(found, kind)
        with st.expander("Always drawn, several raters, mixed in"):
            _more(found, kind, held_out=split == "held_out")
        st.form_submit_button("Plan it", on_click=drawing.plan, args=(desk, split, kind))


def _size(found: WavesPage, kind: str, most: int) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("Items", 1, None, min(50, most), key=field("n"), width=140)
        if kind == "stratified":
            st.number_input(
                "At least per stratum (0: equal parts)", 0, None, 0, key=field("stratum-min"), width=280
            )
        if kind == "mixed":
            st.number_input("At random, percent", 5, 100, 30, step=5, key=field("random"), width=180)
        if kind not in FOLLOWS and found.judges:
            st.selectbox("Judge to foresee", found.judges, key=field("judge"), width=220)


def _follow(found: WavesPage, kind: str) -> None:
    if kind not in FOLLOWS:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        best = found.best
        st.selectbox(
            "Whose doubt", found.judges, key=field("doubter"), width=220,
            index=0 if best is None else found.judges.index(best.judge),
        )  # fmt: skip
        st.selectbox(
            "Signal", found.signals, key=field("signal"), width=220,
            index=0 if best is None or best.follow is None else found.signals.index(best.follow),
            format_func=lambda name: name.replace("_", " "),
        )  # fmt: skip


def _more(found: WavesPage, kind: str, *, held_out: bool) -> None:
    if kind != "search" and found.always:
        st.multiselect(
            "Always drawn: all of", found.always, key=field("always"),
            help="Strata, or all items marked sensitive; they are drawn with probability 1",
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("Raters per item", 1, 20, found.raters_per_item, key=field("raters"), width=160)
        st.number_input("on percent of the items", 0, 100, 100, step=5, key=field("overlap"), width=190)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input("Repeats, percent", 0, 30, 0, key=field("repeats"), width=160)
        if not held_out:
            st.number_input("Gold, percent", 0, 30, 0, key=field("gold"), width=160)
            st.number_input("Planted errors, percent", 0, 30, 0, key=field("planted"), width=190)
    page.note(
        "Shares of what a rater is shown. Raters cannot tell such items; their answers enter no estimate."
    )
