"""Coverage and width of five ways to estimate the share of good outputs from few labels and many verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.blocks import table
from calibration.stats.estimate import Estimate, Result
from calibration.stats.poststratified import post_stratified, ppi_pp
from calibration.stats.prevalence import ABSENT, Answers, answers, judge_only, labels_only
from calibration.stats.rogan_gladen import rogan_gladen_of

SEED, DRAWS = 14, 1_000
METHODS: dict[str, Callable[[Answers], Result]] = {
    "judge alone": judge_only,
    "labels alone": labels_only,
    "Rogan–Gladen": rogan_gladen_of,
    "PPI++": ppi_pp,
    "post-stratified": post_stratified,
}


@dataclass(frozen=True)
class World:
    """The true share of good outputs, how often the judge is right on either kind, labels and the rest."""

    good: float
    tpr: float
    tnr: float
    labels: int
    unlabelled: int

    def draw(self, rng: np.random.Generator) -> Answers:
        """Labels are a random sample of the items that the judge has seen."""
        n = self.labels + self.unlabelled
        good = rng.random(n) < self.good
        said = np.where(good, rng.random(n) < self.tpr, rng.random(n) >= self.tnr).astype(np.int64)
        human = np.where(np.arange(n) < self.labels, good, ABSENT).astype(np.int64)
        return answers(said, human)

    def __str__(self) -> str:
        return f"{self.good:g} good, TPR {self.tpr:g}, TNR {self.tnr:g}, {self.labels} + {self.unlabelled}"


WORLDS = (
    World(0.8, 0.9, 0.8, 100, 2000),
    World(0.8, 0.9, 0.8, 50, 100),
    World(0.5, 0.7, 0.7, 100, 2000),
    World(0.9, 0.95, 0.6, 100, 200),
)


def block() -> str:
    """Per world and method: coverage of the 95% interval over 1,000 samples, then its mean width."""
    rng = np.random.default_rng(SEED)
    rows = [[str(world), *cells(world, rng)] for world in WORLDS]
    return table(("world (labels + unlabelled)", *METHODS), rows)


def cells(world: World, rng: np.random.Generator) -> list[str]:
    covered, missing = Counter[str](), Counter[str]()
    width = dict.fromkeys(METHODS, 0.0)
    for _ in range(DRAWS):
        data = world.draw(rng)
        for name, method in METHODS.items():
            found = method(data)
            if not isinstance(found, Estimate) or found.low is None or found.high is None:
                missing[name] += 1
                continue
            covered[name] += found.low <= world.good <= found.high
            width[name] += found.high - found.low
    return [cell(covered[n], width[n], DRAWS - missing[n]) for n in METHODS]


def cell(covered: int, width: float, printed: int) -> str:
    """Coverage and width among the samples that gave an interval, and how many did not."""
    none = f", none in {1 - printed / DRAWS:.1%}" if printed < DRAWS else ""
    return f"{covered / printed:.1%}, width {width / printed:.3f}{none}"
