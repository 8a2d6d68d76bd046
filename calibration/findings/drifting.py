"""Whether a rater's answers drift away from the others' over time; says so only where time is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from calibration.columns import CriterionRatings
from calibration.stats.design import sums
from calibration.stats.estimate import FloatArray, IntArray, Undefined
from calibration.stats.raters import deviations, drift


@dataclass(frozen=True, slots=True)
class Drifting:
    """A rater's answers in their order of time: steady, or outside the limits from answer `first` on.

    measure: how much higher than the others' mean, or how often another answer than theirs. n: answers to
    items that others rated too; `towards` says which way the last part lies.
    """

    measure: Literal["leniency", "disagreement"]
    n: int
    first: int | None
    towards: Literal["", "higher", "lower"] = ""

    def as_json(self) -> dict[str, object]:
        return {"measure": self.measure, "n": self.n, "first": self.first, "towards": self.towards}

    def __str__(self) -> str:
        if self.first is None:
            return f"steady over {self.n} answers"
        return f"{self.measure} {self.towards} from answer {self.first} of {self.n} on"


def drifting(ratings: CriterionRatings, order: IntArray | Undefined) -> Mapping[str, Drifting | Undefined]:
    """Every rater by name; `order` is the place of each label in time, or why that is not known."""
    if isinstance(order, Undefined):
        return dict.fromkeys(ratings.raters, order)
    measure: Literal["leniency", "disagreement"] = "leniency" if ratings.scale.is_numeric else "disagreement"
    gap, shared = (
        deviations(ratings.item, ratings.number) if ratings.scale.is_numeric else _otherwise(ratings)
    )
    found: dict[str, Drifting | Undefined] = {}
    for k, name in enumerate(ratings.raters):
        own = np.flatnonzero(shared & (ratings.rater == k))
        series = gap[own[np.argsort(order[own], kind="stable")]]
        chart = drift(series)
        if isinstance(chart, Undefined):
            found[name] = chart
            continue
        outside = chart.average[(chart.first or 1) - 1]
        towards: Literal["", "higher", "lower"] = "higher" if outside > 0 else "lower"
        found[name] = Drifting(measure, len(series), chart.first, towards if chart.first else "")
    return found


def _otherwise(ratings: CriterionRatings) -> tuple[FloatArray, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Each label's share of the item's other labels that say something else, and whether there are any."""
    categories = max(len(ratings.scale.categories), 1)
    cell = ratings.item * categories + ratings.code
    alike = sums(cell, np.ones(len(cell)), len(ratings.items) * categories)[cell] - 1
    others = sums(ratings.item, np.ones(len(cell)), len(ratings.items))[ratings.item] - 1
    shared = others > 0
    return np.where(shared, 1 - alike / np.maximum(others, 1), 0.0), shared
