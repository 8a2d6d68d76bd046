"""Judges: side by side, one in full, a run to begin and watch; shows what the role and the split permit."""

from __future__ import annotations

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import judges_page
from annotate_app.services.account_values import CAUGHT, JudgeAccount
from annotate_app.services.account_words import latency_of, per_caught_words, tokens_words, usd
from annotate_app.services.calibrating import OPEN_SPLITS
from annotate_app.services.judges_page import Details, Overview, Told
from annotate_app.services.probe_values import ProbeResult
from annotate_app.ui import state
from annotate_app.ui.parts import estimates, judge_run, page, tables
from annotate_app.ui.parts.tables import Cell, Row
from calibration.judges.probes.kinds import ABOUT
from calibration.judges.spec import KINDS

WIDE = "min-width:16rem"
NONE = (
    f"study.toml declares no judge that can be run: add a section [judges.NAME] with one of "
    f"{', '.join(KINDS)}. Judges whose verdicts were imported are on the page Agreement."
)


def view(desk: Desk) -> None:
    """All judges beside one another, then the one that is chosen."""
    page.title("Judges", desk.study_file.study.name)
    role = state.role()
    found = judges_page.overview(desk, role=role)
    if found.withheld:
        page.note(found.withheld)
        return
    if not found.judges:
        page.note(NONE)
        return
    _agreement(desk, found)
    _taken(found)
    name = st.selectbox("Judge", [line.name for line in found.judges], width=320)
    shown = judges_page.details(desk, name, role=role)
    _identity(shown)
    judge_run.draw(desk, name, role=role, asks=shown.asks)
    _probes(shown)
    _runs(found.accounts[name])
    _told(desk, shown)


def _agreement(desk: Desk, everyone: Overview) -> None:
    page.heading("Agreement with people")
    split = st.segmented_control(
        "Split", OPEN_SPLITS, default=OPEN_SPLITS[-1], required=True, format_func=page.labels(_readable)
    )
    found = judges_page.standings(desk, role=state.role(), split=split)
    if not found:
        page.note("No judge and person have answered the same items of this split yet.")
        return
    rows: list[Row] = []
    for one in found:
        name, *cells = estimates.row(f"{one.criterion}: {one.judge}", one.estimate)
        rows.append((name, estimates.caption_of(one.coefficient), *cells, one.bar or "is a baseline itself"))
    header = ("criterion and judge", "coefficient", *estimates.HEADER[1:], "trivial baselines")
    tables.draw(header, rows, caption="Judge against the reference of the raters, 95%")
    for sentence in judges_page.former(everyone, found):
        page.warning(sentence)
    for one in filter(lambda one: one.no_interval, found):
        page.note(f"{one.criterion}: {one.judge}: no interval, {one.no_interval}.")


def _taken(found: Overview) -> None:
    page.heading("What they take")
    rows: list[Row] = [
        (
            account.judge,
            account.kind,
            account.runs.items,
            account.runs.calls if account.asks else Cell("none", number=True),
            account.runs.failed,
            usd(account.runs.usd_per_item),
            Cell(latency_of(account.runs, 0), name="cal-fact"),
            Cell(latency_of(account.runs, 1), name="cal-fact"),
            found.confidence.get(account.judge) or "none",
            Cell(per_caught_words(account), style=WIDE),
        )
        for account in found.accounts.values()
    ]
    header = (
        "judge", "kind", "items", "calls", "failed", "cost an item", "time, median", "time, 95%",
        "confidence from", "cost per caught error",
    )  # fmt: skip
    tables.draw(header, rows, caption="Runs of the judges as study.toml asks for them today")
    page.note(f"A caught error is {CAUGHT}.")


def _identity(shown: Details) -> None:
    line = shown.line
    page.heading(f"Judge {line.name}")
    page.note(f"{line.kind}: {line.requested}")
    if line.fault:
        page.warning(line.fault)
        return
    page.note(f"Observed: {', '.join(line.observed) or 'nobody has said who answered'}")
    with st.expander("Identity"):
        rows: list[Row] = [("spec_hash", str(line.spec_hash)), *shown.spec]
        tables.draw(("field", "requested"), rows, caption="A change of any of these is another judge")
    if shown.instructions:
        with st.expander("What it is told before any item"):
            for text in shown.instructions:
                st.code(text, language=None, wrap_lines=True)


def _probes(shown: Details) -> None:
    if not shown.asks:
        return
    page.heading("What moves it")
    if not shown.probes:
        page.note(f"Not probed yet: begin above, or with `calibrant judge probe {shown.line.name}`.")
    for result in shown.probes:
        _probe(result)


def _probe(result: ProbeResult) -> None:
    about = ABOUT[result.kind]
    with st.expander(page.plain(f"{about.title}: {about.question}")):
        page.note(
            f"{result.items:,} {result.split} items, seed {result.seed}, {result.calls:,} calls and "
            f"{result.read:,} stored answers, {usd(result.cost_usd)}, {result.at[:16]}"
        )
        rows: list[Row] = [sentence.split(": ", maxsplit=1) for sentence in result.sentences]
        tables.draw(("criterion", "what was found"), rows, caption="Brackets: 95%")
        if len(result.models) > 1:
            page.warning(f"Several models answered, a change may be theirs: {', '.join(result.models)}")
        for text in result.published:
            page.note(f"Others: {text}")


def _runs(account: JudgeAccount) -> None:
    if not account.each:
        return
    page.heading("Runs")
    rows: list[Row] = [
        (
            f"{run.purpose}\N{NO-BREAK SPACE}{run.run_id}", run.at[:16].replace("T", " "), run.split or "all",
            run.outcome or "under way, or cut off", run.account.calls, run.account.failed,
            run.account.retries, run.account.read, usd(run.account.cost_usd),
            Cell(tokens_words(run.account), style=WIDE), latency_of(run.account, 1),
        )
        for run in account.each
    ]  # fmt: skip
    header = (
        "run", "begun", "split", "ended", "calls", "failed", "tries more", "stored answers", "cost",
        "tokens", "latency p95",
    )  # fmt: skip
    tables.draw(header, rows, caption="Newest first")


def _told(desk: Desk, shown: Details) -> None:
    if not shown.asks or shown.line.fault:
        return
    page.heading("The exact request about an item")
    role = state.role()
    item_id = st.text_input(
        "Item of development", value=judges_page.first_item(desk, role=role), width=320, key="cal-told-item"
    )
    if item_id:
        for one in judges_page.told(desk, shown.line.name, item_id.strip(), role=role):
            _request(one)


def _request(one: Told) -> None:
    if one.fault:
        page.warning(one.fault)
        return
    with st.expander("Request"):
        for role, text in one.messages:
            page.note(role)
            st.code(text, language=None, wrap_lines=True)
        page.note("the rest of the request")
        st.code(one.rest, language=None, wrap_lines=True)


def _readable(split: str) -> str:
    return split.replace("_", "-").capitalize()
