"""The human ceiling against a plain count of pairs, its paired gap, and the non-inferiority test."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from calibration.stats.agreement import COEFFICIENTS
from calibration.stats.ceiling import HumanCeiling, NonInferiority, ceiling, contrast_of, non_inferiority
from calibration.stats.common_items import CommonItems, common_items
from calibration.stats.contrast import Contrast
from calibration.stats.estimate import Estimate, Point, Undefined
from calibration.stats.patterns import pair_table

GRIDS = arrays.arrays(np.int64, (12, 4), elements=st.integers(-1, 2))


def collapsed(grid: np.ndarray, judge: np.ndarray, **design: np.ndarray) -> CommonItems | Undefined:
    """Items × raters of codes 0 .. 2, -1 where missing, and one verdict per item, -1 where missing."""
    item, rater = np.nonzero(grid >= 0)
    known = np.flatnonzero(judge >= 0)
    return common_items(item, grid[item, rater], known, judge[known], 3, items=len(grid), **design)


def plain_pairs(
    grid: np.ndarray, judge: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The rater–rater table in both orders (half each) and the judge–rater table, by loops."""
    humans, with_judge = np.zeros((3, 3)), np.zeros((3, 3))
    for i, row in enumerate(grid):
        answers = [code for code in row if code >= 0]
        if len(answers) < 2 or judge[i] < 0:
            continue
        weight = 1.0 if weights is None else weights[i]
        for a, b in permutations(answers, 2):
            humans[a, b] += weight / 2
        for code in answers:
            with_judge[judge[i], code] += weight
    return humans, with_judge


def crowd(
    seed: int, items: int, *, human: float = 0.85, judge: float = 0.7, raters: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """Raters and a judge who give the truth so often, else any; a fifth of the answers is missing."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, items)
    grid = np.where(rng.random((items, raters)) < human, truth[:, None], rng.integers(0, 3, (items, raters)))
    grid[rng.random(grid.shape) < 0.2] = -1
    return grid, np.where(rng.random(items) < judge, truth, rng.integers(0, 3, items))


@settings(max_examples=40, deadline=None)
@given(GRIDS, arrays.arrays(np.int64, 12, elements=st.integers(-1, 2)))
def test_both_tables_count_the_pairs_of_a_loop(grid: np.ndarray, judge: np.ndarray) -> None:
    humans, with_judge = plain_pairs(grid, judge)
    for design in ({}, {"clusters": np.arange(12) // 3}):
        found = collapsed(grid, judge, **design)
        if isinstance(found, Undefined):
            assert humans.sum() == 0
            continue
        assert found.humans.mass.reshape(3, 3) == pytest.approx(humans)
        assert found.judge.mass.reshape(3, 3) == pytest.approx(with_judge)
        assert found.humans.n == humans.sum() and found.judge.n == with_judge.sum()


@settings(max_examples=25, deadline=None)
@given(GRIDS, arrays.arrays(np.int64, 12, elements=st.integers(0, 2)))
def test_weights_multiply_all_pairs_of_their_item(grid: np.ndarray, judge: np.ndarray) -> None:
    weights = 1.0 + np.arange(12) % 4
    found = collapsed(grid, judge, weights=weights)
    humans, with_judge = plain_pairs(grid, judge, weights)
    if not isinstance(found, Undefined):
        assert found.humans.mass.reshape(3, 3) == pytest.approx(humans)
        assert found.judge.mass.reshape(3, 3) == pytest.approx(with_judge)


@settings(max_examples=25, deadline=None)
@given(GRIDS, arrays.arrays(np.int64, 12, elements=st.integers(0, 2)))
def test_the_judge_table_is_the_pair_table_of_judge_rater_pairs_clustered_by_item(
    grid: np.ndarray, judge: np.ndarray
) -> None:
    found = collapsed(grid, judge)
    if isinstance(found, Undefined):
        return
    keep = (grid >= 0).sum(axis=1) >= 2
    item, rater = np.nonzero((grid >= 0) & keep[:, None])
    alone = pair_table(judge[item], grid[item, rater], 3, clusters=item)
    slope = np.arange(9.0) ** 2
    centred = slope - alone.mass @ slope / alone.total
    assert found.judge.clusters == alone.clusters
    assert found.judge.variance(centred) == pytest.approx(alone.variance(centred))


@pytest.mark.parametrize("name", ["cohen_kappa", "percent_agreement", "gwet_ac1", "cohen_kappa_quadratic"])
def test_the_gap_is_judge_human_minus_human_human(name: str) -> None:
    grid, judge_codes = crowd(1, 200)
    found = ceiling(collapsed(grid, judge_codes), name)
    assert isinstance(found, HumanCeiling)
    judge, human, gap = found.judge_human, found.human_human, found.gap
    assert isinstance(judge, Estimate) and isinstance(human, Estimate) and isinstance(gap, Estimate)
    assert gap.value == pytest.approx(judge.value - human.value)
    assert gap.low is not None and gap.high is not None
    assert gap.low < gap.value < gap.high
    assert gap.n == gap.clusters == ((grid >= 0).sum(axis=1) >= 2).sum()


def test_the_standard_error_of_the_gap_is_that_of_a_jackknife_over_items() -> None:
    grid, judge = crowd(2, 400)
    found = collapsed(grid, judge)
    assert isinstance(found, CommonItems)
    contrast = contrast_of(found, "cohen_kappa")
    assert isinstance(contrast, Contrast) and contrast.sampling is not None

    def gap(rows: np.ndarray) -> float:
        values = []
        for pairs in plain_pairs(grid[rows], judge[rows]):
            p = pairs / pairs.sum()
            chance = p.sum(axis=0) @ p.sum(axis=1)
            values.append((np.trace(p) - chance) / (1 - chance))
        return float(values[1] - values[0])

    left_out = np.array([gap(np.delete(np.arange(400), i)) for i in range(400)])
    jackknife = np.sqrt(399 / 400 * ((left_out - left_out.mean()) ** 2).sum())
    # the two pseudo-items add a little
    assert contrast.sampling.error == pytest.approx(jackknife, rel=0.03)


def test_pairing_by_item_is_narrower_than_adding_the_two_variances() -> None:
    found = collapsed(*crowd(3, 500, human=0.6, judge=0.6))
    assert isinstance(found, CommonItems)
    contrast = contrast_of(found, "cohen_kappa")
    assert isinstance(contrast, Contrast) and contrast.sampling is not None
    separate = 0.0
    for table in (found.humans, found.judge):
        point = COEFFICIENTS["cohen_kappa"].point(table)
        assert isinstance(point, Point)
        separate += table.variance(point.influence)
    assert contrast.sampling.error < 0.9 * separate**0.5


def test_a_judge_that_is_one_of_the_raters_has_no_gap_on_complete_items() -> None:
    # the third rater plays the judge: judge-human pools pairs (1,3), (2,3), human-human the pair (1,2)
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 3, 3000)
    three = np.where(rng.random((3000, 3)) < 0.8, truth[:, None], rng.integers(0, 3, (3000, 3)))
    found = ceiling(collapsed(three[:, :2], three[:, 2]))
    assert isinstance(found, HumanCeiling) and isinstance(found.gap, Estimate)
    assert found.gap.low is not None and found.gap.high is not None
    assert found.gap.low < 0 < found.gap.high


def test_items_with_one_rater_or_no_verdict_are_left_out() -> None:
    grid = np.array([[0, 0], [1, -1], [2, 2]] * 20)
    judge = np.array([0, 1, -1] * 20)
    found = collapsed(grid, judge)
    assert isinstance(found, CommonItems)
    assert found.items == 20 and found.judge.n == 40 and found.humans.n == 20


def test_no_item_with_two_raters_is_undefined_in_words() -> None:
    found = collapsed(np.array([[0, -1], [-1, 1]]), np.array([0, 1]))
    assert isinstance(found, Undefined) and "two raters" in found.reason
    assert ceiling(found) == found
    assert isinstance(non_inferiority(found), Undefined)


def test_humans_of_one_mind_make_the_gap_undefined() -> None:
    found = ceiling(collapsed(np.zeros((50, 2), dtype=int), np.zeros(50, dtype=int)))
    assert isinstance(found, HumanCeiling)
    assert isinstance(found.gap, Undefined) and "one class" in found.gap.reason


def test_clusters_widen_the_gap_where_items_repeat() -> None:
    grid, judge = crowd(5, 100)
    repeated = collapsed(
        np.repeat(grid, 3, axis=0), np.repeat(judge, 3), clusters=np.repeat(np.arange(100), 3)
    )
    alone, thrice = ceiling(collapsed(grid, judge)), ceiling(repeated)
    assert isinstance(alone, HumanCeiling) and isinstance(thrice, HumanCeiling)
    assert isinstance(alone.gap, Estimate) and isinstance(thrice.gap, Estimate)
    assert alone.gap.low is not None and thrice.gap.low is not None
    assert thrice.gap.clusters == alone.gap.clusters and thrice.gap.n == 3 * alone.gap.n
    assert thrice.gap.low == pytest.approx(alone.gap.low, abs=0.02)


def test_non_inferiority_passes_within_the_margin_and_fails_below_it() -> None:
    close, far = collapsed(*crowd(6, 600, judge=0.85)), collapsed(*crowd(6, 600, judge=0.5))
    passed, failed = non_inferiority(close, margin=0.1), non_inferiority(far, margin=0.1)
    assert isinstance(passed, NonInferiority) and isinstance(failed, NonInferiority)
    assert passed.passed and passed.p < 0.05 and passed.low > -0.1
    assert not failed.passed and failed.p > 0.05 and failed.low < -0.1
    assert passed.human_floor is not None


def test_passing_and_the_p_value_agree() -> None:
    for seed in range(20):
        found = non_inferiority(collapsed(*crowd(seed, 150, judge=0.8)), margin=0.1)
        assert isinstance(found, NonInferiority)
        assert found.passed == (found.p < 0.05)


def test_its_bound_is_the_low_end_of_the_two_sided_interval_of_level_ninety() -> None:
    common = collapsed(*crowd(7, 200))
    found, both = non_inferiority(common, alpha=0.05), ceiling(common, level=0.90)
    assert isinstance(found, NonInferiority) and isinstance(both, HumanCeiling)
    assert isinstance(both.gap, Estimate) and found.low == both.gap.low


def test_a_negative_margin_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        non_inferiority(collapsed(*crowd(8, 100)), margin=-0.1)


def test_the_interval_of_the_gap_covers_it_and_its_one_sided_bound_keeps_its_level() -> None:
    # true gap by a sample of 200,000 items; 400 draws of 100 items: .95 ± 3 · .011, one-sided .05 + 3 · .011
    rng_seeds = range(1000, 1400)
    truth = ceiling(collapsed(*crowd(9, 200_000)))
    assert isinstance(truth, HumanCeiling) and isinstance(truth.gap, Estimate)
    covered = above = 0
    for seed in rng_seeds:
        found = ceiling(collapsed(*crowd(seed, 100)), level=0.95)
        one_sided = ceiling(collapsed(*crowd(seed, 100)), level=0.90)
        assert isinstance(found, HumanCeiling) and isinstance(one_sided, HumanCeiling)
        assert isinstance(found.gap, Estimate) and isinstance(one_sided.gap, Estimate)
        assert found.gap.low is not None and found.gap.high is not None and one_sided.gap.low is not None
        covered += found.gap.low <= truth.gap.value <= found.gap.high
        above += one_sided.gap.low > truth.gap.value
    assert covered / 400 >= 0.917
    assert above / 400 <= 0.083


def test_the_ceiling_of_mt_bench_is_the_count_of_its_pairs(real_data: Path) -> None:
    codes = {"model_a": 0, "model_b": 1, "tie": 2}

    def rows(name: str) -> list[dict[str, str]]:
        text = (real_data / "mtbench" / name).read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    items = {row["item_id"]: i for i, row in enumerate(rows("items.jsonl"))}
    labels = {(row["item_id"], row["rater"]): codes[row["value"]] for row in rows("human.jsonl")}
    verdicts = {items[row["item_id"]]: codes[row["value"]] for row in rows("judge.jsonl")}
    found = common_items(
        [items[item] for item, _ in labels], list(labels.values()),
        list(verdicts), list(verdicts.values()), 3, items=len(items),
    )  # fmt: skip
    by_item: dict[int, list[int]] = defaultdict(list)
    for (item, _), code in labels.items():
        by_item[items[item]].append(code)
    width = max(map(len, by_item.values()))
    grid = np.full((len(items), width), -1)
    for number, answers in by_item.items():
        grid[number, : len(answers)] = answers
    humans, with_judge = plain_pairs(grid, np.array([verdicts.get(i, -1) for i in range(len(items))]))
    assert isinstance(found, CommonItems)
    assert found.humans.mass.reshape(3, 3) == pytest.approx(humans)
    assert found.judge.mass.reshape(3, 3) == pytest.approx(with_judge)


def test_a_gap_that_few_heavy_items_carry_warns_and_one_of_equal_weights_does_not() -> None:
    grid, judge = crowd(9, 150)
    heavy = np.where(np.arange(150) < 8, 40.0, 1.0)  # 8 · 40 of 8 · 40 + 142: seven tenths of all weight
    warned, plain = (ceiling(collapsed(grid, judge, weights=w)) for w in (heavy, np.ones(150)))
    assert isinstance(warned, HumanCeiling) and isinstance(plain, HumanCeiling)
    assert isinstance(warned.gap, Estimate) and isinstance(plain.gap, Estimate)
    assert any("few heavily weighted items carry the gap" in text for text in warned.gap.warnings)
    assert plain.gap.warnings == ()
    assert isinstance(non_inferiority(collapsed(grid, judge, weights=heavy)), Undefined)
