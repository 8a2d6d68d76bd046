"""Coverage of the plain Wald lower bound of kappa beside ours, where judge and humans agree very often."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.blocks import table
from benchmarks.why.worlds import draws, joint
from calibration.stats.agreement import COEFFICIENTS, pair_estimate
from calibration.stats.estimate import Estimate, Point
from calibration.stats.intervals import standard_error
from calibration.stats.patterns import PairTable
from calibration.stats.quantiles import normal_quantile

SEED, DRAWS = 12, 8_000
WORLDS = ((0.94, 0.5), (0.80, 0.5), (0.60, 0.1))


def block() -> str:
    """Share of 8,000 samples in which the one-sided 95% lower bound is at most the true kappa."""
    rng = np.random.default_rng(SEED)
    rows = [row(kappa, share, n, rng) for kappa, share in WORLDS for n in (50, 100, 200, 400)]
    head = ("true κ", "share of the rarer class", "items", "samples with SE 0", "plain interval", "ours")
    return table(head, rows)


def row(kappa: float, share: float, n: int, rng: np.random.Generator) -> list[str]:
    no_error = plain = ours = printed = 0
    for drawn in draws(joint((share, 1 - share), kappa), n, DRAWS, rng):
        point = COEFFICIENTS["cohen_kappa"].point(drawn.table)
        if not isinstance(point, Point):
            continue
        error = standard_error(point, drawn.table)
        no_error += drawn.times * (error < 1e-12)
        low = lower_bound(drawn.table)
        if low is None:
            continue
        printed += drawn.times
        plain += drawn.times * (point.value - normal_quantile(0.95) * error <= kappa)
        ours += drawn.times * (low <= kappa)
    cells = (no_error / DRAWS, plain / printed, ours / printed)
    assert not math.isnan(sum(cells))
    return [f"{kappa:.2f}", f"{share:g}", str(n), *(f"{cell:.1%}" for cell in cells)]


def lower_bound(table: PairTable) -> float | None:
    """Our one-sided 95% lower bound; None where too few of the rare class were seen to give any."""
    found = pair_estimate("cohen_kappa", table, level=0.90)
    return found.low if isinstance(found, Estimate) else None
