"""Begins a judge's run or probes after saying what they take, and shows how far they are."""

from __future__ import annotations

import streamlit as st

from annotate_app.desk import Desk
from annotate_app.services import judge_jobs
from annotate_app.services.account_words import progress_words
from annotate_app.services.judge_jobs import Job, JobRefused
from annotate_app.services.judge_values import RunOptions
from annotate_app.services.probe_values import OPEN, ProbeOptions
from annotate_app.services.rights import Role
from annotate_app.ui import state
from annotate_app.ui.parts import page
from calibration.splits import SPLITS

EVERY = 1.0  # seconds between two looks at a job
ALL = "all"
NOT_HERE = "The key of the provider is read from the server's environment, and is never shown."


def draw(desk: Desk, name: str, *, role: Role, asks: bool) -> None:
    """A form for a run, one for probes where the judge asks somebody, and the job that is under way."""
    page.heading("Run")
    page.note(f"First it is said what it would take; then you begin it. {NOT_HERE}" if asks else
              "It answers by itself and asks nobody.")  # fmt: skip
    job = judge_jobs.job_of(desk, name, role=role)
    busy = job is not None and not job.ended
    _run_form(desk, name, role=role, busy=busy)
    if asks:
        _probe_form(desk, name, role=role, busy=busy)
    if job is not None:
        _watched(desk, name, role)


def _run_form(desk: Desk, name: str, *, role: Role, busy: bool) -> None:
    with st.form(f"cal-run-{name}"), st.container(horizontal=True, vertical_alignment="bottom"):
        split = st.selectbox("Items", [ALL, *SPLITS], format_func=_readable, width=160)
        limit = st.number_input("At most", min_value=1, value=None, placeholder="all", width=120)
        usd = st.number_input("Stop at dollars", min_value=0.0, value=None, placeholder="none", width=150)
        if st.form_submit_button("What would it take?", disabled=busy):
            options = RunOptions(
                split=None if split == ALL else split, limit=None if limit is None else int(limit),
                usd=usd or None,
            )  # fmt: skip
            _begin(desk, name, options, estimate=True, role=role)


def _probe_form(desk: Desk, name: str, *, role: Role, busy: bool) -> None:
    with st.form(f"cal-probe-{name}"), st.container(horizontal=True, vertical_alignment="bottom"):
        split = st.selectbox("Probe with", OPEN, format_func=_readable, width=160)
        items = st.number_input("Items to probe", min_value=1, value=50, width=140)
        if st.form_submit_button("What would probes take?", disabled=busy):
            _begin(desk, name, ProbeOptions(split=split, items=int(items)), estimate=True, role=role)


def _begin(desk: Desk, name: str, options: RunOptions | ProbeOptions, *, estimate: bool, role: Role) -> None:
    """Begin it and draw the page anew, so that the job is watched."""
    try:
        judge_jobs.begin(desk, name, options, estimate=estimate, role=role, by=state.actor())
    except JobRefused as refused:
        page.warning(str(refused))
        return
    st.rerun()


@st.fragment(run_every=EVERY)
def _watching(desk: Desk, name: str, role: Role) -> None:
    """Looks at the job until it has ended, then draws the whole page with what came of it."""
    job = judge_jobs.job_of(desk, name, role=role)
    if job is None or job.ended:
        st.rerun()
    else:
        _progress(job)


def _watched(desk: Desk, name: str, role: Role) -> None:
    job = judge_jobs.job_of(desk, name, role=role)
    if job is not None and not job.ended:
        _watching(desk, name, role)
    elif job is not None:
        _ended(desk, job, role)


def _progress(job: Job) -> None:
    if job.tally is None:
        page.note(f"{_readable(job.kind)}: making ready …")
        return
    share = job.tally.done / job.tally.items if job.tally.items else 0.0
    st.progress(min(share, 1.0), text=page.plain(f"{_readable(job.kind)}: {progress_words(job.tally)}"))
    page.note("It goes on when you leave this page.")


def _ended(desk: Desk, job: Job, role: Role) -> None:
    if job.failed is not None:
        page.warning(f"{_readable(job.kind)} failed: {job.failed}")
        return
    for sentence in job.said:
        page.note(f"{_readable(job.kind)}: {sentence}")
    if job.kind in ("estimate", "probe estimate"):
        words = "Begin the run" if job.kind == "estimate" else "Begin the probes"
        if st.button(words, type="primary", key=f"cal-begin-{job.judge}"):
            _begin(desk, job.judge, job.options, estimate=False, role=role)


def _readable(word: str) -> str:
    return word.replace("_", "-").capitalize()
