"""Tables evaluated together give what each gives alone; tables derived from patterns what answers give."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.stats.agreement import all_estimates, count_estimate, names_for, pair_estimate
from calibration.stats.concordance import concordance
from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.icc import icc, score_pairs, score_patterns, score_table
from calibration.stats.named import named_table
from calibration.stats.numbers import number_pairs, numbers_of_cells
from calibration.stats.patterns import CountTable, PairTable, count_table, pair_table, table_of

CATEGORIES, UNITS = 4, 300
VALUES = np.array([1.0, 2.0, 4.0, 8.0])


def close(ours: Result, theirs: Result) -> None:
    if isinstance(theirs, Undefined):
        assert ours == theirs
        return
    assert isinstance(ours, Estimate)
    assert (ours.value, ours.low, ours.high) == pytest.approx(
        (theirs.value, theirs.low, theirs.high), abs=1e-12
    )
    assert (ours.n, ours.clusters, ours.method) == (theirs.n, theirs.clusters, theirs.method)
    assert ours.warnings == theirs.warnings


def design(kind: str, rng: np.random.Generator, units: int) -> dict[str, object]:
    weights = rng.uniform(1, 5, units) if "weighted" in kind else None
    clusters = rng.integers(0, units // 5, units) if "clustered" in kind else None
    return {"weights": weights, "clusters": clusters}


def two_coders(seed: int, kind: str) -> PairTable:
    rng = np.random.default_rng(seed)
    a = rng.integers(0, CATEGORIES, UNITS)
    b = np.where(rng.random(UNITS) < 0.6, a, rng.integers(0, CATEGORIES, UNITS))
    return pair_table(a, b, CATEGORIES, **design(kind, rng, UNITS))  # type: ignore[arg-type]


def many_raters(seed: int, kind: str) -> CountTable:
    rng = np.random.default_rng(seed)
    unit = rng.integers(0, UNITS, 3 * UNITS)
    code = np.where(rng.random(len(unit)) < 0.6, unit % CATEGORIES, rng.integers(0, CATEGORIES, len(unit)))
    return count_table(unit, code, CATEGORIES, units=UNITS, **design(kind, rng, UNITS))  # type: ignore[arg-type]


KINDS = ("plain", "weighted", "clustered", "weighted and clustered")


@pytest.mark.parametrize("kind", KINDS)
def test_pair_tables_evaluated_together_give_what_each_gives_alone(kind: str) -> None:
    empty, perfect = table_of(np.zeros((4, 4), dtype=int)), table_of(np.diag([20, 20, 20, 20]))
    tables = [two_coders(1, kind), empty, two_coders(2, kind), perfect]
    names = names_for("ordinal", "pair")
    for table, found in zip(tables, all_estimates(names, tables, values=VALUES), strict=True):
        for name in names:
            close(found[name], pair_estimate(name, table, values=VALUES))


@pytest.mark.parametrize("kind", KINDS)
def test_count_tables_of_unlike_patterns_evaluated_together_give_what_each_gives_alone(kind: str) -> None:
    tables = [many_raters(1, kind), many_raters(2, kind)]
    assert tables[0].ratings.shape != tables[1].ratings.shape
    names = names_for("ordinal", "many")
    for table, found in zip(tables, all_estimates(names, tables, values=VALUES), strict=True):
        for name in names:
            close(found[name], count_estimate(name, table, values=VALUES))


@pytest.mark.parametrize("kind", KINDS)
def test_a_pair_of_raters_follows_from_the_patterns_of_all(kind: str) -> None:
    rng = np.random.default_rng(3)
    codes = rng.integers(-1, CATEGORIES, (UNITS, 4))
    given = design(kind, rng, UNITS)
    table = named_table(codes, CATEGORIES, **given)  # type: ignore[arg-type]
    both = (codes[:, 1] >= 0) & (codes[:, 3] >= 0)
    there = {name: None if array is None else array[both] for name, array in given.items()}  # type: ignore[index]
    alone = pair_table(codes[both, 1], codes[both, 3], CATEGORIES, **there)
    assert table.common_units()[1, 3] == both.sum()
    close(pair_estimate("cohen_kappa", table.between(1, 3)), pair_estimate("cohen_kappa", alone))


# Nothing disagrees, so all influences are 0 up to rounding; a quotient of two rounding errors would pass for
# a design effect. Two orders of the same units must give one interval.
def test_rounding_errors_do_not_decide_the_interval_of_perfect_agreement() -> None:
    rng = np.random.default_rng(4)
    code, cluster, weight = rng.integers(0, 3, 60), rng.integers(0, 15, 60), rng.uniform(1, 3, 60)
    order = rng.permutation(60)
    found = [
        pair_estimate("cohen_kappa", pair_table(code[k], code[k], 3, weights=weight[k], clusters=cluster[k]))
        for k in (np.arange(60), order)
    ]
    close(found[0], found[1])


def test_numbers_behind_a_pair_table_are_those_of_the_units() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.integers(0, CATEGORIES, (2, UNITS))
    cells, units = numbers_of_cells(pair_table(a, b, CATEGORIES), VALUES), number_pairs(VALUES[a], VALUES[b])
    ours = sorted(zip(cells.x, cells.y, cells.mass, strict=True))
    assert ours == sorted(zip(units.x, units.y, units.mass, strict=True))


@pytest.mark.parametrize("kind", ["icc_1", "icc_a1", "icc_c1"])
def test_icc_of_distinct_pairs_is_that_of_all_items(kind: str) -> None:
    rng = np.random.default_rng(6)
    x = rng.integers(1, 6, 80).astype(float)
    y = np.where(rng.random(80) < 0.5, x, rng.integers(1, 6, 80))
    item, rater = np.tile(np.arange(80), 2), np.repeat([0, 1], 80)
    each = icc(kind, score_table(item, rater, np.concatenate([x, y]), items=80))  # type: ignore[arg-type]
    close(icc(kind, score_patterns(number_pairs(x, y))), each)  # type: ignore[arg-type]
    close(icc(kind, score_pairs(x, y)), each)  # type: ignore[arg-type]


@pytest.mark.parametrize("levels", [4, 10**9])
def test_concordance_is_the_same_on_a_grid_and_by_merging(levels: int) -> None:
    rng = np.random.default_rng(7)
    x, y, mass = rng.integers(0, levels, 200), rng.integers(0, levels, 200), rng.random(200)
    signs = np.sign(x[:, None] - x) * np.sign(y[:, None] - y)
    assert concordance(x.astype(float), y.astype(float), mass) == pytest.approx(signs @ mass)
