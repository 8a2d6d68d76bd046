"""The gap to the human ceiling and the difference of two judges; CALIBRANT_VALIDITY=full writes the page."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from pairs_of_judges import DIFFERENCE, GAP, Design, Sampled

from calibration.stats.ceiling import HumanCeiling, ceiling
from calibration.stats.common_items import common_items
from calibration.stats.compare import difference
from calibration.stats.estimate import Estimate, Result
from calibration.stats.joint import joint_table

PAGE = Path(__file__).parents[2] / "docs" / "validity" / "gaps.md"
DRAWS, QUICK_DRAWS = 4_000, 250
KAPPA = "cohen_kappa"
SECTIONS = {
    "Unweighted": (Design(100), Design(200), Design(400), Design(200, 0.3), Design(400, 0.2)),
    "Drawn with π by the judge's answer": (
        Design(400, pi=(0.1, 0.6)),
        Design(400, pi=(0.15, 1.0)),
        Design(800, pi=(0.1, 0.6)),
        Design(1200, pi=(0.1, 0.6)),
        Design(800, pi=(0.15, 1.0)),
        Design(400, pi=(0.3, 0.6)),
        Design(600, 0.3, pi=(0.2, 0.6)),
        Design(800, 0.2, pi=(0.15, 0.8)),
        Design(800, 0.2, pi=(0.8, 0.15)),
    ),
    "Clusters": (Design(240, size=4), Design(480, size=4), Design(480, 0.3, size=4), Design(600, size=6)),
}
INTRODUCTION = """# Do the intervals of gaps cover?

Two judges and three raters answer binary items; every rater leaves three items in ten unanswered. The true
gap (judge–human minus human–human kappa) is {gap:.2f}, the true difference of the two judges, each against
the first rater, {difference:.2f}. Every row draws {draws:,} samples. *Coverage*: how often the printed 95%
interval contains the truth, among samples that print one. *False pass*: how often the one-sided 95% lower
bound is above the truth and no warning makes a gate undecided; allowed are .065, .075 with 40 to 80 clusters.
*Bound alone* counts the same without regard to warnings, *decided* the samples without a warning.

Where π is small for one answer of the judge, a few heavy items carry the gap; its value and its standard
error then go together, and the bound alone passes too often, whatever Kish's n_eff. Such gaps are printed
with a warning, below 20 (Satterthwaite) degrees of freedom, and a gate says undecided: label more of the
items with small π, or draw with π less unequal. Differences of judges need no such limit.

Made by `CALIBRANT_VALIDITY=full pytest tests/validity/test_gaps.py`.
"""
pytestmark = pytest.mark.validity
full = pytest.mark.skipif(
    os.environ.get("CALIBRANT_VALIDITY") != "full",
    reason="the whole grid takes minutes: CALIBRANT_VALIDITY=full",
)
Measure = Callable[[Sampled, float], Result]


def gap(drawn: Sampled, level: float) -> Result:
    item, rater = np.nonzero(drawn.raters >= 0)
    n = len(drawn.first)
    common = common_items(
        item,
        drawn.raters[item, rater],
        np.arange(n),
        drawn.first,
        2,
        items=n,
        weights=drawn.weights,
        clusters=drawn.clusters,
    )
    found = ceiling(common, KAPPA, level=level)
    return found.gap if isinstance(found, HumanCeiling) else found


def judges(drawn: Sampled, level: float) -> Result:
    kept = drawn.raters[:, 0] >= 0
    weights = None if drawn.weights is None else drawn.weights[kept]
    clusters = None if drawn.clusters is None else drawn.clusters[kept]
    table = joint_table(
        drawn.first[kept], drawn.second[kept], drawn.raters[kept, 0], 2, weights=weights, clusters=clusters
    )
    return difference(KAPPA, table, level=level).difference


KINDS: dict[str, tuple[Measure, float]] = {"gap": (gap, GAP), "difference of judges": (judges, DIFFERENCE)}


@dataclass(frozen=True)
class Row:
    """Shares of the draws; coverage is among those that printed an interval."""

    kind: str
    design: Design
    draws: int
    coverage: float
    false_pass: float
    bound_alone: float
    decided: float

    def misses(self, tolerance: float) -> list[str]:
        """A false pass beyond what is allowed by more than `tolerance` Monte Carlo standard errors."""
        most = self.design.allowed + tolerance * math.sqrt(0.06 / self.draws)
        if self.false_pass <= most:
            return []
        return [f"{self.kind}, {self.design}: false pass {self.false_pass:.3f} > {self.design.allowed}"]


def measured(kind: str, design: Design, draws: int, seed: int) -> Row:
    rng = np.random.default_rng(seed)
    measure, truth = KINDS[kind]
    covered = printed = above = passed = decided = 0
    for _ in range(draws):
        drawn = design.draw(rng)
        shown, bound = measure(drawn, 0.95), measure(drawn, 0.90)
        if not isinstance(shown, Estimate) or shown.low is None or shown.high is None:
            continue
        assert isinstance(bound, Estimate) and bound.low is not None
        printed += 1
        covered += shown.low <= truth <= shown.high
        decided += not bound.warnings
        above += bound.low > truth
        passed += bound.low > truth and not bound.warnings
    shares = (passed / draws, above / draws, decided / draws)
    return Row(kind, design, draws, covered / max(printed, 1), *shares)


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_gate_on_a_gap_rarely_passes_at_its_boundary(kind: str, section: str) -> None:
    row = measured(kind, SECTIONS[section][0], QUICK_DRAWS, seed=7)
    assert row.misses(3.5) == []
    # .93 less 3.5 Monte Carlo standard errors of 250 draws, √(.95 · .05 / 250) = .014
    assert row.coverage > 0.88


def test_a_gap_that_few_heavy_items_carry_leaves_the_gate_undecided() -> None:
    heavy, mild = (measured("gap", Design(400, pi=pi), 60, seed=7) for pi in ((0.1, 0.6), (0.5, 0.6)))
    assert heavy.decided < 0.5 < 0.95 < mild.decided


@full
def test_every_gap_keeps_its_promise_and_the_page_says_so() -> None:
    cells = [(kind, design) for kind in KINDS for designs in SECTIONS.values() for design in designs]
    with ProcessPoolExecutor() as pool:
        kinds, designs = zip(*cells, strict=True)
        rows = list(pool.map(measured, kinds, designs, [DRAWS] * len(cells), range(len(cells))))
    PAGE.write_text(_page(rows), encoding="utf-8")
    assert [miss for row in rows for miss in row.misses(2.0)] == []


def _page(rows: list[Row]) -> str:
    parts = [INTRODUCTION.format(gap=GAP, difference=DIFFERENCE, draws=DRAWS)]
    for kind in KINDS:
        for title, designs in SECTIONS.items():
            shown = [row for row in rows if row.kind == kind and row.design in designs]
            parts.append(f"## {kind.capitalize()}: {title[0].lower()}{title[1:]}\n\n{_table(shown)}")
    return "\n".join(parts)


def _table(rows: list[Row]) -> str:
    head = "| design | coverage | false pass | allowed | bound alone | decided |\n|---|---|---|---|---|---|\n"
    return head + "".join(
        f"| {row.design} | {row.coverage:.3f} | {row.false_pass:.3f} | {row.design.allowed:g} "
        f"| {row.bound_alone:.3f} | {row.decided:.2f} |\n"
        for row in rows
    )
