"""Coverage of alpha's own bootstrap (Krippendorff 2006), which resamples pairs, beside ours over items."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.blocks import table
from calibration.stats import alpha as krippendorff
from calibration.stats.agreement import COEFFICIENTS
from calibration.stats.estimate import Estimate, FloatArray
from calibration.stats.patterns import CountTable, count_table_from_matrix
from calibration.stats.proportions import Bounds

SEED, DRAWS, RESAMPLES = 16, 500, 400
NAME, SHARES, SKILL = "krippendorff_alpha_nominal", np.array([0.5, 0.3, 0.2]), 0.8


def block() -> str:
    """Coverage of two 95% intervals over 500 samples, and their mean widths."""
    rng = np.random.default_rng(SEED)
    truth = SKILL**2  # two raters agree beyond chance exactly when both follow the truth
    rows = []
    for raters, n in ((2, 30), (2, 100), (2, 300), (5, 30), (5, 100), (5, 300)):
        samples = [sample(n, raters, rng) for _ in range(DRAWS)]
        cells = [coverage(samples, method, truth) for method in (lambda t: own_bootstrap(t, rng), ours)]
        rows.append([raters, n, *cells])
    return table(("raters", "items", "Krippendorff's bootstrap", "ours"), rows)


def sample(n: int, raters: int, rng: np.random.Generator) -> CountTable:
    """Each rater answers with the item's truth with probability .8, else blindly."""
    truth = rng.choice(3, size=(n, 1), p=SHARES)
    blind = rng.choice(3, size=(n, raters), p=SHARES)
    codes = np.where(rng.random((n, raters)) < SKILL, truth, blind)
    return count_table_from_matrix(codes.astype(np.int8), 3)


def own_bootstrap(table: CountTable, rng: np.random.Generator) -> Bounds:
    """Draw M pairs from the coincidences, keep the expected disagreement as it was, take percentiles.

    M = min(25 Q, (m - 1) n / 2): Q non-zero cells (unordered pairs of categories), m raters, n answers.
    """
    pairs = coincidences(table)
    answers, raters = float(pairs.sum()), float(table.sizes.max())
    margin = pairs.sum(axis=0)
    used = np.count_nonzero(np.triu(pairs + pairs.T))
    size = round(min(25.0 * float(used), (raters - 1) * answers / 2))
    different = 1 - float(np.trace(pairs)) / answers
    expected = 1 - float((margin * (margin - 1)).sum()) / (answers * (answers - 1))
    values = 1 - rng.binomial(size, different, size=RESAMPLES) / size / expected
    low, high = np.quantile(values, [0.025, 0.975])
    return Bounds(float(low), float(high))


def coincidences(table: CountTable) -> FloatArray:
    """o_ck over all units, shape (K, K)."""
    unit = krippendorff.coincidences(table)
    return np.asarray(np.tensordot(table.mass, unit, axes=1))


def ours(table: CountTable) -> Bounds | None:
    found = COEFFICIENTS[NAME].estimate(table)
    if not isinstance(found, Estimate) or found.low is None or found.high is None:
        return None
    return Bounds(found.low, found.high)


def coverage(samples: list[CountTable], method: Callable[[CountTable], Bounds | None], truth: float) -> str:
    found = [bounds for table in samples if (bounds := method(table)) is not None]
    covered = float(np.mean([b.low <= truth <= b.high for b in found]))
    width = float(np.mean([b.high - b.low for b in found]))
    return f"{covered:.1%}, width {width:.2f}"
