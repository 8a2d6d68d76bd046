"""The bootstrap on patterns is the bootstrap on items, for plain, clustered and weighted tables."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from calibration.stats.agreement import COEFFICIENTS
from calibration.stats.bootstrap import bootstrap
from calibration.stats.estimate import Estimate, Point, Undefined
from calibration.stats.intervals import standard_error
from calibration.stats.patterns import count_table_from_matrix, pair_table, table_of

NAMES = ["cohen_kappa", "krippendorff_alpha_ordinal", "gwet_ac1"]


def answers(n: int = 300) -> NDArray[np.int64]:
    rng = np.random.default_rng(7)
    truth = rng.integers(0, 3, n)
    return np.stack([np.where(rng.random(n) < 0.7, truth, rng.integers(0, 3, n)) for _ in range(2)], axis=1)


ANSWERS = answers()


@pytest.mark.parametrize("design", ["plain", "clustered", "weighted", "both"])
def test_resampled_spread_is_the_linearised_standard_error(design: str) -> None:
    codes, rng = ANSWERS, np.random.default_rng(1)
    clusters = np.arange(300) // 3 if design in ("clustered", "both") else None
    weights = rng.uniform(0.5, 3, 300) if design in ("weighted", "both") else None
    table = pair_table(codes[:, 0], codes[:, 1], 3, clusters=clusters, weights=weights)
    found = bootstrap(NAMES, table, rng=rng, resamples=3000)
    for name in NAMES:
        point = COEFFICIENTS[name].point(table)
        assert isinstance(point, Point)
        assert np.std(found[name].values) == pytest.approx(standard_error(point, table), rel=0.08)


def test_all_coefficients_share_their_resamples() -> None:
    table = pair_table(ANSWERS[:, 0], ANSWERS[:, 1], 3)
    found = bootstrap(["cohen_kappa", "scott_pi"], table, rng=np.random.default_rng(2), resamples=500)
    assert np.corrcoef(found["cohen_kappa"].values, found["scott_pi"].values)[0, 1] > 0.99


def test_the_same_seed_gives_the_same_interval() -> None:
    table = pair_table(ANSWERS[:, 0], ANSWERS[:, 1], 3)
    first, second = (bootstrap(["cohen_kappa"], table, rng=np.random.default_rng(3)) for _ in range(2))
    assert first["cohen_kappa"].estimate == second["cohen_kappa"].estimate


def test_patterns_with_one_answer_are_resampled_too() -> None:
    # half of the units cannot be paired: how many can varies between resamples
    codes = np.array([[0, 0], [1, 1], [0, 1], [0, -1], [1, -1], [0, -1]] * 20, dtype=np.int8)
    table = count_table_from_matrix(codes, 2)
    found = bootstrap(["krippendorff_alpha_nominal"], table, rng=np.random.default_rng(4), resamples=200)
    result = found["krippendorff_alpha_nominal"].estimate
    assert isinstance(result, Estimate)
    assert result.n == 60


def test_the_share_of_undefined_resamples_is_reported() -> None:
    # one item of 20 is outside the only other class: (19/20)^20 = 36% of resamples miss it
    table = table_of([[19, 0], [0, 1]])
    found = bootstrap(["cohen_kappa"], table, rng=np.random.default_rng(5), resamples=4000)["cohen_kappa"]
    assert found.undefined_share == pytest.approx(0.95**20, abs=0.03)
    assert isinstance(found.estimate, Estimate)
    assert "undefined in" in found.estimate.warnings[0]


def test_a_coefficient_without_a_value_has_no_interval() -> None:
    found = bootstrap(
        ["cohen_kappa"], table_of([[20, 0], [0, 0]]), rng=np.random.default_rng(6), resamples=50
    )
    assert isinstance(found["cohen_kappa"].estimate, Undefined)
    assert found["cohen_kappa"].undefined_share == 1.0
