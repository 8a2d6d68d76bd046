"""Builds, keeps and shows the periodic report; refuses raters, and quotes held-out numbers alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from annotate_app.desk import Desk, timestamp
from annotate_app.services import audit, targeting
from annotate_app.services import period_facts as facts
from annotate_app.services.calibrating import build_report
from annotate_app.services.monitor_state import set_age
from annotate_app.services.monitor_values import CannotMonitor
from annotate_app.services.period_changes import changes
from annotate_app.services.rights import HOLDER, Holder, Role, allowed, refusal, require
from annotate_app.store import reports as store
from calibration.period import (
    AlarmLine,
    Drift,
    Headline,
    ModeCount,
    Period,
    Spent,
    StratumLine,
    calibration_of,
)
from calibration.render import html, markdown
from calibration.render.words import CAPTIONS, number
from calibration.report import Decision, Report
from calibration.splits import MONITOR
from calibration.stats.estimate import Estimate

SCHEMAS = ("calibrant/report/1", "calibrant/periodic-report/1")
USUAL = timedelta(days=30)
MOST_STEPS = 8
MOST_EARLIER = 24  # stored reports that trends go back to


class BadReport(ValueError):
    """The report to compare with cannot be used: which, why."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A stored report in a list."""

    number: int
    at: str
    software: str


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The stored reports as a role may see them, newest first, or why not."""

    reports: tuple[ReportLine, ...] = ()
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """A report as it was made, in all three forms."""

    html: str
    markdown: str
    json: str


def build_period(
    desk: Desk, *, since: datetime | None = None, last: Mapping[str, Any] | None = None,
    role: Role | Holder,
) -> Period:  # fmt: skip
    """The report of the time since `since`: else since the last report, else of the last 30 days.

    `last` is a former report as JSON, of either kind; by default the newest that is stored. Raises BadReport.
    """
    require(role, "reports.make")
    stored = [dict(one["json"]) for one in _contents(desk)]
    before = last if last is not None else (stored[-1] if stored else None)
    if before is not None:
        _refuse_other(desk, before)
    start = _start(desk, since, before)
    report, now = build_report(desk, role=HOLDER), desk.now
    content = report.as_json()
    known = [one for one in stored if calibration_of(one)["issued"] < report.issued]
    issued = {calibration_of(one)["issued"] for one in known}
    if before is not None and calibration_of(before)["issued"] not in issued:
        known = sorted([*known, dict(before)], key=lambda one: str(calibration_of(one)["issued"]))
    spent, modes = facts.spent(desk, start, now), facts.failure_modes(desk, start)
    strata, drift = facts.worst_strata(desk, report), facts.drift(desk, start)
    steps = next_steps(desk, report, drift, strata)
    return Period(
        since=start,
        until=now,
        compared_to=None if before is None else str(calibration_of(before)["issued"]),
        headlines=headlines(report, spent, drift, strata, modes),
        next_steps=steps[:MOST_STEPS],
        changes=changes(
            content, None if before is None else calibration_of(before), facts.coefficients(desk)
        ),
        spent=spent,
        drift=drift,
        trends=facts.trends(desk, content, known),
        strata=strata,
        modes=modes,
        raters=facts.rater_health(report),
        report=report,
    )


def _start(desk: Desk, since: datetime | None, before: Mapping[str, Any] | None) -> str:
    if since is not None:
        return timestamp(since)
    return timestamp(desk.clock() - USUAL) if before is None else str(calibration_of(before)["issued"])


def _refuse_other(desk: Desk, content: Mapping[str, Any]) -> None:
    inner = calibration_of(content)
    if content.get("schema") not in SCHEMAS or "issued" not in inner or "study" not in inner:
        raise BadReport(f"this is no report of ours: its schema is {content.get('schema')!r}")
    name = inner["study"]["name"]
    if name != desk.study_file.study.name:
        raise BadReport(f"this is a report of the study {name!r}, not of {desk.study_file.study.name!r}")


def headlines(
    report: Report,
    spent: Spent,
    drift: Drift,
    strata: tuple[StratumLine, ...],
    modes: tuple[ModeCount, ...],
) -> tuple[Headline, ...]:
    """What whoever decides must know, in a few sentences."""
    found = [_decided(one) for one in report.decisions] or [
        Headline("No judge may decide anything yet: none was certified on held-out labels.", "undecided")
    ]
    standing = [one for one in drift.alarms if one.stands]
    found += [Headline(one.text, "not trusted") for one in standing]
    if not standing:
        found.append(
            Headline(drift.note, "undecided") if not drift.processes
            else Headline("Production is quiet: no alarm stands.", "trusted")
        )  # fmt: skip
    found.append(Headline(spent_words(spent)))
    found += [_weakest(strata[0])] if strata and isinstance(strata[0].agreement, Estimate) else []
    found += [_mode(modes)] if modes else []
    return tuple(found)


def _decided(one: Decision) -> Headline:
    about = f"{one.judge} on {', '.join(one.criteria)}"
    said = {
        "trusted": f"{about}: trusted until {one.expires[:10]}.",
        "undecided": f"{about}: undecided. {' '.join(one.sentences)}",
    }.get(one.outcome, f"{about}: {one.outcome}. People go on deciding this. {' '.join(one.sentences)}")
    return Headline(said.strip(), one.outcome)


def spent_words(spent: Spent) -> str:
    """Labels, people, hours, verdicts and dollars of the period in a sentence."""
    hours = "" if not spent.active_seconds else f", {spent.active_seconds / 3600:.1f} hours in all"
    unknown = f", and {spent.unpriced} calls without a known price" if spent.unpriced else ""
    return (
        f"In this period: {spent.labels} labels on {spent.items} items by {spent.raters} raters, held-out "
        f"ones aside{hours}; {spent.verdicts} verdicts, {spent.calls} calls, ${spent.cost_usd:.2f}{unknown}."
    )


def _weakest(line: StratumLine) -> Headline:
    name = CAPTIONS.get(line.coefficient, line.coefficient)
    return Headline(
        f"Weakest: {line.judge} on {line.criterion} in stratum {line.stratum}, {name} "
        f"{number(line.agreement)} on {line.split}."
    )


def _mode(modes: tuple[ModeCount, ...]) -> Headline:
    """The worst one seen in the period, else the worst one seen before."""
    one = next((mode for mode in modes if mode.items), modes[0])
    where = (
        f"on {one.items} items labelled in this period, share {number(one.share)}"
        if one.items
        else f"on none of this period, on {one.items_before} items labelled before, share "
        f"{number(one.share_before)}"
    )
    tone = "not trusted" if one.severity == "critical" and one.items else "plain"
    return Headline(f"Worst failure mode: {one.name} ({one.severity}, {one.visibility}), {where}.", tone)


def next_steps(desk: Desk, report: Report, drift: Drift, strata: tuple[StratumLine, ...]) -> tuple[str, ...]:
    """What to do next, most urgent first."""
    steps = [_answer(one) for one in drift.alarms if one.stands]
    for one in report.decisions:
        steps += [f"{s} {one.judge} on {', '.join(one.criteria)} is undecided."
                  for s in one.sentences if s.startswith("Label ")]  # fmt: skip
    for wave in targeting.list_waves(desk, role=HOLDER):
        left = wave.selected - wave.labelled
        if wave.is_open and left:
            what = "production outputs under review" if wave.split == MONITOR else f"items of {wave.split}"
            steps.append(f"Label the {left} {what} that {wave.name} has left.")
    thin = dict.fromkeys(
        one.stratum for one in strata if not isinstance(one.agreement, Estimate) or one.agreement.low is None
    )
    steps += [f"Label more of stratum {name}: its agreement has no interval yet." for name in thin]
    return (*dict.fromkeys(steps), *_upkeep(desk, report))


ANSWERS = {
    "judge_changed": "Certify the judge anew, or pin its model, before its verdicts decide anything.",
    "model_changed": "Certify the judge anew, or pin its model, before its verdicts decide anything.",
    "quality_fell": "Look at what fell, mend it, and begin anew: calibrant monitor --restart REASON.",
    "mix_moved": "Change the shares under [strata] to those of traffic, and label what is new.",
    "test_set_due": "Look the test set through, and move [study] review_after.",
}


def _answer(alarm: AlarmLine) -> str:
    return ANSWERS.get(alarm.kind, alarm.text)


def _upkeep(desk: Desk, report: Report) -> list[str]:
    left = sum(one.items - one.labelled for one in report.items if one.split == "development")
    steps = [f"Rate: {left} development items have no label yet."] if left else []
    try:
        age = set_age(desk)
    except CannotMonitor:
        return steps
    if age is not None and age.due is None:
        steps.append("Give the test set a date of review: [study] review_after in study.toml.")
    return steps


def texts(period: Period) -> Texts:
    """The report in all three forms."""
    content = json.dumps(period.as_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return Texts(html.render_period(period), markdown.render_period(period), content)


def keep(desk: Desk, period: Period, made: Texts, *, by: str | None = None, role: Role | Holder) -> int:
    """Store a report as it was made; its number."""
    require(role, "reports.make")
    content = json.dumps(
        {"json": json.loads(made.json), "html": made.html, "markdown": made.markdown}, ensure_ascii=False
    )
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    with desk.store.writing() as session:
        kept = store.save(
            session, desk.study_id, sha256=sha256, content=content, software=period.report.software,
            at=period.until,
        )  # fmt: skip
        audit.record(session, desk, actor=by, kind="report.made", detail={"report": kept, "sha256": sha256})
    return kept


def _contents(desk: Desk) -> list[Mapping[str, Any]]:
    """The last stored reports, oldest first."""
    with desk.store.reading() as session:
        lines = store.listing(session, desk.study_id)[:MOST_EARLIER]
        found = [store.get(session, desk.study_id, line.number) for line in reversed(lines)]
    return [one.content for one in found if one is not None and one.content is not None]


def report_page(desk: Desk, *, role: Role) -> ReportPage:
    """The stored reports, newest first; nothing for raters."""
    if not allowed(role, "reports.make"):
        return ReportPage(withheld=refusal("reports.make"))
    with desk.store.reading() as session:
        found = store.listing(session, desk.study_id)
    return ReportPage(tuple(ReportLine(one.number, one.at, one.software) for one in found))


def stored_texts(desk: Desk, number_: int, *, role: Role) -> Texts:
    """A stored report as it was made. Raises NotVisible for raters, BadReport for one that is not there."""
    require(role, "reports.make")
    with desk.store.reading() as session:
        found = store.get(session, desk.study_id, number_)
    if found is None or found.content is None:
        raise BadReport(f"there is no report {number_}")
    content = found.content
    text = json.dumps(content["json"], indent=2, ensure_ascii=False) + "\n"
    return Texts(content["html"], content["markdown"], text)


def make_report(desk: Desk, *, role: Role, since: datetime | None = None, by: str | None = None) -> int:
    """A new report, stored; its number. Raises NotVisible for raters."""
    require(role, "reports.make")
    period = build_period(desk, since=since, role=HOLDER)
    return keep(desk, period, texts(period), by=by, role=HOLDER)
