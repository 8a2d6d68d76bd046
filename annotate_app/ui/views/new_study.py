"""New study: name, rubric, files, people, shares; counts first, and then all of it is made at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import founding, uploading
from annotate_app.services.founding_values import (
    MOST_RATERS_PER_ITEM,
    SHARES,
    CannotFound,
    Founded,
    Founding,
    Guest,
    RubricChoice,
    faults,
    guests,
    library_choice,
    names_in,
    rubric_of,
    uploaded_rubric,
)
from annotate_app.services.import_values import ImportSummary
from annotate_app.services.rights import HOLDER, Role
from annotate_app.services.studies import DEFAULT_RUBRIC
from annotate_app.services.uploading import CannotUpload, Upload
from annotate_app.ui import reach, state
from annotate_app.ui.parts import bringing, page, rubric_text, top
from rubrics.files import library_rubrics
from rubrics.render import render_form

ABOUT = (
    "This folder has no study yet. Choose what it is made of; nothing is written before you press Create, "
    "and then all of it at once."
)
GUESTS: dict[Role, str] = {
    "owner": "Owners, one a line (you first)",
    "lead": "Leads, one a line",
    "engineer": "Engineers, one a line",
}
MINE = "A file of mine"
FILES = "Items, and labels or verdicts you have: our JSON Lines, JSON or CSV, or another tool's export"


def view(folder: Path) -> None:
    """Ask for everything, show what would be, create."""
    page.title("New study", str(folder))
    page.note(ABOUT)
    wanted = Founding(_name(folder), _rubric())
    with st.container(gap="small"):
        page.heading("Items and answers")
        given = st.file_uploader(
            FILES, type=[suffix[1:] for suffix in uploading.SUFFIXES], accept_multiple_files=True,
            max_upload_size=uploading.MOST_MEGABYTES,
        )  # fmt: skip
        uploads = tuple(Upload(one.name, one.getvalue()) for one in given)
        wanted, summary, readable = _looked_at(replace(wanted, uploads=uploads))
    wanted = _people_and_shares(wanted)
    _create(folder, wanted, summary, readable=readable)


def _name(folder: Path) -> str:
    return st.text_input("Name", folder.name, max_chars=200, width=bringing.WIDTH)


def _rubric() -> RubricChoice | None:
    """The rubric that is chosen, shown as raters will see it."""
    page.heading("Rubric")
    options = [*library_rubrics(), MINE]
    chosen = st.selectbox(
        "From the library, or a file of yours", options, index=options.index(DEFAULT_RUBRIC),
        format_func=lambda name: str(name).replace("_", " "), width=bringing.WIDTH,
    )  # fmt: skip
    try:
        choice = _my_rubric() if chosen == MINE else library_choice(str(chosen))
        if choice is not None:
            form = render_form(rubric_of(choice))
            page.note(form.purpose)
            with st.expander("What raters will see"):
                rubric_text.draw(form)
    except CannotFound as fault:
        page.warning(str(fault))
        return None
    return choice


def _my_rubric() -> RubricChoice | None:
    given = st.file_uploader("A rubric file (YAML)", type=["yaml", "yml"], max_upload_size=1)
    return None if given is None else uploaded_rubric(given.name, given.getvalue())


def _looked_at(wanted: Founding) -> tuple[Founding, ImportSummary | None, bool]:
    """The files as the chosen rubric reads them, in a study that nobody keeps."""
    if not wanted.uploads or wanted.rubric is None:
        return wanted, None, True
    try:
        with founding.trial(wanted.rubric) as desk:
            return _counted(desk, wanted)
    except CannotUpload as fault:
        page.warning(str(fault))
        return wanted, None, False


def _counted(desk: Desk, wanted: Founding) -> tuple[Founding, ImportSummary | None, bool]:
    masks = bringing.masks()
    renames = bringing.mapped(desk, wanted.uploads, masks)
    summary = uploading.bring_in(desk, wanted.uploads, renames, dry=True, role=HOLDER, masks=masks)
    bringing.counts(summary)
    return replace(wanted, renames=renames, masks=masks), summary, True


def _people_and_shares(wanted: Founding) -> Founding:
    page.heading("People and splits")
    per_item = st.number_input(
        "Raters per item", 1, MOST_RATERS_PER_ITEM, 2, width=bringing.WIDTH,
        help="Two or more show how far people agree among themselves: no judge can be expected to do better",
    )  # fmt: skip
    raters = st.text_area(
        "Raters' names, one a line", height=110, width=bringing.WIDTH,
        help="Each chooses a name on the page Rate; more can be added there",
    )  # fmt: skip
    invited = _invited(names_in(raters))
    page.note(
        "Development is looked at freely, validation sets thresholds, held-out is sealed until a look. "
        "Shares of the items in percent:"
    )
    columns = st.columns(3, width=540)
    shares = {
        split: column.number_input(split.replace("_", "-").capitalize(), 0, 100, round(100 * share))
        for column, (split, share) in zip(columns, SHARES.items(), strict=True)
    }
    freeze = st.checkbox(
        "Freeze the split now, before anybody looks at the items (items never move afterwards)", value=True
    )
    return replace(
        wanted,
        raters_per_item=int(per_item),
        raters=names_in(raters),
        shares={split: percent / 100 for split, percent in shares.items()},
        freeze=freeze,
        invited=invited,
    )


def _invited(raters: tuple[str, ...]) -> tuple[Guest, ...]:
    """Who gets a link to join by; nobody needs one where only you use this machine."""
    if not st.checkbox("Make links by which these people, and others, join with an account of their own"):
        return ()
    named: dict[Role, tuple[str, ...]] = {"rater": raters}
    columns = st.columns(3, width=720)
    for column, (role, label) in zip(columns, GUESTS.items(), strict=True):
        named[role] = names_in(column.text_area(label, height=110))
    return guests(named)


def _create(folder: Path, wanted: Founding, summary: ImportSummary | None, *, readable: bool) -> None:
    page.heading("Create")
    if said := state.said():  # where whoever pressed the button looks
        st.error(page.plain(said))
    wrong = faults(wanted)
    if in_the_way := founding.taken(folder):
        wrong["Folder"] = in_the_way
    if not readable:
        wrong["Files"] = "cannot be read, as said above"
    elif summary is not None and not summary.items.new:
        wrong["Files"] = "hold no item that can go in"
    for name, words in wrong.items():
        page.warning(f"{name}: {words}")
    # No callback: it would get what was chosen before the click, without a name typed just now.
    if st.button("Create", type="primary", disabled=bool(wrong)):
        _found(folder, wanted)
        st.rerun()


def _found(folder: Path, wanted: Founding) -> None:
    try:
        state.founded(founding.found_study(folder, wanted))
    except CannotFound as fault:
        state.say(str(fault))


def made(found: Founded) -> None:
    """What was made and what comes next, until it has been read."""
    top.begin("made")
    st.success(page.plain(f"The study “{found.name}” is in {found.folder}."))
    if found.frozen:
        sizes = ", ".join(f"{name.replace('_', '-')} {size:,}" for name, size in found.frozen.items())
        page.note(f"The split is frozen: {sizes}.")
    for step in found.next_steps:
        st.markdown(f"- {page.plain(step)}")
    _links(found)
    st.button("Got it", on_click=state.forget_founded)


def _links(found: Founded) -> None:
    """The links, this once: the database keeps no more of them than a hash."""
    if not found.links:
        return
    page.heading("Links to join by")
    page.warning(
        "Copy them now: they are shown this once, work once each, and for seven days. Use the owner's first: "
        "once somebody has joined, nobody gets in here without an account."
    )
    for guest, link in found.links:
        page.note(f"{guest.name}, {' and '.join(guest.roles)}")
        st.code(link.address(reach.origin(str(st.context.url or ""))), language=None, wrap_lines=True)
