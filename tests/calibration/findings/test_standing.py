"""A judge held against people: the margin decides, scarce data is said, raters with few items stay out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from calibration.findings.standing import standing, standings
from calibration.from_files import ratings_from_files
from calibration.ratings import CriterionRatings, Ratings, judge_column, ratings_from_columns
from calibration.render.standing import alternative_words, leave_one_out_words, non_inferiority_words
from calibration.stats.ceiling import NonInferiority
from calibration.stats.estimate import Undefined
from rubrics.rubric import Level, Scale

BINARY = Scale("binary", (Level("pass"), Level("fail")))


def ratings_of(raters: int, items: int, *, judge_flips: int, seed: int = 3) -> CriterionRatings:
    """Raters who each differ from a hidden answer on a tenth of the items, and a judge on a stated share."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, items)
    answers = np.array([np.where(rng.random(items) < 0.1, 1 - truth, truth) for _ in range(raters)])
    said = truth.copy()
    said[:judge_flips] = 1 - said[:judge_flips]
    return ratings_from_columns(
        "ok",
        BINARY,
        items=tuple(f"i{k}" for k in range(items)),
        raters=tuple(f"r{k}" for k in range(raters)),
        item=np.tile(np.arange(items), raters),
        rater=np.repeat(np.arange(raters), items),
        answer=answers.ravel(),
        judges=(judge_column("robot", BINARY, item=np.arange(items), answer=said),),
    )


def test_a_judge_better_than_each_rater_is_shown_to_be_as_good_as_one_more() -> None:
    ratings = ratings_of(4, 200, judge_flips=0)
    found = standing(ratings, ratings.judges[0])
    assert isinstance(found.non_inferiority, NonInferiority)
    assert found.non_inferiority.passed
    assert found.non_inferiority.low > -found.margin
    assert non_inferiority_words(found).startswith("Yes, within the margin of 0.10")


def test_a_judge_wrong_on_half_the_items_is_not() -> None:
    ratings = ratings_of(4, 200, judge_flips=100)
    found = standing(ratings, ratings.judges[0])
    assert isinstance(found.non_inferiority, NonInferiority)
    assert not found.non_inferiority.passed
    assert non_inferiority_words(found).startswith("Not shown")


def test_the_margin_of_the_policy_is_used_and_named() -> None:
    ratings = ratings_of(4, 200, judge_flips=30)
    wide = standings(Ratings({"ok": ratings}), margins={"ok": 0.5})["ok"]["robot"]
    narrow = standings(Ratings({"ok": ratings}), margins={"ok": 0.0})["ok"]["robot"]
    assert isinstance(wide.non_inferiority, NonInferiority)
    assert isinstance(narrow.non_inferiority, NonInferiority)
    assert (wide.non_inferiority.passed, narrow.non_inferiority.passed) == (True, False)
    assert "margin of 0.50" in non_inferiority_words(wide)


def test_fewer_than_three_raters_with_thirty_items_take_no_alternative_test() -> None:
    ratings = ratings_of(2, 60, judge_flips=0)
    found = standing(ratings, ratings.judges[0])
    assert "undefined" in found.alternative_annotator_test
    assert "3 are needed" in alternative_words(found.alternative_annotator_test)


def test_the_alternative_test_comes_with_its_grid_and_its_control_on_people() -> None:
    ratings = ratings_of(4, 200, judge_flips=0)
    test = standing(ratings, ratings.judges[0]).alternative_annotator_test
    assert test["passed"] is True
    assert [step["epsilon"] for step in test["sensitivity"]][:3] == [0.0, 0.05, 0.1]  # type: ignore[index, attr-defined]
    assert test["control"]["tested"] == 4  # type: ignore[index]
    assert "Put in the judge's place" in alternative_words(test)


def test_raters_with_few_items_do_not_enter_the_mean_over_raters() -> None:
    ratings = ratings_of(3, 29, judge_flips=0)
    found = standing(ratings, ratings.judges[0])
    assert isinstance(found.leave_one_out, Undefined)
    assert "30 items" in leave_one_out_words(found)


def test_the_object_is_strict_json_and_names_the_raters() -> None:
    ratings = ratings_of(4, 60, judge_flips=5)
    content = json.loads(
        json.dumps(standing(ratings, ratings.judges[0]).as_json(), allow_nan=False),
        parse_constant=pytest.fail,
    )
    assert content["margin"] == 0.10
    assert [one["rater"] for one in content["leave_one_out"]["each"]] == ["r0", "r1", "r2", "r3"]


def test_gpt_4_keeps_up_with_the_raters_of_mt_bench_and_gpt_35_not_with_those_of_pandalm(
    real_data: Path,
) -> None:
    passed = {}
    for name in ("mtbench", "pandalm"):
        folder = real_data / name
        files = ([folder / f"{kind}.jsonl"] for kind in ("human", "judge", "items"))
        for judge, found in standings(ratings_from_files(*files).ratings)["preference"].items():
            assert isinstance(found.non_inferiority, NonInferiority)
            passed[judge] = found.non_inferiority.passed
    assert passed == {"gpt-4-pair": True, "gpt-3.5-turbo": False, "pandalm-7b": False}
