"""Items: browse, filter, look at one with its answers; shows what the services hand out for the role."""

from __future__ import annotations

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import overseeing, summing_up
from annotate_app.services.labelling import UnknownItem
from annotate_app.services.overseeing import ItemPage
from annotate_app.services.rights import NotVisible
from annotate_app.ui import state
from annotate_app.ui.parts import item, item_answers, page, top
from calibration.splits import SPLITS

ANY = "all"
SPLIT, STRATUM, TEXT = "cal-filter-split", "cal-filter-stratum", "cal-filter-text"


def view(desk: Desk) -> None:
    """One item when one is chosen, else the list."""
    page.title("Items", desk.study_file.study.name)
    chosen = state.chosen_item()
    top.begin(f"items {chosen or state.page_number('items')}")
    try:
        if chosen is None:
            _list(desk)
        else:
            _one(desk, chosen)
    except (NotVisible, UnknownItem) as refusal:
        page.note(_sentence(refusal))
        if chosen is not None:
            _back()


def _list(desk: Desk) -> None:
    """Filters, one page of items, and the way to the next."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        split, stratum = (ANY, ANY) if state.role() == "rater" else _slices(desk)
        text = st.text_input("Containing", key=TEXT, width=320, on_change=_first_page)
    found = overseeing.list_items(
        desk,
        role=state.role(),
        rater=state.rater(),
        split=None if split == ANY else split,
        stratum=None if stratum == ANY else stratum,
        text=text or None,
        page=state.page_number("items"),
    )
    hidden = f"; {found.hidden:,} more are not shown to this role" if found.hidden else ""
    page.note(f"{found.total:,} {'item' if found.total == 1 else 'items'}{hidden}")
    with st.container(gap="xxsmall"):
        for line in found.items:
            _line(
                line.item_id,
                line.beginning,
                (_readable(line.split), line.stratum, "sensitive" if line.sensitive else None),
            )
    _pager(found)


def _slices(desk: Desk) -> tuple[str, str]:
    """The split and the stratum to look at; raters are told neither of an item."""
    strata = summing_up.study_summary(desk, role=state.role()).strata
    return (
        st.selectbox(
            "Split", [ANY, *SPLITS], key=SPLIT, width=180, on_change=_first_page, format_func=_readable
        ),
        st.selectbox("Stratum", [ANY, *strata], key=STRATUM, width=220, on_change=_first_page),
    )


def _line(item_id: str, beginning: str, facts: tuple[str | None, ...]) -> None:
    """One item of the list: its name opens it."""
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", key=f"cal-line-{item_id}"):
        st.button(
            page.plain(item_id), key=f"cal-open-{item_id}", type="tertiary", width=130,
            on_click=state.choose_item, args=(item_id,),
        )  # fmt: skip
        page.excerpt(beginning, ", ".join(fact for fact in facts if fact))


def _pager(found: ItemPage) -> None:
    if found.pages < 2:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        to_previous, to_next = found.page - 1, found.page + 1
        st.button("Previous", disabled=to_previous < 0, on_click=state.turn_page, args=("items", to_previous))
        page.note(f"Page {to_next} of {found.pages}")
        last = to_next >= found.pages
        st.button("Next", disabled=last, on_click=state.turn_page, args=("items", to_next))


def _one(desk: Desk, item_id: str) -> None:
    """One item, and all its answers that the role may see."""
    detail = overseeing.item_detail(desk, item_id, role=state.role(), rater=state.rater())
    with st.container(horizontal=True, vertical_alignment="center"):
        _back()
        st.toggle("As written", key=state.AS_WRITTEN, help="Show every text character by character")
    page.heading(item_id)
    item_answers.facts(detail)
    item.draw(detail.item, as_written=state.as_written(), image_hosts=desk.study_file.study.image_hosts)
    item_answers.draw(detail, desk.rubric)


def _back() -> None:
    st.button("← All items", on_click=state.choose_item, args=(None,))


def _first_page() -> None:
    state.turn_page("items", 0)


def _readable(split: str | None) -> str:
    return (split or "").replace("_", "-")


def _sentence(refusal: Exception) -> str:
    words = str(refusal.args[0])
    return words[:1].upper() + words[1:] + "."
