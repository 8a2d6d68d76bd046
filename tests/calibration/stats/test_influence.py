"""Influence values against numerical derivatives, the jackknife and hand-made sums."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from calibration.stats.agreement import COEFFICIENTS
from calibration.stats.estimate import Point
from calibration.stats.intervals import standard_error
from calibration.stats.number_alpha import alpha_of_numbers
from calibration.stats.patterns import (
    count_table_from_matrix,
    named_table,
    number_pairs,
    number_table,
    pair_table,
)
from calibration.stats.scored import NUMBER_COEFFICIENTS

K = 4
VALUES = np.array([1.0, 2.0, 4.0, 7.0])
PAIR = sorted(name for name, c in COEFFICIENTS.items() if "pair" in c.coders)
MANY = sorted(name for name, c in COEFFICIENTS.items() if "many" in c.coders)


def answers(raters: int, *, units: int = 120, gaps: float = 0.25) -> NDArray[np.int8]:
    rng = np.random.default_rng(11)
    truth = rng.choice(K, size=(units, 1), p=[0.4, 0.3, 0.2, 0.1])
    codes = np.where(rng.random((units, raters)) < 0.65, truth, rng.integers(0, K, (units, raters)))
    return np.where(rng.random(codes.shape) < gaps, -1, codes).astype(np.int8)


def derivative(name: str, table: object) -> NDArray[np.float64]:
    """Σmass · ∂coefficient/∂mass_u by a small step, centred as influence values are."""
    formula, mass, step = COEFFICIENTS[name].formula, table.mass, 1e-5  # type: ignore[attr-defined]
    steps = step * np.eye(len(mass))
    moved = [
        [float(formula(table, mass + sign * row, VALUES).value) for row in steps]  # type: ignore[arg-type]
        for sign in (1, -1)
    ]
    slope = (np.array(moved[0]) - np.array(moved[1])) / (2 * step) * mass.sum()
    return np.asarray(slope - mass @ slope / mass.sum())


def point(name: str, table: object) -> Point:
    found = COEFFICIENTS[name].point(table, values=VALUES)  # type: ignore[arg-type]
    assert isinstance(found, Point)
    return found


def error_without_centre(found: NDArray[np.float64], expected: NDArray[np.float64], share: float) -> bool:
    return bool(np.abs(found - expected).max() <= share * np.abs(expected).max())


@pytest.mark.parametrize("name", PAIR)
def test_influence_on_a_pair_table_is_the_derivative(name: str) -> None:
    codes = answers(2, gaps=0) % (2 if name == "youden_j" else K)
    q = 2 if name == "youden_j" else K
    rng = np.random.default_rng(2)
    table = pair_table(codes[:, 0], codes[:, 1], q, weights=rng.uniform(0.5, 3, len(codes)))
    values = VALUES[:q]
    found = COEFFICIENTS[name].point(table, values=values)
    assert isinstance(found, Point)
    step, mass = 1e-5, table.mass
    moved = [
        (
            float(COEFFICIENTS[name].formula(table, mass + e, values).value)
            - float(COEFFICIENTS[name].formula(table, mass - e, values).value)
        )
        / (2 * step)
        * table.total
        for e in step * np.eye(len(mass))
    ]
    slope = np.array(moved) - mass @ np.array(moved) / mass.sum()
    # alpha's small-sample factor is held fixed in the influence: an error of order 1/n
    assert error_without_centre(found.influence, slope, 0.02 if "alpha" in name else 1e-6)


@pytest.mark.parametrize("name", MANY)
def test_influence_on_a_table_of_many_raters_is_the_derivative(name: str) -> None:
    table = count_table_from_matrix(answers(4), K)
    share = 0.02 if "alpha" in name else 1e-6
    assert error_without_centre(point(name, table).influence, derivative(name, table), share)


def test_influence_of_congers_kappa_is_the_derivative() -> None:
    table = named_table(answers(3), K)
    assert error_without_centre(
        point("conger_kappa", table).influence, derivative("conger_kappa", table), 1e-6
    )


@pytest.mark.parametrize("name", [*MANY, "conger_kappa"])
def test_standard_error_is_close_to_the_jackknife(name: str) -> None:
    codes = answers(3, units=400)
    table = named_table(codes, K)
    left_out = []
    for u in np.flatnonzero(table.tally):
        mass = table.mass.copy()
        mass[u] -= 1
        fewer = replace(table, mass=mass, square=mass, tally=mass.astype(np.int64))
        left_out += [point(name, fewer).value] * int(table.tally[u])
    values = np.array(left_out)
    n = len(values)
    jackknife = math.sqrt((n - 1) / n * float(((values - values.mean()) ** 2).sum()))
    assert standard_error(point(name, table), table) == pytest.approx(jackknife, rel=0.02)


def test_clusters_sum_influence_before_squaring() -> None:
    codes = answers(2, gaps=0)
    clusters = np.arange(len(codes)) // 3
    table = pair_table(codes[:, 0], codes[:, 1], K, clusters=clusters)
    found = point("cohen_kappa", table)
    sums = np.bincount(clusters, weights=found.influence[codes[:, 0].astype(int) * K + codes[:, 1]])
    groups = len(sums)
    expected = math.sqrt(groups / (groups - 1) * float(sums @ sums)) / len(codes)
    assert standard_error(found, table) == pytest.approx(expected)


def test_uneven_clusters_have_the_jackknife_variance() -> None:
    rng = np.random.default_rng(3)
    codes = answers(2, gaps=0)
    clusters, weights = rng.integers(0, 60, len(codes)) ** 2 // 60, rng.uniform(0.5, 3, len(codes))
    table = pair_table(codes[:, 0], codes[:, 1], K, clusters=clusters, weights=weights)
    left_out = []
    for g in np.unique(clusters):
        rest = clusters != g
        without = pair_table(codes[rest, 0], codes[rest, 1], K, weights=weights[rest])
        left_out.append(point("cohen_kappa", without).value)
    values, groups = np.array(left_out), len(left_out)
    jackknife = math.sqrt((groups - 1) / groups * float(((values - values.mean()) ** 2).sum()))
    assert standard_error(point("cohen_kappa", table), table) == pytest.approx(jackknife, rel=0.02)


def test_every_item_its_own_cluster_is_no_cluster_up_to_g_over_g_minus_one() -> None:
    codes = answers(2, gaps=0)
    n = len(codes)
    alone = pair_table(codes[:, 0], codes[:, 1], K)
    clustered = pair_table(codes[:, 0], codes[:, 1], K, clusters=np.arange(n)[::-1])
    first, second = (standard_error(point("cohen_kappa", t), t) for t in (alone, clustered))
    assert second == pytest.approx(first * math.sqrt(n / (n - 1)))


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_alpha_of_numbers_has_the_influence_of_coded_alpha(level: str) -> None:
    codes = answers(3)
    coded = count_table_from_matrix(codes, K)
    unit, rater = np.nonzero(codes >= 0)
    numbers = number_table(unit, VALUES[codes[unit, rater]], units=len(codes))
    first, second = point(f"krippendorff_alpha_{level}", coded), alpha_of_numbers(level, numbers)
    assert isinstance(second, Point)
    assert second.value == pytest.approx(first.value)
    assert standard_error(second, numbers) == pytest.approx(standard_error(first, coded))


@pytest.mark.parametrize("name", sorted(NUMBER_COEFFICIENTS))
def test_influence_of_scored_coefficients_is_the_derivative(name: str) -> None:
    rng = np.random.default_rng(5)
    x = np.round(rng.normal(size=50), 1)
    y, w, step = np.round(x + rng.normal(size=50), 1), rng.uniform(0.5, 2, 50), 1e-5
    coefficient = NUMBER_COEFFICIENTS[name]

    def at(weights: NDArray[np.float64]) -> float:
        found = coefficient.point(number_pairs(x, y, weights=weights))
        assert isinstance(found, Point)
        return found.value

    slopes = [(at(w + e) - at(w - e)) / (2 * step) * w.sum() for e in step * np.eye(50)]
    found = coefficient.point(number_pairs(x, y, weights=w))
    assert isinstance(found, Point)
    assert found.influence == pytest.approx(np.array(slopes), abs=1e-6)
