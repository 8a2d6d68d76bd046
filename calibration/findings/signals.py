"""Which signals find a judge's errors, and which errors none of them can find; measured against labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from calibration.agreement_types import ReferenceKind
from calibration.columns import CriterionRatings, JudgeColumn, Ratings
from calibration.doubting import doubts
from calibration.findings.compared import Compared, compared_with
from calibration.pairing import clusters_of, weights_of
from calibration.slicing import of_items
from calibration.stats.doubt import (
    Advice,
    Doubted,
    Found,
    advise,
    auroc,
    confidently_wrong,
    doubted,
    error_rate,
    errors_found,
)
from calibration.stats.estimate import Estimate, FloatArray, Result, Undefined
from calibration.triage.signals import MEANING, NEEDS_LABELS, SIGNALS


@dataclass(frozen=True, slots=True)
class SignalFinding:
    """One signal of one judge: whether its doubt finds errors, on the n verdicts it has an opinion about.

    `auroc` has a two-sided interval; `advice` stands on one-sided 95% bounds.
    """

    name: str
    n: int
    errors: int
    auroc: Result
    advice: Advice
    found: Found | Undefined
    confidently_wrong: float | Undefined

    def as_json(self) -> dict[str, object]:
        left = self.confidently_wrong
        return {
            "auroc": self.auroc.as_json(),
            "advice": self.advice.follow,
            "reason": self.advice.reason,
            "errors_found_at_20_percent": self.found.as_json(),
            "confidently_wrong_share": left.as_json() if isinstance(left, Undefined) else left,
            "n": self.n,
            "errors": self.errors,
        }


@dataclass(frozen=True, slots=True)
class JudgeSignals:
    """One judge on one criterion: how often it errs, and what each signal is worth."""

    judge: str
    error_rate: Result
    errors: int
    signals: Mapping[str, SignalFinding]
    reference_ties: int = 0

    @property
    def follow(self) -> str | None:
        """The signal to draw new items by: of those that find errors that with the highest lower bound.

        None where none is shown to find errors; a signal that needs labels says nothing of new items.
        """
        lows = {
            name: one.advice.auroc.low
            for name, one in self.signals.items()
            if one.advice.follow == "follow"
            and isinstance(one.advice.auroc, Estimate)
            and name not in NEEDS_LABELS
        }
        return max(lows, key=lambda name: lows[name] or 0.0, default=None)

    def as_json(self) -> dict[str, object]:
        return {
            "error_rate": self.error_rate.as_json(),
            "signals": {name: one.as_json() for name, one in self.signals.items()},
            "follow": self.follow,
            "errors": self.errors,
            "reference_ties": self.reference_ties,
        }


def signal_findings(
    ratings: Ratings,
    *,
    reference: ReferenceKind | None = None,
    step: float | None = None,
    level: float = 0.95,
) -> dict[str, dict[str, JudgeSignals]]:
    """By criterion and judge; a criterion that no judge answered is absent."""
    found = {
        name: {
            judge.judge: signals_of(one, judge, reference=reference, step=step, level=level)
            for judge in one.judges
        }
        for name, one in ratings.criteria.items()
    }
    return {name: judges for name, judges in found.items() if judges}


def signals_of(
    ratings: CriterionRatings,
    judge: JudgeColumn,
    *,
    reference: ReferenceKind | None = None,
    step: float | None = None,
    level: float = 0.95,
) -> JudgeSignals:
    """One judge; with unequal inclusion probabilities weighted by 1/π, items of unknown π left out.

    Under `each` every pair of verdict and label is compared, clustered by item where there are no clusters.
    step: of an interval scale that declares none.
    """
    if ratings.pi is not None and np.isnan(ratings.pi).any():
        known = of_items(ratings, ~np.isnan(ratings.pi))
        theirs = next(one for one in known.judges if one.judge == judge.judge)
        return signals_of(known, theirs, reference=reference, step=step, level=level)
    compared = compared_with(ratings, judge, reference, step=step)
    every = _doubted(ratings, judge, compared, np.zeros(len(judge.item)))
    about = doubts(ratings, judge, step=step)
    findings = {name: _finding(name, ratings, judge, compared, about[name], level) for name in SIGNALS}
    rate = error_rate(every, level=level)
    if isinstance(rate, Undefined):
        rate = Undefined(compared.nothing or rate.reason)
    return JudgeSignals(judge.judge, rate, every.errors, findings, compared.ties)


def _finding(
    name: str,
    ratings: CriterionRatings,
    judge: JudgeColumn,
    compared: Compared,
    doubt: FloatArray,
    level: float,
) -> SignalFinding:
    if np.isnan(doubt).all():
        nothing = Undefined(MEANING[name])
        return SignalFinding(name, 0, 0, nothing, Advice("ignore", nothing, nothing.reason), nothing, nothing)
    data = _doubted(ratings, judge, compared, doubt)
    found, left = errors_found(data), confidently_wrong(data)
    return SignalFinding(name, len(data), data.errors, auroc(data, level=level), advise(data), found, left)


def _doubted(ratings: CriterionRatings, judge: JudgeColumn, compared: Compared, doubt: FloatArray) -> Doubted:
    """The doubts of compared verdicts that have one, with errors, weights and clusters."""
    stated = ~np.isnan(doubt[compared.at])
    at = compared.at[stated]
    item = judge.item[at]
    repeated = len(np.unique(item)) < len(item)
    return doubted(
        doubt[at],
        compared.right[stated] == 0,
        weights=weights_of(ratings, item),
        clusters=clusters_of(ratings, item, repeated=repeated),
    )
