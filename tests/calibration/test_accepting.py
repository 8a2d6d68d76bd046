"""A threshold for accepting verdicts is certified at the look's alpha, and holds as often as it says."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.accepting import threshold, thresholds
from calibration.policy import CriterionPolicy, read_policy
from calibration.ratings import CriterionRatings, judge_column, ratings_from_columns
from rubrics.rubric import Criterion, Level, Rubric, Scale

SCALE = Scale("binary", (Level("pass"), Level("fail")))
ALPHA = 0.0304


def policy(
    agreement: float | None = 0.85, *, criteria: tuple[str, ...] = ("ok",)
) -> tuple[CriterionPolicy, ...]:
    rubric = Rubric("r", tuple(Criterion(name, "Is it?", SCALE) for name in criteria))
    asked = {} if agreement is None else {"accept_agreement": agreement}
    return read_policy({"criteria": dict.fromkeys(criteria, asked)}, rubric).criteria


def ratings_of(
    wrong: np.ndarray, confidence: np.ndarray, *, cluster: object = None, pi: object = None, silent: int = 0
) -> CriterionRatings:
    """Every item is labelled pass; `silent` more items have a label and a parse error."""
    n = len(wrong) + silent
    status = [0] * len(wrong) + [3] * silent  # 3: parse_error
    judge = judge_column(
        "robot", SCALE, item=np.arange(n), answer=[*wrong.astype(int), *[0] * silent], status=status,
        confidence=[*confidence, *[np.nan] * silent],
    )  # fmt: skip
    return ratings_from_columns(
        "ok", SCALE, items=tuple(f"i{k}" for k in range(n)), raters=("ada",), item=np.arange(n),
        rater=np.zeros(n), answer=np.zeros(n), judges=(judge,), cluster=cluster, pi=pi,
    )  # fmt: skip


def separable(n: int = 200) -> CriterionRatings:
    """The surer seven tenths are always right, the others half of the time."""
    place = np.arange(n) / n
    return ratings_of((place < 0.3) & (np.arange(n) % 2 == 0), 0.5 + place / 2)


def test_the_surest_verdicts_are_accepted_at_the_look_s_alpha() -> None:
    found = threshold(policy()[0], separable(), "robot", delta=ALPHA)
    assert found is not None
    # coverage .8 accepts 160 with 10 errors (upper bound .118), .9 accepts 180 with 20 (.166 > .15)
    assert (found.accepted, found.errors, found.n) == (160, 10, 200)
    assert (found.coverage, found.agreement, found.delta) == (0.8, 0.85, ALPHA)


def test_without_the_policy_s_wish_there_is_none() -> None:
    assert thresholds(policy(None), {"ok": separable()}, "robot", alpha=ALPHA) == {}


def test_two_criteria_share_the_alpha() -> None:
    asked = policy(criteria=("ok", "kind"))
    found = thresholds(asked, {"ok": separable(), "kind": separable()}, "robot", alpha=ALPHA)
    assert [one.delta for one in found.values()] == [ALPHA / 2, ALPHA / 2]


def test_verdicts_that_were_not_given_count_as_traffic_that_is_not_accepted() -> None:
    n = np.arange(200)
    found = threshold(policy()[0], ratings_of(n < 0, np.full(200, 0.9), silent=50), "robot", delta=ALPHA)
    assert found is not None
    assert found.coverage == 0.8  # 200 of 250


def test_items_drawn_with_unequal_chances_certify_nothing() -> None:
    n = np.arange(200)
    uneven = ratings_of(n < 0, np.full(200, 0.9), pi=np.where(n < 100, 0.5, 1.0))
    assert threshold(policy()[0], uneven, "robot", delta=ALPHA) is None


def test_of_a_cluster_one_verdict_is_tested() -> None:
    n = np.arange(200)
    found = threshold(policy()[0], ratings_of(n < 0, np.full(200, 0.9), cluster=n // 2), "robot", delta=ALPHA)
    assert found is not None
    assert found.n == 100


def test_a_judge_without_confidence_or_of_another_name_has_none() -> None:
    n = np.arange(200)
    assert threshold(policy()[0], ratings_of(n < 0, np.full(200, np.nan)), "robot", delta=ALPHA) is None
    assert threshold(policy()[0], separable(), "other", delta=ALPHA) is None


@pytest.mark.parametrize("per_cluster", [1, 3])
def test_accepted_verdicts_err_more_than_promised_in_no_more_studies_than_alpha(per_cluster: int) -> None:
    """Every verdict errs with exactly .15, whatever its confidence: certifying anything is at the limit.

    2,000 studies; with the rate at ALPHA, 3 standard errors more are .0304 + 3 * .0038 = .042.
    """
    rng, false = np.random.default_rng(5), 0
    for _ in range(2_000):
        cluster = np.repeat(np.arange(150), per_cluster)
        wrong = (rng.random(150) < 0.15 + 1e-9)[cluster]
        confidence = rng.random(len(cluster))
        found = threshold(policy()[0], ratings_of(wrong, confidence, cluster=cluster), "robot", delta=ALPHA)
        false += found is not None
    assert false / 2_000 <= 0.042
