"""A judge that cannot beat a trivial baseline is told so, on the same items and against one reference."""

from __future__ import annotations

import json

import numpy as np
import pytest

from calibration.findings.bar import COMMONEST, Bar, bar_of, bars
from calibration.ratings import CriterionRatings, Ratings, judge_column, ratings_from_columns
from calibration.render.bar import NO_LEARNED, bar_section, bar_sentences
from calibration.render.blocks import Table
from calibration.stats.estimate import Estimate
from rubrics.rubric import Level, Scale

BINARY = Scale("binary", (Level("pass"), Level("fail")))
ITEMS = 200
rng = np.random.default_rng(5)
TRUTH = (rng.random(ITEMS) < 0.25).astype(int)  # pass is the commonest answer


def wrong_on(share: float, seed: int = 1) -> np.ndarray:
    flip = np.random.default_rng(seed).random(ITEMS) < share
    return np.where(flip, 1 - TRUTH, TRUTH)


def ratings_of(scale: Scale = BINARY, truth: np.ndarray = TRUTH, **judges: np.ndarray) -> CriterionRatings:
    items = np.arange(len(truth))
    return ratings_from_columns(
        "ok", scale, items=tuple(f"i{k}" for k in items), raters=("ann",), item=items,
        rater=np.zeros(len(truth), dtype=int), answer=truth,
        judges=tuple(judge_column(name, scale, item=items[: len(a)], answer=a) for name, a in judges.items()),
    )  # fmt: skip


def bar(name: str = "robot", baselines: tuple[str, ...] = (), **judges: np.ndarray) -> Bar:
    found = ratings_of(**judges)
    return bar_of(found, next(j for j in found.judges if j.judge == name), baselines=baselines)


def test_a_judge_better_than_the_commonest_answer_clears_the_bar() -> None:
    found = bar(robot=wrong_on(0.05))
    (hurdle,) = found.hurdles
    assert (found.outcome, hurdle.baseline, hurdle.n) == ("clears the bar", COMMONEST, ITEMS)
    assert isinstance(hurdle.baseline_value, Estimate)
    assert hurdle.baseline_value.value == pytest.approx(0)
    assert isinstance(hurdle.difference, Estimate)
    assert hurdle.difference.low is not None
    assert hurdle.difference.low > 0


def test_a_judge_that_always_says_the_commonest_answer_does_not() -> None:
    found = bar(robot=np.zeros(ITEMS, dtype=int))
    assert found.outcome == "does not"
    assert found.hurdles[0].reason == "it is right and wrong on the same items as the baseline"


def test_a_judge_that_guesses_is_undecided_and_one_that_errs_on_purpose_is_not() -> None:
    guess = np.random.default_rng(9).integers(0, 2, ITEMS)
    assert bar(robot=guess).outcome == "undecided"
    assert bar(robot=1 - TRUTH).outcome == "does not"


def test_a_learned_baseline_is_a_second_hurdle() -> None:
    worse = bar(robot=wrong_on(0.2), learned=wrong_on(0.02, seed=2), baselines=("learned",))
    assert [h.baseline for h in worse.hurdles] == [COMMONEST, "learned"]
    assert [h.outcome for h in worse.hurdles] == ["clears the bar", "does not"]
    assert worse.outcome == "does not"
    better = bar(robot=wrong_on(0.02), learned=wrong_on(0.2, seed=2), baselines=("learned",))
    assert better.outcome == "clears the bar"


def test_the_learned_baseline_is_not_held_against_itself() -> None:
    found = bar("learned", learned=wrong_on(0.1), baselines=("learned",))
    assert [h.baseline for h in found.hurdles] == [COMMONEST]
    assert found.learned


def test_both_are_measured_on_the_items_that_both_answered() -> None:
    found = bar(robot=wrong_on(0.05), learned=wrong_on(0.1)[:150], baselines=("learned",))
    assert [h.n for h in found.hurdles] == [ITEMS, 150]


def test_a_missing_learned_baseline_comes_with_the_command_that_makes_it() -> None:
    assert bar_sentences(bar(robot=wrong_on(0.05)))[-1] == NO_LEARNED
    assert "calibrant judge run baseline" in NO_LEARNED
    assert NO_LEARNED not in bar_sentences(bar("robot", ("l",), robot=wrong_on(0.05), l=wrong_on(0.1)))


def test_numbers_are_held_against_the_median_by_their_errors() -> None:
    scale = Scale("interval", low=0, high=1)
    truth = np.random.default_rng(3).random(ITEMS)
    close = ratings_of(scale, truth, robot=np.clip(truth + 0.02, 0, 1))
    far = ratings_of(scale, truth, robot=1 - truth)
    assert bar_of(close, close.judges[0]).hurdles[0].coefficient == "mae"
    assert bar_of(close, close.judges[0]).outcome == "clears the bar"
    assert bar_of(far, far.judges[0]).outcome == "does not"


def test_too_few_of_a_class_leave_it_undecided_with_the_reason() -> None:
    truth = np.r_[np.ones(3, dtype=int), np.zeros(60, dtype=int)]
    found = ratings_of(truth=truth, robot=truth)
    hurdle = bar_of(found, found.judges[0]).hurdles[0]
    assert hurdle.outcome == "undecided"
    assert hurdle.reason


def test_a_judge_without_any_item_in_common_is_undecided() -> None:
    found = bar(robot=np.zeros(0, dtype=int))
    assert found.outcome == "undecided"
    assert found.hurdles[0].n == 0


def test_weights_count_and_items_of_unknown_probability_take_no_part() -> None:
    made = ratings_of(robot=wrong_on(0.05))
    pi = np.full(ITEMS, 0.5)
    pi[:20] = np.nan
    weighted = CriterionRatings(**{f: getattr(made, f) for f in made.__slots__} | {"pi": pi})
    assert bar_of(weighted, weighted.judges[0]).hurdles[0].n == ITEMS - 20


def test_the_table_has_a_row_for_each_hurdle_and_json_has_no_nan() -> None:
    ratings = Ratings({"ok": ratings_of(robot=wrong_on(0.05), learned=wrong_on(0.1))})
    found = bars(ratings, baselines=("learned",))
    table = next(block for block in bar_section(found) if isinstance(block, Table))
    assert [cell.text for cell in table.rows[0]][1:3] == ["robot", COMMONEST]
    assert table.rows[0][6].text == "clears the bar"
    assert len(table.rows) == 3
    json.dumps(found["ok"]["robot"].as_json(), allow_nan=False)
    assert not bar_section({})
