"""Corrected rates cover what is true; CALIBRANT_VALIDITY=full measures all of them and writes the page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from calibration.stats.estimate import Result
from calibration.stats.poststratified import post_stratified, ppi_pp
from calibration.stats.prevalence import Answers, judge_only, labels_only
from calibration.stats.rogan_gladen import rogan_gladen_of
from calibration.stats.simulate import Coverage, JudgedWorld, coverage

PAGE = Path(__file__).parents[2] / "docs" / "validity" / "rates.md"
DRAWS, QUICK_DRAWS = 4_000, 400
ESTIMATORS: dict[str, Callable[[Answers], Result]] = {
    "labels_only": labels_only,
    "post_stratified": post_stratified,
    "ppi_pp": ppi_pp,
    "rogan_gladen": rogan_gladen_of,
    "judge_only": judge_only,
}
INTRODUCTION = """# Do the corrected rates cover?

Every row draws {draws:,} samples from a world whose rate of good items is known. *n* items have labels, *N*
have verdicts only. Each cell: coverage of the 95% interval (± one Monte-Carlo error), its mean width, and in
brackets the share of samples without an interval. A random sample of the judged items calls for
`post_stratified`; `rogan_gladen` pays for not knowing that the labels come from the same place, and
`judge_only` shows what happens when the judge's errors are not corrected at all.

Promised: ≥ .93 where at least 5 labels of the rarest class are expected, for all but `judge_only`.

Made by `CALIBRANT_VALIDITY=full pytest tests/validity/test_rates.py`.
"""

pytestmark = pytest.mark.validity
full = pytest.mark.skipif(
    os.environ.get("CALIBRANT_VALIDITY") != "full",
    reason="the whole grid takes minutes: CALIBRANT_VALIDITY=full",
)


@dataclass(frozen=True)
class Design:
    """A world and how its items are labelled: n of n + N at random; or targeted; or whole clusters."""

    world: JudgedWorld
    n: int
    others: int
    kind: Literal["random", "targeted", "clustered"] = "random"

    def draw(self, rng: np.random.Generator) -> Answers:
        if self.kind == "targeted":
            return self.world.draw_targeted(self.n, self.n + self.others, 4.0, rng)
        if self.kind == "clustered":
            clusters = (self.n + self.others) // 5
            return self.world.draw_clustered(clusters, 5, self.n / (self.n + self.others), 0.4, rng)
        return self.world.draw(self.n, self.others, rng)

    @property
    def rare(self) -> float:
        """Expected labels of the rarest class; clusters of five at a design effect of at most 2."""
        return self.n * min(self.world.rate, 1 - self.world.rate) / (2 if self.kind == "clustered" else 1)

    @property
    def label(self) -> str:
        w = self.world
        return f"{self.kind}, rate {w.rate:g}, TPR {w.tpr:g}, TNR {w.tnr:g}, n {self.n}, N {self.others}"


DESIGNS = [
    Design(JudgedWorld(rate, tpr, tnr), n, others)
    for rate, tpr, tnr in (
        (0.8, 0.9, 0.8),
        (0.5, 0.7, 0.7),
        (0.9, 0.95, 0.6),
        (0.97, 0.95, 0.7),
        (0.2, 0.6, 0.95),
    )
    for n, others in ((50, 100), (100, 200), (100, 2000), (200, 1000))
]
DESIGNS += [
    Design(JudgedWorld(rate, tpr, tnr), n, others, kind)
    for kind in ("targeted", "clustered")
    for rate, tpr, tnr in ((0.8, 0.9, 0.8), (0.5, 0.7, 0.7), (0.9, 0.95, 0.6))
    for n, others in ((60, 540), (150, 450), (300, 1700))
    if kind == "targeted" or n >= 150
]
QUICK = [
    Design(JudgedWorld(0.8, 0.9, 0.8), 100, 1000),
    Design(JudgedWorld(0.9, 0.95, 0.6), 100, 200),
    Design(JudgedWorld(0.5, 0.7, 0.7), 60, 540, "targeted"),
    Design(JudgedWorld(0.8, 0.9, 0.8), 250, 750, "clustered"),
]


def measured(design: Design, draws: int) -> dict[str, Coverage]:
    """Every estimator on the same samples."""
    rng = np.random.default_rng(11)
    samples = [design.draw(rng) for _ in range(draws)]
    return {
        name: coverage(design.world.rate, _results(estimator, samples))
        for name, estimator in ESTIMATORS.items()
    }


def _results(estimator: Callable[[Answers], Result], samples: list[Answers]) -> Iterator[Result]:
    return (estimator(sample) for sample in samples)


def broken(design: Design, found: dict[str, Coverage], tolerance: float) -> list[str]:
    """Promises missed by more than `tolerance` Monte-Carlo errors."""
    if design.rare < 5:
        return []
    return [
        f"{design.label}: {name} covers {one.rate:.3f}"
        for name, one in found.items()
        if name != "judge_only" and one.undefined < 1 and one.rate < 0.93 - tolerance * one.error
    ]


@pytest.mark.parametrize("design", QUICK, ids=lambda design: design.label)
def test_rates_of_a_few_designs_cover(design: Design) -> None:
    assert broken(design, measured(design, QUICK_DRAWS), 3.5) == []


def test_post_stratification_is_narrower_than_labels_alone_and_than_rogan_gladen() -> None:
    found = measured(QUICK[0], 100)
    assert found["post_stratified"].width < 0.85 * found["labels_only"].width
    assert found["post_stratified"].width < 0.65 * found["rogan_gladen"].width


def test_the_judge_alone_misses_the_truth() -> None:
    # it says yes on .8 · .9 + .2 · .2 = .76 of items whose rate is .8
    assert measured(QUICK[0], 100)["judge_only"].rate < 0.2


def test_weighting_removes_the_bias_of_targeted_labels() -> None:
    found = measured(QUICK[2], QUICK_DRAWS)
    assert abs(found["labels_only"].bias) < 0.02
    assert abs(found["post_stratified"].bias) < 0.02


@full
def test_every_design_covers_and_the_page_says_so() -> None:
    with ProcessPoolExecutor() as pool:
        found = list(pool.map(measured, DESIGNS, [DRAWS] * len(DESIGNS)))
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(_page(found), encoding="utf-8")
    misses = [text for design, one in zip(DESIGNS, found, strict=True) for text in broken(design, one, 2.0)]
    assert misses == []


def _page(found: list[dict[str, Coverage]]) -> str:
    head = ["design", *ESTIMATORS]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for design, row in zip(DESIGNS, found, strict=True):
        lines.append(f"| {design.label} | {' | '.join(_cell(row[name]) for name in ESTIMATORS)} |")
    return INTRODUCTION.format(draws=DRAWS) + "\n" + "\n".join(lines) + "\n"


def _cell(one: Coverage) -> str:
    if one.undefined == 1:
        return "no interval"
    missing = f" ({one.undefined:.0%} without)" if one.undefined >= 0.005 else ""
    return f"{one.rate:.3f} ± {one.error:.3f}, width {one.width:.3f}{missing}"
