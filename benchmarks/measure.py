"""A whole agreement report, cells with every interval, against seven bare coefficients by other packages."""

from __future__ import annotations

import krippendorff
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score, matthews_corrcoef

from benchmarks.agreement import megabytes, seconds
from calibration.agreement import Options, measure
from calibration.ratings import CriterionRatings, Ratings, judge_column, ratings_from_columns
from calibration.reference import reference
from calibration.scales import ordinal_scale, parse_scale
from calibration.stats.agreement import pair_estimate
from calibration.stats.patterns import table_of

ITEMS, RATERS, JUDGES, STRATA, CRITERIA = 10_000, 5, 5, 4, 20
CELLS = CRITERIA * JUDGES * (STRATA + 1)
FIVE_LEVELS, NAMES, TWO = (
    ordinal_scale(range(1, 6)),
    parse_scale("nominal:a,b,c,d"),
    parse_scale("binary:yes/no"),
)
SCALES = (FIVE_LEVELS, NAMES, TWO)


def main() -> None:
    one, mixed, ordinal = (
        Ratings({"c0": criterion(0, 0)}),
        Ratings({f"c{k}": criterion(k, k % len(SCALES)) for k in range(CRITERIA)}),
        Ratings({f"c{k}": criterion(k, 0) for k in range(CRITERIA)}),
    )
    by_stratum = Options(by="stratum")
    theirs = seconds(lambda: seven(one.criteria["c0"]), 1) / JUDGES
    rows = {
        f"one ordinal criterion, {ITEMS * RATERS:,} labels × {JUDGES} judges": seconds(
            lambda: measure(one), 5
        ),
        f"{CELLS} cells, scales of three kinds": seconds(lambda: measure(mixed, by_stratum), 3),
        f"{CELLS} cells, all ordinal": seconds(lambda: measure(ordinal, by_stratum), 3),
        "one analytic interval, Cohen's kappa": interval(),
    }
    for what, found in rows.items():
        print(f"{what:<55} {found * 1e3:>10.3f} ms")
    whole = rows[f"{CELLS} cells, all ordinal"]
    bare = 2 * theirs * CRITERIA * JUDGES  # strata together hold as many labels as the whole
    print(f"{CELLS / whole:,.0f} cells per second, every coefficient with its interval")
    print(f"seven bare coefficients by scikit-learn and krippendorff: {bare:.1f} s, {bare / whole:.1f}× ours")
    print(f"peak memory beyond the ratings: {megabytes(lambda: measure(ordinal, by_stratum))}")


def criterion(seed: int, kind: int, items: int = ITEMS) -> CriterionRatings:
    """Raters and judges who mostly find the true answer; every rater answers every item."""
    rng, scale = np.random.default_rng(seed), SCALES[kind]
    levels = len(scale.categories)
    truth = rng.integers(0, levels, items)

    def found(share: float) -> NDArray[np.int64]:
        return np.where(rng.random(items) < share, truth, rng.integers(0, levels, items))

    return ratings_from_columns(
        f"c{seed}",
        scale,
        items=tuple(f"i{k}" for k in range(items)),
        raters=tuple(f"r{k}" for k in range(RATERS)),
        item=np.tile(np.arange(items), RATERS),
        rater=np.repeat(np.arange(RATERS), items),
        answer=np.concatenate([found(0.7) for _ in range(RATERS)]),
        judges=tuple(
            judge_column(f"j{k}", scale, item=np.arange(items), answer=found(0.6 + k / 20))
            for k in range(JUDGES)
        ),
        stratum=tuple(f"s{k % STRATA}" for k in range(items)),
    )


def seven(ratings: CriterionRatings) -> list[float]:
    """Seven coefficients of every judge with the reference, without intervals, by other packages."""
    held, found = reference(ratings), []
    for judge in ratings.judges:
        answers, truth = judge.code[held.item], held.code
        found += [
            accuracy_score(truth, answers),
            *(cohen_kappa_score(truth, answers, weights=kind) for kind in (None, "linear", "quadratic")),
            f1_score(truth, answers, average="macro"),
            matthews_corrcoef(truth, answers),
            krippendorff.alpha(np.stack([truth, answers]) + 1.0, level_of_measurement="ordinal"),
        ]
    return [float(value) for value in found]


def interval() -> float:
    table = table_of(np.diag([30, 20, 10]) + 3)
    return seconds(lambda: [pair_estimate("cohen_kappa", table) for _ in range(100)], 5) / 100


if __name__ == "__main__":
    main()
