"""Labels taken out of a criterion's ratings are gone from every column, and counted."""

from __future__ import annotations

import numpy as np

from calibration.columns import judge_column, ratings_from_columns
from calibration.slicing import without_labels
from rubrics.answers import LABEL_STATUSES
from rubrics.rubric import Level, Scale

SCALE = Scale("binary", (Level("yes", description="It is."), Level("no", description="It is not.")))
NA = LABEL_STATUSES.index("not_applicable")
RATINGS = ratings_from_columns(
    "good", SCALE, items=("i", "j"), raters=("ann", "ben"), item=[0, 0, 1, 1], rater=[0, 1, 0, 1],
    answer=[0, 1, 0, 0], status=[0, 0, NA, NA], left_out={"conflict": 2},
    judges=(judge_column("m", SCALE, item=[0, 1], answer=[0, 0]),),
)  # fmt: skip


def test_an_observed_and_a_not_applicable_label_go_with_their_counts() -> None:
    found = without_labels(RATINGS, {("i", "ben"), ("j", "ann"), ("j", "nobody")}, "old")
    assert (found.item.tolist(), found.rater.tolist(), found.code.tolist()) == ([0], [0], [0])
    assert (found.na_item.tolist(), found.na_rater.tolist()) == ([1], [1])
    assert (found.missing_item.tolist(), found.missing_status.tolist()) == ([1], [NA])
    assert (found.statuses["observed"], found.statuses["not_applicable"]) == (1, 1)
    assert found.left_out == {"conflict": 2, "old": 2}
    assert found.items == RATINGS.items
    assert np.array_equal(found.judges[0].item, RATINGS.judges[0].item)


def test_nothing_to_take_out_changes_nothing() -> None:
    assert without_labels(RATINGS, set(), "old") is RATINGS
