"""A share in production's mix: by hand, beside another package's bounds, and how often it covers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from calibration.mixing import estimates
from calibration.stats.estimate import Estimate, Undefined
from calibration.stats.mixture import mixture
from calibration.stats.prevalence import ABSENT, NEGATIVE, POSITIVE, Answers, answers

SHARES = {"typical": 0.7, "edge": 0.25, "rare": 0.05}
SIZES = {"typical": 300, "edge": 300, "rare": 300}  # of the pool: equal, which production is not
RATES = {"typical": 0.9, "edge": 0.6, "rare": 0.3}


def found(value: float, low: float | None, high: float | None) -> Estimate:
    return Estimate(value, low, high, 0.95, 20, 20, "Wilson", None if low is not None else "too few clusters")


def test_a_mixture_is_the_weighted_sum_and_its_bounds_are_movers() -> None:
    parts = {"a": found(0.8, 0.6, 0.9), "b": found(0.4, 0.2, 0.7)}
    # shares .3 and .1 of what is seen are 3/4 and 1/4: .75 * .8 + .25 * .4 = .7
    # below: sqrt((.75 * .2)² + (.25 * .2)²) = .158114; above: sqrt((.75 * .1)² + (.25 * .3)²) = .106066
    made = mixture(parts, {"a": 0.3, "b": 0.1})
    assert isinstance(made, Estimate)
    assert (made.value, made.low, made.high) == pytest.approx((0.7, 0.541886, 0.806066), abs=1e-6)
    assert (made.n, made.clusters) == (40, 40)
    added = mixture(parts, {"a": 0.3, "b": 0.1}, independent=False)
    assert isinstance(added, Estimate)
    assert (added.low, added.high) == pytest.approx((0.7 - 0.2, 0.7 + 0.15))  # .15 + .05, .075 + .075


def test_every_stratum_says_what_the_reader_is_warned_of() -> None:
    fine = Estimate(0.5, 0.4, 0.6, 0.95, 100, 100, "Wilson")
    few = Estimate(0.5, 0.2, 0.8, 0.95, 8, 8, "Wilson", warnings=("8 items",))
    bare = Estimate(0.5, None, None, 0.95, 3, 3, "Wilson", "3 items", ("few",))
    shares = {"easy": 0.5, "hard": 0.5}
    for other, said in ((few, ("stratum hard: 8 items",)), (bare, ("stratum hard: few",))):
        found = mixture({"easy": fine, "hard": other}, shares)
        assert isinstance(found, Estimate)
        assert found.warnings == said


def test_what_a_stratum_lacks_the_whole_lacks() -> None:
    shares = {"a": 0.5, "b": 0.5}
    assert mixture({"a": found(0.5, 0.4, 0.6), "b": Undefined("no label")}, shares) == Undefined(
        "stratum b: no label"
    )
    assert isinstance(mixture({}, shares), Undefined)
    without = mixture({"a": found(0.5, 0.4, 0.6), "b": found(0.7, None, None)}, shares)
    assert isinstance(without, Estimate)
    assert (without.value, without.low) == (pytest.approx(0.6), None)
    assert without.interval_undefined == "stratum b: too few clusters"


def world(rng: np.random.Generator, labels: int = 40) -> tuple[Answers, list[str]]:
    """Equal strata, `labels` of each labelled at random; the judge is right in 85%."""
    strata = [name for name, size in SIZES.items() for _ in range(size)]
    truth = np.concatenate([rng.random(SIZES[name]) < RATES[name] for name in SIZES])
    judge = np.where(rng.random(len(truth)) < 0.85, truth, ~truth).astype(np.int64)
    human = np.full(len(truth), ABSENT, dtype=np.int64)
    for k in range(len(SIZES)):
        chosen = k * 300 + rng.choice(300, labels, replace=False)
        human[chosen] = truth[chosen]
    return answers(judge, human), strata


def test_labels_alone_are_those_of_an_independent_package_in_the_declared_shares() -> None:
    data, strata = world(np.random.default_rng(5))
    made = estimates(data, 0.95, (strata, SHARES))["labels_only"]
    assert isinstance(made, Estimate)
    value = below = above = 0.0
    for name, share in SHARES.items():
        given = data.human[(np.array(strata) == name) & (data.human != ABSENT)]
        low, high = proportion_confint(int(given.sum()), len(given), 0.05, "wilson")
        value += share * given.mean()
        below += (share * (given.mean() - low)) ** 2
        above += (share * (high - given.mean())) ** 2
    assert made.value == pytest.approx(value)
    assert (made.low, made.high) == pytest.approx((value - math.sqrt(below), value + math.sqrt(above)))


def test_post_stratified_is_the_mean_within_stratum_and_verdict_in_the_declared_shares() -> None:
    data, strata = world(np.random.default_rng(6))
    made = estimates(data, 0.95, (strata, SHARES))["post_stratified"]
    value, of = 0.0, np.array(strata)
    for name, share in SHARES.items():
        for verdict in (NEGATIVE, POSITIVE):
            here = (of == name) & (data.judge == verdict)
            value += share * here.sum() / 300 * data.human[here & (data.human != ABSENT)].mean()
    assert isinstance(made, Estimate)
    assert made.value == pytest.approx(value)


def test_a_judge_of_one_answer_in_a_stratum_leaves_the_labels_there() -> None:
    data, strata = world(np.random.default_rng(7))
    constant = np.where(np.array(strata) == "rare", POSITIVE, data.judge)
    made = estimates(answers(constant, data.human), 0.95, (strata, SHARES))["post_stratified"]
    assert isinstance(made, Estimate)


def test_clusters_that_reach_over_strata_make_the_interval_wider() -> None:
    data, strata = world(np.random.default_rng(8))
    inside = answers(data.judge, data.human, clusters=np.arange(900))
    across = answers(data.judge, data.human, clusters=np.arange(900) % 300)
    widths = []
    for pool in (inside, across):
        made = estimates(pool, 0.95, (strata, SHARES))["labels_only"]
        assert isinstance(made, Estimate) and made.low is not None and made.high is not None
        widths.append(made.high - made.low)
    assert widths[1] > 1.15 * widths[0]


@pytest.mark.parametrize("name", ["labels_only", "post_stratified"])
def test_the_interval_covers_the_share_in_production(name: str) -> None:
    rng = np.random.default_rng(9)
    truth = sum(SHARES[s] * RATES[s] for s in SHARES)
    hits, naive, draws = 0, 0, 400
    for _ in range(draws):
        data, strata = world(rng)
        made, raw = estimates(data, 0.95, (strata, SHARES))[name], estimates(data, 0.95)[name]
        assert isinstance(made, Estimate) and isinstance(raw, Estimate)
        hits += covers(made, truth)
        naive += covers(raw, truth)
    assert hits / draws >= 0.93 - 2 * math.sqrt(0.95 * 0.05 / draws)
    assert naive / draws < 0.2  # of the pool's own mix: another number


def covers(made: Estimate, truth: float) -> bool:
    return made.low is not None and made.high is not None and made.low <= truth <= made.high
