"""Where a judge and people differ, and how often for which cause; shares are weighted as items were drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from calibration.columns import CriterionRatings, JudgeColumn
from calibration.findings.compared import compared_with
from calibration.reference import reference
from calibration.stats.estimate import IntArray, Result
from calibration.stats.shares import share
from rubrics.rubric import plain_number

Cause = Literal["rubric gap", "judge error", "human slip", "ambiguous item", "bad item"]
CAUSES: tuple[Cause, ...] = get_args(Cause)


@dataclass(frozen=True, slots=True)
class Difference:
    """One item on which a judge says something else than the reference; answers in words."""

    item_id: str
    verdict: str
    reference: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class CauseCounts:
    """One judge on one criterion: how many verdicts were compared, differ, and have a cause, and which.

    `shares` are of the disagreements that have one: those of all only where the tagged ones are a sample.
    """

    compared: int
    differ: int
    tagged: int
    counts: Mapping[Cause, int]
    shares: Mapping[Cause, Result]

    def as_json(self) -> dict[str, object]:
        return {
            "compared": self.compared,
            "differ": self.differ,
            "tagged": self.tagged,
            "causes": {
                name: {"n": self.counts[name], "share": self.shares[name].as_json()} for name in CAUSES
            },
        }


def compared_items(ratings: CriterionRatings, judge: JudgeColumn) -> tuple[IntArray, IntArray]:
    """Numbers of the items on which the judge and the reference agree, and of those on which they differ.

    On an interval scale they differ when they are more than one step apart, or at all without a step.
    """
    whole = ratings.scale.kind == "interval" and not ratings.scale.step
    found = compared_with(ratings, judge, step=1e-12 if whole else None)
    items = judge.item[found.at]
    return items[found.right == 1], items[found.right == 0]


def differences(ratings: CriterionRatings, judge: JudgeColumn) -> tuple[Difference, ...]:
    """Every item on which they differ."""
    held = reference(ratings)
    place = np.full(len(ratings.items), -1, dtype=np.int64)
    place[held.item] = np.arange(len(held.item))
    given = np.full(len(ratings.items), -1, dtype=np.int64)
    given[judge.item] = np.arange(len(judge.item))
    _, differ = compared_items(ratings, judge)
    return tuple(
        Difference(
            ratings.items[k],
            _words(ratings, int(judge.code[given[k]]), float(judge.number[given[k]])),
            _words(ratings, int(held.code[place[k]]), float(held.number[place[k]])),
            None if np.isnan(judge.confidence[given[k]]) else float(judge.confidence[given[k]]),
        )
        for k in differ.tolist()
    )


def cause_counts(
    ratings: CriterionRatings, judge: JudgeColumn, causes: Mapping[str, Cause], *, level: float = 0.95
) -> CauseCounts:
    """Counts by cause, by item id; an item without a cause counts as not tagged."""
    agree, differ = compared_items(ratings, judge)
    tagged = np.array([k for k in differ.tolist() if ratings.items[k] in causes], dtype=np.int64)
    named: Sequence[Cause] = [causes[ratings.items[k]] for k in tagged]
    weights = None if ratings.pi is None else 1 / ratings.pi[tagged]
    clusters = None if ratings.cluster is None else ratings.cluster[tagged]
    return CauseCounts(
        compared=len(agree) + len(differ),
        differ=len(differ),
        tagged=len(tagged),
        counts={cause: named.count(cause) for cause in CAUSES},
        shares={
            cause: share([one == cause for one in named], weights=weights, clusters=clusters, level=level)
            for cause in CAUSES
        },
    )


def _words(ratings: CriterionRatings, code: int, number: float) -> str:
    """The answer's name, or the number where it is none of the scale's answers (a mean between levels)."""
    if code >= 0:
        return str(ratings.scale.categories[code])
    return str(plain_number(number))
