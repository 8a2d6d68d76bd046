"""Every agreement value that a paper, a manual or a package prints, to the printed precision."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from calibration.stats.agreement import COEFFICIENTS
from calibration.stats.estimate import Point
from calibration.stats.intervals import standard_error
from calibration.stats.patterns import (
    CountTable,
    NamedTable,
    PairTable,
    count_table_from_matrix,
    named_table,
    table_of,
)

SKIN_CONDITION = table_of([[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]])
SAS_IN_STATSMODELS = table_of([[0, 4, 1], [0, 8, 0], [0, 1, 5]])
ABSTRACTORS = table_of([[13, 0, 0], [0, 20, 7], [0, 4, 56]])

MISSING = -1
GWET_FOUR_RATERS = np.array(
    [
        [1, 1, 0, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
        [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [0, 5, 5, 5], [0, 0, 1, 1], [0, 0, 3, 0],
    ]
) - 1  # fmt: skip
KRIPPENDORFF_C = (
    np.array(
        [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
            [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
        ]
    ).T
    - 1
)
FLEISS_1971 = """00060 03003 01401 00006 03030 20400 00402 20310 20040 00006
10050 11040 03300 10050 02031 00501 30012 51000 02040 10203
00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"""
WIKIPEDIA_FLEISS = [
    [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
]  # fmt: skip


def point(name: str, table: PairTable | CountTable | NamedTable) -> Point:
    found = COEFFICIENTS[name].point(table)
    assert isinstance(found, Point)
    return found


def matrix_of_counts(rows: list[list[int]]) -> NDArray[np.int8]:
    return np.array([np.repeat(np.arange(len(row)), row) for row in rows], dtype=np.int8)


@pytest.mark.parametrize(
    ("name", "value", "error", "low", "high"),
    [
        ("cohen_kappa", 0.344875, 0.072397, 0.20298, 0.48677),
        ("cohen_kappa_linear", 0.508160, 0.065508, 0.37977, 0.63655),
    ],
)
def test_kappa_of_the_sas_skin_condition_table(
    name: str, value: float, error: float, low: float, high: float
) -> None:
    found = point(name, SKIN_CONDITION)
    se = standard_error(found, SKIN_CONDITION)
    assert (found.value, se) == pytest.approx((value, error), abs=1e-6)
    # SAS prints the plain Wald interval, value ± 1.959964 SE
    assert (found.value - 1.959964 * se, found.value + 1.959964 * se) == pytest.approx((low, high), abs=1e-5)


@pytest.mark.parametrize(
    ("name", "value", "error"), [("cohen_kappa", 0.4842, 0.1380), ("cohen_kappa_linear", 0.4701, 0.1457)]
)
def test_kappa_of_the_sas_table_in_statsmodels(name: str, value: float, error: float) -> None:
    found = point(name, SAS_IN_STATSMODELS)
    assert (found.value, standard_error(found, SAS_IN_STATSMODELS)) == pytest.approx((value, error), abs=6e-5)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("cohen_kappa", 0.7964094, 0.05891072),
        ("scott_pi", 0.7962397, 0.05905473),
        ("gwet_ac1", 0.8493305, 0.04321747),
        ("brennan_prediger", 0.835, 0.04693346),
        ("percent_agreement", 0.89, 0.03128898),
    ],
)
def test_gwets_three_by_three_abstractors(name: str, value: float, error: float) -> None:
    found = point(name, ABSTRACTORS)
    assert found.value == pytest.approx(value, abs=6e-8)
    assert standard_error(found, ABSTRACTORS) == pytest.approx(error, abs=6e-9)


def test_alpha_of_gwets_abstractors() -> None:
    assert point("krippendorff_alpha_nominal", ABSTRACTORS).value == pytest.approx(0.7972585, abs=6e-8)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gwet_ac1", 0.77544),
        ("fleiss_kappa", 0.76117),
        ("conger_kappa", 0.76282),
        ("krippendorff_alpha_nominal", 0.74342),
        ("brennan_prediger", 0.77273),
    ],
)
def test_gwets_four_raters_with_missing_answers(name: str, value: float) -> None:
    assert point(name, named_table(GWET_FOUR_RATERS, 5)).value == pytest.approx(value, abs=6e-6)


@pytest.mark.parametrize(
    ("name", "error"), [("gwet_ac1", 0.14295), ("fleiss_kappa", 0.15302), ("brennan_prediger", 0.14472)]
)
def test_gwets_published_error_counts_an_unpairable_item_as_zero(name: str, error: float) -> None:
    # irrCAC scales pa_i by n/n2 with n2, the number of pairable items, fixed: it adds coef·(n/n2 - 1) to the
    # influence of a pairable item and gives an unpairable one -coef. Ours treats n2 as random, which is the
    # derivative of the estimator; both agree where every item is pairable.
    table = count_table_from_matrix(GWET_FOUR_RATERS, 5)
    found, paired = point(name, table), table.sizes >= 2
    n, n2 = table.n, table.pairable
    theirs = found.influence + np.where(paired, found.value * (n / n2 - 1), -found.value)
    assert math.sqrt(float(table.mass @ theirs**2) / (n * (n - 1))) == pytest.approx(error, abs=6e-6)


@pytest.mark.parametrize(
    ("level", "value"),
    [("nominal", 0.743421), ("ordinal", 0.815388), ("interval", 0.849107), ("ratio", 0.797403)],
)
def test_alpha_of_krippendorffs_example_c(level: str, value: float) -> None:
    table = count_table_from_matrix(KRIPPENDORFF_C, 5)
    assert point(f"krippendorff_alpha_{level}", table).value == pytest.approx(value, abs=6e-7)


def test_alpha_of_krippendorffs_binary_example_a() -> None:
    first, second = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]])
    table = count_table_from_matrix(np.stack([first, second], axis=1), 2)
    assert point("krippendorff_alpha_nominal", table).value == pytest.approx(0.095238, abs=6e-7)


def test_alpha_of_krippendorffs_nominal_example_b() -> None:
    answers = np.array([list("aabbdcccedda"), list("babbbccceddd")])
    codes = np.searchsorted(list("abcde"), answers).T
    assert point("krippendorff_alpha_nominal", count_table_from_matrix(codes, 5)).value == pytest.approx(
        0.691964, abs=6e-7
    )


def test_fleiss_kappa_of_wikipedias_fourteen_raters() -> None:
    table = count_table_from_matrix(matrix_of_counts(WIKIPEDIA_FLEISS), 5)
    assert point("fleiss_kappa", table).value == pytest.approx(0.210, abs=5e-4)


def test_fleiss_kappa_of_the_1971_diagnoses() -> None:
    rows = [[int(digit) for digit in row] for row in FLEISS_1971.split()]
    assert (len(rows), {sum(row) for row in rows}) == (30, {6})
    table = count_table_from_matrix(matrix_of_counts(rows), 5)
    assert point("fleiss_kappa", table).value == pytest.approx(0.430245, abs=6e-7)


@pytest.mark.parametrize(
    ("counts", "kappa", "ac1"),
    [([[40, 9], [6, 45]], 0.6995, 0.7007), ([[80, 10], [5, 5]], 0.3182, 0.8080)],
)
def test_the_paradox_tables_of_feinstein_and_cicchetti(
    counts: list[list[int]], kappa: float, ac1: float
) -> None:
    table = table_of(counts)
    assert point("percent_agreement", table).value == pytest.approx(0.85)
    assert point("cohen_kappa", table).value == pytest.approx(kappa, abs=6e-5)
    assert point("gwet_ac1", table).value == pytest.approx(ac1, abs=6e-5)
    assert point("brennan_prediger", table).value == pytest.approx(0.70)


@pytest.mark.parametrize(
    ("counts", "kappa"),
    [([[20, 5], [10, 15]], 0.4), ([[45, 15], [25, 15]], 0.1304), ([[25, 35], [5, 35]], 0.2593)],
)
def test_wikipedias_kappa_tables(counts: list[list[int]], kappa: float) -> None:
    assert point("cohen_kappa", table_of(counts)).value == pytest.approx(kappa, abs=6e-5)
