"""A worthless signal is seldom followed, and AUROC is covered; CALIBRANT_VALIDITY=full writes the page."""

from __future__ import annotations

import math
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from calibration.stats.doubt import Doubted, advise, auroc, doubted
from calibration.stats.estimate import Estimate

PAGE = Path(__file__).parents[2] / "docs" / "validity" / "signals.md"
DRAWS, QUICK_DRAWS = 4_000, 300
FOLLOWED = 0.07
INTRODUCTION = """# Is a worthless signal followed, and is the AUROC covered?

Every row draws {draws:,} pilots of *n* labelled verdicts from a world in which the AUROC of doubt is known.
A *graded* signal has many values, a *flip* only two; in *clustered* pilots five verdicts share a document,
whose verdicts err and are doubted together; in *mixed* pilots 30% of the verdicts are drawn at random and the
rest in proportion to doubt, so they are weighted by 1/π. *Followed*, *inverted* and *too small* are shares of
pilots with that advice; coverage is that of the 95% interval (± one Monte-Carlo error) where there is one.

Promised: a signal whose AUROC is .5 or less is followed in at most 7% of pilots; coverage of at least .93
where at least 10 errors and 10 right verdicts are expected (.915 where 5, or where the AUROC is above .9).

Made by `CALIBRANT_VALIDITY=full pytest tests/validity/test_signals.py`.
"""

pytestmark = pytest.mark.validity
full = pytest.mark.skipif(
    os.environ.get("CALIBRANT_VALIDITY") != "full",
    reason="the whole grid takes minutes: CALIBRANT_VALIDITY=full",
)
Kind = Literal["graded", "flip", "clustered", "mixed"]


@dataclass(frozen=True)
class World:
    """Verdicts of which a share `rate` are errors, and a signal whose AUROC for them is `area`."""

    kind: Kind
    n: int
    rate: float
    area: float

    def draw(self, rng: np.random.Generator) -> Doubted:
        if self.kind == "flip":
            # area = .5 + (share of errors that flip - share of right verdicts that flip) / 2
            right = 0.15 if self.area >= 0.5 else 0.15 + 1 - 2 * self.area
            error = rng.random(self.n) < self.rate
            shares = np.where(error, right + 2 * self.area - 1, right)
            return doubted((rng.random(self.n) < shares).astype(float), error)
        if self.kind == "clustered":
            return self._clustered(rng)
        return self._mixed(rng) if self.kind == "mixed" else self._graded(self.n, rng)

    @property
    def shift(self) -> float:
        return float(ndtri(self.area)) * math.sqrt(2)

    def _graded(self, n: int, rng: np.random.Generator) -> Doubted:
        error = rng.random(n) < self.rate
        return doubted(ndtr(rng.normal(size=n) + self.shift * error), error)

    def _clustered(self, rng: np.random.Generator) -> Doubted:
        cluster = np.arange(self.n) // 5
        common, own = math.sqrt(0.3), math.sqrt(0.7)
        groups = cluster[-1] + 1
        error = common * rng.normal(size=groups)[cluster] + own * rng.normal(size=self.n) < ndtri(self.rate)
        doubt = common * rng.normal(size=groups)[cluster] + own * rng.normal(size=self.n)
        return doubted(ndtr(doubt + self.shift * error), error, clusters=cluster)

    def _mixed(self, rng: np.random.Generator) -> Doubted:
        pool = self._graded(4 * self.n, rng)
        floored = np.maximum(pool.doubt, 0.05)
        pi = 0.3 * self.n / len(pool) + 0.7 * self.n * floored / floored.sum()
        drawn = rng.random(len(pool)) < pi
        return doubted(pool.doubt[drawn], pool.error[drawn], weights=1 / pi[drawn])

    @property
    def scarce(self) -> float:
        return self.n * min(self.rate, 1 - self.rate)

    @property
    def promised(self) -> float | None:
        if self.scarce < 5 or (self.kind == "clustered" and self.n < 200):
            return None
        return 0.93 if self.scarce >= 10 and self.area <= 0.9 else 0.915


@dataclass(frozen=True)
class Row:
    world: World
    draws: int
    coverage: float
    printed: float
    width: float
    followed: float
    inverted: float
    too_small: float

    @property
    def error(self) -> float:
        p = min(self.coverage, 0.95)
        return math.sqrt(p * (1 - p) / max(self.draws * self.printed, 1))

    def misses(self, tolerance: float) -> list[str]:
        found, world = [], self.world
        allowed = FOLLOWED + tolerance * math.sqrt(FOLLOWED / self.draws)
        if world.area <= 0.5 and self.followed > allowed:
            found.append(f"{world}: followed in {self.followed:.3f}")
        if world.promised is not None and self.coverage < world.promised - tolerance * self.error:
            found.append(f"{world}: coverage {self.coverage:.3f} < {world.promised}")
        return found


def measure(world: World, draws: int, seed: int) -> Row:
    rng = np.random.default_rng(seed)
    advice: list[str] = []
    widths: list[float] = []
    covered = 0
    for _ in range(draws):
        data = world.draw(rng)
        found, said = auroc(data), advise(data)
        advice.append("too small" if "pilot too small" in said.reason else said.follow)
        if isinstance(found, Estimate) and found.low is not None and found.high is not None:
            widths.append(found.high - found.low)
            covered += found.low <= world.area <= found.high
    share = {name: advice.count(name) / draws for name in ("follow", "inverted", "too small")}
    return Row(
        world, draws, covered / max(len(widths), 1), len(widths) / draws, float(np.mean(widths)),
        share["follow"], share["inverted"], share["too small"],
    )  # fmt: skip


WORLDS = [
    World(kind, n, rate, area)
    for kind, sizes in (("graded", (50, 100, 200, 400)), ("flip", (50, 100, 200, 400)),
                        ("clustered", (100, 200, 400)), ("mixed", (100, 200, 400)))
    for n in sizes
    for rate in (0.1, 0.3)
    for area in ((0.4, 0.5, 0.55, 0.65) if kind == "flip" else (0.4, 0.5, 0.65, 0.8, 0.95))
]  # fmt: skip
QUICK = [
    World("graded", 100, 0.3, 0.5), World("graded", 60, 0.3, 0.8), World("flip", 100, 0.3, 0.5),
    World("flip", 200, 0.1, 0.4), World("clustered", 200, 0.3, 0.5), World("mixed", 200, 0.3, 0.5),
    World("mixed", 100, 0.3, 0.8),
]  # fmt: skip


@pytest.mark.parametrize("world", QUICK, ids=str)
def test_promises_hold_in_a_few_worlds(world: World) -> None:
    assert not measure(world, QUICK_DRAWS, seed=20).misses(tolerance=3.0)


def test_a_small_pilot_advises_nothing() -> None:
    # 30 verdicts with a tenth of errors: ten errors are as good as never there
    row = measure(World("graded", 30, 0.1, 0.95), QUICK_DRAWS, seed=21)
    assert row.followed == row.inverted == 0 and row.too_small > 0.99


@full
def test_the_whole_grid_is_measured_and_written() -> None:
    with ProcessPoolExecutor() as pool:
        rows = list(pool.map(measure, WORLDS, [DRAWS] * len(WORLDS), range(len(WORLDS))))
    PAGE.write_text(INTRODUCTION.format(draws=DRAWS) + as_markdown(rows), encoding="utf-8")
    assert not [miss for row in rows for miss in row.misses(tolerance=2.5)]


def as_markdown(rows: list[Row]) -> str:
    head = "signal|n|error rate|AUROC|coverage|width|followed|inverted|too small"
    lines = [f"\n| {' | '.join(head.split('|'))} |\n|{'---|' * 9}\n"]
    for row in rows:
        w = row.world
        lines.append(
            f"| {w.kind} | {w.n} | {w.rate:g} | {w.area:g} | {row.coverage:.3f} ± {row.error:.3f} "
            f"| {row.width:.2f} | {row.followed:.3f} | {row.inverted:.3f} | {row.too_small:.2f} |\n"
        )
    return "".join(lines)
