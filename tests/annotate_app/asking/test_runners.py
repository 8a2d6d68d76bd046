"""Runs of one judge side by side, in real processes on both engines: items are shared, no call paid twice."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asked_study import verdicts
from postgres import both_engines
from sqlalchemy import text
from warm import JUDGE, Run

from annotate_app.desk import Desk
from annotate_app.services.inspecting import inspect_database
from annotate_app.services.judging import run_judge
from annotate_app.services.rights import HOLDER
from annotate_app.store.sql import number
from benchmarks.provider import Provider, Reply, answers, item_text

MakeDesk = Callable[..., Desk]
ITEMS = 60


def begun(desk: Desk) -> Run:
    """A run in a process of its own."""
    return Run(JUDGE, ["judge", "run", "m", "--study", str(desk.folder), "--json"])


def ended(run: Run) -> dict[str, Any]:
    """What the run says of itself; it must have ended well."""
    done = run.ended()
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def slowly(provider: Provider, seconds: float = 0.05) -> None:
    provider.script = lambda body, _: Reply(json.dumps(answers(body)), delay=seconds)


def count(desk: Desk, table: str) -> int:
    with desk.store.reading() as session:
        return number(session, f"SELECT count(*) FROM {table}")  # noqa: S608


def asked_once(provider: Provider) -> bool:
    texts = [item_text(body) for body in provider.requests]
    return len(texts) == len(set(texts))


def nothing_in_hand(desk: Desk) -> bool:
    return {count(desk, table) for table in ("runner", "item_claim", "call_claim")} == {0}


@pytest.mark.parametrize(("database", "processes"), [("sqlite", 2), ("postgresql", 4)], indirect=["database"])
def test_processes_side_by_side_share_the_items_and_pay_each_call_once(
    processes: int, make_desk: MakeDesk, provider: Provider, database: str | None
) -> None:
    slowly(provider)
    desk = make_desk("concurrency = 2", items=ITEMS)
    told = [ended(run) for run in [begun(desk) for _ in range(processes)]]
    assert len(provider.requests) == ITEMS
    assert asked_once(provider)
    assert sum(run["items"] for run in told) == ITEMS
    assert sum(run["account"]["calls"] for run in told) == ITEMS
    for run in told:
        assert run["items"] + run["elsewhere"] + run["already"] == ITEMS
    assert len({(one.item_id, one.criterion) for one in verdicts(desk)}) == len(verdicts(desk)) == 2 * ITEMS
    assert nothing_in_hand(desk)


@both_engines
def test_what_a_killed_run_had_in_hand_is_done_by_another_at_once(
    make_desk: MakeDesk, provider: Provider, database: str | None
) -> None:
    slowly(provider, 0.2)
    desk = make_desk("concurrency = 4", items=30)
    killed, other = begun(desk), begun(desk)
    wait_until(lambda: len(provider.requests) >= 10)
    killed.process.kill()
    assert killed.ended().returncode == -signal.SIGKILL
    told = ended(other)
    assert len({one.item_id for one in verdicts(desk)}) == 30
    assert len(provider.requests) <= 30 + 4  # at most the calls that were under way at the kill
    assert told["elsewhere"] + told["items"] + told["already"] == 30
    assert nothing_in_hand(desk)
    where = desk.store.engine.url.render_as_string(hide_password=False)
    assert inspect_database(where).fine


def wait_until(true: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 60
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.02)


@both_engines
def test_the_lease_of_a_run_on_another_machine_ends_by_itself(
    make_desk: MakeDesk, provider: Provider, database: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    slowly(provider, 0.0)
    desk = make_desk(items=6)
    with monkeypatch.context() as patch:
        patch.setattr("annotate_app.store.runners.leave", lambda session, run_id: None)
        run_judge(desk, "m", options=limited(2), role=HOLDER)  # it "died" without giving anything back
    change(desk, "UPDATE runner SET place = 'another machine'")
    change(desk, "INSERT INTO item_claim (judge_id, item_id, run_id) SELECT judge_id, 5, run_id FROM runner")
    with ThreadPoolExecutor() as pool:
        running = pool.submit(run_judge, desk, "m", role=HOLDER)
        wait_until(lambda: len(provider.requests) == 5)
        assert not running.done()  # the sixth item is in another's hands
        change(desk, "UPDATE runner SET expires_at = 0 WHERE place = 'another machine'")
        assert running.result(60).items == 4
    assert len(provider.requests) == 6
    assert nothing_in_hand(desk)


def limited(items: int) -> Any:
    from annotate_app.services.judge_values import RunOptions

    return RunOptions(limit=items)


def change(desk: Desk, statement: str) -> None:
    with desk.store.writing() as session:
        session.connection().execute(text(statement))


@both_engines
def test_a_budget_holds_for_all_runs_side_by_side(
    make_desk: MakeDesk, provider: Provider, database: str | None
) -> None:
    slowly(provider, 0.3)
    desk = make_desk("budget = {calls = 20}\nconcurrency = 2", items=ITEMS)
    first, second = begun(desk), begun(desk)
    told = [ended(first), ended(second)]
    together = [run["account"]["calls"] for run in told]
    assert sum(together) == len(provider.requests)
    if all(together):  # they ran side by side, as two processes that begin together do
        assert sum(together) == 20
        assert all("the budget of 20 calls is spent" in run["stopped"] for run in told)
    assert nothing_in_hand(desk)
