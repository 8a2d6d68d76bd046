"""Pairs of answers to one item: judge with reference, rater with rater; their weights and clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.columns import CriterionRatings
from calibration.stats.estimate import FloatArray, IntArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Answers side by side, one entry per unit compared: codes a and b, the same as numbers x and y."""

    item: IntArray
    a: IntArray
    b: IntArray
    x: FloatArray
    y: FloatArray

    def __len__(self) -> int:
        return len(self.item)

    def where(self, keep: BoolArray) -> Pairs:
        """Only the units for which `keep` is true."""
        return Pairs(self.item[keep], self.a[keep], self.b[keep], self.x[keep], self.y[keep])


@dataclass(frozen=True, slots=True, eq=False)
class RaterPairs:
    """Every two labels of one item, each pair once, with the numbers of the two raters (first < second)."""

    pairs: Pairs
    first: IntArray
    second: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Renumbered:
    """The numbers that occur, in order, and the place of each entry's number among them."""

    found: IntArray
    place: IntArray


def renumbered(numbers: IntArray) -> Renumbered:
    """Numbers ≥ 0 without gaps."""
    occurs = np.bincount(numbers) > 0
    return Renumbered(np.flatnonzero(occurs), numbers if occurs.all() else (np.cumsum(occurs) - 1)[numbers])


def rater_pairs(ratings: CriterionRatings) -> RaterPairs:
    """All pairs of raters within items: m (m - 1) / 2 pairs of an item with m labels."""
    order = np.lexsort((ratings.rater, ratings.item))
    item = ratings.item[order]
    starts = np.flatnonzero(np.r_[True, item[1:] != item[:-1]]) if len(item) else np.zeros(0, dtype=np.int64)
    sizes = np.diff(np.r_[starts, len(item)])
    place = np.arange(len(item)) - np.repeat(starts, sizes)
    # label number p within its item is the second of p pairs
    second = np.repeat(np.arange(len(item)), place)
    nth = np.arange(len(second)) - np.repeat(np.cumsum(place) - place, place)
    first = second - place[second] + nth
    left, right = order[first], order[second]
    pairs = Pairs(
        ratings.item[left],
        ratings.code[left],
        ratings.code[right],
        ratings.number[left],
        ratings.number[right],
    )
    return RaterPairs(pairs, ratings.rater[left], ratings.rater[right])


def weights_of(ratings: CriterionRatings, item: IntArray) -> FloatArray | None:
    """1/π of each unit's item; None where nothing is weighted."""
    return None if ratings.pi is None else 1.0 / ratings.pi[item]


def clusters_of(ratings: CriterionRatings, item: IntArray, *, repeated: bool) -> IntArray | None:
    """The cluster of each unit; its item where there are no clusters but items repeat; else None."""
    if ratings.cluster is not None:
        return ratings.cluster[item]
    return item if repeated else None
