"""Stored answers read again: the same bytes, no call; runs killed at random moments go on where they were."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from asked_study import by_item, last_run, table, verdicts
from warm import JUDGE, Run

from annotate_app.cli import main
from annotate_app.desk import Desk, open_desk
from annotate_app.services.judge_values import RunOptions
from annotate_app.services.judging import judge_section, judge_spec, run_judge
from annotate_app.services.replaying import Replay, replay
from annotate_app.services.rights import HOLDER
from annotate_app.services.splitting import split_of_items
from benchmarks.provider import Body, Provider, Reply, answers, following, item_text

MakeDesk = Callable[..., Desk]
LOSE_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'call'"
KILLS = 10 if os.environ.get("CALIBRANT_FAULTS") else 3


def replayed(desk: Desk) -> Replay:
    return replay(
        desk, "m", judge_spec(desk, "m"), judge_section(desk, "m"), RunOptions(replay=True), role=HOLDER
    )


def mixed(body: Body, n: int) -> Reply:
    """Answers, broken replies and failures in turn."""
    number = int(item_text(body).split("text ")[1].split("\n")[0])
    if number % 5 == 1:
        return Reply(status=400, error="cannot read this")
    if number % 5 == 2:
        return Reply("no JSON")
    return Reply(json.dumps(answers(body, {"helpful": number % 3 + 1})))


def test_a_replay_gives_the_same_verdicts_without_a_call(make_desk: MakeDesk, provider: Provider) -> None:
    provider.script = mixed
    desk = make_desk('confidence = ["verbalised"]', items=20)
    run_judge(desk, "m", role=HOLDER)
    stored, asked = verdicts(desk), len(provider.requests)
    found = replayed(desk)
    assert (found.items, found.identical, found.different, found.not_stored) == (20, 20, (), 0)
    assert set(found.verdicts) == set(stored)
    assert len(provider.requests) == asked
    assert verdicts(desk) == stored


def test_a_replay_fills_verdicts_that_are_missing_from_stored_answers_and_says_what_is_not_stored(
    make_desk: MakeDesk, provider: Provider
) -> None:
    desk = make_desk(items=6)
    run_judge(desk, "m", options=RunOptions(items=("i0", "i1")), role=HOLDER)
    text = (desk.folder / "study.toml").read_text().replace("judges.m", "judges.again")
    (desk.folder / "study.toml").write_text(text)
    renamed = open_desk(desk.folder)
    run = run_judge(renamed, "again", options=RunOptions(replay=True), role=HOLDER)
    assert set(by_item(renamed, "grounded", "again")) == {"i0", "i1"}
    assert "4 items need calls that are not stored" in (run.stopped or "")
    assert len(provider.requests) == 2
    renamed.close()


def test_the_command_writes_the_same_bytes_twice_and_fails_when_a_verdict_is_another(
    make_desk: MakeDesk, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make_desk()
    study = ["--study", str(desk.folder)]
    assert main(["judge", "run", "m", *study]) == 0
    for name in ("one.jsonl", "two.jsonl"):
        assert main(["judge", "run", "m", "--replay", "--out", str(desk.folder / name), *study]) == 0
    assert "6 the same to the byte, 0 different; no call was made" in capsys.readouterr().out
    assert (desk.folder / "one.jsonl").read_bytes() == (desk.folder / "two.jsonl").read_bytes()
    assert len((desk.folder / "one.jsonl").read_text().splitlines()) == 12
    forge(desk)
    assert main(["judge", "run", "m", "--replay", *study]) == 2
    assert "different: i0" in capsys.readouterr().out


def test_parameters_in_another_order_are_the_same_judge_and_the_same_stored_answers(
    make_desk: MakeDesk, provider: Provider
) -> None:
    desk = make_desk(parameters="temperature = 0\nlogit_bias = {b = 1, a = 2}")
    run_judge(desk, "m", role=HOLDER)
    before, asked = judge_spec(desk, "m").spec_hash, len(provider.requests)
    text = (desk.folder / "study.toml").read_text()
    text = text.replace("temperature = 0\n", "").replace("b = 1, a = 2", "a = 2, b = 1")
    (desk.folder / "study.toml").write_text(
        text.replace("[judges.m.parameters]", "[judges.m.parameters]\ntemperature = 0")
    )
    turned = open_desk(desk.folder)
    found = replayed(turned)
    assert judge_spec(turned, "m").spec_hash == before
    assert (found.items, found.identical, found.not_stored) == (6, 6, 0)
    assert len(provider.requests) == asked
    turned.close()


def test_a_replay_that_cannot_read_an_answer_is_a_negative_finding(
    make_desk: MakeDesk, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make_desk()
    study = ["--study", str(desk.folder)]
    assert main(["judge", "run", "m", *study]) == 0
    with desk.store.writing() as session:
        found = [row[0] for row in session.connection().exec_driver_sql(LOSE_TRIGGERS)]
        for name in found:
            session.connection().exec_driver_sql(f"DROP TRIGGER {name}")
        session.connection().exec_driver_sql("DELETE FROM call WHERE id = 1")
    capsys.readouterr()
    assert main(["judge", "run", "m", "--replay", *study]) == 2
    said = capsys.readouterr().out
    assert "5 items read from stored answers, 5 the same to the byte, 0 different" in said
    assert "1 items have verdicts whose answers are not stored under these requests" in said


def test_verdicts_of_held_out_items_are_replayed_and_not_written(
    make_desk: MakeDesk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = make_desk(items=20)
    study, out = ["--study", str(desk.folder)], desk.folder / "out.jsonl"
    assert main(["split", "freeze", *study]) == 0
    assert main(["judge", "run", "m", *study]) == 0
    assert main(["judge", "run", "m", "--replay", "--out", str(out), *study]) == 0
    sealed = {item for item, split in split_of_items(desk).items() if split == "held_out"}
    written = {json.loads(line)["item_id"] for line in out.read_text().splitlines()}
    assert sealed and written == {f"i{k}" for k in range(20)} - sealed
    said = capsys.readouterr().out
    assert "20 the same to the byte" in said
    assert f"{2 * len(sealed)} verdicts of held-out items are not written or shown" in said
    assert main(["judge", "run", "m", "--replay", "--out", str(desk.folder), *study]) == 1
    assert "cannot be written" in capsys.readouterr().err


def forge(desk: Desk) -> None:
    """Another take of a verdict, as a hand in the database might add."""
    from annotate_app.store import studies
    from annotate_app.store import verdicts as verdict_store

    forged = replace(by_item(desk, "grounded")["i0"], value="no")
    with desk.store.writing() as session:
        judge = studies.judges(session, desk.study_id)[0].judge_id
        verdict_store.add(session, desk.study_id, judge, [forged])


def test_a_report_on_a_replayed_run_has_the_same_bytes(make_desk: MakeDesk, provider: Provider) -> None:
    desk = make_desk(items=20)
    run_judge(desk, "m", role=HOLDER)
    path = desk.folder / "labels.jsonl"
    values = [(k, who, "yes" if (k + len(who)) % 3 else "no") for k in range(20) for who in ("a", "bob")]
    rows = [{"item_id": f"i{k}", "rater": r, "criterion": "grounded", "value": v} for k, r, v in values]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    study = ["--study", str(desk.folder)]
    assert main(["import", str(path), *study]) == 0
    first, second = desk.folder / "first", desk.folder / "second"
    assert main(["report", *study, "--output", str(first)]) == 0
    issued = json.loads((first / "report.json").read_text())["issued"]
    assert main(["judge", "run", "m", "--replay", *study]) == 0
    assert main(["report", *study, "--output", str(second), "--at", issued]) == 0
    for name in ("report.json", "report.html", "report.md"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert main(["report", *study, "--at", "yesterday"]) == 1


@pytest.mark.journey
def test_a_run_killed_at_random_moments_loses_no_answer_and_pays_none_twice(
    make_desk: MakeDesk, provider: Provider
) -> None:
    provider.script = lambda body, n: replace(following(body, n), delay=0.03)
    desk = make_desk("concurrency = 4", items=120)
    chance = random.Random(20_261_127)
    for _ in range(KILLS):
        kill_in_the_middle(desk, provider, chance)
    done = begun(desk).ended()
    assert done.returncode == 0, done.stderr
    assert {f"i{k}" for k in range(120)} == set(by_item(desk, "grounded"))
    assert table(desk, "SELECT max(take), count(*) FROM verdict") == [(1, 240)]
    assert table(desk, "SELECT count(*), count(DISTINCT key) FROM call") == [(120, 120)]
    assert len(provider.requests) <= 120 + 4 * KILLS  # at most the calls in flight at each kill


def kill_in_the_middle(desk: Desk, provider: Provider, chance: random.Random) -> None:
    """Start a run, kill it a moment after its first call; what was stored then is not asked about again."""
    before, stored = len(provider.requests), stored_items(desk)
    running = begun(desk)
    deadline = time.monotonic() + 120
    while len(provider.requests) == before and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(chance.uniform(0, 0.25))
    running.process.kill()
    running.ended()
    asked = {item_text(body).split("text ")[1].split("\n")[0] for body in provider.requests[before:]}
    assert asked
    assert not {f"i{number}" for number in asked} & stored


def stored_items(desk: Desk) -> set[str]:
    return {row[0] for row in table(desk, "SELECT i.item_id FROM call c JOIN item i ON i.id = c.item_id")}


def begun(desk: Desk) -> Run:
    return Run(JUDGE, ["judge", "run", "m", "--study", str(desk.folder)])


@pytest.mark.journey
def test_a_run_that_is_interrupted_says_so_and_ends_in_order(make_desk: MakeDesk, provider: Provider) -> None:
    provider.script = lambda body, n: replace(following(body, n), delay=0.2)
    desk = make_desk("concurrency = 2", items=40)
    running = begun(desk)
    deadline = time.monotonic() + 120
    while len(provider.requests) < 6 and time.monotonic() < deadline:
        time.sleep(0.01)
    running.process.send_signal(signal.SIGINT)
    done = running.ended()
    told = done.stderr
    assert done.returncode == 1
    assert told.strip().endswith("stopped. What was answered is stored: run it again, it goes on there")
    assert "Traceback" not in told
    outcome, counts = last_run(desk)
    assert outcome == "cut off"
    assert counts["done"] >= 2
    assert len(stored_items(desk)) >= counts["done"]
