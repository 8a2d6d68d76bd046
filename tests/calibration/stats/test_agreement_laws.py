"""Laws that every agreement coefficient obeys, over random tables with gaps, clusters and weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from calibration.stats.agreement import COEFFICIENTS, count_estimate, named_estimate, pair_estimate
from calibration.stats.estimate import Estimate, Point, Undefined
from calibration.stats.patterns import (
    PairTable,
    count_table,
    count_table_from_matrix,
    named_table,
    pair_table,
    table_of,
)

K = 4
VALUES = [1.0, 2.0, 4.0, 7.0]
PAIR = sorted(name for name, c in COEFFICIENTS.items() if "pair" in c.coders)
MANY = sorted(name for name, c in COEFFICIENTS.items() if "many" in c.coders)
NAMED = sorted(name for name, c in COEFFICIENTS.items() if "named" in c.coders)
AGREEMENT = sorted(set(PAIR) - {"mcc", "balanced_accuracy", "youden_j", "macro_f1"})
SYMMETRIC = sorted(set(AGREEMENT) | {"mcc", "macro_f1"})
NOMINAL = sorted(name for name in PAIR if not COEFFICIENTS[name].ordered and name != "youden_j")
FINITE_SAMPLE = {name for name in COEFFICIENTS if name.startswith("krippendorff")}

Codes = NDArray[np.int8]
codes = arrays(np.int8, st.tuples(st.integers(3, 40), st.integers(2, 5)), elements=st.integers(-1, K - 1))
pairs = arrays(np.int8, st.tuples(st.integers(3, 40), st.just(2)), elements=st.integers(0, K - 1))
seeds = st.integers(0, 2**32 - 1)


def of(name: str, table: object, *, values: list[float] | None = None) -> float | None:
    found = COEFFICIENTS[name].point(table, values=values or VALUES)  # type: ignore[arg-type]
    return found.value if isinstance(found, Point) else None


def pair(matrix: Codes, **design: object) -> PairTable:
    return pair_table(matrix[:, 0], matrix[:, 1], K, **design)  # type: ignore[arg-type]


def same(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return first is second
    return first == pytest.approx(second, abs=1e-10)


@pytest.mark.parametrize("name", PAIR)
@given(matrix=pairs, seed=seeds)
@settings(max_examples=30, deadline=None)
def test_the_order_of_items_does_not_matter(name: str, matrix: Codes, seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(matrix)
    assert same(of(name, pair(matrix)), of(name, pair(shuffled)))


@pytest.mark.parametrize("name", NAMED)
@given(matrix=codes, seed=seeds)
@settings(max_examples=30, deadline=None)
def test_the_order_of_raters_does_not_matter(name: str, matrix: Codes, seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(matrix, axis=1)
    assert same(of(name, named_table(matrix, K)), of(name, named_table(shuffled, K)))


@pytest.mark.parametrize("name", SYMMETRIC)
@given(matrix=pairs)
@settings(max_examples=30, deadline=None)
def test_swapping_the_two_coders_does_not_matter(name: str, matrix: Codes) -> None:
    assert same(of(name, pair(matrix)), of(name, pair(matrix[:, ::-1])))


@pytest.mark.parametrize("name", NOMINAL)
@given(matrix=pairs, seed=seeds)
@settings(max_examples=30, deadline=None)
def test_renaming_nominal_categories_does_not_matter(name: str, matrix: Codes, seed: int) -> None:
    renamed = np.random.default_rng(seed).permutation(K).astype(np.int8)[matrix]
    assert same(of(name, pair(matrix)), of(name, pair(renamed)))


@pytest.mark.parametrize("name", PAIR)
def test_perfect_agreement_is_one(name: str) -> None:
    answers = np.repeat(np.arange(2 if name == "youden_j" else K), 12)
    table = pair_table(answers, answers, 2 if name == "youden_j" else K)
    found = pair_estimate(name, table)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(1.0)
    assert found.low is not None
    assert found.low < 1.0


@pytest.mark.parametrize("name", MANY)
def test_perfect_agreement_of_many_raters_is_one(name: str) -> None:
    matrix = np.repeat(np.arange(K), 12)[:, None].repeat(3, axis=1)
    found = count_estimate(name, count_table_from_matrix(matrix, K), values=VALUES)
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(1.0)
    assert found.low is not None
    assert found.low < 1.0


@pytest.mark.parametrize("name", NAMED)
@given(matrix=codes)
@settings(max_examples=30, deadline=None)
def test_a_unit_without_answers_changes_nothing(name: str, matrix: Codes) -> None:
    longer = np.vstack([matrix, np.full((3, matrix.shape[1]), -1, dtype=np.int8)])
    assert same(of(name, named_table(matrix, K)), of(name, named_table(longer, K)))


@pytest.mark.parametrize("name", [n for n in MANY if n.startswith("krippendorff")])
@given(matrix=codes)
@settings(max_examples=30, deadline=None)
def test_a_unit_with_one_answer_does_not_change_alpha(name: str, matrix: Codes) -> None:
    lone = np.full((3, matrix.shape[1]), -1, dtype=np.int8)
    lone[:, 0] = [0, 1, 2]
    longer = np.vstack([matrix, lone])
    assert same(of(name, named_table(matrix, K)), of(name, named_table(longer, K)))


@pytest.mark.parametrize("name", PAIR)
@given(matrix=pairs, seed=seeds)
@settings(max_examples=30, deadline=None)
def test_doubling_all_weights_changes_neither_value_nor_interval(name: str, matrix: Codes, seed: int) -> None:
    weights = np.random.default_rng(seed).uniform(1, 5, len(matrix))
    found = [pair_estimate(name, pair(matrix, weights=w), values=VALUES) for w in (weights, 2 * weights)]
    assert type(found[0]) is type(found[1])
    if isinstance(found[0], Estimate) and isinstance(found[1], Estimate):
        assert same(found[0].value, found[1].value)
        assert same(found[0].low, found[1].low)
        assert same(found[0].high, found[1].high)


@pytest.mark.parametrize("name", sorted(set(PAIR) - FINITE_SAMPLE))
@given(matrix=pairs, seed=seeds)
@settings(max_examples=30, deadline=None)
def test_whole_weights_are_replication_for_the_value(name: str, matrix: Codes, seed: int) -> None:
    times = np.random.default_rng(seed).integers(1, 4, len(matrix))
    replicated = np.repeat(matrix, times, axis=0)
    assert same(of(name, pair(matrix, weights=times)), of(name, pair(replicated)))


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
@given(matrix=pairs, seed=seeds)
@settings(max_examples=30, deadline=None)
def test_whole_weights_are_replication_for_alpha_up_to_its_small_sample_factor(
    level: str, matrix: Codes, seed: int
) -> None:
    times = np.random.default_rng(seed).integers(1, 4, len(matrix))
    weighted, repeated = pair(matrix, weights=times), pair(np.repeat(matrix, times, axis=0))
    name = f"krippendorff_alpha_{level}"
    first, second = of(name, weighted), of(name, repeated)
    assume(first is not None and second is not None)
    assert first is not None
    assert second is not None
    # 1 - alpha carries (1 - 1/n*) with n* = two answers per effective unit; replication makes n* larger
    factor = (1 - 1 / (2 * weighted.n_eff)) / (1 - 1 / (2 * repeated.n))
    assert 1 - first == pytest.approx((1 - second) * factor)


@pytest.mark.parametrize("name", PAIR)
@given(matrix=pairs, seed=seeds)
@settings(max_examples=30, deadline=None)
def test_every_interval_contains_its_value_and_stays_in_range(name: str, matrix: Codes, seed: int) -> None:
    clusters = np.random.default_rng(seed).integers(0, 15, len(matrix))
    for design in ({}, {"clusters": clusters}):
        found = pair_estimate(name, pair(matrix, **design), values=VALUES)
        if isinstance(found, Estimate) and found.low is not None and found.high is not None:
            assert -1.0 <= found.low <= found.value <= found.high <= 1.0 + 1e-12
        elif isinstance(found, Estimate):
            assert found.interval_undefined


@pytest.mark.parametrize("name", MANY)
@given(matrix=codes)
@settings(max_examples=30, deadline=None)
def test_the_three_ways_to_build_a_table_of_raters_agree(name: str, matrix: Codes) -> None:
    unit, rater = np.nonzero(matrix >= 0)
    long_form = count_table(unit, matrix[unit, rater], K, units=len(matrix))
    found = [of(name, t) for t in (long_form, count_table_from_matrix(matrix, K), named_table(matrix, K))]
    assert same(found[0], found[1])
    assert same(found[0], found[2])


@pytest.mark.parametrize("name", sorted(set(PAIR) & set(NAMED)))
@given(matrix=pairs)
@settings(max_examples=30, deadline=None)
def test_two_raters_are_a_pair(name: str, matrix: Codes) -> None:
    assert same(of(name, pair(matrix)), of(name, named_table(matrix, K)))


@given(counts=arrays(np.int64, (2, 2), elements=st.integers(0, 50)))
@settings(deadline=None)
def test_byrts_identity_ties_kappa_to_prevalence_and_bias(counts: NDArray[np.int64]) -> None:
    n = counts.sum()
    assume(n > 0)
    kappa = of("cohen_kappa", table_of(counts), values=[0.0, 1.0])
    assume(kappa is not None)
    prevalence, bias = (counts[0, 0] - counts[1, 1]) / n, (counts[0, 1] - counts[1, 0]) / n
    pabak = 2 * np.trace(counts) / n - 1
    expected = (pabak - prevalence**2 + bias**2) / (1 - prevalence**2 + bias**2)
    assert kappa == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    "name", sorted(set(AGREEMENT) - {"percent_agreement", "gwet_ac1", "gwet_ac2", "brennan_prediger"})
)
def test_one_class_alone_is_undefined_in_words(name: str) -> None:
    found = pair_estimate(name, table_of([[30, 0], [0, 0]]))
    assert found == Undefined("only one class was used, so agreement by chance is complete")


@pytest.mark.parametrize("name", PAIR)
def test_no_items_are_undefined_in_words(name: str) -> None:
    assert pair_estimate(name, table_of([[0, 0], [0, 0]])) == Undefined("no items were compared")


@pytest.mark.parametrize("name", NAMED)
def test_raters_who_never_meet_are_undefined_in_words(name: str) -> None:
    table = named_table(np.array([[0, -1], [-1, 1], [2, -1]]), K)
    assert named_estimate(name, table) == Undefined("no item was rated twice")


def test_kappa_of_exchangeable_raters_is_refused_in_words() -> None:
    table = count_table_from_matrix(np.array([[0, 1], [1, 1]]), 2)
    assert isinstance(count_estimate("cohen_kappa", table), Undefined)
