"""How often a gate is wrong when it looks at the number itself, and when it looks at its lower bound."""

from __future__ import annotations

from collections import Counter

import numpy as np

from benchmarks.blocks import table
from benchmarks.why.worlds import draws, joint
from calibration.stats.agreement import pair_estimate
from calibration.stats.estimate import Estimate

FLOOR, SHARES, SEED, DRAWS = 0.60, (0.3, 0.7), 11, 4_000


def block() -> str:
    """Judges whose true kappa is known, against a floor of .60, 4,000 samples each."""
    rng = np.random.default_rng(SEED)
    rows = []
    for kappa in (0.50, 0.60, 0.70, 0.80):
        for n in (50, 100, 200):
            found = outcomes(kappa, n, rng)
            cells = (found[key] / DRAWS for key in ("number", "trusted", "not trusted", "undecided"))
            rows.append([f"{kappa:.2f}", n, *(f"{share:.1%}" for share in cells)])
    head = ("true κ", "items", "κ ≥ .60", "trusted", "not trusted", "undecided")
    return table(head, rows)


def outcomes(kappa: float, n: int, rng: np.random.Generator) -> Counter[str]:
    """How many samples end in each outcome; "number" counts those whose kappa itself reaches the floor."""
    found: Counter[str] = Counter()
    for drawn in draws(joint(SHARES, kappa), n, DRAWS, rng):
        estimate = pair_estimate("cohen_kappa", drawn.table, level=0.90)
        if not isinstance(estimate, Estimate):
            found["undecided"] += drawn.times
            continue
        found["number"] += drawn.times * (estimate.value >= FLOOR)
        found[outcome(estimate)] += drawn.times
    return found


def outcome(estimate: Estimate) -> str:
    """The three outcomes of a gate; a warning or a missing interval leaves it undecided."""
    if estimate.low is None or estimate.high is None or estimate.warnings:
        return "undecided"
    if estimate.low >= FLOOR:
        return "trusted"
    return "not trusted" if estimate.high < FLOOR else "undecided"
