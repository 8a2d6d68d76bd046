"""Corrected rates: published numbers, derived ones, laws, and every reason why one is undefined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.poststratified import post_stratified, ppi_pp
from calibration.stats.prevalence import ABSENT, Answers, answers, gain_over, judge_only, labels_only
from calibration.stats.proportions import wilson
from calibration.stats.rogan_gladen import rogan_gladen, rogan_gladen_of

ESTIMATORS = (labels_only, post_stratified, ppi_pp, rogan_gladen_of, judge_only)


def pool(cells: dict[tuple[int, int], int], **options: object) -> Answers:
    """Items by (judge's code, human's code) and how many there are of each."""
    judge = np.repeat([j for j, _ in cells], list(cells.values()))
    human = np.repeat([h for _, h in cells], list(cells.values()))
    return answers(judge, human, **options)  # type: ignore[arg-type]


# labelled: 40 of 50 judged positive are positive, 10 of 50 judged negative are; 900 unlabelled, 720 positive
POOL = {(1, 1): 40, (1, 0): 10, (0, 1): 10, (0, 0): 40, (1, ABSENT): 720, (0, ABSENT): 180}


def estimate(found: Result) -> Estimate:
    assert isinstance(found, Estimate)
    return found


def ends(found: Result) -> tuple[float, float]:
    known = estimate(found)
    assert known.low is not None and known.high is not None
    return known.low, known.high


def test_rogan_gladen_gives_the_published_example_of_lee() -> None:
    # theta = (.4 + .7 - 1) / (.7 + .9 - 1) = 1/6; the interval is the one in the authors' README
    found = rogan_gladen(0.4, 1000, 0.7, 200, 0.9, 200)
    assert estimate(found).value == pytest.approx(1 / 6)
    assert ends(found) == pytest.approx((0.056351, 0.262733), abs=5e-7)


def test_labels_only_is_wilson_on_the_labelled_items() -> None:
    found, expected = labels_only(pool(POOL)), wilson(50, 100)
    assert estimate(found).value == 0.5
    assert ends(found) == pytest.approx((expected.low, expected.high))


def test_post_stratification_weights_the_labels_by_the_judges_answers_on_the_pool() -> None:
    # pool of 1000: 770 judged positive, 230 negative -> .77 · 40/50 + .23 · 10/50 = .662
    found = estimate(post_stratified(pool(POOL)))
    assert found.value == pytest.approx(0.662)
    assert found.n == 100


def test_the_post_stratified_variance_is_that_of_the_formula() -> None:
    # one positive and one negative label more per stratum: 41/52 and 11/52
    high, low = 41 / 52, 11 / 52
    centre = 0.77 * high + 0.23 * low
    within = 0.77**2 * high * (1 - high) / 52 + 0.23**2 * low * (1 - low) / 52
    variance = within + 0.77 * 0.23 * (high - low) ** 2 / 1000
    # Student's t with 99 degrees of freedom: 1.984217; Wilson depends on z²/n alone
    n = centre * (1 - centre) / variance * (1.959964 / 1.984217) ** 2
    expected = wilson(0.662 * n, n)
    assert ends(post_stratified(pool(POOL))) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_ppi_with_the_tuned_lambda_is_close_to_post_stratification_for_a_binary_judge() -> None:
    data = pool({cell: 20 * count for cell, count in POOL.items()})
    assert estimate(ppi_pp(data)).value == pytest.approx(estimate(post_stratified(data)).value, abs=0.01)


def test_ppi_moves_the_labels_mean_by_lambda_times_the_gap_in_verdicts() -> None:
    # with half an item per cell: cov = 40.5/102 - .25, var f = .25 on 102 effective labels, 900 unlabelled
    cov, unlabelled = 40.5 / 102 - 0.25, 0.8
    tuned = cov / (0.25 + 102 / 900 * unlabelled * (1 - unlabelled))
    assert estimate(ppi_pp(pool(POOL))).value == pytest.approx(0.5 + tuned * (0.8 - 0.5))


def test_judge_only_says_that_it_is_biased() -> None:
    found = estimate(judge_only(pool(POOL)))
    assert found.value == pytest.approx(0.77)
    assert any("biased" in text for text in found.warnings)


def test_a_perfect_judge_buys_much_and_a_coin_buys_nothing() -> None:
    perfect = {(1, 1): 50, (0, 0): 50, (1, ABSENT): 4000, (0, ABSENT): 4000}
    coin = {(1, 1): 25, (1, 0): 25, (0, 1): 25, (0, 0): 25, (1, ABSENT): 4000, (0, ABSENT): 4000}
    gains = [gain_over(labels_only(pool(p)), post_stratified(pool(p))) for p in (perfect, coin)]
    assert gains[0] is not None and gains[1] is not None
    assert gains[0] > 4
    assert 0.9 < gains[1] < 1.1


def test_a_constant_judge_adds_nothing_and_that_is_said() -> None:
    data = pool({(1, 1): 60, (1, 0): 40, (1, ABSENT): 500})
    for estimator in (post_stratified, ppi_pp):
        found = estimator(data)
        assert isinstance(found, Undefined) and "one answer only" in found.reason
    found = rogan_gladen_of(data)
    assert isinstance(found, Undefined) and "coin" in found.reason
    assert estimate(labels_only(data)).value == 0.6


def test_rogan_gladen_is_undefined_where_a_class_has_no_label() -> None:
    found = rogan_gladen_of(pool({(1, 1): 60, (0, 1): 4, (1, ABSENT): 50, (0, ABSENT): 50}))
    assert isinstance(found, Undefined) and "negative" in found.reason


def test_rogan_gladen_is_undefined_for_a_judge_no_better_than_a_coin() -> None:
    found = rogan_gladen_of(pool({(1, 1): 20, (0, 1): 30, (1, 0): 30, (0, 0): 20, (1, ABSENT): 99}))
    assert isinstance(found, Undefined) and "not above 1" in found.reason


def test_an_answer_of_the_judge_without_any_label_is_named() -> None:
    found = post_stratified(pool({(1, 1): 60, (1, 0): 4, (1, ABSENT): 50, (0, ABSENT): 50}))
    assert isinstance(found, Undefined) and "judge says negative" in found.reason


def test_items_where_the_judge_gave_no_answer_are_a_stratum_of_their_own() -> None:
    # 100 labelled, 300 in the pool: positive 150 (45/50), negative 75 (5/25), no answer 75 (10/25)
    cells = {
        (1, 1): 45, (1, 0): 5, (1, ABSENT): 100, (0, 1): 5, (0, 0): 20, (0, ABSENT): 50,
        (2, 1): 10, (2, 0): 15, (2, ABSENT): 50,
    }  # fmt: skip
    assert estimate(post_stratified(pool(cells))).value == pytest.approx(0.5 * 0.9 + 0.25 * 0.2 + 0.25 * 0.4)


def test_labels_without_a_verdict_count_for_the_labels_alone() -> None:
    more = POOL | {(ABSENT, 1): 100}
    assert estimate(labels_only(pool(more))).value == pytest.approx(150 / 200)
    assert estimate(post_stratified(pool(more))) == estimate(post_stratified(pool(POOL)))


def test_nothing_labelled_is_undefined_everywhere_but_for_the_judge() -> None:
    data = pool({(1, ABSENT): 50, (0, ABSENT): 50})
    assert all(isinstance(estimator(data), Undefined) for estimator in ESTIMATORS[:4])
    assert isinstance(judge_only(data), Estimate)


def test_equal_weights_are_no_weights() -> None:
    data = pool(POOL, weights=np.full(1000, 10.0))
    for estimator in ESTIMATORS:
        assert estimator(data) == estimator(pool(POOL))


def test_weights_undo_a_targeted_draw() -> None:
    # the judge's negatives were drawn four times as often; every label is right, half of the pool positive
    cells = {(1, 1): 20, (1, ABSENT): 180, (0, 0): 80, (0, ABSENT): 120}
    judge = np.repeat([1, 1, 0, 0], [20, 180, 80, 120])
    found = labels_only(pool(cells, weights=np.where(judge == 1, 10.0, 2.5)))
    # 20 · 10 / (20 · 10 + 80 · 2.5) = .5, unweighted it would be .2
    assert estimate(found).value == pytest.approx(0.5)


def test_fewer_than_ten_clusters_have_no_interval() -> None:
    found = post_stratified(pool(POOL, clusters=np.arange(1000) % 7))
    assert estimate(found).low is None
    assert "7" in (estimate(found).interval_undefined or "")


def test_items_repeated_within_their_cluster_make_no_interval_narrower() -> None:
    copies = 4
    data = pool({cell: count * copies for cell, count in POOL.items()}, clusters=np.arange(4000) // copies)
    wide, narrow = ends(post_stratified(data)), ends(post_stratified(pool(POOL)))
    assert wide[1] - wide[0] == pytest.approx(narrow[1] - narrow[0], rel=0.03)


def test_every_labelled_item_needs_a_weight() -> None:
    with pytest.raises(ValueError, match="finite positive weight"):
        answers([1, 0], [1, 0], weights=[1.0, np.nan])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0, 1, 2, -1]), st.sampled_from([0, 1, -1])), min_size=1, max_size=80)
)
def test_rates_stay_in_the_unit_interval_and_ignore_the_order_of_items(rows: list[tuple[int, int]]) -> None:
    data = answers([j for j, _ in rows], [h for _, h in rows])
    order = np.random.default_rng(1).permutation(len(rows))
    again = answers(data.judge[order], data.human[order])
    for estimator in ESTIMATORS:
        found, other = estimator(data), estimator(again)
        if isinstance(found, Undefined):
            assert found == other
            continue
        assert isinstance(other, Estimate)
        assert found.value == pytest.approx(other.value, abs=1e-12)
        assert found.low is not None and found.high is not None
        assert 0 <= found.low <= found.value + 1e-12 and found.value <= found.high + 1e-12 and found.high <= 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=6, max_size=6))
def test_swapping_the_names_of_the_answers_mirrors_every_rate(counts: list[int]) -> None:
    keys = list(POOL)
    data = pool(dict(zip(keys, counts, strict=True)))
    mirrored = answers(1 - data.judge, np.where(data.human == ABSENT, ABSENT, 1 - data.human))
    for estimator in (labels_only, post_stratified, ppi_pp, judge_only):
        here, there = ends(estimator(data)), ends(estimator(mirrored))
        assert here == pytest.approx((1 - there[1], 1 - there[0]), abs=1e-9)
