"""Runs of judges in the background of the app's process: begun, watched, never two of one judge at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from annotate_app.desk import Desk
from annotate_app.services.account_words import estimate_words, probe_words, summary_words
from annotate_app.services.calling import Tally
from annotate_app.services.judge_costs import estimate_run
from annotate_app.services.judge_values import RunOptions
from annotate_app.services.judging import CANNOT_JUDGE, judge_section, judge_spec, run_judge
from annotate_app.services.probe_costs import estimate_probes
from annotate_app.services.probe_values import ProbeOptions
from annotate_app.services.probing import probe_judge
from annotate_app.services.rights import HOLDER, Holder, Role, require

Kind = Literal["estimate", "run", "probe estimate", "probe"]
CUT_SHORT = "It ended without a result: the server's log says why. What was answered is stored."


class JobRefused(RuntimeError):
    """The job is not begun: another one of the judge is under way, or its options make no sense."""


@dataclass(slots=True)
class Job:
    """One piece of work: what it is, how far it is, and in the end what it said or why it failed.

    `options` are those it was begun with, so that a run can be made just as it was estimated.
    """

    judge: str
    kind: Kind
    options: RunOptions | ProbeOptions
    began: str
    tally: Tally | None = None
    said: tuple[str, ...] = ()
    failed: str | None = None
    ended: bool = False
    by: str | None = None

    def watch(self, tally: Tally) -> None:
        self.tally = tally


@dataclass(slots=True)
class _Jobs:
    """The newest job of each judge, by database, study and name."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    by_judge: dict[tuple[str, int, str], Job] = field(default_factory=dict)


_jobs = _Jobs()


def job_of(desk: Desk, name: str, *, role: Role | Holder) -> Job | None:
    """The judge's newest job in this process."""
    require(role, "judges.see")
    return _jobs.by_judge.get(_place(desk, name))


def begin(
    desk: Desk,
    name: str,
    options: RunOptions | ProbeOptions,
    *,
    estimate: bool,
    role: Role,
    by: str | None = None,
) -> Job:
    """Begin a run or a probe, or the estimate of one. Raises NotVisible, JobRefused or NoSuchJudge.

    It goes on when whoever began it leaves the page; it ends with the process, and what it stored is kept.
    """
    require(role, "judges.run")
    judge_section(desk, name)
    kind: Kind = "probe" if isinstance(options, ProbeOptions) else "run"
    if estimate:
        kind = "probe estimate" if kind == "probe" else "estimate"
    job = Job(name, kind, options, desk.now, by=by)
    with _jobs.lock:
        before = job_of(desk, name, role=HOLDER)
        if before is not None and not before.ended:
            raise JobRefused(f"{name}: its {before.kind} is under way; wait for its end")
        _jobs.by_judge[_place(desk, name)] = job
    threading.Thread(target=_work, args=(desk, job), name=f"judge {name}", daemon=True).start()
    return job


def _place(desk: Desk, name: str) -> tuple[str, int, str]:
    return desk.store.address, desk.study_id, name


def _work(desk: Desk, job: Job) -> None:
    try:
        _import_ahead(desk, job)
        job.said = _WORK[job.kind](desk, job)
    except CANNOT_JUDGE as error:
        job.failed = str(error)
    finally:
        if not job.said and job.failed is None:
            job.failed = CUT_SHORT
        job.ended = True


def _import_ahead(desk: Desk, job: Job) -> None:
    """The client's thousands of modules, kept off the collector: pages collect after every run of theirs."""
    if judge_spec(desk, job.judge).kind == "model":
        from calibration.judges.litellm_judge import load

        load()


def _estimate(desk: Desk, job: Job) -> tuple[str, ...]:
    spec, section = judge_spec(desk, job.judge), judge_section(desk, job.judge)
    return estimate_words(estimate_run(desk, job.judge, spec, section, _run_options(job), role=HOLDER))


def _run(desk: Desk, job: Job) -> tuple[str, ...]:
    return summary_words(
        run_judge(desk, job.judge, options=_run_options(job), watch=job.watch, by=job.by, role=HOLDER)
    )


def _probe_estimate(desk: Desk, job: Job) -> tuple[str, ...]:
    found = estimate_probes(desk, job.judge, _probe_options(job), role=HOLDER)
    return estimate_words(found)


def _probe(desk: Desk, job: Job) -> tuple[str, ...]:
    return probe_words(probe_judge(desk, job.judge, _probe_options(job), job.watch, role=HOLDER))


_WORK: dict[Kind, Callable[[Desk, Job], tuple[str, ...]]] = {
    "estimate": _estimate,
    "run": _run,
    "probe estimate": _probe_estimate,
    "probe": _probe,
}


def _run_options(job: Job) -> RunOptions:
    return job.options if isinstance(job.options, RunOptions) else RunOptions()


def _probe_options(job: Job) -> ProbeOptions:
    return job.options if isinstance(job.options, ProbeOptions) else ProbeOptions()
