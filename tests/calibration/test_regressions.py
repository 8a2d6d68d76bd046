"""A regression is a loss of the margin or more that is surely a loss; the intervals hold what they say."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.corrected_gap import Gaps, corrected_gap
from calibration.regressions import (
    PairedUnits,
    changes,
    default_margins,
    finding_of,
    paired_difference,
    ratio_change,
)
from calibration.stats.estimate import Estimate, Undefined


def units(better: int, worse: int, same: int, **more: object) -> PairedUnits:
    """So many units that the candidate alone, the current one alone, and both get right."""
    current = np.array([0.0] * better + [1.0] * worse + [1.0] * same)
    candidate = np.array([1.0] * better + [0.0] * worse + [1.0] * same)
    return PairedUnits(current, candidate, **more)  # type: ignore[arg-type]


def test_the_interval_is_bonett_and_price_s() -> None:
    # b = 6, c = 17, n = 100: (7/102, 18/102), difference -.11, SE^2 = (25/102 - (11/102)^2) / 102 -> SE .0479
    found = paired_difference(units(6, 17, 77))
    assert isinstance(found, Estimate)
    assert found.value == pytest.approx(-0.11)
    assert found.low is not None
    assert found.high is not None
    centre, half = (found.low + found.high) / 2, (found.high - found.low) / 2
    assert centre == pytest.approx(-11 / 102)
    assert half == pytest.approx(1.984 * 0.0479, rel=0.02)


def test_units_that_all_stay_the_same_prove_little_when_they_are_few() -> None:
    few, many = (paired_difference(units(0, 0, n)) for n in (20, 2_000))
    assert finding_of(few, 0.05) == "undecided"
    assert finding_of(many, 0.05) == "no worse"


@pytest.mark.parametrize(
    ("better", "worse", "margin", "finding"),
    [
        (10, 60, 0.05, "worse"),  # -.1, surely below 0
        (10, 60, 0.15, "no worse"),  # surely not below -.15
        (10, 60, 0.12, "undecided"),  # surely below 0, but by less than the margin; maybe by more
        (30, 34, 0.05, "no worse"),
        (60, 10, 0.05, "no worse"),
    ],
)
def test_the_three_findings(better: int, worse: int, margin: float, finding: str) -> None:
    (change,) = changes(units(better, worse, 500 - better - worse), about="a", criterion="c", margin=margin)
    assert change.finding == finding
    assert change.regression is (finding == "worse")


def test_a_loss_in_one_stratum_is_found_at_a_stricter_level() -> None:
    both = units(5, 45, 150, strata=["small"] * 50 + ["large"] * 150)
    whole, large, small = changes(both, about="a", criterion="c", margin=0.05)
    assert (whole.stratum, large.stratum, small.stratum) == (None, "large", "small")
    assert (large.finding, small.finding) == ("no worse", "worse")
    assert isinstance(small.difference, Estimate)
    assert small.difference.level == pytest.approx(0.975)


def test_a_false_alarm_is_rarer_than_one_in_twenty() -> None:
    """Nothing changes, a tenth of the answers flip either way: worse is said in 2.5% at most, and by luck."""
    rng = np.random.default_rng(8)
    alarms = 0
    for _ in range(2_000):
        flips = rng.choice([-1, 0, 1], size=120, p=[0.1, 0.8, 0.1])
        found = paired_difference(PairedUnits(np.where(flips < 0, 1.0, 0.0), np.where(flips > 0, 1.0, 0.0)))
        alarms += finding_of(found, 0.02) == "worse"
    assert alarms / 2_000 <= 0.035  # .025 and three standard errors of .0035


def test_clusters_count_once() -> None:
    alone = paired_difference(units(6, 17, 77))
    pairs = paired_difference(units(12, 34, 154, clusters=np.repeat(np.arange(100), 2)))
    assert isinstance(alone, Estimate)
    assert isinstance(pairs, Estimate)
    assert pairs.high == pytest.approx(alone.high, abs=0.01)


def test_latency_is_compared_as_a_ratio() -> None:
    rng = np.random.default_rng(1)
    before = rng.lognormal(0, 0.3, 200)
    slower = ratio_change("latency", before, before * rng.lognormal(np.log(1.5), 0.1, 200), margin=0.2)
    assert slower is not None
    assert slower.finding == "worse"
    assert isinstance(slower.difference, Estimate)
    assert slower.difference.value == pytest.approx(1.5, abs=0.05)
    same = ratio_change("latency", before, before * rng.lognormal(0, 0.1, 200), margin=0.2)
    assert same is not None
    assert same.finding == "no worse"
    unknown = np.full(200, np.nan)
    assert ratio_change("latency", before, unknown, margin=0.2) is None


def test_sensitive_criteria_have_the_narrower_margin() -> None:
    assert default_margins({"a": "sensitive", "b": "routine"}, None) == {"a": 0.02, "b": 0.05}
    assert default_margins({"a": "sensitive"}, 0.1) == {"a": 0.1}


def world(rng: np.random.Generator, *, bias: float, n: int = 60, pool: int = 600) -> Gaps:
    """True gaps of mean -.1; the judge sees them with noise, and is `bias` in favour of the candidate."""
    human = rng.choice([-1.0, 0.0, 1.0], size=pool, p=[0.25, 0.6, 0.15])
    judge = np.clip(human + bias + rng.normal(0, 0.4, pool), -1.2, 1.2)
    return Gaps(np.where(np.arange(pool) < n, human, np.nan), judge)


@pytest.mark.parametrize("bias", [0.0, 0.4])
def test_the_corrected_gap_covers_the_truth_however_biased_the_judge(bias: float) -> None:
    rng, covered, widths = np.random.default_rng(3), 0, []
    for _ in range(1_000):
        gaps = world(rng, bias=bias)
        found = corrected_gap(gaps)
        alone = corrected_gap(Gaps(gaps.human[:60], gaps.judge[:60]))
        assert isinstance(found, Estimate)
        assert isinstance(alone, Estimate)
        assert found.low is not None and found.high is not None
        assert alone.low is not None and alone.high is not None
        covered += found.low <= -0.1 <= found.high
        widths.append((found.high - found.low) / (alone.high - alone.low))
    assert 0.93 <= covered / 1_000 <= 0.98
    assert np.mean(widths) < 0.8  # the judge is worth something


def test_too_few_labels_correct_nothing() -> None:
    assert isinstance(corrected_gap(world(np.random.default_rng(1), bias=0, n=9)), Undefined)


def test_a_judge_that_sees_nothing_costs_nothing() -> None:
    gaps = world(np.random.default_rng(1), bias=0)
    found = corrected_gap(Gaps(gaps.human, np.zeros(600)))
    alone = corrected_gap(Gaps(gaps.human[:60], np.zeros(60)))
    assert isinstance(found, Estimate)
    assert isinstance(alone, Estimate)
    assert (found.value, found.low) == pytest.approx((alone.value, alone.low))
