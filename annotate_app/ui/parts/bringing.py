"""Files on their way in: first records, a mapping of their words, and what would happen; writes nothing."""

from __future__ import annotations

from collections.abc import Mapping as Names
from collections.abc import Sequence

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import import_words, uploading
from annotate_app.services.import_values import ImportSummary
from annotate_app.services.uploading import Preview, Upload
from annotate_app.ui.parts import page, tables
from calibration.readers import Mapping
from calibration.readers.foreign.row import spelled
from rubrics.rubric import NOT_APPLICABLE, Value

LEAVE_OUT, AS_IT_IS = "(leave out)", "(as it is)"
MORE = ": import the file with `calibrant import FILE --rejects OUT` to have them all"
MASKED = {
    "email": "E-mail addresses", "phone": "Phone numbers", "iban": "IBANs", "card": "Card numbers",
}  # fmt: skip
MOST_NAMES, MOST_COLUMNS = 20, 40
WIDTH = 360


def masks() -> tuple[str, ...]:
    """Draw what can be masked; what was chosen."""
    chosen = st.multiselect(
        "Mask personal data in texts before they are stored", list(uploading.MASKS), width=WIDTH,
        format_func=lambda name: MASKED[name], placeholder="Nothing",
        help="Found by pattern: names of people are not. Ids, raters and answers stay as they are.",
    )  # fmt: skip
    return tuple(chosen)


def mapped(desk: Desk, uploads: Sequence[Upload], masked: Sequence[str] = ()) -> Mapping:
    """Draw what the uploads hold and what their words mean; the mapping that was chosen."""
    kept, columns, names = _reading(uploads)
    found = uploading.preview(desk, uploads, Mapping(columns=columns, names=names), masked)
    page.heading("What it holds")
    rows: list[tables.Row] = [
        (str(one.line), one.kind, one.item, one.who, one.criterion, one.answer) for one in found.lines
    ]
    head = ("line", "kind", "item", "by", "criterion", "answer or text")
    tables.draw(head, rows, caption=f"The first records of each kind, of {found.rows:,}")
    criteria = _criteria(desk, found, kept)
    values = _answers(desk, found, criteria, kept)
    raters = _people("rater", found.raters, kept.raters)
    judges = _people("judge", found.judges, kept.judges)
    renames = Mapping(criteria, values, raters, judges, columns, names)
    if renames.renames:
        st.download_button(
            "Download this mapping", renames.as_toml(), file_name="mapping.toml", mime="application/toml",
            help="For the next export: calibrant import FILE --mapping mapping.toml",
        )  # fmt: skip
    return renames


def counts(summary: ImportSummary) -> None:
    """What an import would do."""
    page.heading("What would happen")
    for line in import_words.counted(summary):
        page.note(line)
    if summary.rejects:
        page.warning(f"{import_words.rows(len(summary.rejects))} cannot go in and would be left out:")
        for line in import_words.first(summary.rejects, MORE):
            page.note(line)
    if summary.read_nothing:
        page.warning("There is nothing to import: the file has no row.")
    elif summary.changed_nothing:
        page.note(f"Nothing would change: {import_words.why_nothing(summary)}.")


def _reading(uploads: Sequence[Upload]) -> tuple[Mapping, dict[str, str], dict[str, str]]:
    """A mapping that was kept; which column is what; names where the files have none."""
    with st.expander("Columns, names, and a mapping you kept"):
        given = st.file_uploader(
            "A mapping from an earlier import (TOML)", type=["toml"], width=WIDTH, max_upload_size=1
        )
        kept = Mapping() if given is None else uploading.mapping_of(Upload(given.name, given.getvalue()))
        names: dict[str, str] = {}
        page.note("Where an answer names nobody, or no criterion, this is who and which it is:")
        for name in uploading.FIXED:
            said = st.text_input(
                page.plain(name.capitalize()), kept.names.get(name, ""), max_chars=80, width=WIDTH
            )
            if said.strip():
                names[name] = said.strip()
        page.note("Which of their columns is which of ours; most files need nothing here.")
        columns: dict[str, str] = {}
        for theirs in _columns(uploads, kept):
            options = [AS_IT_IS, LEAVE_OUT, *(one for one in uploading.OUR_COLUMNS if one != theirs)]
            before = {None: AS_IT_IS, "": LEAVE_OUT}.get(kept.columns.get(theirs), kept.columns.get(theirs))
            place = options.index(before) if before in options else 0
            label = page.plain(f"Their column “{theirs}” is our")
            chosen = st.selectbox(label, options, index=place, width=WIDTH)
            if chosen != AS_IT_IS:
                columns[theirs] = "" if chosen == LEAVE_OUT else str(chosen)
    return kept, columns, names


def _columns(uploads: Sequence[Upload], kept: Mapping) -> list[str]:
    """The columns that can be renamed: of all files, and those that the kept mapping names."""
    found = dict.fromkeys(name for upload in uploads for name in uploading.columns(upload))
    return [*found, *(name for name in kept.columns if name not in found)][:MOST_COLUMNS]


def _criteria(desk: Desk, found: Preview, kept: Mapping) -> dict[str, str]:
    """What their criteria are, where the rubric has others."""
    ours = [one.name for one in desk.rubric.criteria]
    if found.strange:
        page.heading("Their words, our words")
    criteria: dict[str, str] = {}
    options = [LEAVE_OUT, *ours]
    for theirs in found.strange:
        label = page.plain(f"Their criterion “{theirs}” is our")
        before = kept.criteria.get(theirs, "")
        place = options.index(before) if before in options else 0
        chosen = st.selectbox(label, options, index=place, width=WIDTH)
        criteria[theirs] = "" if chosen == LEAVE_OUT else str(chosen)
    return criteria


def _answers(
    desk: Desk, found: Preview, criteria: dict[str, str], kept: Mapping
) -> dict[str, dict[str, Value]]:
    values: dict[str, dict[str, Value]] = {}
    for name, unknown in uploading.unknown_answers(desk, found, criteria).items():
        known = desk.rubric.criterion(name)
        options = [AS_IT_IS, *known.scale.categories, *([NOT_APPLICABLE] if known.not_applicable else [])]
        before = kept.values.get(name, {})
        for answer in unknown:
            label = page.plain(f"{name}: their answer “{answer}” is our")
            said = before.get(spelled(answer))
            place = options.index(said) if said in options else 0
            chosen = st.selectbox(label, options, index=place, width=WIDTH)
            if chosen != AS_IT_IS:
                values.setdefault(name, {})[spelled(answer)] = chosen
    return values


def _people(kind: str, found: Sequence[str], kept: Names[str, str]) -> dict[str, str]:
    """Other names for those who answered; two who get one name are one."""
    renames = dict(kept)
    if not found:
        return renames
    many = len(found) > MOST_NAMES
    with st.expander(page.plain(f"{kind.capitalize()}s in it: {len(found)}")):
        page.note(
            "Too many to rename here: write a mapping with a table "
            f"[{kind}s] and choose it above." if many else "Two that get one name are one. Empty: as it is."
        )  # fmt: skip
        for theirs in () if many else found:
            label = page.plain(f"Their {kind} “{theirs}” is our")
            said = st.text_input(label, renames.get(theirs, theirs), max_chars=80, width=WIDTH).strip()
            if said and said != theirs:
                renames[theirs] = said
            else:
                renames.pop(theirs, None)
    return renames
