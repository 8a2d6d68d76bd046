"""References: one answer per item, ties explicit."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.columns import CriterionRatings, ratings_from_columns
from calibration.reference import NoSuchReference, Reference, default_reference, reference
from calibration.scales import ordinal_scale, pairwise_scale, parse_scale
from rubrics.rubric import Scale, Value

STARS = ordinal_scale(range(1, 6))
ANY = Scale("interval")


def rated(scale: Scale, *votes: list[Value]) -> CriterionRatings:
    """One list of answers per item."""
    categories = scale.categories
    flat = [(item, rater, vote) for item, row in enumerate(votes) for rater, vote in enumerate(row)]
    return ratings_from_columns(
        "c", scale,
        items=tuple(f"i{k}" for k in range(len(votes))),
        raters=tuple(f"r{k}" for k in range(max(len(row) for row in votes))),
        item=[item for item, _, _ in flat],
        rater=[rater for _, rater, _ in flat],
        answer=[categories.index(vote) if categories else float(vote) for _, _, vote in flat],
    )  # fmt: skip


def told(found: Reference, scale: Scale) -> dict[int, Value]:
    """Item number to answer (the number itself where it is no category)."""
    return {
        int(item): scale.categories[code] if code >= 0 else number
        for item, code, number in zip(found.item, found.code, found.number, strict=True)
    }


@pytest.mark.parametrize(
    ("scale", "kind"),
    [
        (pairwise_scale(), "majority"),
        (parse_scale("binary:y/n"), "majority"),
        (STARS, "median"),
        (ANY, "mean"),
    ],
)
def test_every_scale_has_its_default(scale: Scale, kind: str) -> None:
    assert default_reference(scale) == kind


def test_the_majority_is_the_most_frequent_answer() -> None:
    scale = parse_scale("nominal:x,y,z")
    found = reference(rated(scale, ["x", "x", "y"], ["z"], ["y", "z", "z", "y", "y"]))
    assert told(found, scale) == {0: "x", 1: "z", 2: "y"}
    assert (found.kind, found.ties) == ("majority", 0)


def test_a_tied_vote_becomes_the_tie_where_the_scale_has_one() -> None:
    scale = pairwise_scale()
    found = reference(rated(scale, ["a", "b"], ["a", "tie"], ["a", "a", "b"]))
    assert told(found, scale) == {0: "tie", 1: "tie", 2: "a"}
    assert found.ties == 0


def test_a_tied_vote_without_a_tie_leaves_the_item_without_reference_and_is_counted() -> None:
    scale = pairwise_scale(tie=False)
    found = reference(rated(scale, ["a", "b"], ["b", "b"], ["a", "b"]))
    assert (told(found, scale), found.ties) == ({1: "b"}, 2)


def test_the_median_between_two_levels_is_a_tie() -> None:
    found = reference(rated(STARS, [1, 2], [1, 5, 4], [3, 3, 1, 5], [2], [1, 2, 4, 5]))
    # middle answers: 1|2 tied, 4, 3|3, 2, 2|4 tied
    assert (told(found, STARS), found.ties) == ({1: 4, 2: 3, 3: 2}, 2)


def test_the_median_of_levels_that_are_not_in_order_is_by_their_numbers() -> None:
    scale = Scale("ordinal", tuple(reversed(STARS.levels)))
    assert told(reference(rated(scale, [5, 1, 4])), scale) == {0: 4}


def test_the_mean_is_a_number_and_a_level_where_it_meets_one() -> None:
    found = reference(rated(STARS, [1, 2], [3, 5]), "mean")
    assert told(found, STARS) == {0: 1.5, 1: 4}
    assert found.number.tolist() == [1.5, 4.0]


def test_the_mean_of_plain_numbers() -> None:
    assert told(reference(rated(ANY, [0.25, 0.75], [0.1])), ANY) == {0: 0.5, 1: 0.1}


def test_a_majority_of_plain_numbers_counts_equal_ones() -> None:
    found = reference(rated(ANY, [0.25, 0.25, 0.9], [0.1, 0.2]), "majority")
    assert (told(found, ANY), found.ties) == ({0: 0.25}, 1)


def test_each_keeps_every_label() -> None:
    found = reference(rated(STARS, [1, 2], [3]), "each")
    assert (found.item.tolist(), found.number.tolist()) == ([0, 0, 1], [1.0, 2.0, 3.0])


def test_an_adjudicated_answer_replaces_the_default_and_its_tie() -> None:
    ratings = rated(STARS, [1, 2], [1, 2], [4])
    object.__setattr__(ratings, "adjudicated_item", np.array([1]))
    object.__setattr__(ratings, "adjudicated_code", np.array([4]))
    object.__setattr__(ratings, "adjudicated_number", np.array([5.0]))
    found = reference(ratings, "adjudicated")
    assert (told(found, STARS), found.ties, found.kind) == ({1: 5, 2: 4}, 1, "adjudicated")


@pytest.mark.parametrize("kind", ["median", "mean"])
def test_names_have_no_median_and_no_mean(kind: str) -> None:
    with pytest.raises(NoSuchReference, match=f"has no {kind}"):
        reference(rated(pairwise_scale(), ["a"]), kind)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["majority", "median", "mean", "each", "adjudicated"])
def test_nothing_rated_gives_an_empty_reference(kind: str) -> None:
    found = reference(rated(STARS, []), kind)  # type: ignore[arg-type]
    assert (len(found.item), found.ties) == (0, 0)
