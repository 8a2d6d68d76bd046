"""Studies: what is in this study, in counts; nothing of single items, and nothing of judges for raters."""

from __future__ import annotations

from collections.abc import Mapping

from annotate_app.desk import Desk
from annotate_app.services import studies, summing_up, targeting
from annotate_app.services.role_notes import NO_ACCOUNTS
from annotate_app.services.summing_up import StudySummary
from annotate_app.ui import present, state
from annotate_app.ui.parts import page, tables, who


def view(desk: Desk) -> None:
    """The study in counts, then its neighbours in the same database."""
    summary = summing_up.study_summary(desk, role=state.role())
    page.title(summary.name, desk.rubric.purpose)
    if summary.note:
        page.warning(summary.note)
    if present.is_alone():
        page.note(NO_ACCOUNTS)
    if state.role() == "rater" and summary.items:
        who.way_to_rate()
    _rubric(summary)
    _items(summary)
    if state.role() != "rater":  # who else works, what judges said and how items were drawn changes answers
        _people(summary)
        _waves(desk)
    _others(desk)


def _rubric(summary: StudySummary) -> None:
    page.heading("Rubric")
    versions = "1 version" if summary.rubric_versions == 1 else f"{summary.rubric_versions} versions"
    wording = "" if state.role() == "rater" else f" · present wording {summary.rubric_sha256[:12]}"
    page.note(f"{summary.rubric.replace('_', ' ')} · {versions} so far{wording}")
    if not summary.labels:
        return
    tables.draw(
        ("criterion", *map(_readable, _statuses(summary.labels))),
        [
            (name, *(counts.get(status, 0) for status in _statuses(summary.labels)))
            for name, counts in summary.labels.items()
        ],
        caption="Labels that stand, by criterion" + (", held-out ones aside" if summary.open_labels else ""),
    )


def _items(summary: StudySummary) -> None:
    page.heading("Items")
    if not summary.items:
        page.note("No items yet: import some on the page Import, or with `calibrant import FILE`.")
    if state.role() == "rater":  # who is never told of splits
        page.note("1 item" if summary.items == 1 else f"{summary.items:,} items")
        return
    if not summary.frozen:
        page.note("No frozen split: all items are development, so there is no held-out evidence.")
    strata = sorted({stratum for sizes in summary.splits.values() for stratum in sizes})
    rows: list[tables.Row] = [
        (name.replace("_", "-"), *(sizes.get(stratum, 0) for stratum in strata))
        for name, sizes in summary.splits.items()
    ]
    if rows:
        tables.draw(("split", *strata), rows, caption=f"{summary.items:,} items by split and stratum")


def _people(summary: StudySummary) -> None:
    page.heading("Raters and judges")
    raters = [(rater.name, rater.items) for rater in summary.raters or ()]
    tables.draw(("rater", "items done"), raters, caption="Raters", narrow=True)
    counts = {judge.name: judge.statuses for judge in summary.judges}
    rows: list[tables.Row] = [
        (name, *(found.get(s, 0) for s in _statuses(counts))) for name, found in counts.items()
    ]
    aside = ", held-out ones aside" if summary.open_verdicts else ""
    header = ("judge", *map(_readable, _statuses(counts)))
    tables.draw(header, rows, caption=f"Verdicts that count, by judge{aside}")
    if not summary.judges:
        page.note("No judge has answered yet.")


def _waves(desk: Desk) -> None:
    waves = targeting.list_waves(desk, role=state.role())
    if not waves:
        return
    page.heading("Waves")
    rows = [
        (w.name, w.design.kind, w.split.replace("_", "-"), w.purpose, w.selected, w.labelled, w.frame)
        for w in waves
    ]
    header = ("wave", "design", "split", "purpose", "drawn", "labelled", "out of")
    tables.draw(header, rows, caption="Each wave keeps every item's probability of having been drawn")


def _others(desk: Desk) -> None:
    others = [
        s for s in studies.list_studies(desk, role=state.role()) if s.name != desk.study_file.study.name
    ]
    if others:
        page.heading("Other studies in this database")
        tables.draw(("study", "items", "raters"), [(s.name, s.items, s.raters) for s in others])


def _statuses(counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Every status that occurs, in order of first appearance."""
    return list(dict.fromkeys(status for found in counts.values() for status in found))


def _readable(status: str) -> str:
    return status.replace("_", " ")
