"""Agreement from columns: small tables whose numbers are derived by hand, and every way to have none."""

from __future__ import annotations

import json

import pytest

from calibration.agreement import Agreement, NoSuchAnswer, NoSuchReference, Options, measure
from calibration.ratings import Columns, ratings_from_records
from calibration.scales import ordinal_scale, pairwise_scale, parse_scale
from calibration.stats.estimate import Estimate, Result, Undefined
from rubrics.answers import Label, Verdict
from rubrics.items import Item
from rubrics.rubric import Scale, Value

PREFERENCE = pairwise_scale()
STARS = ordinal_scale(range(1, 6))


def labels(rater: str, answers: str | list[Value], criterion: str = "c") -> list[Label]:
    """One label per item i0, i1, …; "-" leaves an item out, "n" is not applicable."""
    return [
        Label(f"i{k}", rater, criterion, None, status="not_applicable")
        if value == "n"
        else Label(f"i{k}", rater, criterion, value)
        for k, value in enumerate(answers)
        if value != "-"
    ]


def verdicts(judge: str, answers: str | list[Value], criterion: str = "c") -> list[Verdict]:
    """As labels; "?" is unparsed."""
    special = {"?": "parse_error", "n": "not_applicable", "!": "abstained"}
    return [
        Verdict(f"i{k}", judge, criterion, None, status=special[str(value)])  # type: ignore[arg-type]
        if str(value) in special
        else Verdict(f"i{k}", judge, criterion, value)
        for k, value in enumerate(answers)
        if value != "-"
    ]


def agreement(
    given: list[Label],
    judged: list[Verdict],
    *,
    scale: Scale = PREFERENCE,
    items: list[Item] | None = None,
    columns: Columns | None = None,
    options: Options | None = None,
) -> Agreement:
    return measure(ratings_from_records(given, judged, items or [], {"c": scale}, columns=columns), options)


def value(result: Result) -> float:
    assert isinstance(result, Estimate), result
    return result.value


def test_a_judge_is_compared_with_the_majority() -> None:
    given = labels("r1", "aabb") + labels("r2", "aabb") + labels("r3", "bbba")
    found = agreement(given, verdicts("gpt", "abbb")).criteria["c"].judges["gpt"]
    # majority a a b b, judge a b b b: 3 of 4 agree; p_e = .25·.5 + .75·.5 = .5 -> κ = .25 / .5
    assert (found.n, found.reference, found.reference_ties) == (4, "majority", 0)
    assert value(found.estimates["percent_agreement"]) == 0.75
    assert value(found.estimates["cohen_kappa"]) == pytest.approx(0.5)
    assert found.confusion is not None
    assert found.confusion.counts == ((1, 0, 0), (1, 2, 0), (0, 0, 0))  # rows: the judge


def test_each_compares_the_judge_with_every_label_and_clusters_by_item() -> None:
    given = labels("r1", "aabb") + labels("r2", "aab-")
    found = agreement(given, verdicts("gpt", "abbb"), options=Options(reference="each"))
    judge = found.criteria["c"].judges["gpt"]
    # pairs: r1 1 0 1 1, r2 1 0 1 -> 5 of 7
    estimate = judge.estimates["percent_agreement"]
    assert isinstance(estimate, Estimate)
    assert (judge.n, estimate.n, estimate.clusters) == (7, 7, 4)
    assert estimate.value == pytest.approx(5 / 7)


def test_human_pairs_are_pooled_in_both_orders_and_counted_once() -> None:
    humans = (
        agreement(labels("r1", "aab-") + labels("r2", "ab-b") + labels("r3", "aaa-"), []).criteria["c"].humans
    )
    # i0: three pairs agree; i1: r1r3 agrees, two do not; i2: r1r3 disagree; i3: no pair -> 4 of 7
    estimate = humans.estimates["percent_agreement"]
    assert isinstance(estimate, Estimate)
    assert (estimate.n, estimate.clusters) == (7, 3)
    assert estimate.value == pytest.approx(4 / 7)
    # pooled margins: answers in pairs: i0 6 a; i1 (a, b), (a, a), (b, a); i2 (b, a): a 6 + 4 + 1 = 11 of 14
    chance = (11 / 14) ** 2 + (3 / 14) ** 2
    assert value(humans.estimates["cohen_kappa"]) == pytest.approx((4 / 7 - chance) / (1 - chance))
    assert (humans.items, humans.ratings, humans.raters) == (4, 9, 3)


def test_pairs_of_raters_with_thirty_common_items_are_listed() -> None:
    common = "ab" * 15
    given = labels("r2", common) + labels("r1", common) + labels("r3", common[:29])
    humans = agreement(given, []).criteria["c"].humans
    assert [(pair.raters, pair.n) for pair in humans.pairs] == [(("r1", "r2"), 30)]
    assert value(humans.pairs[0].cohen_kappa) == 1.0


def test_statuses_count_what_was_not_answered() -> None:
    given = [*labels("r1", "aabbn"), Label("i9", "r1", "c", None, status="skipped")]
    found = agreement(given, verdicts("gpt", "ab?!n")).criteria["c"]
    assert found.humans.statuses == {"observed": 4, "not_applicable": 1, "skipped": 1, "withdrawn": 0}
    assert found.judges["gpt"].statuses == {
        "observed": 2, "not_applicable": 1, "abstained": 1, "parse_error": 1, "provider_error": 0,
    }  # fmt: skip
    assert found.judges["gpt"].n == 2


def test_not_applicable_against_an_answer_is_counted_apart() -> None:
    given = labels("r1", "abnn") + labels("r2", "a-nb")
    found = agreement(given, verdicts("gpt", "anan")).criteria["c"].judges["gpt"].applicability
    # i0 both answered; i1 only the judge; i2 only the humans; i3 one human answered: only the judge
    assert found is not None
    assert found.as_json() == {
        "both_answered": 1, "only_judge_not_applicable": 2, "only_human_not_applicable": 1,
        "both_not_applicable": 0,
    }  # fmt: skip


def test_under_each_the_applicability_table_counts_labels() -> None:
    given = labels("r1", "abnn") + labels("r2", "a-nb")
    found = agreement(given, verdicts("gpt", "anan"), options=Options(reference="each"))
    table = found.criteria["c"].judges["gpt"].applicability
    assert table is not None
    assert (table.both_answered, table.only_judge_not_applicable) == (2, 2)
    assert (table.only_human_not_applicable, table.both_not_applicable) == (2, 1)


def test_dropping_ties_comes_after_the_vote_and_leaves_two_answers() -> None:
    given = labels("r1", ["a", "a", "b", "tie"]) + labels("r2", ["a", "tie", "b", "b"])
    judged = verdicts("gpt", ["a", "a", "tie", "b"])
    plain = agreement(given, judged).criteria["c"].judges["gpt"]
    dropped = agreement(given, judged, options=Options(drop=("tie",))).criteria["c"]
    # votes: a, tie (1:1), b, tie (1:1); without ties only i0 is left: the judge's tie on i2 leaves too
    assert (plain.n, value(plain.estimates["percent_agreement"])) == (4, 0.25)
    assert (dropped.judges["gpt"].n, dropped.scale.categories) == (1, ("a", "b", "tie"))
    assert dropped.judges["gpt"].confusion is not None
    assert dropped.judges["gpt"].confusion.categories == ("a", "b")
    variant = plain.variants["ties dropped"]
    assert (variant.n, value(variant.estimates["percent_agreement"])) == (1, 1.0)
    # human pairs without a tie: i0 and i2
    assert value(dropped.humans.estimates["percent_agreement"]) == 1.0
    assert "ties dropped" not in dropped.judges["gpt"].variants


def test_unparsed_verdicts_are_left_out_or_count_as_an_answer() -> None:
    given = labels("r1", ["a", "b", "tie"])
    judged = verdicts("gpt", ["a", "a", "?"])
    plain = agreement(given, judged).criteria["c"].judges["gpt"]
    as_tie = agreement(given, judged, options=Options(unparsed="tie")).criteria["c"].judges["gpt"]
    assert (plain.n, value(plain.estimates["percent_agreement"])) == (2, 0.5)
    assert (as_tie.n, value(as_tie.estimates["percent_agreement"])) == (3, pytest.approx(2 / 3))
    assert plain.variants["unparsed as tie"].n == 3
    assert as_tie.variants["unparsed excluded"].n == 2
    assert as_tie.statuses["parse_error"] == 1


def test_an_answer_that_no_scale_has_cannot_be_dropped_or_stand_for_unparsed() -> None:
    for options in (Options(drop=("neither",)), Options(unparsed="neither")):
        with pytest.raises(NoSuchAnswer, match="'neither' is not an answer"):
            agreement(labels("r1", "ab"), [], options=options)


def test_an_option_that_one_criterion_can_follow_is_ignored_by_the_others() -> None:
    given = labels("r1", ["a", "tie"]) + labels("r1", [1, 2], "stars")
    ratings = ratings_from_records(given, [], [], {"c": PREFERENCE, "stars": STARS})
    found = measure(ratings, Options(drop=("tie",)))
    assert [c.humans.ratings for c in found.criteria.values()] == [2, 2]


def test_a_reference_that_a_scale_does_not_have_is_refused() -> None:
    with pytest.raises(NoSuchReference, match="no median"):
        agreement(labels("r1", "ab"), verdicts("gpt", "ab"), options=Options(reference="median"))


def test_ordinal_scales_get_the_weighted_coefficients_and_ties_of_the_median_are_counted() -> None:
    given = labels("r1", [1, 2, 4, 5]) + labels("r2", [1, 2, 4, 4])
    found = agreement(given, verdicts("gpt", [1, 3, 4, 5]), scale=STARS).criteria["c"].judges["gpt"]
    assert (found.n, found.reference, found.reference_ties) == (3, "median", 1)
    assert {"cohen_kappa_quadratic", "krippendorff_alpha_ordinal"} <= set(found.estimates)
    # pairs (1,1) (3,2) (4,4): observed Σd² = 1; expected: mean over all pairs of Σd²
    # Σ_ij (x_i - y_j)² / 3 = (0+1+9 + 4+1+1 + 9+4+0) / 3 = 29/3 -> κ = 1 - 1 / (29/3)
    assert value(found.estimates["cohen_kappa_quadratic"]) == pytest.approx(1 - 3 / 29)


def test_strata_get_the_same_numbers_from_their_own_items_only() -> None:
    items = [Item(f"i{k}", meta=(("turn", 1 if k < 2 else 2),)) for k in range(4)]
    given = [*labels("r1", "aabb"), *labels("r2", "aaba"), Label("i0", "r3", "c", None, status="skipped")]
    found = agreement(
        given, verdicts("gpt", "aba?"), items=items, columns=Columns(by="turn"), options=Options(by="turn")
    )
    first, second = found.strata["1"]["c"], found.strata["2"]["c"]
    assert list(found.strata) == ["1", "2"]
    assert (first.humans.items, first.humans.ratings, second.humans.ratings) == (2, 4, 4)
    assert (first.humans.statuses["skipped"], second.humans.statuses["skipped"]) == (1, 0)
    assert value(first.judges["gpt"].estimates["percent_agreement"]) == 0.5
    assert second.judges["gpt"].statuses["parse_error"] == 1
    assert first.judges["gpt"].statuses["parse_error"] == 0


def test_weights_are_the_inverse_of_the_inclusion_probability() -> None:
    items = [Item(f"i{k}", meta=(("share", 0.25 if k == 0 else 1.0),)) for k in range(3)]
    given = labels("r1", "aabb")
    found = agreement(given, verdicts("gpt", "abb-"), items=items, columns=Columns(pi="share"))
    judge = found.criteria["c"].judges["gpt"]
    # items weigh 4, 1, 1; the second disagrees -> 5 / 6; i3 has no π and is left out
    assert value(judge.estimates["percent_agreement"]) == pytest.approx(5 / 6)
    assert found.criteria["c"].weighted is not None
    assert found.criteria["c"].humans.items == 3
    assert found.assumptions[-1] == "c: 1 items have no inclusion probability and were left out"


def test_clusters_are_the_independent_units() -> None:
    items = [Item(f"i{k}", cluster=str(k // 2)) for k in range(4)]
    found = agreement(labels("r1", "aabb"), verdicts("gpt", "abbb"), items=items)
    estimate = found.criteria["c"].judges["gpt"].estimates["cohen_kappa"]
    assert isinstance(estimate, Estimate)
    assert (estimate.n, estimate.clusters) == (4, 2)


def test_the_ceiling_uses_items_with_two_raters_and_a_verdict() -> None:
    given = labels("r1", "aabba") + labels("r2", "ab-ba")
    found = agreement(given, verdicts("gpt", "aabb?")).criteria["c"].judges["gpt"].ceiling
    assert found is not None
    # common items i0 i1 i3: rater pairs agree on two of three; judge agrees with r1 on all, with r2 on two
    assert isinstance(found.human_human, Estimate)
    assert isinstance(found.judge_human, Estimate)
    assert (found.human_human.n, found.judge_human.n) == (3, 6)
    assert isinstance(found.gap, Estimate)
    assert found.gap.value == pytest.approx(found.judge_human.value - found.human_human.value)


def test_one_rater_alone_leaves_human_agreement_undefined_but_not_the_judge() -> None:
    found = agreement(labels("r1", "aabb"), verdicts("gpt", "abbb")).criteria["c"]
    assert {type(estimate) for estimate in found.humans.estimates.values()} == {Undefined}
    assert value(found.judges["gpt"].estimates["percent_agreement"]) == 0.75
    assert found.judges["gpt"].ceiling is not None
    assert isinstance(found.judges["gpt"].ceiling.gap, Undefined)


def test_no_overlap_of_judge_and_raters_is_undefined_with_a_reason() -> None:
    found = agreement(labels("r1", "ab--"), verdicts("gpt", "--ab")).criteria["c"].judges["gpt"]
    assert found.n == 0
    assert {type(estimate) for estimate in found.estimates.values()} == {Undefined}
    assert found.estimates["cohen_kappa"] == Undefined("no items were compared")


@pytest.mark.parametrize("scale", [PREFERENCE, STARS, parse_scale("interval:0..1"), Scale("nominal")])
def test_criteria_without_labels_or_without_verdicts_are_undefined_and_not_a_crash(scale: Scale) -> None:
    nobody = [Label("i", "r", "c", None, status="skipped")]
    unread = [Verdict("i", "gpt", "c", None, status="parse_error")]
    for given, judged in (([], unread), (nobody, []), (nobody, unread)):
        found = agreement(given, judged, scale=scale)
        assert found.criteria["c"].humans.ratings == 0
        json.dumps(found.as_json(), allow_nan=False)


def test_several_judges_and_criteria_stay_apart() -> None:
    given = labels("r1", "ab") + labels("r1", [1, 2], "stars")
    judged = verdicts("gpt", "ab") + verdicts("rule", "ba") + verdicts("gpt", [1, 1], "extra")
    ratings = ratings_from_records(given, judged, [], {"c": PREFERENCE, "stars": STARS, "extra": STARS})
    found = measure(ratings)
    assert {name: list(criterion.judges) for name, criterion in found.criteria.items()} == {
        "c": ["gpt", "rule"], "stars": [], "extra": ["gpt"],
    }  # fmt: skip
    assert value(found.criteria["c"].judges["rule"].estimates["percent_agreement"]) == 0.0
    assert found.criteria["extra"].judges["gpt"].n == 0


def test_the_json_is_the_contracts_object() -> None:
    content = agreement(labels("r1", "aabb") + labels("r2", "aabb"), verdicts("gpt", "abb?")).as_json()
    back = json.loads(json.dumps(content, allow_nan=False))
    assert back["schema"] == "calibrant/agreement/1"
    criterion = back["criteria"]["c"]
    assert criterion["scale"] == {"kind": "pairwise", "categories": ["a", "b", "tie"]}
    assert {"items", "ratings", "raters", "statuses", "estimates", "pairs"} <= set(criterion["humans"])
    judge = criterion["judges"]["gpt"]
    assert {"n", "statuses", "reference", "reference_ties", "estimates", "confusion", "ceiling"} <= set(judge)
    estimate = judge["estimates"]["percent_agreement"]
    assert {"value", "low", "high", "level", "n", "clusters", "method"} <= set(estimate)
    assert set(judge["ceiling"]) == {"coefficient", "human_human", "judge_human", "gap"}


def test_plain_numbers_are_compared_as_numbers() -> None:
    scale = parse_scale("interval:0..10")
    given = labels("r1", [1.5, 2.0, 7.0]) + labels("r2", [2.5, 2.0, 8.0])
    found = agreement(given, verdicts("gpt", [2.0, 3.0, 8.5]), scale=scale).criteria["c"]
    judge = found.judges["gpt"]
    # means 2, 2, 7.5; differences 0, 1, 1
    assert judge.reference == "mean"
    assert value(judge.estimates["mae"]) == pytest.approx(2 / 3)
    assert value(judge.estimates["rmse"]) == pytest.approx((2 / 3) ** 0.5)
    assert "cohen_kappa" not in judge.estimates
    assert judge.confusion is None
    # D_o = mean squared difference within items = (1 + 0 + 1) / 3; D_e over the 15 pairs of
    # 1.5 2.5 2 2 7 8: Σx = 23, Σx² = 129.5 -> (6 · 129.5 - 23²) / 15 = 248 / 15
    assert value(found.humans.estimates["krippendorff_alpha_interval"]) == pytest.approx(
        1 - (2 / 3) / (248 / 15)
    )
    assert "icc_1" in found.humans.estimates


def test_expected_scores_are_compared_as_numbers_with_the_reference() -> None:
    given = labels("r1", [1, 2, 4])
    judged = [
        Verdict("i0", "gpt", "c", 1, expected=1.5),
        Verdict("i1", "gpt", "c", 2, expected=2.0),
        Verdict("i2", "gpt", "c", 4),
    ]
    found = agreement(given, judged, scale=STARS, options=Options(judge_field="expected"))
    judge = found.criteria["c"].judges["gpt"]
    assert judge.n == 2  # the third verdict has no expected score
    assert value(judge.estimates["mae"]) == 0.25
    assert "cohen_kappa" not in judge.estimates
    assert judge.ceiling is None


def test_a_mean_on_an_ordinal_scale_is_compared_as_a_number_even_where_it_meets_a_level() -> None:
    found = agreement(
        labels("r1", [1, 2, 4]), verdicts("gpt", [1, 2, 5]), scale=STARS, options=Options(reference="mean")
    )
    judge = found.criteria["c"].judges["gpt"]
    assert value(judge.estimates["mae"]) == pytest.approx(1 / 3)
    assert "percent_agreement" not in judge.estimates


def test_preferences_show_ties_in_three_ways() -> None:
    found = agreement(labels("r1", ["a", "b", "tie", "a"]), verdicts("gpt", ["a", "tie", "tie", "b"]))
    panel = found.criteria["c"].judges["gpt"].pairwise
    assert panel is not None
    # same on i0 and i2; neither says tie on i0 and i3; half credit for b against tie
    assert value(panel.with_ties) == 0.5
    assert value(panel.without_ties) == 0.5
    assert value(panel.half_credit) == pytest.approx(2.5 / 4)


def test_the_alternative_annotator_test_names_raters_and_needs_thirty_items() -> None:
    answers = "ab" * 20
    given = labels("ann", answers) + labels("bob", answers) + labels("cat", "ab")
    found = agreement(given, verdicts("gpt", answers), options=Options(epsilon=0.1)).criteria["c"]
    test = found.judges["gpt"].alternative_annotator_test
    assert test is not None
    assert test["passed"] is True
    assert [duel["rater"] for duel in test["humans"]] == ["ann", "bob"]  # type: ignore[attr-defined]
    assert test["left_out"] == ["cat"]
    few = agreement(labels("ann", "ab"), verdicts("gpt", "ab"), options=Options(epsilon=0.1))
    refused = few.criteria["c"].judges["gpt"].alternative_annotator_test
    assert refused is not None
    assert set(refused) == {"epsilon", "undefined"}


def test_resampled_intervals_keep_the_values_and_repeat_with_their_seed() -> None:
    given = labels("r1", "aabbabab" * 8) + labels("r2", "aabbabbb" * 8)
    judged = verdicts("gpt", "abbbabab" * 8)
    analytic = agreement(given, judged).criteria["c"]
    drawn, again, other = (
        agreement(given, judged, options=Options(bootstrap=500, seed=seed)).criteria["c"]
        for seed in (1, 1, 2)
    )
    for name in ("percent_agreement", "cohen_kappa"):
        one, two = analytic.judges["gpt"].estimates[name], drawn.judges["gpt"].estimates[name]
        assert isinstance(one, Estimate)
        assert isinstance(two, Estimate)
        assert two.value == one.value
        assert two.method == "bootstrap, percentile, 500 resamples"
        assert two.low is not None
        assert two.low == pytest.approx(one.low, abs=0.1)
        assert two == again.judges["gpt"].estimates[name]
        assert two != other.judges["gpt"].estimates[name]
    pooled = drawn.humans.estimates["cohen_kappa"]
    assert isinstance(pooled, Estimate)
    assert pooled.method == "cluster bootstrap, percentile, 500 resamples, rater pairs pooled"


def test_resampling_makes_no_interval_where_there_are_too_few_items() -> None:
    found = agreement(labels("r1", "aabb"), verdicts("gpt", "aabb"), options=Options(bootstrap=100))
    estimate = found.criteria["c"].judges["gpt"].estimates["cohen_kappa"]
    assert isinstance(estimate, Estimate)
    assert (estimate.low, estimate.interval_undefined is not None) == (None, True)
