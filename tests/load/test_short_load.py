"""Some raters for some seconds with real page sessions on every run; `make load` is the long form."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.load.running import Load, measure, percentile
from benchmarks.load.tables import block

pytestmark = pytest.mark.journey


def test_raters_who_signed_in_and_have_real_sessions_lose_nothing_and_meet_no_error() -> None:
    # a thread of its own: a browser that other tests left open keeps a loop in this one
    with ThreadPoolExecutor(1) as thread:
        measuring = measure("SQLite", 1, [8], 6.0, faster=20, items=300)
        (found,) = thread.submit(asyncio.run, measuring).result()
    assert found.wrong == []
    assert found.errors == []
    assert found.reconnections == 0
    assert len(found.acknowledged) >= 8
    assert len(found.items) >= 8
    assert sum(map(len, found.pages.values())) >= 1
    written = block([found], [[found]])
    assert "every one is stored once, as it was sent" in written
    assert f"{len(found.acknowledged)} submissions acknowledged" in written


def load(raters: int, milliseconds: float, *, cores: float = 0.2, wrong: str = "") -> Load:
    return Load(
        "SQLite", 1, raters, 1.0, 60.0, acknowledged=[milliseconds / 1e3] * 100, empty=[100.0], few=[120.0],
        full=[168.0], after=[170.0], cores={"servers": cores, "database": 0.0, "raters": 0.1},
        wrong=[wrong] if wrong else [],
    )  # fmt: skip


def test_a_machine_is_full_when_acknowledgements_are_slow_or_a_server_has_no_time_left() -> None:
    assert not load(100, 50).is_full
    assert load(100, 250).is_full
    assert load(100, 50, cores=0.97).is_full


def test_memory_of_a_session_leaves_out_what_the_first_ones_load() -> None:
    assert load(100, 50).session_megabytes == pytest.approx(
        0.5
    )  # 48 MB of the 96 that came after the first 4
    assert load(4, 50).session_megabytes is None


def test_the_page_says_where_the_steps_ended_and_what_is_wrong() -> None:
    written = block([load(100, 50, wrong="one is lost")], [[load(100, 50), load(200, 250)]])
    assert "WRONG: one is lost" in written
    assert "full at 200 raters, because the 95th percentile of acknowledgements passed 200 ms" in written
    assert "the step before, 100 raters" in written
    assert "not full at 100 raters" in block([load(100, 50)], [[load(100, 50)]])


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 2), (0.51, 3), (0.75, 3), (0.95, 4), (1.0, 4)])
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(share: float, value: int) -> None:
    assert percentile([4, 1, 3, 2], share) == value
