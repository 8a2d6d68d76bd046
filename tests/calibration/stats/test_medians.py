"""The median with its distribution-free interval."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.medians import median


def test_the_interval_of_few_values_is_by_exact_ranks() -> None:
    # n = 10: P(Bin(10, 1/2) < 2) = 11/1024 = .0107, P(< 3) = 56/1024 = .0547 > .025, so the 2nd and the 9th
    found = median(range(1, 11))
    assert isinstance(found, Estimate)
    assert (found.value, found.low, found.high) == (5.5, 2.0, 9.0)


def test_five_values_have_no_interval_and_none_has_no_median() -> None:
    found = median([1, 2, 3, 4, 5])
    assert isinstance(found, Estimate)
    assert (found.low, found.interval_undefined) == (None, "5 values: 6 are needed")
    assert isinstance(median([]), Undefined)


@pytest.mark.parametrize("n", [20, 1_500])
def test_the_interval_covers_the_median_of_a_skewed_population(n: int) -> None:
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(400):
        found = median(rng.lognormal(size=n))
        assert isinstance(found, Estimate)
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= 1.0 <= found.high  # the median of a log-normal is 1
    assert inside / 400 > 0.92
