"""Intraclass correlations: the published example, intervals, and ragged, weighted, clustered scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.icc import Interval, ScoreTable, icc, score_pairs, score_table
from calibration.stats.variance import Kind

# Shrout and Fleiss (1979), table 2: six targets, four judges
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
KINDS: tuple[Kind, ...] = ("icc_1", "icc_a1", "icc_c1")


def table_of(grid: np.ndarray, **design: np.ndarray) -> ScoreTable:
    """The scores of a grid items × raters, NaN where missing."""
    item, rater = np.nonzero(np.isfinite(grid))
    return score_table(item, rater, grid[item, rater], items=len(grid), **design)


def scores(seed: int, items: int = 60, raters: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.rint(rng.normal(0, 2, (items, 1)) + rng.normal(0, 1, (items, raters)) + np.arange(raters) / 2)


def value(result: Result) -> float:
    assert isinstance(result, Estimate)
    return result.value


@pytest.mark.parametrize(
    ("kind", "expected", "low", "high"),
    # values: Shrout and Fleiss (1979), table 4; intervals to the two decimals that R's psych prints
    [("icc_1", 0.1657, -0.13, 0.72), ("icc_a1", 0.2898, 0.02, 0.76), ("icc_c1", 0.7148, 0.34, 0.95)],
)
def test_shrout_and_fleiss_s_example(kind: Kind, expected: float, low: float, high: float) -> None:
    found = icc(kind, table_of(SHROUT_FLEISS), interval="f")
    assert isinstance(found, Estimate)
    assert found.low is not None and found.high is not None
    assert round(found.value, 4) == expected
    assert (round(found.low, 2), round(found.high, 2)) == (low, high)


def test_six_items_are_too_few_for_a_jackknife_and_it_says_so() -> None:
    found = icc("icc_1", table_of(SHROUT_FLEISS))
    assert isinstance(found, Estimate)
    assert found.low is None and "too few independent items: 6" in str(found.interval_undefined)


@settings(max_examples=30, deadline=None)
@given(
    arrays.arrays(np.float64, (8, 3), elements=st.integers(0, 9).map(float)),
    st.sampled_from(KINDS),
    st.floats(-1e6, 1e6),
)
def test_adding_a_constant_or_swapping_raters_changes_nothing(
    grid: np.ndarray, kind: Kind, shift: float
) -> None:
    found, moved, swapped = (icc(kind, table_of(g)) for g in (grid, grid + shift, grid[:, ::-1]))
    if isinstance(found, Undefined):
        assert isinstance(swapped, Undefined)
        return
    assert value(moved) == pytest.approx(found.value, abs=1e-4)
    assert value(swapped) == pytest.approx(found.value, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(arrays.arrays(np.float64, (8, 3), elements=st.integers(0, 9).map(float)))
def test_the_leniency_of_a_rater_lowers_agreement_but_not_consistency(grid: np.ndarray) -> None:
    lenient = grid + np.array([0.0, 0.0, 20.0])
    before, after = icc("icc_c1", table_of(grid)), icc("icc_c1", table_of(lenient))
    if isinstance(before, Undefined) or before.value <= 0.01:
        return
    assert value(after) == pytest.approx(before.value, abs=1e-9)
    assert value(icc("icc_a1", table_of(lenient))) < value(icc("icc_a1", table_of(grid)))


def test_perfect_agreement_is_one_without_an_interval() -> None:
    grid = np.repeat(np.arange(20.0)[:, None], 3, axis=1)
    for kind in KINDS:
        found = icc(kind, table_of(grid))
        assert isinstance(found, Estimate)
        assert found.value == pytest.approx(1.0) and found.low is None
        assert "never differ" in str(found.interval_undefined)


@pytest.mark.parametrize("kind", KINDS)
def test_one_item_that_differs_from_all_others_shows_no_interval(kind: Kind) -> None:
    found = icc(kind, table_of(np.array([*[[1, 1]] * 14, [1, 3]], dtype=float)))
    assert isinstance(found, Estimate) and (found.low, found.high) == (None, None)
    assert "all scores are equal but those of one item" in str(found.interval_undefined)


def test_equal_scores_everywhere_are_undefined() -> None:
    for kind in KINDS:
        found = icc(kind, table_of(np.full((20, 3), 0.1)))
        assert isinstance(found, Undefined) and "no variance" in found.reason


def test_a_missing_score_leaves_only_the_one_way_coefficient() -> None:
    grid = scores(1)
    grid[3, 1] = np.nan
    found = icc("icc_1", table_of(grid))
    assert isinstance(found, Estimate) and found.low is not None
    for kind in KINDS[1:]:
        undefined = icc(kind, table_of(grid))
        assert isinstance(undefined, Undefined) and "1 scores are missing" in undefined.reason


def test_unequal_numbers_of_scores_use_the_one_way_analysis_of_variance() -> None:
    # items [1, 2], [4, 5, 6], [9, 9]: N = 7, a = 3, Σm² = 17, means 1.5, 5, 9, grand mean 36/7
    # SSB = 2·1.5² + 3·5² + 2·9² - 36²/7 = 4.5 + 75 + 162 - 185.142857 = 56.357143, MSB = 28.178571
    # SSW = .5 + 2 + 0 = 2.5, MSW = 2.5/4 = .625; k0 = (7 - 17/7)/2 = 2.285714
    # ICC = (28.178571 - .625) / (28.178571 + 1.285714 · .625) = 27.553571 / 28.982143 = .950709
    found = icc("icc_1", score_table([0, 0, 1, 1, 1, 2, 2], range(7), [1, 2, 4, 5, 6, 9, 9], items=4))
    assert value(found) == pytest.approx(0.950709, abs=1e-6)


def test_items_with_one_score_are_left_out() -> None:
    grid = np.vstack([scores(2), [[1.0, np.nan, np.nan]]])
    assert icc("icc_1", table_of(grid)) == icc("icc_1", table_of(grid[:-1]))


def test_fewer_than_two_items_are_undefined() -> None:
    assert isinstance(icc("icc_1", table_of(np.array([[1.0, 2.0]]))), Undefined)


def test_integer_weights_give_the_value_of_repeated_items_when_items_are_many() -> None:
    grid = scores(3, items=400)
    weights = 1.0 + np.arange(400) % 2
    weighted = icc("icc_c1", table_of(grid, weights=weights))
    repeated = icc("icc_c1", table_of(np.repeat(grid, weights.astype(int), axis=0)))
    assert value(weighted) == pytest.approx(value(repeated), abs=0.002)


def test_items_repeated_within_clusters_leave_the_interval_as_wide_as_before() -> None:
    grid = scores(4, items=80)
    alone = icc("icc_1", table_of(grid))
    thrice = icc("icc_1", table_of(np.repeat(grid, 3, axis=0), clusters=np.repeat(np.arange(80), 3)))
    assert isinstance(alone, Estimate) and isinstance(thrice, Estimate)
    assert alone.low is not None and thrice.low is not None
    assert thrice.clusters == 80 and thrice.n == 240
    assert thrice.low == pytest.approx(alone.low, abs=0.02)


def test_few_clusters_leave_no_interval() -> None:
    found = icc("icc_1", table_of(scores(5), clusters=np.arange(60) % 4))
    assert isinstance(found, Estimate)
    assert found.low is None and "too few clusters: 4" in str(found.interval_undefined)


@pytest.mark.parametrize("interval", ["jackknife", "f"])
@pytest.mark.parametrize("kind", KINDS)
def test_normal_scores_give_both_intervals_about_the_same_ends(kind: Kind, interval: Interval) -> None:
    rng = np.random.default_rng(6)
    grid = rng.normal(0, 1.5, (400, 1)) + rng.normal(0, 1, (400, 3))
    # Fisher (1925): z = ½ log((1 + (k-1)ρ)/(1-ρ)) has SE √(k / (2 (k-1)(n-2))) for one-way scores
    found = icc(kind, table_of(grid), interval=interval)
    assert isinstance(found, Estimate) and found.low is not None and found.high is not None
    low, high = (0.5 * np.log((1 + 2 * r) / (1 - r)) for r in (found.low, found.high))
    assert (high - low) / (2 * 1.96) == pytest.approx(np.sqrt(3 / (4 * 398)), rel=0.12)


def test_the_f_interval_refuses_scores_that_it_is_not_made_for() -> None:
    with pytest.raises(ValueError, match="complete, unweighted, unclustered"):
        icc("icc_1", table_of(scores(7), clusters=np.arange(60) // 2), interval="f")


def test_two_coders_are_a_grid_of_two_columns() -> None:
    grid = scores(8, raters=2)
    pairs, columns = icc("icc_a1", score_pairs(grid[:, 0], grid[:, 1])), icc("icc_a1", table_of(grid))
    assert isinstance(pairs, Estimate)
    assert isinstance(columns, Estimate)
    assert (pairs.value, pairs.low, pairs.high) == pytest.approx((columns.value, columns.low, columns.high))
    assert (pairs.n, pairs.clusters) == (columns.n, columns.clusters)


def test_jackknife_intervals_cover_on_a_scale_of_five_levels() -> None:
    # 400 draws of 60 items; truth by 200,000 items; .95 - 3 · sqrt(.95 · .05 / 400) = .917
    rng = np.random.default_rng(9)

    def draw(items: int) -> np.ndarray:
        raw = rng.normal(0, 1, (items, 1)) + rng.normal(0, 0.7, (items, 3)) + 0.3 * np.arange(3)
        return np.digitize(raw, [-1.5, -0.8, -0.2, 0.2]).astype(float)

    truth = value(icc("icc_1", table_of(draw(200_000))))
    covered = 0
    for _ in range(400):
        found = icc("icc_1", table_of(draw(60)))
        assert isinstance(found, Estimate) and found.low is not None and found.high is not None
        covered += found.low <= truth <= found.high
    assert covered / 400 >= 0.917
