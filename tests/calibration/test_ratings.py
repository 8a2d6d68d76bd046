"""Records into columns: which rows enter, which one counts, and what is said about the rest."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from calibration.ratings import (
    Columns,
    CriterionRatings,
    WrongColumn,
    judge_column,
    ratings_from_columns,
    ratings_from_records,
)
from calibration.scales import ordinal_scale, pairwise_scale, parse_scale
from calibration.tabulating import WEIGHTED_AS_STATED
from rubrics.answers import Blind, Label, Verdict
from rubrics.items import Item
from rubrics.rubric import Scale, Value

STARS = ordinal_scale(range(1, 6))


def only(
    labels: Iterable[Label] = (),
    verdicts: Iterable[Verdict] = (),
    items: Iterable[Item] = (),
    *,
    scale: Scale = STARS,
    columns: Columns | None = None,
    not_applicable: tuple[Value, ...] = (),
) -> CriterionRatings:
    found = ratings_from_records(
        labels, verdicts, items, {"c": scale}, columns=columns, not_applicable=not_applicable
    )
    return found.criteria["c"]


def answers(ratings: CriterionRatings) -> dict[tuple[str, str], Value]:
    """The observed answers by (item, rater)."""
    categories = ratings.scale.categories
    return {
        (ratings.items[i], ratings.raters[r]): categories[k]
        for i, r, k in zip(ratings.item, ratings.rater, ratings.code, strict=True)
    }


def test_labels_become_codes_and_numbers() -> None:
    found = only([Label("i", "ann", "c", 4), Label("i", "bob", "c", "5")])
    assert answers(found) == {("i", "ann"): 4, ("i", "bob"): 5}
    assert found.number.tolist() == [4.0, 5.0]
    assert found.statuses == {"observed": 2, "not_applicable": 0, "skipped": 0, "withdrawn": 0}


@pytest.mark.parametrize("raw", [1, 1.0, "1", "1.0", " 1 "])
def test_one_answer_has_many_spellings(raw: Value) -> None:
    assert answers(only([Label("i", "ann", "c", raw)])) == {("i", "ann"): 1}


def test_true_is_not_the_number_one() -> None:
    found = ratings_from_records(
        [Label("i", "ann", "c", 1), Label("j", "ann", "c", True)], [], [], {"c": STARS}
    )
    assert [row.position for row in found.outside] == [1]
    yes_no = parse_scale("binary:yes/no")
    assert answers(only([Label("i", "ann", "c", True)], scale=yes_no)) == {("i", "ann"): "yes"}


def test_only_blind_labels_given_for_estimation_enter_and_the_rest_is_counted() -> None:
    found = ratings_from_records(
        [
            Label("i", "ann", "c", 4),
            Label("i", "ann", "c", 1, purpose="gold"),
            Label("j", "ann", "c", 2, purpose="search"),
            Label("k", "ann", "c", 3, blind=Blind(judge=False)),
            Label("l", "ann", "c", 5, blind=Blind(peers=False)),
        ],
        [],
        [],
        {"c": STARS},
    )
    assert answers(found.criteria["c"]) == {("i", "ann"): 4, ("l", "ann"): 5}
    assert found.criteria["c"].left_out == {
        "purpose gold": 1,
        "purpose search": 1,
        "not blind to the judge": 1,
    }
    assert found.notes == ("c: labels left out: 1 purpose gold, 1 purpose search, 1 not blind to the judge",)


def test_an_answer_that_was_taken_back_is_no_conflict() -> None:
    rows = [
        Label("i", "ann", "c", 4),
        Label("i", "ann", "c", None, "withdrawn", revision=2),
        Label("i", "ann", "c", 2, revision=3),
    ]
    found = ratings_from_records(rows, [], [], {"c": STARS})
    assert answers(found.criteria["c"]) == {("i", "ann"): 2}
    assert found.notes == ("c: labels left out: 1 taken back",)


def test_the_last_duplicate_counts_and_conflicts_are_counted() -> None:
    rows = [Label("i", "ann", "c", 4), Label("i", "ann", "c", 4.0), Label("i", "ann", "c", 2)]
    found = ratings_from_records(rows, [], [], {"c": STARS})
    assert answers(found.criteria["c"]) == {("i", "ann"): 2}
    assert found.criteria["c"].left_out == {"duplicate": 2, "conflict": 1}
    assert found.notes == ("c: labels left out: 2 repeated (1 in conflict; the last counts)",)


def test_a_higher_revision_counts_wherever_it_stands() -> None:
    rows = [Label("i", "ann", "c", 4, revision=2), Label("i", "ann", "c", 2, revision=1)]
    assert answers(only(rows)) == {("i", "ann"): 4}


def test_an_answer_changed_after_others_were_known_gives_way_to_the_first_wherever_it_stands() -> None:
    told = Blind(peers=False)
    rows = [Label("i", "ann", "c", 4, revision=1), Label("i", "ann", "c", 2, revision=2, blind=told)]
    for ordered in (rows, rows[::-1]):
        found = only(ordered)
        assert answers(found) == {("i", "ann"): 4}
        assert found.left_out == {"changed after others' answers were known (the first answer counts)": 1}
    withdrawn = Label("i", "ann", "c", None, status="withdrawn", revision=2, blind=told)
    assert answers(only([rows[0], withdrawn])) == {}
    assert answers(only([Label("i", "ann", "c", 4, blind=told), rows[1]])) == {("i", "ann"): 2}


def test_a_withdrawn_label_takes_the_earlier_one_with_it() -> None:
    found = only([Label("i", "ann", "c", 4), Label("i", "ann", "c", None, status="withdrawn")])
    assert answers(found) == {}
    assert found.statuses["withdrawn"] == 1


def test_answers_outside_the_scale_are_listed_with_their_place_and_the_earlier_row_stays() -> None:
    found = ratings_from_records(
        [Label("i", "ann", "c", 4), Label("i", "ann", "c", 9)],
        [Verdict("i", "gpt", "c", "6")],
        [],
        {"c": STARS},
    )
    assert [(row.kind, row.position) for row in found.outside] == [("label", 1), ("verdict", 0)]
    assert answers(found.criteria["c"]) == {("i", "ann"): 4}
    assert "'6' is not one of the scale's answers" in found.outside[1].reason


def test_a_sentinel_means_that_the_criterion_does_not_apply() -> None:
    found = only(
        [Label("i", "ann", "c", 0), Label("i", "bob", "c", 3)],
        [Verdict("i", "gpt", "c", "0")],
        not_applicable=("0",),
    )
    assert answers(found) == {("i", "bob"): 3}
    assert (found.na_item.tolist(), found.raters[found.na_rater[0]]) == ([0], "ann")
    assert found.judges[0].na_item.tolist() == [0]


def test_verdicts_are_sorted_into_judges_with_every_status_counted() -> None:
    found = only(
        verdicts=[
            Verdict("i", "gpt", "c", 4, confidence=0.9, expected=3.5),
            Verdict("j", "gpt", "c", None, status="parse_error"),
            Verdict("k", "gpt", "c", None, status="abstained"),
            Verdict("i", "rule", "c", 2),
        ]
    )
    gpt, rule = found.judges
    assert (gpt.judge, rule.judge) == ("gpt", "rule")
    assert gpt.statuses == {
        "observed": 1, "not_applicable": 0, "abstained": 1, "parse_error": 1, "provider_error": 0,
    }  # fmt: skip
    assert [found.items[i] for i in gpt.unparsed_item] == ["j"]
    assert (gpt.code.tolist(), gpt.confidence.tolist(), gpt.expected.tolist()) == ([3], [0.9], [3.5])
    assert np.isnan(rule.confidence).all()


def test_the_lowest_replicate_is_the_verdict_and_of_repeats_the_last() -> None:
    found = only(
        verdicts=[
            Verdict("i", "gpt", "c", 1, replicate=1),
            Verdict("i", "gpt", "c", 2, replicate=0),
            Verdict("i", "gpt", "c", 3, replicate=2),
            Verdict("i", "gpt", "c", 4, replicate=0),
        ]
    )
    assert found.judges[0].code.tolist() == [3]
    assert found.judges[0].left_out == {"replicate": 2, "duplicate": 1, "conflict": 1}


def test_probabilities_become_columns_of_the_scale() -> None:
    found = only(
        verdicts=[
            Verdict("i", "gpt", "c", "a", probs=(("A", 0.5), ("model_b", 0.3), ("unknown", 0.2))),
            Verdict("j", "gpt", "c", "b"),
        ],
        scale=pairwise_scale(),
    )
    assert found.judges[0].probs is not None
    assert found.judges[0].probs[0].tolist() == [0.5, 0.3, 0.0]
    assert np.isnan(found.judges[0].probs[1]).all()


def test_items_bring_clusters_and_an_item_without_one_is_its_own() -> None:
    labels = [Label(name, "ann", "c", 1) for name in "ijkl"]
    found = only(
        labels, items=[Item("i", cluster="q"), Item("j", cluster="q"), Item("k"), Item("x", cluster="z")]
    )
    assert found.cluster is not None
    assert found.cluster.tolist() == [0, 0, 1, 2]


def test_no_cluster_column_means_no_clusters() -> None:
    assert only([Label("i", "ann", "c", 1)], items=[Item("i")]).cluster is None


def test_columns_of_items_are_found_among_fields_and_other_columns() -> None:
    items = [Item("i", system_a="x", meta=(("turn", 1),)), Item("j", system_a="y", meta=(("turn", 1),))]
    labels = [Label("i", "ann", "c", 1), Label("j", "ann", "c", 1)]
    assert only(labels, items=items, columns=Columns(by="turn")).stratum == ("1", "1")
    assert only(labels, items=items, columns=Columns(by="model_a")).stratum == ("x", "y")
    clustered = only(labels, items=items, columns=Columns(cluster="turn"))
    assert clustered.cluster is not None
    assert clustered.cluster.tolist() == [0, 0]


@pytest.mark.parametrize(
    "columns", [Columns(by="turn"), Columns(cluster="conversation"), Columns(pi="share")]
)
def test_a_column_that_exists_nowhere_is_an_error(columns: Columns) -> None:
    with pytest.raises(WrongColumn, match="no item has a column"):
        only([Label("i", "ann", "c", 1)], items=[Item("i")], columns=columns)


def test_inclusion_probabilities_come_from_items_or_labels() -> None:
    labels = [Label("i", "ann", "c", 1, pi=0.5), Label("j", "ann", "c", 1)]
    from_labels = only(labels, columns=Columns(pi="pi"))
    from_items = only(labels[1:], items=[Item("j", meta=(("share", "0.25"),))], columns=Columns(pi="share"))
    assert from_labels.pi is not None
    assert from_items.pi is not None
    assert from_labels.pi[0] == 0.5
    assert np.isnan(from_labels.pi[1])
    assert from_items.pi.tolist() == [0.25]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([Label("i", "ann", "c", 1, extra=(("w", 0),))], "above 0 and at most 1"),
        ([Label("i", "ann", "c", 1, extra=(("w", "half"),))], "above 0 and at most 1"),
        (
            [Label("i", "ann", "c", 1, extra=(("w", 0.5),)), Label("i", "bob", "c", 1, extra=(("w", 0.25),))],
            "two different values",
        ),
    ],
)
def test_an_impossible_inclusion_probability_is_an_error(labels: list[Label], message: str) -> None:
    with pytest.raises(WrongColumn, match=message):
        only(labels, columns=Columns(pi="w"))


def test_an_agreed_answer_is_no_raters_vote() -> None:
    found = only([Label("i", "ann", "c", 1), Label("i", "lead", "c", 5, extra=(("adjudicated", True),))])
    assert answers(found) == {("i", "ann"): 1}
    assert (found.adjudicated_item.tolist(), found.adjudicated_number.tolist()) == ([0], [5.0])


def test_a_stepped_interval_scale_finds_its_categories_despite_rounding() -> None:
    scale = Scale("interval", low=0, high=1, step=0.1)
    found = only([Label("i", "ann", "c", 0.1 + 0.2)], scale=scale)
    assert found.code.tolist() == [3]


def test_a_scale_without_categories_keeps_numbers() -> None:
    found = only([Label("i", "ann", "c", 0.25)], scale=parse_scale("interval:0..1"))
    assert (found.code.tolist(), found.number.tolist()) == ([-1], [0.25])


def test_columns_give_the_same_ratings_as_records() -> None:
    labels = [
        Label("i", "ann", "c", 4), Label("i", "bob", "c", None, status="not_applicable"),
        Label("j", "bob", "c", 2), Label("j", "ann", "c", None, status="skipped"),
    ]  # fmt: skip
    verdicts = [Verdict("i", "gpt", "c", 3), Verdict("j", "gpt", "c", None, status="parse_error")]
    by_records = only(labels, verdicts)
    by_columns = ratings_from_columns(
        "c", STARS, items=("i", "j"), raters=("ann", "bob"),
        item=[0, 0, 1, 1], rater=[0, 1, 1, 0], answer=[3, 0, 1, 0], status=[0, 1, 0, 2],
        judges=(judge_column("gpt", STARS, item=[0, 1], answer=[2, 0], status=[0, 3]),),
    )  # fmt: skip
    for name in ("item", "rater", "code", "number", "na_item", "na_rater", "missing_item", "missing_status"):
        np.testing.assert_array_equal(getattr(by_columns, name), getattr(by_records, name))
    assert by_columns.statuses == by_records.statuses
    assert by_columns.judges[0].statuses == by_records.judges[0].statuses
    assert by_columns.judges[0].unparsed_item.tolist() == by_records.judges[0].unparsed_item.tolist() == [1]


def test_codes_outside_the_scale_are_refused() -> None:
    with pytest.raises(ValueError, match=r"codes must lie in 0\.\.4, found 0\.\.7"):
        ratings_from_columns(
            "c", STARS, items=("i",), raters=("ann",), item=[0, 0], rater=[0, 0], answer=[0, 7]
        )


def test_items_that_are_not_in_the_items_file_are_mentioned() -> None:
    labels = [Label("i", "ann", "c", 1), Label("x", "ann", "c", 1), Label("y", "ann", "c", 1)]
    found = ratings_from_records(labels, [], [Item("i", cluster="q")], {"c": STARS})
    assert found.notes == (
        "2 labelled items are not in the items file (such as 'x'): they have no cluster and no stratum",
    )


def test_inclusion_probabilities_that_differ_are_used_without_being_asked_for() -> None:
    labels = [Label("i", "ann", "c", 1, pi=0.5), Label("j", "ann", "c", 1, pi=0.25)]
    found = ratings_from_records(labels, [], [], {"c": STARS})
    assert found.notes == (WEIGHTED_AS_STATED,)
    pi = found.criteria["c"].pi
    assert pi is not None
    assert pi.tolist() == [0.5, 0.25]


def test_waves_that_labels_name_are_combined() -> None:
    def drawn(item: str, wave: str, pi: float, rater: str = "ann") -> Label:
        return Label(item, rater, "c", 1, wave=wave, pi=pi)

    # two random waves, of different size: all items count alike
    even = [*(drawn(f"a{k}", "one", 0.2) for k in range(4)), *(drawn(f"b{k}", "two", 0.5) for k in range(3))]
    assert ratings_from_records(even, [], [], {"c": STARS}).criteria["c"].pi is None
    # y was drawn twice; wave two has weights 4 and 2: n_eff 36 / 20, of 6 in all, so 1.2 for y and .6 for z;
    # wave one has equal weights, so 1 each for x and y
    labels = [drawn("x", "one", 0.5), drawn("y", "one", 0.5), drawn("y", "two", 0.25, "bob"),
              drawn("z", "two", 0.5)]  # fmt: skip
    found = ratings_from_records(labels, [], [], {"c": STARS}).criteria["c"]
    assert found.pi is not None
    weight = dict(zip(found.items, 1 / found.pi, strict=True))
    assert (weight["y"] / weight["x"], weight["z"] / weight["x"]) == pytest.approx((2.2, 0.6))


def test_every_source_of_confidence_becomes_a_column_of_its_own() -> None:
    verdicts = [
        Verdict("i0", "robot", "ok", "yes", confidences=(("logprobs", 0.9), ("samples", 0.6))),
        Verdict("i1", "robot", "ok", "no", confidences=(("logprobs", 0.8),)),
    ]
    (judge,) = (
        ratings_from_records([], verdicts, [], {"ok": parse_scale("binary:yes/no")}).criteria["ok"].judges
    )
    assert judge.sources["logprobs"].tolist() == [0.9, 0.8]
    assert judge.sources["samples"][0] == 0.6
    assert np.isnan(judge.sources["samples"][1])
