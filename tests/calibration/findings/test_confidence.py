"""What confidence is worth: exact scores on small tables, and a threshold only where one is certified."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from calibration.findings.confidence import ConfidenceFindings, confidence_findings, confidence_of
from calibration.ratings import CriterionRatings, Ratings, judge_column, ratings_from_columns
from calibration.render.blocks import Table
from calibration.render.confidence import advice_words, calibration_words, sources_blocks, threshold_words
from calibration.report import ConfidenceEvidence
from calibration.slicing import of_items
from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.selective import Threshold
from rubrics.rubric import Level, Scale

BINARY = Scale("binary", (Level("pass"), Level("fail")))


def ratings_of(
    truth: list[int], said: list[int], confidence: list[float], *, scale: Scale = BINARY
) -> CriterionRatings:
    n = len(truth)
    judge = judge_column("robot", scale, item=np.arange(n), answer=said, confidence=confidence)
    return ratings_from_columns(
        "ok", scale, items=tuple(f"i{k}" for k in range(n)), raters=("ada",),
        item=np.arange(n), rater=np.zeros(n), answer=truth, judges=(judge,),
    )  # fmt: skip


def found_in(ratings: CriterionRatings) -> ConfidenceFindings:
    found = confidence_of(ratings, ratings.judges[0])
    assert found is not None
    return found


def honest(n: int = 600) -> CriterionRatings:
    """Nine tenths of the verdicts are sure (.98) and right 98 times in 100, the others are coin tosses."""
    sure = np.arange(n) % 10 != 0
    wrong = np.where(sure, np.arange(n) % 50 == 7, np.arange(n) % 20 == 0)
    return ratings_of([0] * n, wrong.astype(int).tolist(), np.where(sure, 0.98, 0.5).tolist())


def test_the_brier_score_of_four_verdicts_is_the_mean_squared_distance() -> None:
    # right, right, wrong, right with .9, .8, .3, .9: (.01 + .04 + .09 + .01) / 4 = .0375
    found = found_in(ratings_of([0, 0, 0, 0], [0, 0, 1, 0], [0.9, 0.8, 0.3, 0.9]))
    assert isinstance(found.brier, Estimate)
    assert found.brier.value == pytest.approx(0.0375)
    assert (found.n, found.errors) == (4, 1)


def test_a_judge_without_confidence_has_no_findings() -> None:
    ratings = ratings_of([0, 1], [0, 1], [float("nan")] * 2)
    assert confidence_findings(Ratings({"ok": ratings})) == {}


def test_verdicts_without_a_confidence_are_counted_and_left_out() -> None:
    found = found_in(ratings_of([0, 0, 1], [0, 1, 1], [0.9, float("nan"), 0.8]))
    assert (found.n, found.errors, found.unsure_how) == (2, 0, 1)


def test_one_step_on_an_interval_scale_is_no_error() -> None:
    scale = Scale("interval", low=0, high=10, step=1)
    # truth 5; said 5, 6, 4, 7: only 7 is more than one step away
    found = found_in(ratings_of([5] * 4, [5, 6, 4, 7], [0.9, 0.8, 0.7, 0.6], scale=scale))
    assert found.errors == 1


def test_nothing_is_plainly_wrong_on_a_scale_without_steps() -> None:
    scale = Scale("interval", low=0, high=1)
    ratings = ratings_of([0, 1], [0, 0], [0.9, 0.8], scale=scale)
    assert confidence_of(ratings, ratings.judges[0]) is None


def test_an_honest_judge_gets_a_threshold_in_words() -> None:
    found = found_in(honest())
    assert isinstance(found.threshold, Threshold)
    # 12 + 30 errors of 600 are 7%: certified below 15% for all verdicts
    assert found.threshold.coverage == 1.0
    words = threshold_words(found)
    assert "at least 85% of the time, with probability 90%; 100% of traffic" in words
    assert advice_words(found).startswith("Follow it")


def test_a_judge_that_errs_too_often_gets_none() -> None:
    n = 200
    found = found_in(ratings_of([0] * n, [k % 2 for k in range(n)], [0.9] * n))
    assert threshold_words(found).startswith("Nothing is certified")
    assert "more than chance explains" in calibration_words(found)


def test_items_drawn_with_unequal_probability_certify_nothing() -> None:
    ratings = honest()
    uneven = replace(ratings, pi=np.where(np.arange(len(ratings.items)) % 2, 0.2, 0.8))
    assert isinstance(found_in(uneven).threshold, Undefined)


def test_clusters_count_once_in_the_threshold() -> None:
    ratings = honest()
    grouped = replace(ratings, cluster=np.arange(len(ratings.items)) // 3)
    found = found_in(grouped)
    assert (found.n, found.threshold_n) == (600, 200)


def two_sources() -> CriterionRatings:
    """`honest`, whose sureness is called logprobs; a second source is surer of errors, a third scarce."""
    ratings = honest()
    judge = ratings.judges[0]
    wrong = judge.code == 1
    sources = {
        "logprobs": judge.confidence,
        "verbalised": np.where(wrong ^ (np.arange(len(wrong)) % 7 == 1), 0.9, 0.6),
        "samples": np.where(np.arange(len(wrong)) < 20, 0.5, np.nan),
    }
    return replace(ratings, judges=(replace(judge, sources=sources),))


def test_each_source_of_confidence_gets_its_own_advice_on_its_own_verdicts() -> None:
    found = {source.kind: source for source in found_in(two_sources()).sources}
    assert {kind: one.advice.follow for kind, one in found.items()} == {
        "logprobs": "follow",
        "verbalised": "inverted",
        "samples": "ignore",
    }
    assert (found["logprobs"].n, found["samples"].n) == (600, 20)
    # places 0 and 7 of the first twenty are wrong
    assert found["samples"].errors == 2
    assert "pilot too small: 2 wrong verdicts; label" in found["samples"].advice.reason


def test_sources_stand_in_a_table_of_their_own_where_there_are_any() -> None:
    evidence = ConfidenceEvidence("validation", "", confidence_findings(Ratings({"ok": two_sources()})))
    _, table = sources_blocks(evidence)
    assert isinstance(table, Table)
    assert [row[2].text for row in table.rows] == ["logprobs", "verbalised", "samples"]
    plain = ConfidenceEvidence("validation", "", confidence_findings(Ratings({"ok": honest()})))
    assert sources_blocks(plain) == []


def test_sources_stay_with_their_verdicts_when_items_are_left_out() -> None:
    ratings = two_sources()
    half = of_items(ratings, np.arange(len(ratings.items)) >= 300)
    assert half.judges[0].sources["verbalised"].tolist() == (
        ratings.judges[0].sources["verbalised"][300:].tolist()
    )


def test_findings_are_the_same_twice_and_strict_json() -> None:
    first, second = (json.dumps(found_in(honest()).as_json(), allow_nan=False) for _ in range(2))
    assert first == second
    assert json.loads(first)["threshold"]["delta"] == 0.1
