"""Shares with weights and clusters: Wilson on the effective number of units."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.stats.estimate import Estimate
from calibration.stats.proportions import wilson
from calibration.stats.shares import share


def found(*arguments: object, **more: object) -> Estimate:
    result = share(*arguments, **more)  # type: ignore[arg-type]
    assert isinstance(result, Estimate)
    return result


def test_without_weights_and_clusters_it_is_wilsons_interval() -> None:
    plain = found([True, True, False, False, False, False])
    bounds = wilson(2, 6)
    assert (plain.value, plain.low, plain.high) == (pytest.approx(1 / 3), bounds.low, bounds.high)
    assert found([True, True, False, False, False, False], clusters=list("abcdef")) == plain


def test_clusters_that_agree_count_as_one_unit_each() -> None:
    # ten clusters of five alike: as wide as ten units, not fifty
    truths = np.repeat([True] * 4 + [False] * 6, 5)
    wide = found(truths, clusters=np.repeat(np.arange(10), 5))
    assert (wide.value, wide.n, wide.clusters) == (0.4, 50, 10)
    assert wide.low is not None
    assert wide.low < wilson(4, 10).low + 0.01


def test_weights_cost_precision() -> None:
    truths = [True] * 10 + [False] * 10
    even, uneven = found(truths, weights=[1.0] * 20), found(truths, weights=[1.0, 9.0] * 10)
    assert even.value == uneven.value == 0.5
    assert even.low is not None
    assert uneven.low is not None
    assert uneven.low < even.low


def test_intervals_of_weighted_clustered_shares_cover() -> None:
    rng = np.random.default_rng(8)
    inside = 0
    for _ in range(600):
        level = rng.beta(3, 7, 40)  # clusters differ; mean .3
        cluster = np.repeat(np.arange(40), 4)
        truths = rng.random(160) < level[cluster]
        one = found(truths, weights=rng.choice([1.0, 3.0], 160), clusters=cluster)
        assert one.low is not None
        assert one.high is not None
        inside += one.low <= 0.3 <= one.high
    assert inside / 600 > 0.93
