"""Decisions keep their error rates: thresholds, alarms, stages; CALIBRANT_VALIDITY=full writes the page."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from worlds import World, independent_items

from calibration.stats.agreement import pair_estimate
from calibration.stats.design import Patterns
from calibration.stats.estimate import Estimate
from calibration.stats.pairs import PairTable, table_of
from calibration.stats.power import Margins, items_to_clear
from calibration.stats.selective import certified_threshold, expected_threshold
from calibration.stats.sequential import below_floor, confidence_sequence
from calibration.stats.simulate import ConfidentWorld
from calibration.stats.stages import StagePlan, stage_plan

PAGE = Path(__file__).parents[2] / "docs" / "validity" / "decisions.md"
RISK, DELTA = 0.15, 0.1
FLOOR, ALPHA = 0.6, 0.05
JUDGES = {
    "calibrated": ConfidentWorld(0.6, lambda c: c),
    "sure where it is wrong": ConfidentWorld(0.5, lambda c: np.where(c > 0.95, 0.6, 0.93)),
    "20% error whatever it says": ConfidentWorld(0.5, lambda c: np.full_like(c, 0.8)),
    "partly separable": ConfidentWorld(0.0, lambda c: 0.6 + 0.35 * np.sqrt(c)),
}
INTRODUCTION = """# Do decisions keep their error rates?

Made by `CALIBRANT_VALIDITY=full pytest tests/validity/test_decisions.py`.
"""

pytestmark = pytest.mark.validity
full = pytest.mark.skipif(
    os.environ.get("CALIBRANT_VALIDITY") != "full",
    reason="the whole grid takes minutes: CALIBRANT_VALIDITY=full",
)


@dataclass(frozen=True)
class Thresholds:
    """How often a threshold's true risk exceeds what was asked, and how much it accepts on average."""

    certified: float
    coverage: float
    expected: float


def thresholds(world: ConfidentWorld, n: int, draws: int) -> Thresholds:
    rng, broken, covered, loose = np.random.default_rng(n), 0, 0.0, 0
    for _ in range(draws):
        data = world.draw(n, rng)
        found, other = certified_threshold(data, RISK, delta=DELTA), expected_threshold(data, RISK)
        covered += found.coverage
        broken += found.threshold is not None and world.risk(found.threshold) > RISK
        loose += other.threshold is not None and world.risk(other.threshold) > RISK
    return Thresholds(broken / draws, covered / draws, loose / draws)


@dataclass(frozen=True)
class Staged:
    """Shares of looks that end in trusted or not trusted, and the mean number of items a look used."""

    trusted: float
    not_trusted: float
    items: float


def staged(kappa: float, plan: StagePlan, draws: int, seed: int = 1) -> Staged:
    """Looks at judges of this kappa in five stages, every bound by the interval that a gate uses."""
    rng, world = np.random.default_rng(seed), World((0.5, 0.5), kappa)
    passed = failed = items = 0
    for _ in range(draws):
        decision, used = _one_look(world, plan, rng)
        passed += decision == "trusted"
        failed += decision == "not trusted"
        items += used
    return Staged(passed / draws, failed / draws, items / draws)


def _one_look(world: World, plan: StagePlan, rng: np.random.Generator) -> tuple[str, int]:
    counts, before = np.zeros((2, 2), dtype=np.int64), 0
    for stage, upto in zip(plan.stages, plan.items, strict=True):
        drawn = independent_items(world, upto - before, rng)
        assert isinstance(drawn, PairTable) and isinstance(drawn, Patterns)
        counts, before = counts + drawn.counts, upto
        found = pair_estimate("cohen_kappa", table_of(counts), level=stage.level)
        bounds = (
            (found.low, found.high) if isinstance(found, Estimate) and not found.warnings else (None, None)
        )
        decision = plan.decide(stage.number, bounds[0], bounds[1], FLOOR)
        if decision != "go on":
            return decision, upto
    raise AssertionError("the last stage decides")


def test_five_stages_pass_a_judge_on_the_floor_within_alpha() -> None:
    found = staged(FLOOR, stage_plan(200, ALPHA), draws=500)
    assert found.trusted <= ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / 500)


def test_a_hopeless_judge_is_stopped_before_all_items_are_used() -> None:
    found = staged(0.2, stage_plan(200, ALPHA), draws=100)
    assert found.not_trusted > 0.95
    assert found.items < 160


def test_an_excellent_judge_is_trusted_early() -> None:
    found = staged(0.9, stage_plan(200, ALPHA), draws=100)
    assert found.trusted > 0.95
    assert found.items < 160


def test_planned_items_give_the_planned_power() -> None:
    items = items_to_clear(0.6, 0.8, Margins.binary(0.5)).items
    assert items == 83
    assert 0.74 < _power(0.8, 83, draws=800) < 0.90


def test_a_confidence_sequence_holds_at_every_n_at_once() -> None:
    rng, draws = np.random.default_rng(3), 200
    missed = 0
    for _ in range(draws):
        hits = np.cumsum(rng.random(300) < 0.8)
        bounds = [confidence_sequence(int(hits[n - 1]), n) for n in range(5, 301, 5)]
        missed += any(
            isinstance(one, Estimate) and not (one.low or 0) <= 0.8 <= (one.high or 1) for one in bounds
        )
    assert missed / draws <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / draws)


@full
def test_decisions_keep_their_error_rates_on_the_whole_grid_and_the_page_says_so() -> None:
    draws = 1000
    found = {(name, n): thresholds(world, n, draws) for name, world in JUDGES.items() for n in (250, 500)}
    stages = {kappa: staged(kappa, stage_plan(200, ALPHA), 4000) for kappa in (0.2, 0.4, 0.6, 0.7, 0.8, 0.9)}
    text = [
        INTRODUCTION,
        _threshold_table(found, draws),
        _stage_table(stages),
        _alarm_table(2000),
        _power_table(),
    ]
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text("\n".join(text), encoding="utf-8")
    assert max(one.certified for one in found.values()) <= DELTA + 2 * math.sqrt(0.09 / draws)
    assert stages[FLOOR].trusted <= ALPHA


def _power(kappa: float, n: int, draws: int) -> float:
    """How often the one-sided 95% bound clears the floor."""
    rng, world, passed = np.random.default_rng(4), World((0.5, 0.5), kappa), 0
    for _ in range(draws):
        found = pair_estimate("cohen_kappa", independent_items(world, n, rng), level=0.9)
        passed += isinstance(found, Estimate) and (found.low or -1.0) >= FLOOR
    return passed / draws


def _threshold_table(found: dict[tuple[str, int], Thresholds], draws: int) -> str:
    lines = [
        f"## A threshold with a guarantee\n\n{draws:,} samples a row; the error rate among accepted verdicts "
        f"is to be at most {RISK}. *Broken promises*: how often the threshold that promises so with "
        f"probability {1 - DELTA:g} has a higher one; at most {DELTA:g} is allowed. Last column: the same "
        "for a threshold that bounds, in expectation, the share of all verdicts that are accepted and wrong. "
        "That is another promise; whoever reads it as this one is mistaken so often.\n",
        "| judge | labels | broken promises | mean coverage | in expectation, read as a guarantee |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {n} | {one.certified:.3f} | {one.coverage:.2f} | {one.expected:.3f} |"
        for (name, n), one in found.items()
    ]
    return "\n".join(lines) + "\n"


def _stage_table(stages: dict[float, Staged]) -> str:
    lines = [
        f"## One look in five stages\n\nFloor κ = {FLOOR}, α = {ALPHA}, 200 items planned, two even classes, "
        "4,000 looks a row.\n",
        "| true κ | trusted | not trusted | mean items used |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {kappa} | {one.trusted:.3f} | {one.not_trusted:.3f} | {one.items:.0f} |"
        for kappa, one in stages.items()
    ]
    return "\n".join(lines) + "\n"


def _alarm_table(draws: int) -> str:
    rng = np.random.default_rng(5)
    lines = [
        f"## Has agreement fallen below .85?\n\n{draws:,} streams of 1,000 labels, looked at after each.\n",
        "| true share | alarms | median labels until the alarm |",
        "|---|---|---|",
    ]
    for share in (0.88, 0.85, 0.8, 0.75, 0.7, 0.6):
        at = [below_floor(rng.random(1000) < share, 0.85).at for _ in range(draws)]
        raised = [one for one in at if one is not None]
        delay = f"{np.median(raised):.0f}" if len(raised) > draws / 2 else "–"
        lines.append(f"| {share} | {len(raised) / draws:.3f} | {delay} |")
    return "\n".join(lines) + "\n"


def _power_table() -> str:
    lines = [
        "## Do planned items give the planned power?\n\nPlanned for power .8 at a floor of κ = .6, two even "
        "classes; 4,000 samples a row.\n",
        "| true κ | items | power |",
        "|---|---|---|",
    ]
    for kappa in (0.7, 0.75, 0.8, 0.85):
        items = items_to_clear(FLOOR, kappa, Margins.binary(0.5)).items
        assert items is not None
        lines.append(f"| {kappa} | {items} | {_power(kappa, items, 4000):.3f} |")
    return "\n".join(lines) + "\n"
