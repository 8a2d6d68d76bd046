"""Monitoring keeps its error rates: false alarms, delays, whose change it was; full runs write the page."""

from __future__ import annotations

import math
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from calibration.monitoring import Observation, fall_below, follow, whose_change
from calibration.stats.estimate import FloatArray
from calibration.stats.sequential import below_floor

PAGE = Path(__file__).parents[2] / "docs" / "validity" / "monitoring.md"
FLOOR, ALPHA, PROCESSES = 0.85, 0.05, 2
PLAIN, ANEW = "from the start alone", "begun anew every 50 (used)"
CAUSES = ("product", "judge", "untold", "quiet")
RESTARTS = {PLAIN: None, ANEW: 50}
INTRODUCTION = """# Does monitoring keep its word?

Made by `CALIBRANT_VALIDITY=full pytest tests/validity/test_monitoring.py`. Two processes share an alpha of
5%, so that each alarm needs evidence of 40.
"""

pytestmark = pytest.mark.validity
full = pytest.mark.skipif(
    os.environ.get("CALIBRANT_VALIDITY") != "full",
    reason="the whole grid takes minutes: CALIBRANT_VALIDITY=full",
)


def raised_at(x: FloatArray, restart: int | None, weights: FloatArray | None = None) -> int | None:
    return below_floor(x, FLOOR, alpha=ALPHA / PROCESSES, restart=restart, weights=weights).at


def rolling_z(x: FloatArray, window: int = 100) -> int | None:
    """The naive practice: a z-test of the last 100 at each label; the first below -1.645."""
    sums = np.cumsum(np.r_[0, x])
    means = (sums[window:] - sums[:-window]) / window
    found = np.flatnonzero((means - FLOOR) / math.sqrt(FLOOR * (1 - FLOOR) / window) < -1.645)
    return int(found[0]) + window if len(found) else None


def mixed_traffic(n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Judged outputs: routine traffic drawn at .15, sensitive at 1; the whole is at the floor exactly.

    Sensitive: 10% of traffic, good in .67; routine: good in .87, so that .9 · .87 + .1 · .67 = .85. Of what
    is judged, 1 / (1 + .9 · .15 / .1) = .4255 is sensitive.
    """
    sensitive = rng.random(n) < 0.1 / (0.1 + 0.9 * 0.15)
    good = rng.random(n) < np.where(sensitive, 0.67, 0.87)
    return good.astype(np.float64), np.where(sensitive, 0.15, 1.0)


def false_alarms(draws: int, seed: int) -> dict[str, float]:
    """Share of monitors, of two processes each, that ever raise an alarm in 1,000 labels at the floor."""
    rng, counts = np.random.default_rng(seed), Counter[str]()
    for _ in range(draws):
        pair = [(rng.random(1000) < FLOOR).astype(np.float64) for _ in range(PROCESSES)]
        for name, restart in RESTARTS.items():
            counts[name] += any(raised_at(x, restart) for x in pair)
        good, weights = mixed_traffic(1000, rng)
        counts["weighted by 1/π, begun anew"] += (
            raised_at(good, 50, weights) is not None or raised_at(pair[1], 50) is not None
        )
        counts["z-test of the last 100 (naive)"] += any(rolling_z(x) for x in pair)
    return {name: n / draws for name, n in counts.items()}


def median_delay(name: str, quiet: int, draws: int, seed: int) -> float:
    """Labels from the change (.85 to .75) to the alarm, after `quiet` labels at .88 without an alarm."""
    rng, delays = np.random.default_rng(seed), []
    while len(delays) < draws:
        x = np.r_[rng.random(quiet) < 0.88, rng.random(2000) < 0.75].astype(np.float64)
        at = rolling_z(x) if name not in RESTARTS else raised_at(x, RESTARTS[name])
        if at is None or at > quiet:
            delays.append(math.inf if at is None else at - quiet)
    return float(np.median(delays))


@dataclass(frozen=True)
class World:
    """How product and judge change after `quiet` outputs: shares of good answers lost."""

    product: float = 0.0
    judge: float = 0.0
    noise: float = 0.03
    quiet: int = 300
    anchors: int = 150


def first_alarm(world: World, rng: np.random.Generator) -> str:
    """What the first alarm says, in runs of 50 judged outputs with 5 anchors each; "quiet" after 3,000.

    The judge passes .88 of good traffic and errs on 15% of anchors; asked again it flips 3% of its answers by
    itself; a stricter judge turns that share of its passes into failures, on traffic and anchors alike.
    """
    people = rng.random(world.anchors) < 0.85
    first = np.where(rng.random(world.anchors) < 0.15, ~people, people)
    floor = max(float((first == people).mean()) - 0.05, 0.02)
    traffic: list[Observation] = []
    again: list[Observation] = []

    def ask(n: int, changed: bool) -> list[tuple[int, int]]:
        drawn = rng.integers(world.anchors, size=n)
        now = first[drawn] ^ (rng.random(n) < world.noise)
        now &= ~(rng.random(n) < world.judge * changed)
        again.extend(Observation(int(one)) for one in now == people[drawn])
        return [(int(a), int(b)) for a, b in zip(first[drawn], now, strict=True)]

    for start in range(0, 3000, 50):
        changed = start >= world.quiet
        share = 0.88 * (1 - world.product * changed) * (1 - world.judge * changed)
        traffic += [Observation(int(x)) for x in rng.random(50) < share]
        ask(5, changed)
        quality = follow("quality", "c", traffic, floor=FLOOR, alpha=ALPHA / 2)
        agreement = follow("agreement", "c", again, floor=floor, alpha=ALPHA / 2)
        if quality.raised:
            pairs = ask(150, changed)
            agreement = follow("agreement", "c", again, floor=floor, alpha=ALPHA / 2)
            fall = fall_below(FLOOR, quality.recent)
            return whose_change(pairs, fall, judge_alarm=agreement.raised).cause
        if agreement.raised:
            return "judge"
    return "quiet"


def causes(world: World, draws: int, seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    found = Counter(first_alarm(world, rng) for _ in range(draws))
    return {name: found[name] / draws for name in CAUSES}


WORLDS = {
    "nothing changes": World(),
    "the product gets worse, by .12 of its good answers": World(product=0.12),
    "the product gets worse, by .20": World(product=0.2),
    "the judge gets stricter, by .12 of its passes": World(judge=0.12),
    "the judge gets stricter, by .20": World(judge=0.2),
}


def test_a_monitor_at_its_floors_raises_a_false_alarm_in_at_most_one_of_twenty() -> None:
    found = false_alarms(300, seed=1)
    room = 3 * math.sqrt(ALPHA * (1 - ALPHA) / 300)
    assert found[ANEW] <= ALPHA + room
    assert found["weighted by 1/π, begun anew"] <= ALPHA + room
    assert found["z-test of the last 100 (naive)"] > 0.5


def test_a_long_good_time_hides_a_fall_less_when_bets_begin_anew() -> None:
    assert median_delay(ANEW, 500, 60, seed=2) < 0.7 * median_delay(PLAIN, 500, 60, seed=2)
    assert median_delay(ANEW, 0, 60, seed=3) <= 200


def test_changes_are_rarely_put_down_to_the_wrong_one() -> None:
    product = causes(WORLDS["the product gets worse, by .20"], 60, seed=4)
    judge = causes(WORLDS["the judge gets stricter, by .20"], 60, seed=5)
    assert product["judge"] <= 0.1 and product["product"] >= 0.6
    assert judge["product"] <= 0.1 and judge["judge"] >= 0.6


@full
def test_monitoring_keeps_its_word_on_the_whole_grid_and_the_page_says_so() -> None:
    alarms = false_alarms(4000, seed=11)
    rows = {name: causes(world, 1000, seed=12) for name, world in WORLDS.items()}
    text = [INTRODUCTION, _alarm_table(alarms), _delay_table(), _cause_table(rows)]
    PAGE.write_text("\n".join(text), encoding="utf-8")
    error = math.sqrt(ALPHA * (1 - ALPHA) / 4000)
    assert all(share <= ALPHA + 2 * error for name, share in alarms.items() if "naive" not in name)


def _alarm_table(alarms: dict[str, float]) -> str:
    lines = [
        "## False alarms\n\n4,000 monitors of two processes with 1,000 labels each, both exactly at their "
        "floor of .85, looked at after every label. Weighted: sensitive outputs, all judged, are 10% of "
        "traffic and weigh .15. Monte-Carlo error .0035 at .05.\n",
        "| how it is watched | monitors with an alarm |",
        "|---|---|",
        *(f"| {name} | {share:.3f} |" for name, share in alarms.items()),
    ]
    return "\n".join(lines) + "\n"


def _delay_table() -> str:
    lines = [
        "## Delay\n\nMedian labels from a fall to .75 until the alarm, of 1,000 streams; before it the share "
        "is .88 and the floor .85.\n",
        "| how it is watched | falls at once | after 200 quiet labels | after 500 |",
        "|---|---|---|---|",
    ]
    for name in (*RESTARTS, "z-test of the last 100 (naive)"):
        shown = [f"{median_delay(name, quiet, 1000 if 'naive' not in name else 100, 13):.0f}"
                 for quiet in (0, 200, 500)]  # fmt: skip
        lines.append(f"| {name} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def _cause_table(rows: dict[str, dict[str, float]]) -> str:
    lines = [
        "## Who changed\n\n1,000 monitors a row; runs of 50 judged outputs with 5 anchor items each, and 150 "
        "more when quality falls; 150 anchor items, of which the judge gets 15% wrong and flips 3% by itself "
        "when it is asked again. The change comes after 300 outputs. Columns: what the first alarm says. A "
        "rolling test of the judged share alone would put every row down to the product.\n",
        "| what happens | product | judge | not told apart yet | no alarm in 3,000 |",
        "|---|---|---|---|---|",
        *(
            "| " + " | ".join((name, *(f"{one[cause]:.3f}" for cause in CAUSES))) + " |"
            for name, one in rows.items()
        ),
    ]
    return "\n".join(lines) + "\n"
