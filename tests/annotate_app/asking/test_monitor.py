"""Monitoring a model: each draw of an anchor is a call of its own, and another reported model is an alarm."""

from __future__ import annotations

import json
from collections.abc import Callable

from asked_study import table, verdicts

from annotate_app.cli.monitor import run_text
from annotate_app.desk import Desk
from annotate_app.services.importing import import_files
from annotate_app.services.monitoring import monitor
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split
from benchmarks.provider import Provider, Reply, answers

MakeDesk = Callable[..., Desk]
MORE = """
[split]
shares = {development = 0.1, validation = 0.8, held_out = 0.1}
[monitor]
judge_share = {routine = 1.0}
anchor_share = 1.0
[monitor.quality.grounded]
floor = 0.5
"""


def watched(make_desk: MakeDesk, more: str = "") -> Desk:
    desk = make_desk(more=MORE + more, items=40)
    freeze_split(desk, role=HOLDER)
    path = desk.folder / "labels.jsonl"
    rows = ({"item_id": f"i{k}", "rater": "ann", "criterion": "grounded", "value": "yes"} for k in range(40))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    import_files(desk, [path], strict=True, role=HOLDER)
    return desk


def produced(desk: Desk, first: int, n: int = 4) -> list[object]:
    path = desk.folder / f"out{first}.jsonl"
    path.write_text(
        "".join(
            json.dumps({"item_id": f"p{k}", "output": f"made {k}"}) + "\n" for k in range(first, first + n)
        )
    )
    return [path]


def test_every_draw_is_asked_anew_and_the_verdicts_stay(make_desk: MakeDesk, provider: Provider) -> None:
    desk = watched(make_desk)
    first = monitor(desk, produced(desk, 0), role=HOLDER)
    before = len(provider.requests)
    assert table(desk, "SELECT kind, message FROM failed_call") == []
    assert (first.judged, first.anchors) == (4, 4)
    stored = verdicts(desk)
    second = monitor(desk, produced(desk, 10), role=HOLDER)
    assert len(provider.requests) - before == 4 + 4  # outputs, and anchors again
    assert second.anchors == 4
    assert {v for v in stored if v.item_id.startswith("i")} <= set(verdicts(desk))
    assert table(desk, "SELECT DISTINCT purpose FROM judge_run ORDER BY 1") == [("anchor",), ("run",)]
    assert table(desk, "SELECT count(*) FROM monitor_observation WHERE kind = 'agreement'") == [(8,)]


def test_another_reported_model_is_an_alarm_at_once(make_desk: MakeDesk, provider: Provider) -> None:
    desk = watched(make_desk)
    assert monitor(desk, produced(desk, 0), role=HOLDER).state.quiet
    provider.script = lambda body, _: Reply(json.dumps(answers(body)), model="some-model-2026-09-09")
    done = monitor(desk, produced(desk, 10, n=1), role=HOLDER)
    (alarm,) = done.new_alarms
    assert (alarm.kind, alarm.subject) == ("model_changed", "some-model-2026-09-09 fp_1")
    assert "some-model-2026-01-01 fp_1" in alarm.text


def test_calls_without_a_known_price_make_the_cost_unknown_and_never_nothing(make_desk: MakeDesk) -> None:
    desk = watched(make_desk)
    done = monitor(desk, produced(desk, 0), role=HOLDER)
    assert done.judged > 0
    assert done.cost_usd is None
    assert "cost unknown" in run_text(done) and "$0" not in run_text(done)


def test_a_failed_call_is_no_change_of_the_judge(make_desk: MakeDesk, provider: Provider) -> None:
    desk = watched(make_desk)
    monitor(desk, produced(desk, 0), role=HOLDER)
    provider.script = lambda body, n: Reply(
        json.dumps(answers(body)), status=400 if n % 2 else 200, error="no" if n % 2 else None
    )
    monitor(desk, produced(desk, 10), role=HOLDER)
    found = table(desk, "SELECT good FROM monitor_observation WHERE kind = 'agreement'")
    assert {good for (good,) in found} <= {1, None}


def test_a_panel_is_asked_again_through_its_members(make_desk: MakeDesk, provider: Provider) -> None:
    more = '[judges.both]\npanel = ["m", "m2"]\n[judges.m2]\nmodel = "openai/other"\n'
    more += f'[judges.m2.parameters]\napi_base = "{provider.address}"\n'
    desk = watched(make_desk, more)
    done = monitor(desk, produced(desk, 0, n=2), judge="both", role=HOLDER)
    assert table(desk, "SELECT kind, message FROM failed_call") == []
    assert (done.judged, done.anchors) == (2, 2)
    assert table(desk, "SELECT count(*) FROM monitor_observation WHERE kind = 'agreement' AND good") == [(2,)]
