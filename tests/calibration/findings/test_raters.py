"""Raters described: leniency with its sign, agreement with the others, checks, and suggestions counted."""

from __future__ import annotations

import json

import numpy as np
import pytest

from calibration.findings.raters import RaterChecks, rater_findings
from calibration.ratings import CriterionRatings, ratings_from_columns
from calibration.render.raters import suggestion_words
from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.raters import Consistency
from rubrics.rubric import Level, Scale

FIVE = Scale("ordinal", tuple(Level(str(k), value=k) for k in range(1, 6)))
NAMES = Scale("nominal", (Level("red"), Level("green"), Level("blue")))
ITEMS = 40


def ratings_of(scale: Scale, answers: list[list[int]]) -> CriterionRatings:
    """answers[rater][item], every rater on every item."""
    raters, items = len(answers), len(answers[0])
    return ratings_from_columns(
        "c", scale, items=tuple(f"i{k}" for k in range(items)), raters=("ada", "bob", "cleo", "dan")[:raters],
        item=np.tile(np.arange(items), raters), rater=np.repeat(np.arange(raters), items),
        answer=np.array(answers).ravel(),
    )  # fmt: skip


def test_a_rater_one_level_above_the_others_is_lenient_by_one() -> None:
    plain = [k % 4 for k in range(ITEMS)]
    found = rater_findings(ratings_of(FIVE, [[k + 1 for k in plain], plain, plain]))
    lenient = [rater.leniency.value for rater in found.raters if isinstance(rater.leniency, Estimate)]
    # ada: +1 to the mean of bob and cleo; bob: ada and cleo have mean x + 1/2
    assert lenient == pytest.approx([1.0, -0.5, -0.5])


def test_names_have_no_leniency() -> None:
    found = rater_findings(ratings_of(NAMES, [[0, 1, 2] * 10, [0, 1, 2] * 10]))
    assert all(isinstance(rater.leniency, Undefined) for rater in found.raters)


def test_agreement_is_with_each_of_the_other_raters() -> None:
    plain = [k % 3 for k in range(30)]
    odd = [(k + 1) % 3 for k in range(15)] + plain[15:]
    found = rater_findings(ratings_of(NAMES, [plain, plain, odd]))
    shares = [rater.agreement.value for rater in found.raters if isinstance(rater.agreement, Estimate)]
    # ada agrees with bob always and with cleo on half: 3/4; cleo with both on half: 1/2
    assert shares == pytest.approx([0.75, 0.75, 0.5])


def test_checks_become_consistency_and_gold_and_count_as_labels() -> None:
    ratings = ratings_of(NAMES, [[0, 1, 2] * 10, [0, 1, 2] * 10])
    own = RaterChecks(first=np.array([0, 1, 2, 0]), second=np.array([0, 1, 2, 1]), gold_right=9, gold_n=10)
    ada, bob = rater_findings(ratings, checks={"ada": own}).raters
    assert isinstance(ada.consistency, Consistency)
    assert isinstance(ada.consistency.agreement, Estimate)
    assert ada.consistency.agreement.value == 0.75
    assert isinstance(ada.gold, Estimate)
    assert ada.gold.value == 0.9
    assert (ada.items, ada.labels) == (30, 44)
    assert isinstance(bob.consistency, Undefined)
    assert isinstance(bob.gold, Undefined)


def test_two_raters_get_no_suggestions() -> None:
    found = rater_findings(ratings_of(NAMES, [[0, 1, 2] * 10, [0, 1, 2] * 10])).suggestions
    assert isinstance(found, Undefined)
    assert "no suggestion" in suggestion_words(found)


def test_raters_who_agree_are_not_contradicted() -> None:
    plain = [k % 3 for k in range(30)]
    found = rater_findings(ratings_of(NAMES, [plain] * 3)).suggestions
    assert not isinstance(found, Undefined)
    assert (found.items, found.differs, found.tied) == (30, 0, 0)
    assert "a suggestion, not truth" in suggestion_words(found)


def test_the_object_is_strict_json() -> None:
    found = rater_findings(ratings_of(NAMES, [[0, 1, 2] * 10, [0, 2, 1] * 10, [0, 1, 1] * 10]))
    content = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert content["raters"][0].keys() >= {"rater", "items", "labels", "leniency", "gold"}
