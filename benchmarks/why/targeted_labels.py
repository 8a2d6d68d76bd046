"""Bias and coverage of kappa when doubtful items are labelled more often: unweighted, and weighted by 1/π."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.blocks import table
from benchmarks.why.worlds import joint
from calibration.stats.agreement import COEFFICIENTS
from calibration.stats.estimate import Estimate
from calibration.stats.patterns import PairTable, pair_table

SEED, DRAWS, KAPPA, SHARES = 15, 1_500, 0.6, (0.3, 0.7)


@dataclass(frozen=True)
class Design:
    """A pool of judged items and how many are labelled; doubtful ones `times` as often as the others."""

    pool: int
    labels: int
    times: float

    def __str__(self) -> str:
        how = "at random" if self.times == 1 else f"doubtful ones {self.times:g} × as often"
        return f"{self.labels} of {self.pool}, {how}"


DESIGNS = (Design(600, 120, 1), Design(600, 120, 4), Design(2000, 300, 4), Design(2000, 300, 8))


def block() -> str:
    """1,500 waves from pools in which kappa is exactly .60 on average."""
    rng = np.random.default_rng(SEED)
    head = ("labelled", "bias, unweighted", "coverage", "bias, weighted by 1/π", "coverage")
    return table(head, [[str(design), *measured(design, rng)] for design in DESIGNS])


def measured(design: Design, rng: np.random.Generator) -> list[str]:
    waves = [wave(design, rng) for _ in range(DRAWS)]
    cells = []
    for weighted in (False, True):
        found = [estimate(item, weighted=weighted) for item in waves]
        bias = float(np.mean([e.value for e in found])) - KAPPA
        covered = float(np.mean([(e.low or -1.0) <= KAPPA <= (e.high or 1.0) for e in found]))
        cells += [f"{bias:+.3f}", f"{covered:.1%}"]
    return cells


@dataclass(frozen=True)
class Wave:
    """The labelled items of one wave: what judge and human said, and the probability of being drawn."""

    judge: np.ndarray
    human: np.ndarray
    pi: np.ndarray


def wave(design: Design, rng: np.random.Generator) -> Wave:
    """An item is doubtful with probability .6 where the judge is wrong, .2 where it is right."""
    cell = rng.choice(4, size=design.pool, p=joint(SHARES, KAPPA).ravel())
    judge, human = cell // 2, cell % 2
    doubtful = rng.random(design.pool) < np.where(judge != human, 0.6, 0.2)
    size = np.where(doubtful, design.times, 1.0)
    pi = np.minimum(1.0, design.labels * size / size.sum())
    taken = rng.random(design.pool) < pi
    return Wave(judge[taken], human[taken], pi[taken])


def estimate(drawn: Wave, *, weighted: bool) -> Estimate:
    weights = 1 / drawn.pi if weighted else None
    found = COEFFICIENTS["cohen_kappa"].estimate(answers(drawn, weights))
    assert isinstance(found, Estimate)
    return found


def answers(drawn: Wave, weights: np.ndarray | None) -> PairTable:
    return pair_table(drawn.judge, drawn.human, 2, weights=weights)
