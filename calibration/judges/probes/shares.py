"""Shares and means over the items of a probe, with intervals that know which items belong together."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from calibration.stats.estimate import FloatArray, IntArray, Result, Undefined
from calibration.stats.paired_means import mean_of
from calibration.stats.prevalence import answers, labels_only
from rubrics.items import Item

NOTHING = "no item has an answer in both forms"


def cluster_numbers(items: Sequence[Item], *, several: bool = False) -> IntArray | None:
    """A number for each entry's cluster, an item alone being its own; None where all entries are alone.

    `several` says that an item may have more than one entry.
    """
    if not several and not any(item.cluster for item in items):
        return None
    numbers: dict[Hashable, int] = {}
    keys = [("cluster", item.cluster) if item.cluster else ("item", item.item_id) for item in items]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def share_of(
    flags: Sequence[bool],
    clusters: IntArray | None,
    *,
    weights: FloatArray | None = None,
    nothing: str = NOTHING,
) -> Result:
    """The share of entries that are true: Wilson, on their effective number where clustered or weighted."""
    if not flags:
        return Undefined(nothing)
    codes = np.array(flags, dtype=np.int64)
    return labels_only(answers(codes, codes, weights=weights, clusters=clusters))


def mean_move(moves: Sequence[float], clusters: IntArray | None, *, nothing: str = NOTHING) -> Result:
    """The mean of signed moves."""
    return mean_of(moves, clusters=clusters).mean if moves else Undefined(nothing)
