"""Accounts: what calls took, by run and by judge, and the price of a caught error."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asked_study import table

from annotate_app.cli import main
from annotate_app.desk import Desk
from annotate_app.services.accounting import judge_account
from annotate_app.services.importing import import_files
from annotate_app.services.judging import run_judge
from annotate_app.services.probe_values import ProbeOptions
from annotate_app.services.probing import probe_judge
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import freeze_split, split_of_items
from annotate_app.store import accounts
from annotate_app.store.sql import run
from benchmarks.provider import Body, Provider, Reply, answers, item_text
from calibration.stats.estimate import Estimate, Undefined

MakeDesk = Callable[..., Desk]
PRICE = "[judges.m.price]\ninput_per_million = 1.0\noutput_per_million = 2.0\n"


def label(desk: Desk, answers_by_item: dict[str, str], path: Path) -> None:
    """Import one rater's answers to `grounded`."""
    rows = (
        json.dumps({"item_id": item, "rater": "ada", "criterion": "grounded", "value": value}) + "\n"
        for item, value in answers_by_item.items()
    )
    path.write_text("".join(rows))
    import_files(desk, [path], role=HOLDER)


def test_a_run_and_a_probe_have_accounts_of_their_own(make_desk: MakeDesk, provider: Provider) -> None:
    def script(body: Body, number: int) -> Reply:
        failed = Reply(status=400, error="no")
        return failed if "text 3\n" in item_text(body) else Reply(json.dumps(answers(body)))

    provider.script = script
    desk = make_desk(items=8, more=PRICE)
    run_judge(desk, "m", role=HOLDER)
    probe_judge(desk, "m", ProbeOptions(kinds=("verbosity",), items=4, seed=1), role=HOLDER)
    found = judge_account(desk, "m", role=HOLDER)
    assert (found.runs.calls, found.runs.failed, dict(found.runs.failures)) == (8, 1, {"refused_request": 1})
    assert (found.runs.items, found.runs.retries, found.runs.read) == (7, 0, 0)
    spent = table(desk, "SELECT sum(tokens_in), sum(tokens_out) FROM call WHERE run_id = 1")[0]
    assert (found.runs.tokens_in, found.runs.tokens_out) == spent
    assert found.runs.cost_usd == pytest.approx(spent[0] * 1e-6 + spent[1] * 2e-6)
    assert found.runs.usd_per_item == pytest.approx((found.runs.cost_usd or 0) / 7)
    assert found.probes.calls + found.probes.read == 8  # 4 items as they are and padded
    assert found.probes.read + found.probes.failed in (4, 5)  # what failed is asked again
    assert [one.purpose for one in found.each] == ["probe", "run"]
    assert found.each[1].account == found.runs
    assert (found.each[1].items_per_second or 0) > 0
    assert found.runs.latencies == tuple(sorted(found.runs.latencies))


def test_an_unknown_price_is_unknown_and_never_nothing(
    make_desk: MakeDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make_desk(items=3)
    run_judge(desk, "m", role=HOLDER)
    found = judge_account(desk, "m", role=HOLDER)
    assert (found.runs.cost_usd, found.runs.usd_per_item, found.runs.unpriced) == (None, None, 3)
    assert found.per_caught == Undefined("the cost of an item is unknown")
    assert main(["judge", "account", "m", "--study", str(desk.folder)]) == 0
    printed = capsys.readouterr().out
    assert "unknown in all, unknown an item (3 items)" in printed
    assert "the price of 3 calls is unknown\n" in printed
    assert "$0" not in printed


def test_a_run_without_a_call_took_nothing(make_desk: MakeDesk) -> None:
    desk = make_desk(items=3)
    run_judge(desk, "m", role=HOLDER)
    run_judge(desk, "m", role=HOLDER)
    newest = judge_account(desk, "m", role=HOLDER).each[0].account
    assert (newest.calls, newest.cost_usd, newest.tokens_in, newest.usd_per_item) == (0, 0.0, 0, None)


def test_tries_beyond_the_first_and_stored_answers_are_counted(
    make_desk: MakeDesk, provider: Provider
) -> None:
    seen: dict[str, int] = {}

    def script(body: Body, number: int) -> Reply:
        text = item_text(body)
        seen[text] = seen.get(text, 0) + 1
        busy = Reply(status=429, error="slow down", headers={"Retry-After": "0"})
        return busy if seen[text] == 1 else Reply(json.dumps(answers(body)))

    provider.script = script
    desk = make_desk(items=4)
    run_judge(desk, "m", role=HOLDER)
    assert (
        judge_account(desk, "m", role=HOLDER).runs.calls,
        judge_account(desk, "m", role=HOLDER).runs.retries,
    ) == (4, 4)
    probe_judge(desk, "m", ProbeOptions(kinds=("verbosity",)), role=HOLDER)
    assert (
        judge_account(desk, "m", role=HOLDER).probes.read,
        judge_account(desk, "m", role=HOLDER).probes.calls,
    ) == (4, 4)


def test_percentiles_are_nearest_ranks(make_desk: MakeDesk) -> None:
    desk = make_desk(items=6)
    run_judge(desk, "m", role=HOLDER)
    latencies = sorted(value for (value,) in table(desk, "SELECT latency_seconds FROM call"))
    # of 6: ranks ceil(.5 · 6) = 3, ceil(.95 · 6) = 6, ceil(.99 · 6) = 6
    assert judge_account(desk, "m", role=HOLDER).runs.latencies == (latencies[2], latencies[5], latencies[5])


def test_the_price_of_a_caught_error_counts_failing_answers_that_people_gave_too(
    make_desk: MakeDesk, provider: Provider, tmp_path: Path
) -> None:
    def script(body: Body, _: int) -> Reply:
        number = int(item_text(body).split("text ")[1].split("\n")[0])
        chosen = {"grounded": "no" if number % 4 == 0 else "yes", "cause": "name", "helpful": 2}
        return Reply(json.dumps(answers(body, chosen)))

    provider.script = script
    desk = make_desk(items=40, more=PRICE)
    run_judge(desk, "m", role=HOLDER)
    label(desk, {f"i{k}": "no" if k % 2 == 0 else "yes" for k in range(40)}, tmp_path / "labels.jsonl")
    found = judge_account(desk, "m", role=HOLDER)
    # people fail the 20 even items; the judge fails the 10 that 4 divides
    assert (found.errors, found.caught) == (20, 10)
    cost = found.per_caught
    assert isinstance(cost, Estimate)
    each = found.runs.usd_per_item
    assert each is not None
    assert cost.value == pytest.approx(each * 40 / 10)
    assert (cost.low or 0) < cost.value < (cost.high or 0)
    assert (cost.n, cost.clusters) == (40, 20)


def test_held_out_labels_are_not_counted(make_desk: MakeDesk, provider: Provider, tmp_path: Path) -> None:
    provider.script = lambda body, _: Reply(
        json.dumps(answers(body, {"grounded": "no", "cause": "name", "helpful": 2}))
    )
    desk = make_desk(items=60, more=PRICE)
    freeze_split(desk, role=HOLDER)
    run_judge(desk, "m", role=HOLDER)
    label(desk, {f"i{k}": "no" for k in range(60)}, tmp_path / "labels.jsonl")
    held_out = sum(split == "held_out" for split in split_of_items(desk).values())
    assert held_out > 10
    assert judge_account(desk, "m", role=HOLDER).errors == 60 - held_out


def test_a_judge_that_catches_nothing_has_no_price(
    make_desk: MakeDesk, provider: Provider, tmp_path: Path
) -> None:
    desk = make_desk(items=12, more=PRICE)  # it says yes to everything
    run_judge(desk, "m", role=HOLDER)
    assert "no open item" in str(judge_account(desk, "m", role=HOLDER).per_caught)
    label(desk, {f"i{k}": "no" for k in range(12)}, tmp_path / "labels.jsonl")
    assert judge_account(desk, "m", role=HOLDER).per_caught == Undefined(
        "it caught none of 12 items with a failing reference"
    )


def test_judges_without_calls_say_so(make_desk: MakeDesk, capsys: pytest.CaptureFixture[str]) -> None:
    desk = make_desk(
        items=3, more='[judges.words]\ncode = "judge.py:judge"\n[judges.past]\nimport = "another"\n'
    )
    (desk.folder / "judge.py").write_text("def judge(item):\n    return {'grounded': 'no'}\n")
    run_judge(desk, "words", role=HOLDER)
    assert main(["judge", "account", "--study", str(desk.folder), "--json"]) == 0
    found: Any = {one["judge"]: one for one in json.loads(capsys.readouterr().out)["judges"]}
    assert (found["words"]["asks"], found["words"]["runs"]["items"]) == (False, 3)
    assert found["words"]["runs"]["cost_usd"] == 0.0
    assert found["past"]["runs"]["items"] == 0
    assert found["m"]["runs"]["latency_seconds"] is None
    assert main(["judge", "account", "--study", str(desk.folder)]) == 0
    printed = capsys.readouterr().out
    assert "words (code" in printed and "asks nobody; 3 items have its verdicts" in printed
    assert "has not been run" in printed


def test_no_such_judge_is_named(make_desk: MakeDesk, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge", "account", "nobody", "--study", str(make_desk().folder)]) == 1
    assert "[judges.nobody]" in capsys.readouterr().err


def test_accounts_read_a_hundred_thousand_calls_from_an_index_alone(make_desk: MakeDesk) -> None:
    desk = make_desk(items=6)
    run_judge(desk, "m", role=HOLDER)
    long = "x" * 300
    many = """
    WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < 100000)
    INSERT INTO call (study_id, key, run_id, briefing_id, item_id, replicate, request, response, tokens_in,
      tokens_out, cost_usd, latency_seconds, attempts, at)
    SELECT 1, 'k' || k, 1, 1, 1 + k % 6, k, :long, :long, 100, 10, 0.001, (k * 7919 % 100000) / 1000.0,
      1, 'now'
    FROM n
    """
    with desk.store.writing() as session:
        run(session, many, {"long": long})
    with desk.store.reading() as session:
        plan = table(desk, "EXPLAIN QUERY PLAN " + accounts.TOTALS.format(where="run_id = 1"))
        assert any("COVERING INDEX call_account" in row[3] for row in plan)
        started = time.process_time()
        totals, _ = accounts.of_judge(session, 1, "run")
        seconds = time.process_time() - started
    assert totals.answered == 100_006
    assert totals.latencies[0] == pytest.approx(50.0, abs=0.01)
    assert totals.latencies[1] == pytest.approx(95.0, abs=0.01)
    assert seconds < 3, seconds  # 0.2 s of this process by itself


def test_the_report_tells_what_a_judge_took_and_what_moves_it_and_a_replay_changes_no_word(
    make_desk: MakeDesk,
) -> None:
    from dataclasses import replace

    from annotate_app.services.calibrating import build_report
    from annotate_app.services.judge_values import RunOptions
    from calibration.render.markdown import render

    desk = make_desk(items=24, more=PRICE + '[judges.common]\nbaseline = "majority"\n')
    assert build_report(desk, role=HOLDER).taken == ()
    run_judge(desk, "m", role=HOLDER)
    assert "Not probed yet" in render(build_report(desk, role=HOLDER))
    probe_judge(desk, "m", ProbeOptions(kinds=("repeat", "injection")), role=HOLDER)
    report = build_report(desk, role=HOLDER)
    assert [one.judge for one in report.taken] == ["m"]
    text = render(report)
    assert "24 calls about 24 items, 0 failed" in text
    assert "did not get one same answer" in text and "arXiv 2606.13685" in text
    content: Any = report.as_json()["judges_taken"]
    assert content[0]["account"]["cost_usd"] == pytest.approx(
        judge_account(desk, "m", role=HOLDER).runs.cost_usd
    )
    assert [probe["kind"] for probe in content[0]["probes"]] == ["repeat", "injection"]
    run_judge(desk, "m", options=RunOptions(replay=True), role=HOLDER)
    again = replace(build_report(desk, role=HOLDER), issued=report.issued)
    assert json.dumps(again.as_json()) == json.dumps(report.as_json())
