"""Published agreement numbers of three real data sets, from their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from calibration.agreement import Agreement, CriterionAgreement, JudgeAgreement, Options, measure
from calibration.from_files import Choices, Where, ratings_from_files
from calibration.ratings import Columns
from calibration.stats.estimate import Estimate, Result

EXPERTS = (Where("rater_type", "expert"),)
TURN = Columns(by="turn")


def agreement(
    folder: Path,
    options: Options | None = None,
    *,
    choices: Choices | None = None,
    items: bool = True,
) -> Agreement:
    found = ratings_from_files(
        [folder / "human.jsonl"],
        [folder / "judge.jsonl"],
        [folder / "items.jsonl"] if items else [],
        choices=choices,
    )
    assert found.rejected == ()
    return measure(found.ratings, options)


def estimate(result: Result) -> Estimate:
    assert isinstance(result, Estimate), result
    return result


def preference(found: Agreement) -> CriterionAgreement:
    return found.criteria["preference"]


def judged(found: Agreement, judge: str) -> JudgeAgreement:
    return preference(found).judges[judge]


@pytest.fixture(scope="module")
def mtbench(real_data: Path) -> Path:
    return real_data / "mtbench"


@pytest.fixture(scope="module")
def pandalm(real_data: Path) -> Path:
    return real_data / "pandalm"


@pytest.fixture(scope="module")
def by_turn(mtbench: Path) -> Agreement:
    return agreement(
        mtbench, Options(reference="each", by="turn"), choices=Choices(where=EXPERTS, columns=TURN)
    )


@pytest.fixture(scope="module")
def by_turn_without_ties(mtbench: Path) -> Agreement:
    options = Options(reference="each", by="turn", drop=("tie",))
    return agreement(mtbench, options, choices=Choices(where=EXPERTS, columns=TURN))


@pytest.mark.parametrize(("turn", "value", "n"), [("1", 0.6597, 1343), ("2", 0.6574, 1325)])
def test_mtbench_judge_with_every_expert_vote_ties_as_a_class(
    by_turn: Agreement, turn: str, value: float, n: int
) -> None:
    judge = by_turn.strata[turn]["preference"].judges["gpt-4-pair"]
    assert (judge.n, estimate(judge.estimates["percent_agreement"]).n) == (n, n)
    assert estimate(judge.estimates["percent_agreement"]).value == pytest.approx(value, abs=5e-5)


@pytest.mark.parametrize(("turn", "value", "n"), [("1", 0.8463, 859), ("2", 0.8461, 864)])
def test_mtbench_judge_with_every_expert_vote_where_neither_said_tie(
    by_turn: Agreement, by_turn_without_ties: Agreement, turn: str, value: float, n: int
) -> None:
    dropped = by_turn_without_ties.strata[turn]["preference"].judges["gpt-4-pair"]
    variant = by_turn.strata[turn]["preference"].judges["gpt-4-pair"].variants["ties dropped"]
    assert (dropped.n, variant.n) == (n, n)
    for estimates in (dropped.estimates, variant.estimates):
        assert estimate(estimates["percent_agreement"]).value == pytest.approx(value, abs=5e-5)


# Pairs of expert votes on one item and turn, every pair counted once whoever gave them: with m votes an item
# counts m (m - 1) / 2 times. Without ties: the pairs in which neither voted tie.
@pytest.mark.parametrize(("turn", "value", "without_ties"), [("1", 0.6297, 0.8100), ("2", 0.6662, 0.8186)])
def test_mtbench_experts_with_one_another(
    by_turn: Agreement, by_turn_without_ties: Agreement, turn: str, value: float, without_ties: float
) -> None:
    humans = by_turn.strata[turn]["preference"].humans
    dropped = by_turn_without_ties.strata[turn]["preference"].humans
    assert estimate(humans.estimates["percent_agreement"]).value == pytest.approx(value, abs=5e-5)
    assert estimate(dropped.estimates["percent_agreement"]).value == pytest.approx(without_ties, abs=5e-5)


def test_mtbench_judge_with_the_majority_of_all_raters(mtbench: Path) -> None:
    judge = judged(agreement(mtbench), "gpt-4-pair")
    assert (judge.n, judge.reference_ties) == (1814, 0)
    assert estimate(judge.estimates["percent_agreement"]).value == pytest.approx(0.672, abs=5e-4)
    assert estimate(judge.estimates["cohen_kappa"]).value == pytest.approx(0.505, abs=5e-4)


# The vote comes first (202 tied votes become ties), then items where either side says tie leave: n = 1078.
# Dropping ties before the vote would give n = 1176.
def test_mtbench_judge_with_the_majority_without_ties(mtbench: Path) -> None:
    judge = judged(agreement(mtbench, Options(drop=("tie",))), "gpt-4-pair")
    assert judge.n == 1078
    assert estimate(judge.estimates["percent_agreement"]).value == pytest.approx(0.884, abs=5e-4)
    assert estimate(judge.estimates["cohen_kappa"]).value == pytest.approx(0.767, abs=5e-4)


def test_mtbench_human_alpha(mtbench: Path) -> None:
    humans = preference(agreement(mtbench)).humans
    assert (humans.items, humans.raters, humans.ratings) == (1814, 65, 3354)  # one of 3,355 is a duplicate
    assert estimate(humans.estimates["krippendorff_alpha_nominal"]).value == pytest.approx(0.4849, abs=5e-5)


def test_mtbench_interval_by_question_is_wider_than_one_that_ignores_clusters(mtbench: Path) -> None:
    clustered = estimate(judged(agreement(mtbench), "gpt-4-pair").estimates["cohen_kappa"])
    ignoring = estimate(judged(agreement(mtbench, items=False), "gpt-4-pair").estimates["cohen_kappa"])
    assert (clustered.clusters, ignoring.clusters) == (80, 1814)
    assert (clustered.low, clustered.high) == pytest.approx((0.460, 0.5475), abs=0.005)
    assert (ignoring.low, ignoring.high) == pytest.approx((0.473, 0.537), abs=0.005)


def test_pandalm_raters(pandalm: Path) -> None:
    humans = preference(agreement(pandalm)).humans
    assert [pair.raters for pair in humans.pairs] == [
        ("annotator1", "annotator2"), ("annotator1", "annotator3"), ("annotator2", "annotator3"),
    ]  # fmt: skip
    kappas = [estimate(pair.cohen_kappa).value for pair in humans.pairs]
    assert kappas == pytest.approx([0.852, 0.879, 0.862], abs=5e-4)
    assert estimate(humans.estimates["krippendorff_alpha_nominal"]).value == pytest.approx(0.8642, abs=5e-5)


def test_pandalm_majority_counts(pandalm: Path) -> None:
    confusion = judged(agreement(pandalm), "pandalm-7b").confusion
    assert confusion is not None
    assert confusion.categories == ("a", "b", "tie")
    assert [sum(column) for column in zip(*confusion.counts, strict=True)] == [422, 472, 105]


def test_pandalm_unparsed_verdicts_left_out(pandalm: Path) -> None:
    judge = judged(agreement(pandalm), "gpt-3.5-turbo")
    assert (judge.n, judge.statuses["parse_error"]) == (974, 25)
    assert estimate(judge.estimates["percent_agreement"]).value == pytest.approx(0.7156, abs=5e-5)
    assert estimate(judge.estimates["cohen_kappa"]).value == pytest.approx(0.4929, abs=5e-5)
    assert estimate(judge.estimates["macro_f1"]).value == pytest.approx(0.5331, abs=5e-5)


def test_pandalm_unparsed_verdicts_as_ties(pandalm: Path) -> None:
    judge = judged(agreement(pandalm, Options(unparsed="tie")), "gpt-3.5-turbo")
    variant = judged(agreement(pandalm), "gpt-3.5-turbo").variants["unparsed as tie"]
    assert (judge.n, variant.n) == (999, 999)
    for estimates in (judge.estimates, variant.estimates):
        assert estimate(estimates["percent_agreement"]).value == pytest.approx(0.7107, abs=5e-5)
        assert estimate(estimates["cohen_kappa"]).value == pytest.approx(0.4958, abs=5e-5)
        assert estimate(estimates["macro_f1"]).value == pytest.approx(0.5755, abs=5e-5)


def test_pandalm_interval_uses_the_instructions_as_clusters(pandalm: Path) -> None:
    assert estimate(judged(agreement(pandalm), "pandalm-7b").estimates["cohen_kappa"]).clusters == 170


REAL = (Where("stratum", "real/*"),)
JUDGE = "gpt-3.5-turbo-16k"


@pytest.fixture(scope="module")
def llm_rubric(real_data: Path) -> Path:
    return real_data / "llm_rubric"


@pytest.fixture(scope="module")
def expected_scores(llm_rubric: Path) -> Agreement:
    choices = Choices(scales={"*": "ordinal:1..4"}, where=REAL, not_applicable=("0",))
    return agreement(llm_rubric, Options(judge_field="expected"), choices=choices)


# Every real dialogue has one rater, so the rater's answer is the reference.
@pytest.mark.parametrize(
    ("name", "value"),
    [("rmse", 0.918676), ("pearson", 0.177301), ("spearman", 0.086675), ("kendall_tau_b", 0.065928)],
)
def test_llm_rubric_expected_score_with_the_rater(
    expected_scores: Agreement, name: str, value: float
) -> None:
    judge = expected_scores.criteria["Q0"].judges[JUDGE]
    found = estimate(judge.estimates[name])
    assert (judge.n, found.n) == (223, 223)
    assert found.value == pytest.approx(value, abs=5e-7)
    assert "cohen_kappa" not in judge.estimates


def test_llm_rubric_zero_is_not_an_answer_but_a_sentinel(
    llm_rubric: Path, expected_scores: Agreement
) -> None:
    poisoned = agreement(
        llm_rubric,
        Options(judge_field="expected"),
        choices=Choices(scales={"*": "ordinal:0..4"}, where=REAL),
    ).criteria["Q1"]
    clean = expected_scores.criteria["Q1"]
    assert estimate(poisoned.judges[JUDGE].estimates["spearman"]).value == pytest.approx(-0.617, abs=5e-4)
    assert estimate(clean.judges[JUDGE].estimates["spearman"]).value == pytest.approx(0.049, abs=5e-4)
    assert (clean.judges[JUDGE].n, clean.humans.statuses["not_applicable"]) == (146, 77)


def test_llm_rubric_counts_ratings_given_twice(llm_rubric: Path) -> None:
    found = ratings_from_files([llm_rubric / "human.jsonl"], choices=Choices(not_applicable=("0",)))
    left_out = [criterion.left_out for criterion in found.ratings.criteria.values()]
    assert sum(counts["duplicate"] for counts in left_out) == 81
    assert sum(counts.get("conflict", 0) for counts in left_out) == 28
