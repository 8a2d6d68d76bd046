"""A program as a judge: what it reads, what it may print, and what happens when it breaks."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from asked_study import by_item, table

from annotate_app.desk import Desk
from annotate_app.services.judge_values import RunOptions
from annotate_app.services.judging import CANNOT_JUDGE, judge_section, judge_spec, run_judge
from annotate_app.services.replaying import replay
from annotate_app.services.rights import HOLDER

MakeDesk = Callable[..., Desk]


def program(make_desk: MakeDesk, code: str, more: str = 'criteria = ["helpful"]', items: int = 4) -> Desk:
    """A study whose judge `p` runs this Python code, which has the question in `q`."""
    desk = make_desk(items=items, more=f'[judges.p]\ncommand = "python judge.py"\n{more}')
    (desk.folder / "judge.py").write_text(f"import json, sys, time\nq = json.load(sys.stdin)\n{code}\n")
    return desk


def test_a_program_reads_an_item_as_json_and_prints_answers(make_desk: MakeDesk) -> None:
    code = (
        "n = int(q['item']['output'].split()[1])\n"
        "print(json.dumps({'helpful': {'answer': n % 3 + 1, 'confidence': 0.8, 'rationale': f'text {n}'}}))"
    )
    desk = program(make_desk, code)
    run = run_judge(desk, "p", role=HOLDER)
    assert run.items == 4
    found = by_item(desk, "helpful", "p")
    assert {i: v.value for i, v in found.items()} == {"i0": 1, "i1": 2, "i2": 3, "i3": 1}
    assert (found["i2"].confidence, found["i2"].confidence_kind, found["i2"].rationale) == (
        0.8, "verbalised", "text 2",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("printed", "status", "value"),
    [
        ("2", "observed", 2),
        ('"mid"', "observed", 2),
        ('{"helpful": 3}', "observed", 3),
        ('{"helpful": "cannot tell"}', "abstained", None),
        ('{"helpful": null}', "abstained", None),
        ('{"helpful": 9}', "parse_error", None),
        ('{"grounded": "yes"}', "parse_error", None),
        ('{"helpful": {"answer": 2, "confidence": 7}}', "parse_error", None),
        ("[1, 2]", "parse_error", None),
        ("", "parse_error", None),
    ],
)
def test_an_answer_stands_alone_or_in_an_object(
    printed: str, status: str, value: object, make_desk: MakeDesk
) -> None:
    desk = program(make_desk, f"print({printed!r})", items=1)
    run_judge(desk, "p", role=HOLDER)
    found = by_item(desk, "helpful", "p")["i0"]
    assert (found.status, found.value) == (status, value)
    assert (found.reason is None) == (status == "observed")


def test_a_program_that_breaks_or_hangs_is_a_stored_failure(make_desk: MakeDesk) -> None:
    code = (
        "n = int(q['item']['output'].split()[1])\n"
        "if n == 1: sys.exit('out of cheese')\n"
        "if n == 2: time.sleep(30)\n"
        "print(2)"
    )
    desk = program(make_desk, code, 'criteria = ["helpful"]\ntimeout_seconds = 4\nattempts = 1')
    run = run_judge(desk, "p", role=HOLDER)
    assert dict(run.statuses) == {"observed": 2, "provider_error": 2}
    found = by_item(desk, "helpful", "p")
    assert found["i1"].reason == "program: exit status 1: out of cheese"
    assert found["i2"].reason == "timeout: the program did not answer in 4 s"
    assert sorted(table(desk, "SELECT kind FROM failed_call")) == [("program",), ("timeout",)]


def test_a_program_that_is_not_there_stops_the_run(make_desk: MakeDesk) -> None:
    desk = make_desk(more='[judges.p]\ncommand = "no-such-program --judge"')
    with pytest.raises(CANNOT_JUDGE, match="cannot start 'no-such-program'"):
        run_judge(desk, "p", role=HOLDER)


def test_what_a_judge_may_not_see_is_not_handed_over(make_desk: MakeDesk) -> None:
    from annotate_app.services.importing import import_files

    code = "print(json.dumps({'helpful': 2}))\nopen('seen.json', 'w').write(json.dumps(q))"
    desk = program(make_desk, code)
    path = desk.folder / "more.jsonl"
    row = {"item_id": "x", "output": "o", "input": "i", "system": "model-9", "stratum": "edge", "k": "v-meta"}
    path.write_text(json.dumps(row) + "\n")
    import_files(desk, [path], role=HOLDER)
    run_judge(desk, "p", options=RunOptions(items=("x",)), role=HOLDER)
    seen = json.loads((desk.folder / "seen.json").read_text())
    assert seen["item"] == {"item_id": "x", "kind": "pointwise", "output": "o", "input": "i"}
    assert seen["criteria"] == ["helpful"]


def test_a_changed_program_is_another_judge_and_a_replay_starts_none(make_desk: MakeDesk) -> None:
    desk = program(make_desk, "print(2)")
    run_judge(desk, "p", role=HOLDER)
    before = judge_spec(desk, "p")
    found = replay(desk, "p", before, judge_section(desk, "p"), RunOptions(replay=True), role=HOLDER)
    assert (found.identical, found.items) == (4, 4)
    (desk.folder / "judge.py").write_text("print(3)\n")
    assert judge_spec(desk, "p").spec_hash != before.spec_hash
    run = run_judge(desk, "p", role=HOLDER)
    assert run.account is not None
    assert (run.items, run.account.calls, run.account.cached) == (4, 4, 0)
    assert table(desk, "SELECT count(*), count(DISTINCT key) FROM call") == [(8, 8)]
    newest = table(desk, "SELECT DISTINCT number FROM verdict WHERE judge_id = (SELECT max(id) FROM judge)")
    assert newest == [(3.0,)]


def test_samples_of_a_program_vote(make_desk: MakeDesk) -> None:
    code = (
        "import pathlib\np = pathlib.Path('n'); n = int(p.read_text()) if p.exists() else 0\n"
        "p.write_text(str(n + 1)); print(1 if n == 1 else 3)"
    )
    desk = program(make_desk, code, 'criteria = ["helpful"]\nsamples = 3\nconcurrency = 1', items=1)
    run_judge(desk, "p", role=HOLDER)
    found = by_item(desk, "helpful", "p")["i0"]
    assert (found.value, found.confidence_kind) == (3, "samples")
    assert found.confidence == pytest.approx(2 / 3, abs=1e-6)


def test_a_programs_cost_is_unknown_until_study_toml_says_it(make_desk: MakeDesk) -> None:
    desk = program(make_desk, "print(2)", items=2)
    silent = run_judge(desk, "p", role=HOLDER)
    assert silent.account is not None
    assert silent.account.unpriced == 2
    assert {one.cost_usd for one in by_item(desk, "helpful", "p").values()} == {None}
    more = '[judges.p]\ncommand = "python judge.py --paid"\ncriteria = ["helpful"]\nusd_per_call = 0.25'
    told = make_desk(items=2, more=more)
    run = run_judge(told, "p", role=HOLDER)
    assert run.cost_usd == 0.5
    assert {one.cost_usd for one in by_item(told, "helpful", "p").values()} == {0.25}


def test_a_dollar_budget_of_a_program_needs_a_price(make_desk: MakeDesk) -> None:
    desk = program(make_desk, "print(2)", 'criteria = ["helpful"]\nbudget = {usd = 1.0}')
    with pytest.raises(CANNOT_JUDGE, match="give it in usd_per_call, or a budget in calls"):
        run_judge(desk, "p", role=HOLDER)
