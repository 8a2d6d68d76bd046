"""Raters over time, and the items on which the likely answer is not the majority's."""

from __future__ import annotations

import numpy as np

from calibration.findings.drifting import Drifting, drifting
from calibration.findings.suggested import suggested
from calibration.ratings import CriterionRatings, ratings_from_columns
from calibration.stats.estimate import Undefined
from rubrics.rubric import Level, Scale

FIVE = Scale("ordinal", tuple(Level(str(k), value=k) for k in range(1, 6)))
NAMES = Scale("nominal", (Level("red"), Level("green"), Level("blue")))
ITEMS = 120


def ratings_of(scale: Scale, answers: list[list[int]]) -> CriterionRatings:
    """answers[rater][item], every rater on every item, the labels in the order of the items."""
    raters, items = len(answers), len(answers[0])
    return ratings_from_columns(
        "c", scale, items=tuple(f"i{k}" for k in range(items)), raters=("ada", "bob", "cleo", "dan")[:raters],
        item=np.tile(np.arange(items), raters), rater=np.repeat(np.arange(raters), items),
        answer=np.array(answers).ravel(),
    )  # fmt: skip


def in_order(ratings: CriterionRatings) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return ratings.item.astype(np.int64)


def test_a_rater_who_becomes_lenient_halfway_is_told_from_steady_ones() -> None:
    rng = np.random.default_rng(1)
    plain = [list(rng.integers(1, 4, ITEMS)) for _ in range(3)]
    lenient = [k + (1 if place >= ITEMS // 2 else 0) for place, k in enumerate(plain[0])]
    ratings = ratings_of(FIVE, [lenient, *plain[1:]])
    found = drifting(ratings, in_order(ratings))
    ada = found["ada"]
    assert isinstance(ada, Drifting)
    assert (ada.measure, ada.towards) == ("leniency", "higher")
    assert ada.first is not None
    assert ada.first > ITEMS // 2
    assert all(isinstance(one := found[name], Drifting) and one.n == ITEMS for name in ("bob", "cleo"))


def test_on_names_drift_is_of_disagreement() -> None:
    rng = np.random.default_rng(2)
    truth = list(rng.integers(0, 3, ITEMS))
    noisy = [[k if rng.random() < 0.9 else int(rng.integers(3)) for k in truth] for _ in range(3)]
    turned = [k if place < ITEMS // 2 else (k + 1) % 3 for place, k in enumerate(noisy[0])]
    found = drifting(
        ratings_of(NAMES, [turned, *noisy[1:]]), in_order(ratings_of(NAMES, [turned, *noisy[1:]]))
    )
    ada = found["ada"]
    assert isinstance(ada, Drifting)
    assert (ada.measure, ada.towards) == ("disagreement", "higher")


def test_without_times_or_with_few_answers_nothing_is_said_of_drift() -> None:
    ratings = ratings_of(FIVE, [[1, 2, 3], [1, 2, 4]])
    assert drifting(ratings, Undefined("no times"))["ada"] == Undefined("no times")
    few = drifting(ratings, in_order(ratings))["ada"]
    assert isinstance(few, Undefined)
    assert "20" in few.reason


def test_a_careless_rater_is_outvoted_by_a_good_one_in_the_suggestion() -> None:
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 2, 300)
    careful = [np.where(rng.random(300) < 0.97, truth, 1 - truth).tolist() for _ in range(2)]
    careless = [np.where(rng.random(300) < 0.6, truth, 1 - truth).tolist() for _ in range(2)]
    found = suggested(ratings_of(NAMES, [*careful, *careless]))
    assert not isinstance(found, Undefined)
    tied = [one for one in found if one.majority is None]
    right = [NAMES.categories.index(one.suggestion) == truth[int(one.item_id[1:])] for one in tied]
    assert len(tied) > 10
    assert np.mean(right) > 0.9
    assert [one.probability for one in found] == sorted((one.probability for one in found), reverse=True)


def test_two_raters_cannot_tell_who_errs() -> None:
    found = suggested(ratings_of(NAMES, [[0, 1, 2], [0, 1, 1]]))
    assert isinstance(found, Undefined)
