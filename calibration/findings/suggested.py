"""What Dawid–Skene would answer, item by item, beside the raters' majority: never the reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.columns import CriterionRatings
from calibration.comparing import by_category
from calibration.reference import reference
from calibration.stats.dawid_skene import DawidSkene, dawid_skene
from calibration.stats.estimate import Undefined
from rubrics.rubric import Value

SEED = 20_240_229
RESTARTS, TOLERANCE = 1, 1e-4  # a count of items needs no more digits of the likelihood
MOST_LABELS = 100_000  # beyond, the suggestion of answers would hold up the report


@dataclass(frozen=True, slots=True)
class Suggested:
    """An item on which the likely answer is not the majority's; `majority` is None where the vote is tied.

    probability: of the suggested answer under the fitted model, which takes raters to err independently.
    """

    item_id: str
    suggestion: Value
    majority: Value | None
    votes: tuple[tuple[Value, int], ...]
    probability: float

    def as_json(self) -> dict[str, object]:
        return {
            "item_id": self.item_id,
            "suggestion": self.suggestion,
            "majority": self.majority,
            "votes": [{"value": value, "raters": n} for value, n in self.votes],
            "probability": self.probability,
        }


def fitted(ratings: CriterionRatings, *, seed: int = SEED) -> DawidSkene | Undefined:
    """The model of the items that several raters answered; Undefined where there can be none."""
    if not by_category(ratings):
        return Undefined("suggestions need a closed scale of few answers")
    if len(ratings.item) > MOST_LABELS:
        return Undefined(f"more than {MOST_LABELS:,} labels: not computed in a report")
    kept = several(ratings)[ratings.item]
    return dawid_skene(
        ratings.item[kept], ratings.rater[kept], ratings.code[kept], len(ratings.scale.categories),
        items=len(ratings.items), raters=max(len(ratings.raters), 1), rng=np.random.default_rng(seed),
        restarts=RESTARTS, tolerance=TOLERANCE,
    )  # fmt: skip


def several(ratings: CriterionRatings) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which items two raters or more have answered."""
    return np.asarray(np.bincount(ratings.item, minlength=len(ratings.items)) >= 2)


def suggested(ratings: CriterionRatings) -> tuple[Suggested, ...] | Undefined:
    """Every item where the suggestion is not the majority, the surest first."""
    found = fitted(ratings)
    if isinstance(found, Undefined):
        return found
    majority = np.full(len(ratings.items), -1, dtype=np.int64)
    held = reference(ratings, "majority")
    majority[held.item] = held.code
    chosen = np.flatnonzero(several(ratings) & (found.suggestion != majority))
    sure = found.posterior.max(axis=1)
    order = chosen[np.argsort(-sure[chosen], kind="stable")]
    return tuple(_suggested(ratings, found, int(majority[k]), int(k)) for k in order)


def _suggested(ratings: CriterionRatings, found: DawidSkene, majority: int, item: int) -> Suggested:
    categories = ratings.scale.categories
    votes = np.bincount(ratings.code[ratings.item == item], minlength=len(categories))
    return Suggested(
        item_id=ratings.items[item],
        suggestion=categories[int(found.suggestion[item])],
        majority=None if majority < 0 else categories[majority],
        votes=tuple((categories[k], int(votes[k])) for k in np.argsort(-votes, kind="stable") if votes[k]),
        probability=float(found.posterior[item].max()),
    )
