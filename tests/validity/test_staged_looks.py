"""Looks in stages keep the error of fixed ones and save labels.

CALIBRANT_VALIDITY=full writes docs/validity/staged-looks.md; otherwise few studies are drawn.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from looks import FLOOR, POLICY, finding_of, look_of
from prompts import KEPT, counts_of, drawn, kappa

from calibration.conditions import Look
from calibration.look_planning import Expected, Needs, needs, widening
from calibration.staging import alphas_of, decide
from calibration.stats.estimate import Estimate
from calibration.stats.obstacles import FEW_CLUSTERS
from calibration.stats.power import Margins, variance_per_item
from calibration.stats.quantiles import t_quantile
from calibration.stats.stages import StagePlan, drift_for, stage_plan, stopping_with_power

PAGE = Path(__file__).parents[2] / "docs" / "validity" / "staged-looks.md"
PLANS = 10
FULL = os.environ.get("CALIBRANT_VALIDITY") == "full"
TRUE = (0.2, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9)
FRAME = 2  # so many times the planned items are held out

pytestmark = pytest.mark.validity


@dataclass(frozen=True)
class End:
    """How a plan ended: the outcome, the items that were read, and the value that a failed look shows."""

    outcome: str
    used: int
    value: float


@cache
def planned(items: int, k: int) -> StagePlan:
    return stage_plan(items, POLICY.alpha_of_look(k))


def run_plan(errors: np.ndarray, items: int, k: int, rng: np.random.Generator) -> End:
    """Plan k on a judge whose errors on all held-out items are given: its items in a random order."""
    plan = planned(items, k)
    order = rng.permutation(len(errors))[:items]
    human = order % 2
    judge = np.where(errors[order], 1 - human, human)
    cells = 2 * judge + human
    for number, (upto, alpha) in enumerate(zip(plan.items, alphas_of(plan), strict=True), start=1):
        counts = np.bincount(cells[:upto], minlength=4).reshape(2, 2)
        look = Look(k, alpha, POLICY.alpha_of_look(k + 1), spends=POLICY.alpha_of_look(k))
        said = decide(finding_of(counts, look), last=number == len(plan.items))
        if said != "go on":
            return End(said, upto, kappa(counts))
    raise AssertionError("the last stage decides")


def once(items: int, rng: np.random.Generator) -> bool:
    """The best of fifty on development, in one plan."""
    study = drawn(FRAME * items, rng)
    return run_plan(study.held_out[study.best()], items, 1, rng).outcome == "trusted"


def many_plans(items: int, rng: np.random.Generator) -> bool:
    """Ten plans, each at the best of fifty new prompts."""
    for k in range(1, PLANS + 1):
        study = drawn(FRAME * items, rng)
        if run_plan(study.held_out[study.best()], items, k, rng).outcome == "trusted":
            return True
    return False


def adaptive(items: int, rng: np.random.Generator) -> bool:
    """Ten plans; each time the prompt with the best value that a failed plan has shown is rewritten."""
    study, parent, shown = drawn(FRAME * items, rng), None, -1.0
    for k in range(1, PLANS + 1):
        chosen = study.best()
        end = run_plan(study.held_out[chosen], items, k, rng)
        if end.outcome == "trusted":
            return True
        if end.value > shown:
            shown, parent = end.value, (study.development[chosen], study.held_out[chosen])
        study = drawn(FRAME * items, rng, parent)
    return False


WAYS: dict[str, Callable[[int, np.random.Generator], bool]] = {
    "one plan": once,
    "ten plans in a row, each at the best of 50 new prompts": many_plans,
    "ten plans in a row, rewriting what looked best at the plans before": adaptive,
}


def rate(way: Callable[[int, np.random.Generator], bool], items: int, studies: int) -> float:
    rng = np.random.default_rng(items)
    return sum(way(items, rng) for _ in range(studies)) / studies


@dataclass(frozen=True)
class Power:
    """Shares of looks that end in trusted, fixed and staged, and the mean number of items of the staged."""

    fixed: float
    staged: float
    refuted: float
    items: float


def power(true: float, items: int, looks: int) -> Power:
    """First looks at judges of this kappa, two even classes; both kinds of look read the same items."""
    rng, ends, fixed = np.random.default_rng(round(100 * true) + items), [], 0
    for _ in range(looks):
        errors = rng.random(items) < (1 - true) / 2
        fixed += look_of(counts_of(errors), 1).outcome == "trusted"
        ends.append(run_plan(errors, items, 1, rng))
    outcomes = [end.outcome for end in ends]
    used = float(np.mean([end.used for end in ends]))
    return Power(
        fixed / looks, outcomes.count("trusted") / looks, outcomes.count("not trusted") / looks, used
    )


@pytest.mark.parametrize("way", WAYS)
def test_judges_at_the_floor_are_trusted_in_no_more_studies_than_alpha(way: str) -> None:
    studies = 100
    assert rate(WAYS[way], 100, studies) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / studies)


def test_a_plan_has_nearly_the_power_of_a_fixed_look_and_needs_fewer_items() -> None:
    good, hopeless = power(0.85, 150, 200), power(0.2, 150, 200)
    assert good.staged > good.fixed - 0.05
    assert good.items < 0.8 * 150
    assert hopeless.refuted > 0.95
    assert hopeless.items < 0.7 * 150


def test_the_expected_saving_is_what_a_simulation_finds() -> None:
    """Both by normal theory: paths of the score are drawn, and stop where the bounds say."""
    plan = planned(500, 1)
    found = stopping_with_power(plan)
    rng, looks = np.random.default_rng(1), 20_000
    shares = np.array([stage.share for stage in plan.stages])
    steps = np.diff(shares, prepend=0)
    drift = drift_for(plan, 0.8)
    score = np.cumsum(rng.normal(drift * steps, np.sqrt(steps), (looks, len(steps))), axis=1)
    z = score / np.sqrt(shares)
    bounds = np.array([stage.z for stage in plan.stages])
    stopped = np.abs(z) >= bounds
    stopped[:, -1] = True
    share = shares[stopped.argmax(axis=1)].mean()
    trusted = ((z >= bounds) & (np.cumsum(stopped, axis=1) == 1)).any(axis=1).mean()
    assert abs(share - found.share) < 0.01
    assert abs(trusted - 0.8) < 0.01


@pytest.mark.skipif(not FULL, reason="the page takes minutes: CALIBRANT_VALIDITY=full")
def test_the_page_says_what_many_studies_show() -> None:
    studies, looks = 2_000, 4_000
    rates = {(way, n): rate(WAYS[way], n, studies) for way in WAYS for n in (100, 200, 400)}
    powers = {(n, true): power(true, n, looks) for n in (100, 200, 400) for true in TRUE}
    PAGE.write_text(_page(rates, powers, studies, looks), encoding="utf-8")
    assert max(rates.values()) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / studies)
    assert max(powers[n, FLOOR].staged for n in (100, 200, 400)) <= 0.05


def planned_for(true: float) -> Needs:
    """What the plan page says for power .8 where a very large pilot found this kappa in two even classes."""
    even, n = Margins.binary(0.5), 10_000
    half = t_quantile(0.975, n - 1) * math.sqrt(variance_per_item(true, even) / n)
    pilot = Estimate(true, true - half, true + half, 0.95, n, n, "as if known")
    wider = widening(FLOOR, true, even)
    expected = Expected("grounded", "cohen_kappa", FLOOR, "validation", pilot, wider)
    return needs(expected, alpha=POLICY.alpha_of_look(1), power=0.8, least=FEW_CLUSTERS)


def test_planned_items_have_about_the_power_and_the_average_that_the_plan_says() -> None:
    says = planned_for(0.8)
    assert says.planned is not None and says.average is not None
    found = power(0.8, says.planned, 300)
    assert 0.8 - 3 * math.sqrt(0.16 / 300) < found.staged < 0.8 + 3 * math.sqrt(0.16 / 300)
    assert abs(found.items - says.average) < 0.12 * says.planned


def _planned_table(looks: int) -> list[str]:
    lines = [
        "## Do planned items give the planned power?\n",
        f"Items that `calibrant look plan` names for power .8 at this floor and α, {looks:,} looks a cell. "
        "Plans of fewer than about a hundred items fall short of it.\n",
        "| true κ | at once | power | in stages, at most | power | on average, planned | found |",
        "|---|---|---|---|---|---|---|",
    ]
    for true in (0.7, 0.75, 0.8, 0.85, 0.9):
        says = planned_for(true)
        assert says.fixed is not None and says.planned is not None
        fixed, staged = power(true, says.fixed, looks).fixed, power(true, says.planned, looks)
        lines.append(
            f"| {true} | {says.fixed} | {fixed:.3f} | {says.planned} | {staged.staged:.3f} | "
            f"{says.average} | {staged.items:.0f} |"
        )
    return lines


def _page(
    rates: dict[tuple[str, int], float], powers: dict[tuple[int, float], Power], studies: int, looks: int
) -> str:
    lines = [
        "# Looks in five stages\n",
        "Made by `CALIBRANT_VALIDITY=full pytest tests/validity/test_staged_looks.py`.\n",
        "## Do they keep their error?\n",
        f"Every judge has a true kappa of exactly {FLOOR}, the floor, so none deserves to be trusted. Each "
        f"plan reads its items from {FRAME} times as many held-out ones, in a random order of its own; fifty "
        "prompts are tried on 100 development items and the best is certified. In the last way each "
        "plan starts from the prompt with the best value that a failed plan has shown so far; a rewritten "
        f"prompt keeps {KEPT:.0%} of its answers. {studies:,} studies a number; Monte-Carlo error "
        f"{math.sqrt(0.05 * 0.95 / studies):.3f} at .05.\n",
        "| way | planned items | trusted |",
        "|---|---|---|",
        *(f"| {way} | {n} | {found:.3f} |" for (way, n), found in rates.items()),
        "",
        "## What do they save?\n",
        f"A first look (α = {POLICY.alpha_of_look(1):.4f}) at a floor of κ = {FLOOR}, two even "
        f"classes, {looks:,} looks a row; the fixed look reads all planned items, the staged one as many as "
        "it needs.\n",
        "| planned | true κ | trusted, fixed | trusted, staged | not trusted, staged | mean items | saved |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {n} | {true} | {one.fixed:.3f} | {one.staged:.3f} | {one.refuted:.3f} | {one.items:.0f} | "
        f"{1 - one.items / n:.0%} |"
        for (n, true), one in powers.items()
    ]
    expected = 1 - stopping_with_power(planned(400, 1), least=FEW_CLUSTERS).share
    lines += [
        "",
        f"By normal theory a judge that a plan trusts with power .8 saves {expected:.0%} on average; that is "
        "the figure a certificate calls `expected_saved`, times the planned items. Small plans save less: "
        "the bounds of few items are wider than normal theory has them, and below 40 items nothing is "
        "decided.",
        "",
        *_planned_table(looks),
    ]
    return "\n".join(lines) + "\n"
