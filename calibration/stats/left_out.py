"""Human performance by leaving one rater out: each rater, and the judge, against the same other raters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.compare import difference
from calibration.stats.design import cluster_ids, codes_in, design_weights, sums
from calibration.stats.estimate import Estimate, FloatArray, IntArray, Result, Undefined
from calibration.stats.joint import joint_table
from calibration.stats.numbers import number_pairs
from calibration.stats.rater_answers import RaterAnswers, verdicts
from calibration.stats.scored import number_estimate

NumberName = Literal["pearson", "spearman", "kendall_tau_b", "lin_ccc", "rmse", "mae"]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One rater and the judge against the other raters, on the n items where that can be said.

    gap: judge minus rater, paired by item; None where only values are compared (scores).
    """

    rater: int
    n: int
    human: Result
    judge: Result
    gap: Result | None


@dataclass(frozen=True, slots=True)
class LeaveOneOut:
    """Means over the raters whose value is defined, and how many those are; a ceiling to read, not a gate."""

    coefficient: str
    human: float
    judge: float
    raters: int
    each: tuple[LeftOut, ...]


def left_out_by_majority(
    answers: RaterAnswers,
    judge_item: ArrayLike,
    judge_code: ArrayLike,
    categories: int,
    *,
    name: str = "cohen_kappa",
    tie: int | None = None,
    values: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> LeaveOneOut | Undefined:
    """Each rater against the majority of the others, and the judge against that same majority.

    A tied vote of the others is the category `tie`, or leaves the item out where the scale has none. The
    judge gets exactly the rater's items and reference, so that the two numbers may stand side by side.
    weights, clusters: shape (items,). Undefined where no rater's value is.
    """
    weight, cluster = design_weights(weights, answers.items), cluster_ids(clusters, answers.items)
    codes = codes_in(answers.answer.astype(np.int64), categories, "answer")
    counts = np.bincount(answers.item * categories + codes, minlength=answers.items * categories)
    counts = counts.reshape(answers.items, categories)
    verdict = np.nan_to_num(verdicts(judge_item, judge_code, answers.items), nan=-1).astype(np.int64)
    each = []
    for rater in np.unique(answers.rater).tolist():
        own = answers.rater == rater
        item, code = answers.item[own], codes[own]
        others = counts[item] - np.eye(categories, dtype=np.int64)[code]
        reference = _majority(others, tie)
        keep = (reference >= 0) & (verdict[item] >= 0)
        table = joint_table(
            verdict[item][keep], code[keep], reference[keep], categories,
            weights=None if weight is None else weight[item][keep],
            clusters=None if cluster is None else cluster[item][keep],
        )  # fmt: skip
        found = difference(name, table, values=values, level=level)
        each.append(LeftOut(rater, table.n, found.second, found.first, found.difference))
    return _summary(name, each)


def left_out_by_mean(
    answers: RaterAnswers,
    judge_item: ArrayLike,
    judge_number: ArrayLike,
    *,
    name: NumberName = "spearman",
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> LeaveOneOut | Undefined:
    """The same for scores: each rater, and the judge, against the mean of the other raters."""
    weight, cluster = design_weights(weights, answers.items), cluster_ids(clusters, answers.items)
    total, size = sums(answers.item, answers.answer, answers.items), answers.per_item
    verdict = verdicts(judge_item, judge_number, answers.items)
    each = []
    for rater in np.unique(answers.rater).tolist():
        own = (answers.rater == rater) & (size[answers.item] >= 2) & np.isfinite(verdict[answers.item])
        item, score = answers.item[own], answers.answer[own]
        reference = (total[item] - score) / np.maximum(size[item] - 1, 1)
        found = [
            number_estimate(
                name,
                number_pairs(
                    coder, reference,
                    weights=None if weight is None else weight[item],
                    clusters=None if cluster is None else cluster[item],
                ),
                level=level,
            )
            for coder in (score, verdict[item])
        ]  # fmt: skip
        each.append(LeftOut(rater, len(item), found[0], found[1], None))
    return _summary(name, each)


def _majority(counts: IntArray, tie: int | None) -> IntArray:
    """The most frequent category per row; `tie` (or -1 without one) for a tied vote; -1 without votes."""
    most = counts.max(axis=1, initial=0)
    leaders = (counts == most[:, None]).sum(axis=1)
    winner = np.where(leaders == 1, counts.argmax(axis=1), -1 if tie is None else tie)
    return np.asarray(np.where(most > 0, winner, -1))


def _summary(name: str, each: list[LeftOut]) -> LeaveOneOut | Undefined:
    values: list[FloatArray] = [
        np.array([one.human.value, one.judge.value])
        for one in each
        if isinstance(one.human, Estimate) and isinstance(one.judge, Estimate)
    ]
    if not values:
        return Undefined("no rater shares items with other raters on which the coefficient is defined")
    human, judge = np.mean(values, axis=0).tolist()
    return LeaveOneOut(name, human, judge, len(values), tuple(each))
