"""Which alarms there are and what they say; each is kept once, in the store and in a file for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from annotate_app.desk import Desk
from annotate_app.services import monitor_state
from annotate_app.services.monitor_state import Beginning, Observed
from annotate_app.services.monitor_values import Alarm
from annotate_app.store import alarms as store
from annotate_app.store.monitor import Taken
from calibration.monitoring import Followed, Shift, StratumShare
from calibration.stats.estimate import Estimate, Result

FOLDER, FILE = "monitor", "alarms.jsonl"
SHOWN = 20
PASSING = ("mix_moved", "test_set_due")  # these end when their reason does; the others stand until a restart
Raised = tuple[Alarm, ...]


def found_alarms(
    desk: Desk,
    begun: Beginning,
    observed: Observed,
    processes: Sequence[Followed],
    shifts: Mapping[str, Shift],
) -> list[Alarm]:
    """Every alarm that there is reason for now, whether it was raised before or not."""
    now = desk.now
    found = [_model(begun, model, now) for model in _new_models(begun, observed)]
    for one in processes:
        if one.raised and one.kind == "agreement":
            found.append(_judge(one, now))
        elif one.raised:
            bad = _bad(observed.get(("quality", one.criterion), ()))
            found.append(_quality(one, shifts.get(one.criterion), bad, now))
    return found + passing(desk, begun)


def passing(desk: Desk, begun: Beginning) -> list[Alarm]:
    """Alarms about the test set, as of now."""
    found = []
    age = monitor_state.set_age(desk)
    if age is not None and age.overdue:
        text = f"The test set is {age.days} days old and was due for review on {age.due}: look it through."
        found.append(Alarm("test_set_due", "test set", desk.now, text))
    for share in monitor_state.traffic_mix(desk, monitor_state.traffic(desk, begun)):
        if share.moved:
            found.append(
                Alarm("mix_moved", share.stratum, desk.now, _mix_words(share), None, share.as_json())
            )
    return found


def _new_models(begun: Beginning, observed: Observed) -> list[str]:
    """Models that were reported and not known; the first ones ever are what the judge is."""
    reported = [t.reported_model for taken in observed.values() for t in taken if t.reported_model]
    known = set(begun.models) or set(reported[:1])
    return list(dict.fromkeys(model for model in reported if model not in known))


def _model(begun: Beginning, model: str, at: str) -> Alarm:
    before = ", ".join(begun.models) or "another model"
    text = (
        f"The provider reports another model for {begun.judge}: {model}, before it was {before}. The judge "
        "may be another one: certify it anew before its verdicts decide anything."
    )
    return Alarm("model_changed", model, at, text, "judge", {"model": model, "before": list(begun.models)})


def _judge(one: Followed, at: str) -> Alarm:
    text = (
        f"{one.criterion}: the judge changed. Asked again about anchor items it agrees with people on "
        f"{share_words(one.recent)} of the last ones, and {one.floor:.3f} is the floor. What it says of "
        "production cannot be read until it is certified anew."
    )
    return Alarm("judge_changed", one.criterion, at, text, "judge", one.as_json())


def _bad(taken: Sequence[Taken]) -> list[str]:
    """The last outputs that were judged not good, newest first: where to look."""
    return [one.item_id for one in reversed(taken) if one.good is not None and not one.good][:SHOWN]


def _quality(one: Followed, shift: Shift | None, bad: list[str], at: str) -> Alarm:
    fell = (
        f"{one.criterion}: the judged share of good outputs fell below {one.floor:.3f}; it is "
        f"{share_words(one.recent)} of the last ones."
    )
    evidence = one.as_json() | {"shift": None if shift is None else shift.as_json(), "outputs": bad}
    cause = "untold" if shift is None else shift.cause
    look = f"Look at the outputs {', '.join(bad[:3])}."
    return Alarm("quality_fell", one.criterion, at, f"{fell} {_cause_words(shift)} {look}", cause, evidence)


def _cause_words(shift: Shift | None) -> str:
    if shift is None or (shift.cause == "untold" and not isinstance(shift.change, Estimate)):
        why = "" if shift is None else f": {_why(shift.change)}"
        return f"Whether product or judge changed cannot be told{why}."
    change = change_words(shift.change)
    if shift.cause == "product":
        return (
            "The product got worse: on outputs that the judge had answered before, its share of good "
            f"answers changed by {change}, less than half of the fall of {shift.fall:.3f}."
        )
    if shift.cause == "judge":
        return (
            "The judge changed: on outputs that it had answered before, its share of good answers changed "
            f"by {change}. Whether the product got worse cannot be read from it."
        )
    return (
        "Whether product or judge changed is not told apart yet: on outputs that it had answered before, "
        f"the judge's share of good answers changed by {change}. Ask more anchors: --anchors N."
    )


def _why(change: Result) -> str:
    return change.interval_undefined or "" if isinstance(change, Estimate) else change.reason


def share_words(found: Result) -> str:
    """A share with its interval, or why there is none."""
    if not isinstance(found, Estimate):
        return f"unknown ({found.reason})"
    if found.low is None or found.high is None:
        return f"{found.value:.3f}"
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def change_words(found: Result) -> str:
    return share_words(found).replace("-", "−")


def _mix_words(share: StratumShare) -> str:
    declared = "no share" if share.declared is None else f"{share.declared:.0%}"
    return (
        f"Traffic is not what study.toml declares: {share.stratum} is {share_words(share.seen)} of it, "
        f"declared is {declared}. Overall numbers are weighted to the declared shares: change [strata], and "
        "see whether the test set has enough of it."
    )


def standing(desk: Desk, begun: Beginning) -> Raised:
    """Alarms since the beginning that still hold, oldest first."""
    with desk.store.reading() as session:
        kept = store.alarms(session, desk.study_id, after=begun.alarm)
    now = {(one.kind, one.subject) for one in passing(desk, begun)}
    alarms = [alarm_of(one) for one in kept]
    held = [one for one in alarms if one.kind not in PASSING or (one.kind, one.subject) in now]
    return tuple({(one.kind, one.subject): one for one in held}.values())


def alarm_of(record: store.AlarmRecord) -> Alarm:
    content = dict(record.content)
    return Alarm(
        record.kind, record.subject, record.at, content["text"], content.get("cause"),
        content.get("evidence", {}),
    )  # fmt: skip


def keep_alarms(desk: Desk, begun: Beginning, run_id: int, found: Sequence[Alarm]) -> Raised:
    """Store the alarms that do not stand already and append them to monitor/alarms.jsonl; those new ones."""
    known = {(one.kind, one.subject) for one in standing(desk, begun)}
    new = tuple(one for one in found if (one.kind, one.subject) not in known)
    with desk.store.writing() as session:
        for one in new:
            content = {"text": one.text, "cause": one.cause, "evidence": dict(one.evidence)}
            store.add_alarm(session, desk.study_id, run_id, one.kind, one.subject, content, at=one.at)
    if new:
        folder = desk.folder / FOLDER
        folder.mkdir(exist_ok=True)
        with (folder / FILE).open("a", encoding="utf-8") as lines:
            lines.writelines(json.dumps(one.as_json(), ensure_ascii=False) + "\n" for one in new)
    return new
