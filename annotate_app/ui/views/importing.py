"""Import: a file from the browser, its first records, a mapping of its words, and counts before it is in."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import import_words, uploading
from annotate_app.services.uploading import CannotUpload, Upload
from annotate_app.ui import state
from annotate_app.ui.parts import bringing, page
from calibration.readers import Mapping

ABOUT = (
    "Our own items, labels and verdicts, or another tool's export as it is. Nothing is written before you "
    "have seen what would be; the same file again changes nothing."
)


def view(desk: Desk) -> None:
    """Upload, look, map, count, import."""
    page.title("Import", desk.study_file.study.name)
    if withheld := uploading.withheld(state.role()):
        page.note(withheld)
        return
    page.note(ABOUT)
    if said := state.said():
        st.info(page.plain(said))
    given = st.file_uploader(
        f"JSON Lines, JSON or CSV, up to {uploading.MOST_MEGABYTES} MB and {uploading.MOST_ROWS:,} rows",
        type=[suffix[1:] for suffix in uploading.SUFFIXES],
        max_upload_size=uploading.MOST_MEGABYTES,
    )
    if given is None:
        return
    upload = Upload(given.name, given.getvalue())
    try:
        _steps(desk, upload)
    except CannotUpload as fault:
        page.warning(str(fault))


def _steps(desk: Desk, upload: Upload) -> None:
    masks = bringing.masks()
    renames = bringing.mapped(desk, (upload,), masks)
    summary = uploading.bring_in(desk, upload, renames, dry=True, role=state.role(), masks=masks)
    bringing.counts(summary)
    # No callback: it would get the mapping from before the click, without a name typed just now.
    if st.button("Import", type="primary", disabled=summary.changed_nothing):
        _bring_in(desk, upload, renames, masks)
        st.rerun()


def _bring_in(desk: Desk, upload: Upload, renames: Mapping, masks: Sequence[str]) -> None:
    try:
        summary = uploading.bring_in(
            desk, upload, renames, dry=False, role=state.role(), by=state.actor(), masks=masks
        )
    except CannotUpload as fault:
        state.say(str(fault))
        return
    state.say(" · ".join(["Imported", *import_words.counted(summary), *summary.notes]))
