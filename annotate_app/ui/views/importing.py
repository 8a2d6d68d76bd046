"""Import: a file from the browser, its first records, a mapping of its words, and counts before it is in."""

from __future__ import annotations

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import import_words, uploading
from annotate_app.services.import_values import ImportSummary
from annotate_app.services.uploading import CannotUpload, Preview, Upload
from annotate_app.ui import state
from annotate_app.ui.parts import page, tables
from calibration.readers import Mapping
from calibration.readers.foreign.row import spelled
from rubrics.rubric import NOT_APPLICABLE, Value

ABOUT = (
    "Our own items, labels and verdicts, or another tool's export as it is. Nothing is written before you "
    "have seen what would be; the same file again changes nothing."
)
LEAVE_OUT, AS_IT_IS = "(leave out)", "(as it is)"
MORE = ": import the file with `calibrant import FILE --rejects OUT` to have them all"


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
    found = uploading.preview(desk, upload)
    page.heading("What it holds")
    rows: list[tables.Row] = [
        (str(one.line), one.kind, one.item, one.who, one.criterion, one.answer) for one in found.lines
    ]
    head = ("line", "kind", "item", "by", "criterion", "answer or text")
    tables.draw(head, rows, caption=f"The first records of {found.rows:,}")
    renames = _mapping(desk, found)
    summary = uploading.bring_in(desk, upload, renames, dry=True)
    page.heading("What would happen")
    _counts(summary)
    disabled = summary.changed_nothing
    st.button("Import", type="primary", on_click=_bring_in, args=(desk, upload, renames), disabled=disabled)


def _mapping(desk: Desk, found: Preview) -> Mapping:
    """What the file's words mean, where the rubric has others."""
    ours = [one.name for one in desk.rubric.criteria]
    if found.strange:
        page.heading("Their words, our words")
    criteria: dict[str, str] = {}
    for theirs in found.strange:
        label = page.plain(f"Their criterion “{theirs}” is our")
        chosen = st.selectbox(label, [LEAVE_OUT, *ours], width=360)
        criteria[theirs] = "" if chosen == LEAVE_OUT else str(chosen)
    values = _answers(desk, found, criteria)
    renames = Mapping(criteria, values)
    if criteria or values:
        st.download_button(
            "Download this mapping", renames.as_toml(), file_name="mapping.toml", mime="application/toml",
            help="For the next export: calibrant import FILE --mapping mapping.toml",
        )  # fmt: skip
    return renames


def _answers(desk: Desk, found: Preview, criteria: dict[str, str]) -> dict[str, dict[str, Value]]:
    values: dict[str, dict[str, Value]] = {}
    for name, unknown in uploading.unknown_answers(desk, found, criteria).items():
        known = desk.rubric.criterion(name)
        options = [AS_IT_IS, *known.scale.categories, *([NOT_APPLICABLE] if known.not_applicable else [])]
        for answer in unknown:
            label = page.plain(f"{name}: their answer “{answer}” is our")
            chosen = st.selectbox(label, options, width=360)
            if chosen != AS_IT_IS:
                values.setdefault(name, {})[spelled(answer)] = chosen
    return values


def _counts(summary: ImportSummary) -> None:
    for line in import_words.counted(summary):
        page.note(line)
    if summary.rejects:
        page.warning(f"{len(summary.rejects):,} rows cannot go in and would be left out:")
        for line in import_words.first(summary.rejects, MORE):
            page.note(line)
    if summary.changed_nothing:
        page.note(
            "Nothing would change: " + ("no row can go in." if summary.rejects else "all of it is known.")
        )


def _bring_in(desk: Desk, upload: Upload, renames: Mapping) -> None:
    """Callback of the button: what was seen is what is written."""
    try:
        summary = uploading.bring_in(desk, upload, renames, dry=False)
    except CannotUpload as fault:
        state.say(str(fault))
        return
    state.say(" · ".join(["Imported", *import_words.counted(summary), *summary.notes]))
