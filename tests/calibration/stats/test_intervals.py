"""The rules of intervals: when there is none, when there is a warning, and what the ends must be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from calibration.stats.agreement import COEFFICIENTS, pair_estimate
from calibration.stats.design import satterthwaite
from calibration.stats.estimate import Estimate
from calibration.stats.intervals import clopper_pearson, t_quantile, wilson, with_pseudo_items
from calibration.stats.patterns import pair_table, table_of
from calibration.stats.proportions import effective_n


def estimate(name: str, table: object) -> Estimate:
    found = pair_estimate(name, table)  # type: ignore[arg-type]
    assert isinstance(found, Estimate)
    return found


def test_four_items_of_the_rare_class_give_no_interval_and_say_so() -> None:
    found = estimate("cohen_kappa", table_of([[93, 1], [3, 3]]))
    assert (found.low, found.high) == (None, None)
    assert "too few of the rare class: only 4 items" in (found.interval_undefined or "")


def test_nine_items_of_the_rare_class_give_an_interval_with_a_warning() -> None:
    found = estimate("cohen_kappa", table_of([[88, 2], [3, 7]]))
    assert found.low is not None
    assert found.warnings == ("few of the rare class: only 9 items of the rarest class; a gate needs 10",)


def test_the_judges_rare_class_does_not_count_only_the_humans_does() -> None:
    # rows are the judge (2 answers "no"), columns the humans (50 and 50)
    assert estimate("cohen_kappa", table_of([[50, 48], [0, 2]])).warnings == ()


def test_a_declared_category_that_no_human_used_takes_no_interval_away() -> None:
    assert estimate("cohen_kappa", table_of([[40, 5, 0], [5, 40, 0], [0, 0, 0]])).low is not None


def test_an_outer_level_used_twice_takes_the_interval_of_nominal_kappa_but_not_of_quadratic() -> None:
    table = table_of([[2, 0, 0], [0, 60, 10], [0, 10, 60]])
    assert estimate("cohen_kappa", table).low is None
    assert estimate("cohen_kappa_quadratic", table).low is not None


def test_an_ordered_scale_with_a_rare_level_needs_a_hundred_items_for_a_gate() -> None:
    few = estimate("cohen_kappa_quadratic", table_of([[2, 1, 0], [0, 30, 8], [0, 8, 30]]))
    assert few.warnings == (
        "few of the rare class: only 2 items of the rarest level, 79 in all; a gate needs 10, or 100 in all",
    )
    assert estimate("cohen_kappa_quadratic", table_of([[2, 1, 0], [0, 60, 8], [0, 8, 60]])).warnings == ()


def test_the_rare_class_rule_leaves_raw_agreement_alone() -> None:
    assert estimate("percent_agreement", table_of([[99, 0], [1, 0]])).low is not None


def test_nine_clusters_give_no_interval_and_ten_give_one_with_a_warning() -> None:
    codes = np.tile([0, 1, 0, 1, 1], 40)
    other = np.tile([0, 1, 0, 1, 0, 1, 0, 1, 1, 0], 20)
    nine = pair_table(codes, other, 2, clusters=np.arange(200) % 9)
    ten = pair_table(codes, other, 2, clusters=np.arange(200) // 20)
    for name in ("cohen_kappa", "percent_agreement"):
        assert "too few clusters: 9" in (estimate(name, nine).interval_undefined or "")
        assert any("few clusters: 10" in w for w in estimate(name, ten).warnings)


def test_perfect_agreement_has_a_lower_bound_below_one() -> None:
    found = estimate("cohen_kappa", table_of([[25, 0], [0, 25]]))
    assert found.value == 1.0
    assert found.low is not None
    assert 0.6 < found.low < 0.9
    assert found.high == pytest.approx(1.0, abs=0.02)


def test_two_pseudo_items_are_spread_over_the_product_of_the_margins() -> None:
    # margins (.5, .5) and (.5, .5): half a pseudo-item in each cell
    extended = with_pseudo_items(table_of([[20, 5], [5, 20]]))
    assert extended.mass == pytest.approx([20.5, 5.5, 5.5, 20.5])
    assert extended.n == 50


def test_weighted_pseudo_items_weigh_two_effective_items() -> None:
    table = pair_table([0, 1, 0, 1], [0, 1, 1, 1], 2, weights=[1.0, 1.0, 2.0, 4.0])
    # Σw = 8, Σw² = 22, n_eff = 64/22; two effective items weigh 2 · 8 / n_eff = 5.5
    assert with_pseudo_items(table).total - table.total == pytest.approx(5.5)


def test_independent_equal_items_have_almost_n_degrees_of_freedom() -> None:
    # 200 normal totals: kurtosis 3, so 2G/(k - 1) = 200, capped at 199
    totals = stats.norm.ppf((np.arange(200) + 0.5) / 200)
    df = satterthwaite(float((totals**2).sum()), float((totals**4).sum()), 200)
    assert 190 < df <= 199


def test_one_dominant_unit_leaves_the_least_degrees_of_freedom() -> None:
    totals = np.array([10.0] + [0.1] * 99)
    assert satterthwaite(float((totals**2).sum()), float((totals**4).sum()), 100) == 4.0


@pytest.mark.parametrize(("successes", "n"), [(0, 20), (3, 20), (17, 20), (20, 20), (85, 100)])
def test_wilson_and_clopper_pearson_equal_statsmodels(successes: int, n: int) -> None:
    for ours, method in ((wilson, "wilson"), (clopper_pearson, "beta")):
        low, high = proportion_confint(successes, n, method=method)
        found = ours(successes, n)
        assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)


def test_zero_errors_of_fifty_nine_certify_a_risk_of_five_percent() -> None:
    # one-sided 95% = two-sided 90%: 1 - .05^(1/59) = .0495
    assert clopper_pearson(0, 59, level=0.9).high == pytest.approx(0.0495, abs=5e-5)


def test_the_effective_number_of_items_shrinks_with_the_design_effect() -> None:
    # p = .5, variance twice that of 100 independent items: 50 items, times (t_99 / t_39)²
    factor = (t_quantile(0.975, 99) / t_quantile(0.975, 39)) ** 2
    assert effective_n(0.5, 2 * 0.25 / 100, 100, 40) == pytest.approx(50 * factor)


def test_a_clustered_share_of_one_is_worth_its_clusters() -> None:
    table = pair_table(np.tile([0, 1], 60), np.tile([0, 1], 60), 2, clusters=np.arange(120) // 10)
    found = estimate("percent_agreement", table)
    assert found.low is not None
    assert found.low < 0.77  # Wilson of 12 out of 12 is [.757, 1]


def test_every_coefficient_says_how_its_interval_was_made() -> None:
    table = pair_table([0, 1] * 60, [0, 1, 1, 1] * 30, 2, clusters=np.arange(120) // 2, weights=np.ones(120))
    for name in COEFFICIENTS:
        if "pair" in COEFFICIENTS[name].coders:
            method = estimate(name, table).method
            assert "clustered" in method
            assert "weighted by 1/π" in method


def test_mt_bench_kappa_against_the_majority_clustered_by_question(real_data: Path) -> None:
    folder = real_data / "mtbench"
    votes, verdict, clusters = _read(folder)
    order = {"model_a": 0, "model_b": 1, "tie": 2}
    human, judge, question = [], [], []
    for item, cast in votes.items():
        if item not in verdict:
            continue
        counts = np.bincount([order[v] for v in cast], minlength=3)
        winners = np.flatnonzero(counts == counts.max())
        human.append(winners[0] if len(winners) == 1 else 2)
        judge.append(order[verdict[item]])
        question.append(clusters[item])
    _, ids = np.unique(question, return_inverse=True)
    found = estimate("cohen_kappa", pair_table(np.array(judge), np.array(human), 3, clusters=ids))
    assert (found.n, found.clusters) == (1814, 80)
    assert found.value == pytest.approx(0.505, abs=5e-4)
    assert (found.low, found.high) == pytest.approx((0.461, 0.548), abs=0.005)


def _read(folder: Path) -> tuple[dict[str, list[str]], dict[str, str], dict[str, str]]:
    def rows(name: str) -> list[dict[str, str]]:
        return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]

    cast = {(r["item_id"], r["rater"]): r["value"] for r in rows("human.jsonl")}
    votes: dict[str, list[str]] = {}
    for (item, _), value in cast.items():
        votes.setdefault(item, []).append(value)
    verdict = {r["item_id"]: r["value"] for r in rows("judge.jsonl")}
    return votes, verdict, {r["item_id"]: str(r["cluster"]) for r in rows("items.jsonl")}


@pytest.mark.parametrize("name", ["cohen_kappa", "krippendorff_alpha_nominal", "scott_pi", "gwet_ac1"])
def test_an_interval_contains_its_value_at_complete_agreement(name: str) -> None:
    found = pair_estimate(name, table_of([[30, 0], [0, 30]]))
    assert isinstance(found, Estimate)
    assert found.low is not None
    assert found.high == found.value == 1.0
    assert found.low < 1.0


def test_a_judge_that_never_varies_has_a_kappa_without_an_interval() -> None:
    found = pair_estimate("cohen_kappa", table_of([[30, 30], [0, 0]]))
    assert isinstance(found, Estimate)
    assert found.value == 0.0  # p_a = p_e = 1/2
    assert found.low is None
    assert "same answer throughout" in str(found.interval_undefined)
