"""Scales from text and from answers."""

from __future__ import annotations

import pytest

from calibration.scales import WrongScale, assume_scale, parse_scale
from rubrics.rubric import Scale


def assumed(*answers: object, pairwise: bool = False) -> Scale:
    return assume_scale("c", answers, pairwise_items=pairwise).scale


@pytest.mark.parametrize(
    ("text", "kind", "categories"),
    [
        ("nominal:x, y,z", "nominal", ("x", "y", "z")),
        ("ordinal:1..5", "ordinal", (1, 2, 3, 4, 5)),
        ("ordinal:0,1,3", "ordinal", (0, 1, 3)),
        ("binary:pass/fail", "binary", ("pass", "fail")),
        ("pairwise", "pairwise", ("a", "b", "tie")),
        ("interval:0..1", "interval", ()),
    ],
)
def test_a_scale_is_read_from_text(text: str, kind: str, categories: tuple[object, ...]) -> None:
    scale = parse_scale(text)
    assert (scale.kind, scale.categories) == (kind, categories)


def test_a_nominal_scale_without_a_list_takes_the_answers_seen() -> None:
    assert parse_scale("nominal", ["red", "Blue", "blue", 3]).categories == ("red", "Blue", "3")


@pytest.mark.parametrize(
    "text", ["", "ordinal", "ordinal:5..1", "ordinal:a..b", "ordinal:1..1e9", "interval:1..0", "binary:yes",
             "binary:yes/", "nominal:a,,b", "nominal:a,A", "pairwise:x", "likert:1..5", "interval:nan..1"],
)  # fmt: skip
def test_text_that_names_no_scale_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(WrongScale, match=r"nominal\[:x,y,z\]"):
        parse_scale(text)


def test_preferences_are_pairwise_with_a_tie_where_one_was_seen() -> None:
    assert assumed("model_a", "B", "tie").categories == ("a", "b", "tie")
    assert assumed("a", "b").categories == ("a", "b")


def test_bare_numbers_are_preferences_only_on_pairwise_items() -> None:
    assert assumed(1, 2, 0, pairwise=True).kind == "pairwise"
    assert assumed(1, 2, 0).kind == "ordinal"


@pytest.mark.parametrize(
    "answers", [(0, 1), ("0", 1.0), (True, False), ("yes", "NO"), ("Pass", "fail", True), ("true", 0)]
)
def test_two_sided_words_and_zero_one_are_binary_with_the_positive_first(
    answers: tuple[object, ...],
) -> None:
    scale = assumed(*answers)
    assert scale.kind == "binary"
    assert scale.parse(True) == scale.categories[0]
    assert scale.parse("0") == scale.categories[1]


def test_words_of_one_side_are_one_answer() -> None:
    scale = assumed("pass", "fail", 1, False)
    assert scale.categories == ("pass", "fail")
    assert [scale.parse(raw) for raw in ("PASS", 1, True, "fail", "no")] == [
        "pass", "pass", "pass", "fail", "fail",
    ]  # fmt: skip


def test_whole_numbers_are_ordinal_with_every_step_between() -> None:
    assert assumed(1, "2", 5.0).categories == (1, 2, 3, 4, 5)


def test_numbers_with_fractions_or_a_wide_range_are_interval() -> None:
    assert assumed(0.25, 1).kind == "interval"
    assert assumed(0, 100).kind == "interval"


def test_everything_else_is_nominal_under_one_spelling_each() -> None:
    assert assumed(1, "1", 1.0, "n/a", "N/A").categories == ("1", "n/a")


def test_the_reader_is_told_what_was_assumed() -> None:
    assert assume_scale("tone", [1, 3]).sentence == (
        "tone: no scale was given; assumed ordinal (1, 2, 3) from the answers seen"
    )


def test_no_answers_make_no_scale() -> None:
    found = assume_scale("tone", [])
    assert found.scale.categories == ()
    assert found.sentence == "tone: nobody answered, so there is no scale"
