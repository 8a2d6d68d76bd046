"""Part of a criterion's ratings: the items of a stratum, those of known probability, all but some labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from calibration.columns import CriterionRatings, JudgeColumn, tally
from calibration.stats.estimate import IntArray
from rubrics.answers import LABEL_STATUSES, VERDICT_STATUSES

BoolArray = NDArray[np.bool_]


def strata_of(ratings: CriterionRatings) -> tuple[str, ...]:
    """The strata that occur, in order; items without one belong to none."""
    return tuple(sorted({name for name in ratings.stratum or () if name is not None}, key=_natural))


def of_stratum(ratings: CriterionRatings, stratum: str) -> CriterionRatings:
    """The ratings of one stratum's items."""
    names = np.array(ratings.stratum or (None,) * len(ratings.items), dtype=object)
    return of_items(ratings, np.asarray(names == stratum, dtype=np.bool_))


def of_items(ratings: CriterionRatings, keep: BoolArray) -> CriterionRatings:
    """The ratings of the items for which `keep` (one truth value per item) is true, renumbered."""
    number, chosen, kept = np.cumsum(keep) - 1, np.flatnonzero(keep), keep.tolist()
    label, na, agreed = keep[ratings.item], keep[ratings.na_item], keep[ratings.adjudicated_item]
    missing = keep[ratings.missing_item]
    return replace(
        ratings,
        items=tuple(compress(ratings.items, kept)),
        item=number[ratings.item[label]],
        rater=ratings.rater[label],
        code=ratings.code[label],
        number=ratings.number[label],
        statuses=_statuses(LABEL_STATUSES, int(label.sum()), ratings.missing_status[missing]),
        na_item=number[ratings.na_item[na]],
        na_rater=ratings.na_rater[na],
        judges=tuple(_judge_of_items(judge, keep, number) for judge in ratings.judges),
        cluster=None if ratings.cluster is None else ratings.cluster[chosen],
        pi=None if ratings.pi is None else ratings.pi[chosen],
        stratum=None if ratings.stratum is None else tuple(compress(ratings.stratum, kept)),
        missing_item=number[ratings.missing_item[missing]],
        missing_status=ratings.missing_status[missing],
        adjudicated_item=number[ratings.adjudicated_item[agreed]],
        adjudicated_code=ratings.adjudicated_code[agreed],
        adjudicated_number=ratings.adjudicated_number[agreed],
        adjudicated_na=number[ratings.adjudicated_na[keep[ratings.adjudicated_na]]],
        left_out={},
    )


def without_verdicts(
    ratings: CriterionRatings, judges: Collection[str], items: BoolArray
) -> CriterionRatings:
    """The same ratings without the verdicts of some judges on items (one truth value per item)."""
    number = np.arange(len(ratings.items))
    return replace(
        ratings,
        judges=tuple(
            _judge_of_items(judge, ~items, number) if judge.judge in judges else judge
            for judge in ratings.judges
        ),
    )


def without_labels(
    ratings: CriterionRatings, gone: Collection[tuple[str, str]], reason: str
) -> CriterionRatings:
    """The ratings without these labels, named by item and rater; they count as left out for `reason`."""
    keep = _others(ratings, ratings.item, ratings.rater, gone)
    keep_na = _others(ratings, ratings.na_item, ratings.na_rater, gone)
    count = int((~keep).sum() + (~keep_na).sum())
    if not count:
        return ratings
    missing = _without_na(ratings, Counter(ratings.na_item[~keep_na].tolist()))
    return replace(
        ratings,
        item=ratings.item[keep],
        rater=ratings.rater[keep],
        code=ratings.code[keep],
        number=ratings.number[keep],
        statuses=_statuses(LABEL_STATUSES, int(keep.sum()), ratings.missing_status[missing]),
        na_item=ratings.na_item[keep_na],
        na_rater=ratings.na_rater[keep_na],
        missing_item=ratings.missing_item[missing],
        missing_status=ratings.missing_status[missing],
        left_out={**ratings.left_out, reason: ratings.left_out.get(reason, 0) + count},
    )


def _others(
    ratings: CriterionRatings, item: IntArray, rater: IntArray, gone: Collection[tuple[str, str]]
) -> BoolArray:
    """True for each label that is not among `gone`."""
    pairs = zip(item.tolist(), rater.tolist(), strict=True)
    kept = [(ratings.items[i], ratings.raters[r]) not in gone for i, r in pairs]
    return np.array(kept, dtype=np.bool_)


def _without_na(ratings: CriterionRatings, gone: Counter[int]) -> BoolArray:
    """True for each answer that is not observed, but for `gone` of them per item: "not applicable"."""
    keep, na = np.ones(len(ratings.missing_item), dtype=np.bool_), LABEL_STATUSES.index("not_applicable")
    for place in np.flatnonzero(ratings.missing_status == na).tolist():
        item = int(ratings.missing_item[place])
        if gone[item]:
            gone[item] -= 1
            keep[place] = False
    return keep


def _judge_of_items(judge: JudgeColumn, keep: BoolArray, number: IntArray) -> JudgeColumn:
    seen, missing = keep[judge.item], keep[judge.missing_item]
    return replace(
        judge,
        item=number[judge.item[seen]],
        code=judge.code[seen],
        number=judge.number[seen],
        confidence=judge.confidence[seen],
        expected=judge.expected[seen],
        unparsed_item=number[judge.unparsed_item[keep[judge.unparsed_item]]],
        na_item=number[judge.na_item[keep[judge.na_item]]],
        statuses=_statuses(VERDICT_STATUSES, int(seen.sum()), judge.missing_status[missing]),
        probs=None if judge.probs is None else judge.probs[seen],
        sources={kind: stated[seen] for kind, stated in judge.sources.items()},
        orders=None if judge.orders is None else judge.orders[seen],
        missing_item=number[judge.missing_item[missing]],
        missing_status=judge.missing_status[missing],
        left_out={},
    )


def _statuses(names: tuple[str, ...], observed: int, missing: IntArray) -> dict[str, int]:
    return tally(missing, names) | {"observed": observed}


def _natural(name: str) -> tuple[int, float, str]:
    """Numbers by size, before words."""
    try:
        return (0, float(name), name)
    except ValueError:
        return (1, 0.0, name)
