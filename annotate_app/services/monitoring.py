"""Follows production: draws, judges, asks the anchors again, raises alarms and says whose change it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from annotate_app.desk import Desk
from annotate_app.services import monitor_state
from annotate_app.services.anchors import AnchorSet, Asked, anchor_set, ask_anchors
from annotate_app.services.good_answers import Good, good_answers
from annotate_app.services.judge_values import RunOptions, together
from annotate_app.services.judging import judge_section, judge_spec, run_judge
from annotate_app.services.monitor_alarms import Raised, found_alarms, keep_alarms, standing
from annotate_app.services.monitor_draw import draw_outputs, open_review_wave
from annotate_app.services.monitor_state import Beginning, beginning
from annotate_app.services.monitor_values import CannotMonitor, MonitorRun, MonitorState
from annotate_app.services.rights import HOLDER, Holder, Role, require
from annotate_app.services.splitting import split_summary
from annotate_app.store import alarms as alarm_store
from annotate_app.store import monitor as store
from annotate_app.store import studies, summaries
from annotate_app.store.alarms import BEGAN, RESTARTED
from annotate_app.store.monitor import Pending, Taken
from annotate_app.store.sql import to_json
from calibration.monitoring import Shift, fall_below, whose_change

PAGE = 500  # outputs that a run of the judge is asked about at once


def monitored_judge(desk: Desk, name: str | None = None) -> str:
    """The judge to follow: as named, as study.toml says, or the only one; CannotMonitor otherwise."""
    chosen = name or desk.study_file.monitor.judge
    judges = list(desk.study_file.judges)
    if not chosen and len(judges) == 1:
        chosen = judges[0]
    if not chosen:
        raise CannotMonitor(f"which judge? [monitor] judge in study.toml, or --judge: {', '.join(judges)}")
    judge_section(desk, chosen)
    return chosen


def monitor(
    desk: Desk,
    files: Sequence[Path] = (),
    *,
    judge: str | None = None,
    anchors: int | None = None,
    role: Role | Holder,
) -> MonitorRun:
    """Take new production outputs and say how product and judge stand now.

    The same files again draw nothing. `anchors`: how many anchor items are judged again (by default in
    proportion to what was judged). Raises CannotMonitor, CannotRead or one of CANNOT_JUDGE.
    """
    require(role, "monitor.run")
    name, good = monitored_judge(desk, judge), good_answers(desk)
    spec = judge_spec(desk, name)
    if spec.kind == "import":
        raise CannotMonitor(
            f"judge {name!r} is imported: nobody can ask it about new outputs. Name one that can be asked "
            "([monitor] judge in study.toml, or --judge): of the kind model, command, code, baseline or panel"
        )
    if split_summary(desk, role=HOLDER) is None:
        raise CannotMonitor(
            "no split is frozen, so there is no anchor set: `calibrant split freeze`, label validation items"
        )
    monitor_state.review_due(desk.study_file.study.review_after, desk.clock())
    with desk.store.writing() as session:
        judge_id = studies.register_judge(
            session, desk.study_id, name, spec.spec_hash, at=desk.now, spec=to_json(spec.content)
        )
        run_id = store.start_run(
            session, desk.study_id, name, files=[file.name for file in files],
            software=f"calibrant {version('calibrant')}", at=desk.now,
        )  # fmt: skip
    asked_set = anchor_set(desk, name, good)
    begun = _begin(desk, name, judge_id, spec.spec_hash, asked_set)
    return _Run(desk, begun, run_id, asked_set, good).take(files, anchors)


def _begin(desk: Desk, name: str, judge_id: int, spec_hash: str, anchors: AnchorSet) -> Beginning:
    """The beginning that counts: a judge that was not the last one followed begins anew."""
    section = desk.study_file.monitor
    with desk.store.writing() as session:
        began = alarm_store.events(session, desk.study_id, BEGAN)
        if not began or began[-1]["judge_id"] != judge_id:
            floors = {
                criterion: section.agreement_floor.get(
                    criterion, min(max(found.agreement - section.agreement_margin, 0.02), 0.98)
                )
                for criterion, found in anchors.criteria.items()
            }
            detail = {
                "judge_id": judge_id, "judge": name, "spec_hash": spec_hash, "anchors": len(anchors.items),
                "floors": floors if anchors.enough else {},
                "agreement": {c: found.agreement for c, found in anchors.criteria.items()},
                "models": list(summaries.verdicts(session, judge_id).models),
                **store.last_numbers(session, desk.study_id),
            }  # fmt: skip
            # Outputs of the run under way are not seen yet: they come behind these numbers.
            alarm_store.add_event(session, desk.study_id, BEGAN, detail, actor="monitor", at=desk.now)
    found = beginning(desk, judge_id)
    if found is None:
        raise CannotMonitor("the beginning was not stored: run it again")
    return found


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of the monitor under way."""

    desk: Desk
    begun: Beginning
    run_id: int
    anchors: AnchorSet
    good: Good

    def take(self, files: Sequence[Path], anchors: int | None) -> MonitorRun:
        desk, section = self.desk, self.desk.study_file.monitor
        drawn = draw_outputs(desk, files, self.run_id)
        stopped, cost = self._judge()
        judged = self._observe()
        wanted = max(round(section.anchor_share * judged), int(judged > 0)) if anchors is None else anchors
        asked = self._ask(wanted)
        wave, reviews = open_review_wave(desk)
        raised, checked = self._alarms(asked)
        state = replace(_state(desk, self.begun, self.good), alarms=standing(desk, self.begun))
        with desk.store.writing() as session:
            alarm_store.save_state(session, self.run_id, state.as_json(), at=desk.now)
        return MonitorRun(
            seen=drawn.seen,
            known=drawn.known,
            rejected=drawn.rejected,
            judged=judged,
            anchors=asked.draws + checked.draws,
            wave=wave,
            reviews=reviews,
            cost_usd=together([cost, asked.cost_usd, checked.cost_usd]),
            stopped=stopped,
            new_alarms=raised,
            state=state,
        )

    def _judge(self) -> tuple[str | None, float | None]:
        """Let the judge answer what was drawn; why it stopped early, and what it cost (None: unknown)."""
        with self.desk.store.reading() as session:
            todo = store.unjudged(session, self.desk.study_id, self.begun.judge_id, self.begun.item)
        cost: float | None = 0.0
        for start in range(0, len(todo), PAGE):
            options = RunOptions(items=tuple(todo[start : start + PAGE]))
            summary = run_judge(self.desk, self.begun.judge, options=options, role=HOLDER)
            cost = together([cost, summary.whole_cost_usd])
            if summary.stopped:
                return summary.stopped, cost
        return None, cost

    def _observe(self) -> int:
        """Hand new verdicts to the processes, in order of arrival; how many outputs."""
        desk = self.desk
        with desk.store.writing() as session:
            waiting = store.pending(session, desk.study_id, self.begun.judge_id, self.begun.item)
            taken = [self._taken(one) for one in waiting if one.verdict.criterion in self.good]
            store.take(session, desk.study_id, self.run_id, self.begun.judge_id, taken)
        return len({one.step for one in taken})

    def _taken(self, one: Pending) -> Taken:
        verdict = one.verdict
        answered = verdict.status == "observed"
        passes = verdict.value in self.good[verdict.criterion] if answered else None
        return Taken(
            verdict.item_id, verdict.criterion, "quality", one.step,
            to_json(verdict.value) if answered else None, passes, passes, None, one.weight,
            verdict.reported_model, verdict.cost_usd, self.desk.now,
        )  # fmt: skip

    def _ask(self, n: int) -> Asked:
        if not n or not self.begun.floors or not self.anchors.enough:
            return Asked(0, 0.0, frozenset())
        return ask_anchors(
            self.desk, self.begun.judge, self.begun.judge_id, self.anchors, self.good, n=n, run_id=self.run_id
        )

    def _alarms(self, asked: Asked) -> tuple[Raised, Asked]:
        """New alarms; where quality fell, anchors are asked until it can be said who changed."""
        desk, begun = self.desk, self.begun
        observed = monitor_state.observations(desk, begun)
        fallen = [
            p for p in monitor_state.processes(desk, begun, observed) if p.kind == "quality" and p.raised
        ]
        known = {(a.kind, a.subject) for a in standing(desk, begun)}
        new = [one for one in fallen if ("quality_fell", one.criterion) not in known]
        checked = self._ask(desk.study_file.monitor.anchor_check) if new else Asked(0, 0.0, frozenset())
        observed = monitor_state.observations(desk, begun)
        now = monitor_state.processes(desk, begun, observed)
        changed = {p.criterion for p in now if p.kind == "agreement" and p.raised}
        shifts: dict[str, Shift] = {}
        for one in new:
            last = observed.get(("agreement", one.criterion), ())[-checked.draws :] if checked.draws else ()
            pairs = [(int(t.passed_before), int(t.passes)) for t in last
                     if t.passes is not None and t.passed_before is not None]  # fmt: skip
            shifts[one.criterion] = whose_change(
                pairs, fall_below(one.floor, one.recent), judge_alarm=one.criterion in changed
            )
        found = found_alarms(desk, begun, observed, now, shifts)
        return keep_alarms(desk, begun, self.run_id, found), checked


def _state(desk: Desk, begun: Beginning, good: Good) -> MonitorState:
    observed = monitor_state.observations(desk, begun)
    strata = monitor_state.traffic(desk, begun)
    notes = [] if begun.floors else [
        f"The anchor set has {begun.anchors} items: label more validation items, and begin anew with "
        "--restart, to see a change of the judge."
    ]  # fmt: skip
    return MonitorState(
        study=desk.study_file.study.name,
        judge=begun.judge,
        spec_hash=begun.spec_hash,
        since=begun.at,
        at=desk.now,
        traffic=strata,
        processes=monitor_state.processes(desk, begun, observed),
        reviews=monitor_state.reviews(desk, begun, good, observed),
        mix=monitor_state.traffic_mix(desk, strata),
        test_set=monitor_state.set_age(desk),
        no_answer=monitor_state.unanswered(observed),
        models=tuple(
            sorted({t.reported_model for found in observed.values() for t in found if t.reported_model})
        ),
        alarms=(),
        notes=tuple(notes),
    )


def monitor_status(desk: Desk, *, role: Role | Holder) -> MonitorState:
    """How product and judge stood after the last run, with today's reviews; asks nobody.

    Raises CannotMonitor where nothing was ever followed.
    """
    require(role, "monitor.see")
    good = good_answers(desk)
    begun = last_beginning(desk)
    if begun is None:
        raise CannotMonitor("nothing was followed yet: `calibrant monitor OUTPUTS.jsonl`")
    return replace(_state(desk, begun, good), alarms=standing(desk, begun))


def last_beginning(desk: Desk) -> Beginning | None:
    """Of the judge that was followed last."""
    with desk.store.reading() as session:
        began = alarm_store.events(session, desk.study_id, BEGAN)
    return beginning(desk, began[-1]["judge_id"]) if began else None


def restart(desk: Desk, *, by: str, reason: str, role: Role | Holder) -> None:
    """Begin anew: alarms that stand are acknowledged, processes start from nothing; with a reason."""
    require(role, "monitor.run")
    if not reason.strip():
        raise CannotMonitor("a restart needs a reason: --restart TEXT")
    begun = last_beginning(desk)
    if begun is None:
        raise CannotMonitor("nothing was followed yet, so there is nothing to begin anew")
    observed = monitor_state.observations(desk, begun)
    models = {t.reported_model for found in observed.values() for t in found if t.reported_model}
    with desk.store.writing() as session:
        detail = {
            "reason": reason.strip(), "models": sorted(models | set(begun.models)),
            **store.last_numbers(session, desk.study_id),
        }  # fmt: skip
        alarm_store.add_event(session, desk.study_id, RESTARTED, detail, actor=by, at=desk.now)
