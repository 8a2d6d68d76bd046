"""Scored scales: constants are undefined, offsets do not hurt, groups that drop out are counted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from calibration.stats.concordance import concordance
from calibration.stats.estimate import Estimate, Point, Undefined
from calibration.stats.number_alpha import alpha_of_numbers, number_alpha_estimate
from calibration.stats.patterns import number_pairs, number_table
from calibration.stats.scored import NUMBER_COEFFICIENTS, grouped_estimate, number_estimate

CORRELATIONS = ["pearson", "spearman", "kendall_tau_b"]


def estimate(name: str, x: object, y: object, **design: object) -> Estimate:
    found = number_estimate(name, number_pairs(x, y, **design))  # type: ignore[arg-type]
    assert isinstance(found, Estimate)
    return found


def scores(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    x = rng.normal(size=n)
    return x, x + rng.normal(size=n)


@pytest.mark.parametrize("name", CORRELATIONS)
def test_a_constant_score_has_no_correlation(name: str) -> None:
    assert isinstance(number_estimate(name, number_pairs([1.0] * 20, range(20))), Undefined)


@pytest.mark.parametrize("name", sorted(NUMBER_COEFFICIENTS))
def test_one_item_is_not_enough(name: str) -> None:
    assert isinstance(number_estimate(name, number_pairs([1.0], [2.0])), Undefined)


@pytest.mark.parametrize("name", sorted(NUMBER_COEFFICIENTS))
def test_an_offset_of_a_billion_does_not_hurt(name: str) -> None:
    x, y = (np.round(v, 2) for v in scores())
    near, far = estimate(name, x, y), estimate(name, x + 1e9, y + 1e9)
    assert far.value == pytest.approx(near.value, abs=1e-6)
    assert (far.low, far.high) == pytest.approx((near.low, near.high), abs=1e-6)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_alpha_is_right_at_an_offset_of_a_billion(level: str) -> None:
    rng = np.random.default_rng(6)
    numbers = np.round(rng.normal(0, 1, (200, 1)) + rng.normal(0, 0.6, (200, 3)), 2).ravel()
    unit = np.repeat(np.arange(200), 3)
    near, far = (alpha_of_numbers(level, number_table(unit, numbers + s, units=200)) for s in (0, 1e9))
    assert isinstance(near, Point)
    assert isinstance(far, Point)
    assert far.value == pytest.approx(near.value, abs=1e-6)


@pytest.mark.parametrize("name", sorted(NUMBER_COEFFICIENTS))
def test_intervals_contain_the_value_and_grow_with_clusters(name: str) -> None:
    x, y = scores()
    alone = estimate(name, x, y)
    # every item twice, as a cluster of two: no more is known than before
    doubled = estimate(name, np.repeat(x, 2), np.repeat(y, 2), clusters=np.repeat(np.arange(60), 2))
    assert alone.low is not None
    assert alone.high is not None
    assert alone.low < alone.value < alone.high
    assert doubled.value == pytest.approx(alone.value)
    assert (doubled.low, doubled.high) == pytest.approx((alone.low, alone.high), abs=0.01)


@pytest.mark.parametrize("name", sorted(NUMBER_COEFFICIENTS))
def test_doubling_the_weights_changes_nothing(name: str) -> None:
    x, y = scores()
    weights = np.random.default_rng(8).uniform(0.5, 3, 60)
    once, twice = (estimate(name, x, y, weights=w) for w in (weights, 2 * weights))
    assert (once.value, once.low, once.high) == pytest.approx((twice.value, twice.low, twice.high))


@pytest.mark.parametrize("name", sorted(NUMBER_COEFFICIENTS))
def test_whole_weights_are_replication(name: str) -> None:
    x, y = (np.round(v, 1) for v in scores())
    times = np.random.default_rng(9).integers(1, 4, 60)
    weighted = estimate(name, x, y, weights=times)
    assert weighted.value == pytest.approx(estimate(name, np.repeat(x, times), np.repeat(y, times)).value)


def test_an_exact_fit_has_no_interval_and_says_why() -> None:
    found = estimate("rmse", range(30), range(30))
    assert (found.value, found.low) == (0.0, None)
    assert "no spread" in (found.interval_undefined or "")


def test_rmse_and_mae_of_four_differences() -> None:
    # differences 0, 3, 4, 5: mean square 50/4, mean 12/4
    x, y = [0.0, 3.0, 4.0, 5.0], [0.0] * 4
    assert estimate("rmse", x, y).value == pytest.approx(np.sqrt(12.5))
    assert estimate("mae", x, y).value == pytest.approx(3.0)


def test_concordance_counts_every_pair_by_hand() -> None:
    x, y, w = np.array([1.0, 2.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0, 2.0]), np.array([1.0, 2.0, 3.0, 4.0])
    by_hand = (w * np.sign(x[:, None] - x) * np.sign(y[:, None] - y)).sum(axis=1)
    assert concordance(x, y, w) == pytest.approx(by_hand)


def test_groups_whose_scores_are_constant_are_counted_not_hidden() -> None:
    x, y = scores(120)
    group = np.arange(120) // 10
    x[group < 2] = 3.0
    found = grouped_estimate("spearman", x, y, group)
    assert (found.groups, found.survived) == (12, 10)
    assert isinstance(found.estimate, Estimate)
    assert str(found).endswith("(10 of 12 groups)")


def test_groups_without_any_correlation_are_undefined() -> None:
    found = grouped_estimate("pearson", [1.0, 1.0, 2.0, 2.0], [1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1])
    assert isinstance(found.estimate, Undefined)
    assert (found.groups, found.survived) == (2, 0)


def test_raters_who_never_differ_have_alpha_one_without_an_interval() -> None:
    unit, value = np.repeat(np.arange(20), 2), np.repeat(np.arange(20.0), 2)
    found = number_alpha_estimate("interval", number_table(unit, value, units=20))
    assert isinstance(found, Estimate)
    assert (found.value, found.low) == (1.0, None)


def test_too_many_different_numbers_for_ratio_alpha_are_refused_in_words() -> None:
    value = np.arange(40_000.0) + 1
    found = alpha_of_numbers("ratio", number_table(np.repeat(np.arange(20_000), 2), value, units=20_000))
    assert found == Undefined("ratio alpha of more than 20,000 different numbers takes too long")


def test_llm_rubric_expected_scores_against_raters(real_data: Path) -> None:
    folder = real_data / "llm_rubric"
    rows = [json.loads(line) for line in (folder / "human.jsonl").read_text(encoding="utf-8").splitlines()]
    verdicts = [
        json.loads(line) for line in (folder / "judge.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    judge = {v["item_id"]: v["expected"] for v in verdicts if v["criterion"] == "Q0"}
    human = {
        r["item_id"]: float(r["value"])
        for r in rows
        if r["criterion"] == "Q0" and r["item_id"].startswith("real:")
    }
    items = sorted(set(human) & set(judge))
    assert len(items) == 223
    x, y = [judge[i] for i in items], [human[i] for i in items]
    found = [estimate(name, x, y).value for name in ("rmse", "pearson", "spearman", "kendall_tau_b")]
    assert found == pytest.approx([0.918676, 0.177301, 0.086675, 0.065928], abs=6e-7)
