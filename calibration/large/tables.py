"""Counted item patterns as ratings of one item each, and as tables in which every pattern has its tally."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.columns import CriterionRatings, JudgeColumn, judge_column, ratings_from_columns
from calibration.large.counts import ItemPattern
from calibration.stats.common_items import CommonItems, common_patterns
from calibration.stats.counts import CountTable, counted_patterns
from calibration.stats.estimate import IntArray, Undefined
from calibration.stats.pairs import PairTable, table_of
from calibration.treatment import Treated
from rubrics.answers import LABEL_STATUSES, VERDICT_STATUSES
from rubrics.rubric import Scale

ANYBODY = ("anybody",)


@dataclass(frozen=True, slots=True, eq=False)
class Miniature:
    """One item per pattern, so that references and treatments apply; `copies`: items behind each pattern."""

    ratings: CriterionRatings
    copies: IntArray

    def items(self, which: IntArray) -> int:
        """How many real items these patterns stand for."""
        return int(self.copies[which].sum())


def miniature(criterion: str, scale: Scale, patterns: Sequence[ItemPattern]) -> Miniature:
    """Ratings with a pattern in place of its items; rater identity is gone."""
    counts = np.array([one.answers for one in patterns], dtype=np.int64).reshape(-1, len(scale.categories))
    refused = np.array([one.not_applicable for one in patterns], dtype=np.int64)
    item, code = np.nonzero(counts)
    each = counts[item, code]
    places = np.concatenate([np.repeat(item, each), np.repeat(np.arange(len(refused)), refused)])
    answer = np.concatenate([np.repeat(code, each), np.zeros(refused.sum(), dtype=np.int64)])
    status = np.repeat([0, LABEL_STATUSES.index("not_applicable")], [each.sum(), refused.sum()])
    ratings = ratings_from_columns(
        criterion,
        scale,
        items=tuple(map(str, range(len(patterns)))),
        raters=ANYBODY,
        item=places,
        rater=np.zeros(len(places), dtype=np.int64),
        answer=answer,
        status=status,
    )
    return Miniature(ratings, np.array([one.items for one in patterns], dtype=np.int64))


def verdicts(judge: str, scale: Scale, patterns: Sequence[ItemPattern]) -> JudgeColumn:
    """The judge's verdict on each pattern."""
    said = np.array([one.verdict for one in patterns], dtype=np.int64)
    status = np.where(said < 0, -said, 0)
    assert status.max(initial=0) < len(VERDICT_STATUSES)  # noqa: S101 - DuckDB knows no other
    return judge_column(judge, scale, item=np.arange(len(said)), answer=np.maximum(said, 0), status=status)


def answers_of(ratings: CriterionRatings) -> IntArray:
    """Observed answers of every item, shape (items, categories)."""
    items, categories = len(ratings.items), len(ratings.scale.categories)
    counts = np.bincount(ratings.item * categories + ratings.code, minlength=items * categories)
    return counts.reshape(items, categories)


def count_table_of(ratings: CriterionRatings, copies: IntArray) -> CountTable:
    """The table of all raters; items without an answer on the (reduced) scale take no part."""
    counts = answers_of(ratings)
    kept = counts.sum(axis=1) > 0
    return counted_patterns(counts[kept], copies[kept])


def pooled_pairs(ratings: CriterionRatings, copies: IntArray) -> CommonItems | Undefined:
    """Rater pairs of every item, as if all had one verdict: only the table of rater pairs is used."""
    return common_patterns(answers_of(ratings), np.zeros(len(copies), dtype=np.int64), copies)


def joint_pairs(case: Treated, copies: IntArray) -> CommonItems | Undefined:
    """Rater pairs and judge–rater pairs of the items that have a verdict."""
    at = case.judge.item
    return common_patterns(answers_of(case.ratings)[at], case.judge.code, copies[at])


def pair_table_of(a: IntArray, b: IntArray, copies: IntArray, categories: int) -> PairTable:
    """Judge (rows) and reference (columns), each pattern with its number of items."""
    cells = np.bincount(a * categories + b, weights=copies, minlength=categories**2)
    return table_of(np.rint(cells).astype(np.int64).reshape(categories, categories))
