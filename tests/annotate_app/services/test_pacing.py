"""Pace and what is left: a range that holds about four times in five, and nothing said too early."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from annotate_app.desk import Desk, open_desk
from annotate_app.services import labelling, own_work, pacing
from annotate_app.services.importing import import_files
from annotate_app.services.labelling import Submission
from annotate_app.services.pacing import Pace
from annotate_app.services.rights import HOLDER
from rubrics.answers import Answer

FULL = (Answer("grounded", "yes"), Answer("helpful", 3))
START = datetime(2026, 1, 1, 9, tzinfo=UTC)


@pytest.fixture
def desk(make_study: Callable[..., Path], write_items: Callable[..., Path]) -> Desk:
    opened = open_desk(make_study())
    import_files(opened, [write_items(30)], role=HOLDER)
    labelling.add_rater(opened, "ada")
    return opened


def at(desk: Desk, minutes: float) -> Desk:
    return replace(desk, clock=lambda: START + timedelta(minutes=minutes))


def send(desk: Desk, k: int, seconds: float | None = 30.0) -> None:
    labelling.submit(desk, Submission(f"submission-{k}", f"i{k}", "ada", FULL, active_seconds=seconds))


def test_too_little_says_nothing_of_what_is_left(desk: Desk) -> None:
    for k in range(7):
        send(at(desk, k), k)
    found = pacing.pace(at(desk, 7), "ada", left=20)
    assert (found.session, found.items, found.low, found.high) == (7, 7, None, None)
    assert pacing.words(found, left=20) == "this session 7, too early to say how long the rest takes"


def test_enough_gives_a_range_around_the_mean(desk: Desk) -> None:
    for k in range(10):
        send(at(desk, k), k, 20.0 + 20 * (k % 2))
    found = pacing.pace(at(desk, 10), "ada", left=20)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 20 * 30 < found.high
    # s² = 10 * 100 / 9 = 111, variance of the sum = 111 * (20 + 40) = 6667: 82 s around 600 s
    # as a log-normal spread .1355, times the quantile .9 of t with 9 degrees of freedom, 1.383
    assert found.low == pytest.approx(600 * np.exp(-1.383 * 0.1355), rel=0.01)
    assert pacing.words(found, left=20) == "this session 10, about 40 s each, 8 to 13 minutes left"


def test_a_session_ends_with_a_pause_and_training_and_changes_are_not_counted(desk: Desk) -> None:
    send(at(desk, 0), 0)
    send(at(desk, 45), 1)
    send(at(desk, 46), 2)
    labelling.submit(
        at(desk, 47), Submission("training-1", "i9", "ada", FULL, active_seconds=500.0, purpose="training")
    )
    own_work.change(
        at(desk, 48),
        Submission("change-01", "i0", "ada", FULL, active_seconds=400.0, reason="again"),
        role=HOLDER,
    )
    found = pacing.pace(at(desk, 50), "ada", left=5)
    assert (found.session, found.items, found.seconds) == (2, 3, 30.0)
    assert pacing.pace(at(desk, 300), "ada", left=5).session == 0


def test_answers_without_a_time_tell_nothing_of_the_pace(desk: Desk) -> None:
    for k in range(9):
        send(at(desk, k), k, None)
    assert pacing.pace(at(desk, 9), "ada", left=5) == Pace(9, 0, None)


@pytest.mark.parametrize(("left", "n"), [(10, 8), (100, 20), (400, 40)])
def test_the_range_holds_about_four_times_in_five(left: int, n: int) -> None:
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(1_000):
        seconds = rng.lognormal(3.5, 0.7, size=n + left)
        low, high = pacing.remaining(seconds[:n].tolist(), left)
        assert low is not None
        assert high is not None
        held += low <= seconds[n:].sum() <= high
    assert 0.72 <= held / 1_000 <= 0.90


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (20, 100, "at most two minutes left"),
        (70, 185, "1 to 4 minutes left"),
        (3_700, 9_000, "1 to 2.5 hours left"),
    ],
)
def test_ranges_are_rounded_outwards(low: float, high: float, words: str) -> None:
    assert pacing.words(Pace(0, 10, None, low, high), left=3) == words


def test_nothing_left_needs_no_range() -> None:
    assert pacing.words(Pace(3, 20, 30.0), left=0) == "this session 3, about 30 s each"
