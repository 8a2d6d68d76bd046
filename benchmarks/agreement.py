"""Ours against krippendorff, scikit-learn and statsmodels in one run: least CPU time, extra memory."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass

import krippendorff
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from calibration.stats.agreement import COEFFICIENTS, count_estimate, pair_estimate
from calibration.stats.bootstrap import bootstrap
from calibration.stats.number_alpha import alpha_of_numbers
from calibration.stats.patterns import (
    count_table_from_matrix,
    number_table,
    pair_table,
    table_of,
)

UNITS, RATERS, CATEGORIES = 1_000_000, 5, 5
ALPHAS = ("krippendorff_alpha_nominal", "krippendorff_alpha_ordinal", "krippendorff_alpha_interval")


@dataclass(frozen=True)
class Line:
    """One row of the printed table; budget is the promise, if there is one."""

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    budget: str = ""


def measured() -> list[Line]:
    """Every line of the table, measured now."""
    codes = answers(UNITS)
    return [
        *alpha_from_codes(codes),
        alpha_of_continuous_numbers(),
        *kappa(codes),
        resampling(codes),
        *analytic(),
        *import_time(),
    ]


def main() -> None:
    print(f"{'what':<58} {'ours':>12} {'peer':>26} {'ratio':>8}  budget")
    for line in measured():
        print(f"{line.what:<58} {line.ours:>12} {line.peer:>26} {line.ratio:>8}  {line.budget}")


def answers(units: int) -> NDArray[np.int8]:
    """Codes of 5 raters who mostly agree, 40% missing, one contiguous column per rater."""
    rng = np.random.default_rng(1)
    truth = rng.integers(0, CATEGORIES, (units, 1), dtype=np.int8)
    blind = rng.integers(0, CATEGORIES, (units, RATERS), dtype=np.int8)
    codes = np.where(rng.random((units, RATERS)) < 0.85, truth, blind)
    codes[rng.random((units, RATERS)) < 0.4] = -1
    return np.asfortranarray(codes)


def alpha_from_codes(codes: NDArray[np.int8]) -> list[Line]:
    values = np.where(codes.T < 0, np.nan, codes.T + 1.0)
    coefficient = COEFFICIENTS["krippendorff_alpha_ordinal"]

    def ours() -> float:
        return float(coefficient.point(count_table_from_matrix(codes, CATEGORIES)).value)  # type: ignore[union-attr]

    def theirs() -> float:
        return float(krippendorff.alpha(values, level_of_measurement="ordinal"))

    assert abs(ours() - theirs()) < 1e-12
    fast, slow = seconds(ours, 9), seconds(theirs, 3)
    rows = np.ascontiguousarray(codes)
    by_rows = seconds(lambda: count_table_from_matrix(rows, CATEGORIES), 9)
    size = f"{UNITS:.0e} × {RATERS}"
    return [
        Line(f"ordinal alpha, {size} int8 codes by column", ms(fast), f"krippendorff {ms(slow)}",
             f"{slow / fast:.0f}×", "≥ 100×"),
        Line("the same, codes by row", ms(by_rows), f"krippendorff {ms(slow)}", f"{slow / by_rows:.0f}×"),
        Line("extra memory of that", megabytes(ours), f"krippendorff {megabytes(theirs)}", "", "≤ 20 MB"),
    ]  # fmt: skip


def alpha_of_continuous_numbers() -> Line:
    rng = np.random.default_rng(2)
    units = 300
    numbers = rng.normal(5, 1, (units, 1)) + rng.normal(0, 0.7, (units, 3))
    unit = np.repeat(np.arange(units), 3)

    def ours() -> float:
        return float(alpha_of_numbers("interval", number_table(unit, numbers.ravel(), units=units)).value)  # type: ignore[union-attr]

    def theirs() -> float:
        return float(krippendorff.alpha(numbers.T, level_of_measurement="interval"))

    assert abs(ours() - theirs()) < 1e-9
    fast, slow = seconds(ours, 20), seconds(theirs, 1)
    return Line("interval alpha, 300 × 3 distinct numbers", ms(fast), f"krippendorff {ms(slow)}",
                f"{slow / fast:.0f}×")  # fmt: skip


def kappa(codes: NDArray[np.int8]) -> list[Line]:
    both = codes[(codes[:, 0] >= 0) & (codes[:, 1] >= 0)]
    first, second = both[:, 0].copy(), both[:, 1].copy()

    def ours() -> object:
        return pair_estimate("cohen_kappa_quadratic", pair_table(first, second, CATEGORIES))

    def sklearn() -> object:
        return cohen_kappa_score(first, second, labels=range(CATEGORIES), weights="quadratic")

    counts = pair_table(first, second, CATEGORIES).counts
    table = table_of(counts)
    fast, slow = seconds(ours, 5), seconds(sklearn, 2)
    from_table, theirs = (
        seconds(lambda: pair_estimate("cohen_kappa", table), 200),
        seconds(lambda: cohens_kappa(counts), 50),
    )
    return [
        Line(f"quadratic kappa with interval, {len(first):,} codes", ms(fast),
             f"scikit-learn (no interval) {ms(slow)}", f"{slow / fast:.0f}×"),
        Line("kappa with interval from its table", ms(from_table), f"statsmodels {ms(theirs)}",
             f"{theirs / from_table:.1f}×"),
    ]  # fmt: skip


def resampling(codes: NDArray[np.int8]) -> Line:
    table = count_table_from_matrix(codes, CATEGORIES)
    rng = np.random.default_rng(3)
    fast = seconds(lambda: bootstrap(ALPHAS, table, rng=rng), 3)
    values = np.where(codes.T < 0, np.nan, codes.T + 1.0)
    slow = 10_000 * seconds(lambda: krippendorff.alpha(values, level_of_measurement="ordinal"), 1)
    return Line("10,000 resamples, three alphas, 1e6 items", f"{fast:.2f} s",
                f"krippendorff × 10,000: {slow:,.0f} s", f"{slow / fast:,.0f}×", "< 0.5 s")  # fmt: skip


def analytic() -> list[Line]:
    codes = answers(2_000)
    many, pair = count_table_from_matrix(codes, CATEGORIES), table_of(np.diag([30, 20, 10]) + 3)
    return [
        Line("analytic interval, ordinal alpha, 5 raters", us(lambda: count_estimate(ALPHAS[1], many)),
             budget="< 200 µs"),
        Line("analytic interval, Fleiss kappa, 5 raters", us(lambda: count_estimate("fleiss_kappa", many)),
             budget="< 200 µs"),
        Line("analytic interval, Cohen's kappa", us(lambda: pair_estimate("cohen_kappa", pair)),
             budget="< 200 µs"),
    ]  # fmt: skip


def import_time() -> list[Line]:
    """Whole processes, the least of several, beside import numpy."""

    def process(statement: str) -> float:
        best = float("inf")
        for _ in range(12):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", statement], check=True)
            best = min(best, time.perf_counter() - start)
        return best

    nothing = process("pass")
    numpy = process("import numpy") - nothing
    found = []
    for module, budget in (("calibration.stats", "≤ 1.5"), ("calibration.stats.agreement", "")):
        ours = max(process(f"import {module}") - nothing, 0.0)
        found.append(
            Line(f"import {module}", ms(ours), f"import numpy {ms(numpy)}", f"{ours / numpy:.2f}", budget)
        )
    return found


def seconds(call: Callable[[], object], times: int) -> float:
    """CPU seconds of the fastest of so many calls, after one to warm up."""
    call()
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return best


def megabytes(call: Callable[[], object]) -> str:
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return f"{peak / 1e6:.1f} MB"


def ms(value: float) -> str:
    return f"{value * 1e3:.3g} ms"


def us(call: Callable[[], object]) -> str:
    start = time.process_time()
    for _ in range(500):
        call()
    return f"{(time.process_time() - start) / 500 * 1e6:.0f} µs"


if __name__ == "__main__":
    main()
