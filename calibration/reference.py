"""What judges are held against: one answer per item, or every rater's answer; ties explicit and counted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.agreement_types import ReferenceKind
from calibration.columns import CriterionRatings, coded
from calibration.scales import numbers_of
from calibration.stats.estimate import FloatArray, IntArray
from rubrics.rubric import Scale

MOST_COUNTS = 20_000_000


class NoSuchReference(ValueError):
    """A reference that the scale does not have, such as the median of names."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """One entry per unit: its item's number, the reference answer as code (-1: not a category) and number.

    `ties` counts items without a reference because their vote was tied. Under `each` a unit is one label,
    so an item has as many entries as labels.
    """

    kind: ReferenceKind
    item: IntArray
    code: IntArray
    number: FloatArray
    ties: int = 0


def default_reference(scale: Scale) -> ReferenceKind:
    """Majority for names and preferences, median for ordered levels, mean for numbers."""
    return "median" if scale.kind == "ordinal" else "mean" if scale.kind == "interval" else "majority"


def reference(ratings: CriterionRatings, kind: ReferenceKind | None = None) -> Reference:
    """The reference answers of all items with an observed label; None takes the ratings' default.

    That is the scale's, or `adjudicated` where a study's disputes were decided (`ratings.adjudicates`).

    majority: the most frequent answer; a tie is the scale's answer `tie` if it has one, else no reference.
    median: the middle answer; where the two middle ones differ, a tie. mean: the mean number. each: every
    label. adjudicated: the agreed answer where there is one, else the default. Raises NoSuchReference for a
    median or mean of names.
    """
    scale = ratings.scale
    chosen = kind or ("adjudicated" if ratings.adjudicates else default_reference(scale))
    if chosen in ("median", "mean") and not scale.is_numeric:
        raise NoSuchReference(
            f"{ratings.criterion}: a {scale.kind} scale has no {chosen}; use majority or each"
        )
    if chosen == "each":
        return Reference("each", ratings.item, ratings.code, ratings.number)
    if chosen == "adjudicated":
        return _adjudicated(ratings)
    return {"majority": _majority, "median": _median, "mean": _mean}[chosen](ratings)


def _majority(ratings: CriterionRatings) -> Reference:
    scale, vote = ratings.scale, _vote(ratings)
    if not len(vote.code):
        return _nothing("majority")
    items, answers = len(ratings.items), len(vote.answers)
    table = np.bincount(ratings.item * answers + vote.code, minlength=items * answers).reshape(items, answers)
    top = table.max(axis=1)
    tied = ((table == top[:, None]).sum(axis=1) > 1) & (top > 0)
    winner = table.argmax(axis=1)
    if scale.tie is not None:
        winner[tied] = scale.categories.index(scale.tie)
        tied[:] = False
    item = np.flatnonzero((top > 0) & ~tied)
    return _from_answers("majority", scale, item, vote.answers[winner[item]], int(tied.sum()))


def _median(ratings: CriterionRatings) -> Reference:
    values, items = numbers_of(ratings.scale), len(ratings.items)
    if not len(ratings.item):
        return _nothing("median")
    if values is None or items * len(values) > MOST_COUNTS:
        return _median_by_sorting(ratings)
    answers, order = len(values), np.argsort(values)
    place = np.argsort(order)[ratings.code]
    counts = np.bincount(ratings.item * answers + place, minlength=items * answers)
    below = np.cumsum(counts.reshape(-1, answers), axis=1)
    size = below[:, -1]
    lower = (below <= ((size - 1) // 2)[:, None]).sum(axis=1)
    upper = (below <= (size // 2)[:, None]).sum(axis=1)
    agreed = np.flatnonzero((size > 0) & (lower == upper))
    ties = int(((size > 0) & (lower != upper)).sum())
    return _from_numbers("median", ratings.scale, agreed, np.array(values)[order][lower[agreed]], ties)


def _median_by_sorting(ratings: CriterionRatings) -> Reference:
    order = np.lexsort((ratings.number, ratings.item))
    item, number = ratings.item[order], ratings.number[order]
    starts = np.flatnonzero(np.r_[True, item[1:] != item[:-1]])
    sizes = np.diff(np.r_[starts, len(item)])
    lower, upper = number[starts + (sizes - 1) // 2], number[starts + sizes // 2]
    agreed = lower == upper
    return _from_numbers("median", ratings.scale, item[starts[agreed]], lower[agreed], int((~agreed).sum()))


def _mean(ratings: CriterionRatings) -> Reference:
    labels = np.bincount(ratings.item, minlength=len(ratings.items))
    totals = np.bincount(ratings.item, weights=ratings.number, minlength=len(ratings.items))
    item = np.flatnonzero(labels)
    return _from_numbers("mean", ratings.scale, item, totals[item] / labels[item], 0)


def _adjudicated(ratings: CriterionRatings) -> Reference:
    """Agreed answers, and the default for all other items; a tie that was adjudicated is none."""
    agreed = ratings.adjudicated_item
    keep = ~np.isin(ratings.item, np.concatenate([agreed, ratings.adjudicated_na]))
    rest = reference(
        replace(ratings, item=ratings.item[keep], code=ratings.code[keep], number=ratings.number[keep]),
        default_reference(ratings.scale),
    )
    return Reference(
        "adjudicated",
        np.concatenate([rest.item, agreed]),
        np.concatenate([rest.code, ratings.adjudicated_code]),
        np.concatenate([rest.number, ratings.adjudicated_number]),
        rest.ties,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Vote:
    """The answers that can win (category codes, or numbers) and each label's index among them."""

    answers: FloatArray | IntArray
    code: IntArray


def _vote(ratings: CriterionRatings) -> _Vote:
    if ratings.scale.categories:
        return _Vote(np.arange(len(ratings.scale.categories)), ratings.code)
    numbers, code = np.unique(ratings.number, return_inverse=True)
    return _Vote(numbers, code.astype(np.int64))


def _from_answers(
    kind: ReferenceKind, scale: Scale, item: IntArray, answers: FloatArray | IntArray, ties: int
) -> Reference:
    found = coded(scale, answers)
    return Reference(kind, item, found.code, found.number, ties)


def _from_numbers(
    kind: ReferenceKind, scale: Scale, item: IntArray, numbers: FloatArray, ties: int
) -> Reference:
    """Numbers that are a category's get its code; others (a mean between levels) get -1."""
    values = numbers_of(scale)
    if values is None:
        return Reference(kind, item, np.full(len(item), -1, dtype=np.int64), numbers, ties)
    order = np.argsort(values)
    ordered = np.asarray(values)[order]
    place = np.clip(np.searchsorted(ordered, numbers), 0, len(ordered) - 1)
    code = np.where(ordered[place] == numbers, order[place], -1)
    return Reference(kind, item, code.astype(np.int64), numbers, ties)


def _nothing(kind: ReferenceKind) -> Reference:
    empty = np.zeros(0, dtype=np.int64)
    return Reference(kind, empty, empty, np.zeros(0))
