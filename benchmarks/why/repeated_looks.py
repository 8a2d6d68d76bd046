"""False passes over many looks at one held-out set: every look at 5%, and looks that share 5%."""

from __future__ import annotations

import numpy as np

from benchmarks.blocks import table
from calibration.stats.agreement import pair_estimate
from calibration.stats.estimate import Estimate
from calibration.stats.patterns import pair_table
from calibration.stats.power import Margins, items_to_clear
from calibration.stats.sequential import look_alpha

SEED, STUDIES, ITEMS, FLOOR = 18, 500, 200, 0.60
LOOKS = (1, 2, 5, 10, 20)


def block() -> str:
    """500 held-out sets of 200 items; each look is at a new judge whose true kappa is exactly the floor."""
    rng = np.random.default_rng(SEED)
    spent, fixed = np.zeros(max(LOOKS)), np.zeros(max(LOOKS))
    best = np.zeros(max(LOOKS))
    for _ in range(STUDIES):
        human = (rng.random(ITEMS) < 0.5).astype(np.int64)
        values, plain, spending = looks_at(human, rng)
        best += np.maximum.accumulate(values) / STUDIES
        fixed += np.maximum.accumulate(plain) / STUDIES
        spent += np.maximum.accumulate(spending) / STUDIES
    rows = [row(k, fixed[k - 1], spent[k - 1], best[k - 1]) for k in LOOKS]
    head = ("looks", "passed, 5% each", "passed, 5% shared", "best κ seen", "this look's α", "items needed")
    return table(head, rows)


def looks_at(human: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rows: kappa, pass at 5%, pass at the look's share of 5%; one column per look."""
    found = np.zeros((3, max(LOOKS)))
    for k in range(1, max(LOOKS) + 1):
        blind = rng.random(ITEMS) < 0.5
        judge = np.where(rng.random(ITEMS) < FLOOR, human, blind).astype(np.int64)
        answered = pair_table(judge, human, 2)
        for place, alpha in ((1, 0.05), (2, look_alpha(k))):
            estimate = pair_estimate("cohen_kappa", answered, level=1 - 2 * alpha)
            assert isinstance(estimate, Estimate) and estimate.low is not None
            found[0, k - 1] = estimate.value
            found[place, k - 1] = estimate.low >= FLOOR
    return found


def row(k: int, fixed: float, spent: float, best: float) -> list[object]:
    """items: how many clear the floor at this look with power .8 when the true kappa is .75."""
    alpha = look_alpha(k)
    needed = items_to_clear(FLOOR, 0.75, Margins.binary(0.5), confidence=1 - alpha)
    return [k, f"{fixed:.1%}", f"{spent:.1%}", f"{best:.2f}", f"{alpha:.4f}", needed.items]
