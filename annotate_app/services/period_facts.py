"""Parts of the periodic report: what the period took, failure modes, trends, drift; no held-out number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from annotate_app.desk import Desk
from annotate_app.services import monitor_state
from annotate_app.services.monitor_alarms import alarm_of
from annotate_app.services.monitor_values import CannotMonitor
from annotate_app.services.monitoring import last_beginning, monitor_status
from annotate_app.services.rights import HOLDER
from annotate_app.store import alarms as alarm_store
from annotate_app.store import items as item_store
from annotate_app.store import modes as mode_store
from annotate_app.store import monitor as monitor_store
from annotate_app.store import reports as store
from annotate_app.store import rubrics, studies
from annotate_app.store.sql import from_json
from calibration.findings.taxonomy import taxonomy
from calibration.monitoring import share_of
from calibration.period import (
    AlarmLine,
    Drift,
    Mark,
    ModeCount,
    Point,
    Spent,
    StratumLine,
    Trend,
    by_severity,
    calibration_of,
    readings,
    worst,
)
from calibration.policy import DEFAULT_COEFFICIENTS
from calibration.render.words import CAPTIONS
from calibration.report import Report
from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.proportions import wilson

NOT_FOLLOWED = (
    "Production is not followed: `calibrant monitor OUTPUTS.jsonl` says when product or judge changes."
)
LENIENT, TOO_FEW_RIGHT = 0.1, 0.8


def coefficients(desk: Desk) -> dict[str, str]:
    """The coefficient that each criterion is read by."""
    return {c.name: DEFAULT_COEFFICIENTS[c.scale.kind] for c in desk.rubric.criteria}


def spent(desk: Desk, since: str, until: str) -> Spent:
    """Labels of open splits, verdicts, calls and dollars of the period."""
    with desk.store.reading() as session:
        version = item_store.split_version(session, desk.study_id)
        labels = store.labels_within(session, desk.study_id, version, since, until)
        verdicts = store.verdicts_within(session, desk.study_id, since, until)
        calls = store.calls_within(session, desk.study_id, since, until)
    return Spent(
        labels["labels"], labels["items"], labels["raters"], labels["seconds"], verdicts, calls["calls"],
        calls["usd"], calls["unpriced"],
    )  # fmt: skip


def failure_modes(desk: Desk, since: str) -> tuple[ModeCount, ...]:
    """Every failure mode that was seen, as it is called now, by severity: in the period, and before it."""
    with desk.store.reading() as session:
        version = item_store.split_version(session, desk.study_id)
        found = store.modes_of_items(session, desk.study_id, version)
        known = taxonomy(desk.rubric.failure_modes, mode_store.steps(session, desk.study_id))
    when: dict[str, str] = defaultdict(str)
    seen: dict[str, set[str]] = defaultdict(set)
    for item, at, modes in found:
        when[item] = max(when[item], at)
        for mode in known.of(frozenset(from_json(modes))) if modes else ():
            seen[mode].add(item)
    now = {item for item, at in when.items() if at > since}
    before = set(when) - now
    counts = [
        ModeCount(
            mode.name, mode.severity, mode.visibility,
            len(seen[mode.name] & now), _share(len(seen[mode.name] & now), len(now)),
            len(seen[mode.name] & before), _share(len(seen[mode.name] & before), len(before)),
        )
        for mode in known.modes.values()
        if seen[mode.name]
    ]  # fmt: skip
    return by_severity(counts)


def _share(items: int, n: int) -> Result:
    if not n:
        return Undefined("no item was labelled")
    ends = wilson(items, n)
    return Estimate(items / n, ends.low, ends.high, 0.95, n, n, "Wilson")


def worst_strata(desk: Desk, report: Report) -> tuple[StratumLine, ...]:
    """Where judges agree least with people, on validation where it has strata, else on development."""
    by_split = {e.split: e for e in report.evidence if e.agreement.strata}
    evidence = by_split.get("validation") or by_split.get("development")
    if evidence is None:
        return ()
    read_by = coefficients(desk)
    return worst(
        [
            StratumLine(
                stratum, name, judge.judge, evidence.split, read_by[name], judge.estimates[read_by[name]]
            )
            for stratum, criteria in evidence.agreement.strata.items()
            for name, found in criteria.items()
            for judge in found.judges.values()
            if read_by.get(name) in judge.estimates
        ]
    )


def rater_health(report: Report) -> tuple[str, ...]:
    """A sentence for each rater who surely differs from the others, from themselves, or from gold."""
    said = []
    for criterion in report.rater_quality:
        for one in criterion.raters:
            about = f"{one.rater} on {criterion.criterion}"
            lenient = one.leniency
            if isinstance(lenient, Estimate) and lenient.low is not None and lenient.high is not None:
                if lenient.low > 0 and lenient.value >= LENIENT:
                    said.append(f"{about}: more lenient than the others, by {lenient}.")
                if lenient.high < 0 and lenient.value <= -LENIENT:
                    said.append(f"{about}: stricter than the others, by {lenient}.")
            own = one.consistency
            again = own if isinstance(own, Undefined) else own.agreement
            if _surely_below(again, TOO_FEW_RIGHT):
                said.append(f"{about}: answers differ from the own earlier ones; agreement {again}.")
            if _surely_below(one.gold, TOO_FEW_RIGHT):
                said.append(f"{about}: right on few gold items: {one.gold}.")
    return tuple(said)


def _surely_below(found: Result, limit: float) -> bool:
    return isinstance(found, Estimate) and found.high is not None and found.high < limit


def drift(desk: Desk, since: str) -> Drift:
    """How production stands, and the alarms of the period."""
    with desk.store.reading() as session:
        kept = [alarm_of(one) for one in alarm_store.alarms(session, desk.study_id)]
    try:
        state = monitor_status(desk, role=HOLDER)
    except CannotMonitor:
        return Drift(note=NOT_FOLLOWED)
    standing = {(one.kind, one.subject, one.at) for one in state.alarms}
    lines = [AlarmLine(a.at, a.kind, a.text, (a.kind, a.subject, a.at) in standing) for a in kept]
    return Drift(
        state.processes, tuple(line for line in lines if line.at > since or line.stands),
        " ".join(state.notes),
    )  # fmt: skip


def trends(desk: Desk, now: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> tuple[Trend, ...]:
    """Agreement over the stored reports, oldest first, and what was observed of production run by run."""
    events = marks(desk)
    return (*_agreement_trends(desk, now, earlier, events), *_production_trends(desk, events))


def _agreement_trends(
    desk: Desk, now: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]], events: Sequence[Mark]
) -> list[Trend]:
    points: dict[tuple[str, str, str, str], list[Point]] = defaultdict(list)
    for content in (*earlier, now):
        calibration = calibration_of(content)
        for one in readings(calibration, coefficients(desk)).values():
            estimate = one.estimate
            points[one.criterion, one.judge, one.split, one.coefficient].append(
                Point(
                    calibration["issued"], estimate["value"], estimate["low"], estimate["high"], estimate["n"]
                )
            )
    return [
        _trend(f"{criterion}: {judge} with people on {split}, {CAPTIONS.get(name, name)}", found, events)
        for (criterion, judge, split, name), found in points.items()
    ]


def _production_trends(desk: Desk, events: Sequence[Mark]) -> list[Trend]:
    begun = last_beginning(desk)
    if begun is None:
        return []
    with desk.store.reading() as session:
        observed = monitor_store.observed(session, begun.judge_id)
    by_run: dict[tuple[str, str], dict[int, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for run_id, one in observed:
        if one.good is not None:
            by_run[one.kind, one.criterion][run_id].append(one)
    floors = {("agreement", name): floor for name, floor in begun.floors.items()}
    quality = desk.study_file.monitor.quality.items()
    floors |= {("quality", name): section.floor for name, section in quality}
    words = {"quality": "judged good in production", "agreement": "judge with people on anchor items"}
    return [
        _trend(
            f"{criterion}: {words[kind]}", [_of_run(taken) for taken in runs.values()], events,
            floors.get((kind, criterion)),
        )
        for (kind, criterion), runs in by_run.items()
    ]  # fmt: skip


def _of_run(taken: Sequence[Any]) -> Point:
    share = share_of(monitor_state.seen(taken))
    low, high = (share.low, share.high) if isinstance(share, Estimate) else (None, None)
    return Point(taken[-1].at, share.value if isinstance(share, Estimate) else 0.0, low, high, len(taken))


def _trend(title: str, points: Sequence[Point], events: Sequence[Mark], floor: float | None = None) -> Trend:
    first, last = points[0].at, points[-1].at
    return Trend(title, tuple(points), tuple(one for one in events if first < one.at <= last), floor)


def marks(desk: Desk) -> list[Mark]:
    """Every rubric version and every exact judge, when it first came."""
    with desk.store.reading() as session:
        versions = rubrics.versions(session, desk.study_id)
        judges = studies.judges(session, desk.study_id)
    found = [Mark(v.registered_at, f"rubric {v.sha256[:8]}") for v in versions]
    found += [Mark(j.registered_at, f"{j.name} {(j.spec_hash or 'imported')[:8]}") for j in judges]
    return sorted(found, key=lambda mark: mark.at)
