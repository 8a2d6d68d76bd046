"""From which confidence on a certified judge's verdicts may stand without a person, with a guarantee.

Looked for only where the same look has passed every condition, so it spends no error budget of its own: two
tests in fixed order at alpha are together wrong with probability alpha at most. Where several criteria ask
for a threshold, each has an equal part of alpha.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from calibration.agreement_types import ReferenceKind
from calibration.certificate import Threshold
from calibration.columns import CriterionRatings, JudgeColumn
from calibration.findings.compared import compared_with
from calibration.findings.confidence import SEED, one_per_cluster
from calibration.policy import CriterionPolicy
from calibration.stats.confidence import confident
from calibration.stats.selective import certified_threshold

DIGITS = 12


def thresholds(
    asked: Sequence[CriterionPolicy], ratings: Mapping[str, CriterionRatings], judge: str, *, alpha: float
) -> dict[str, Threshold]:
    """The thresholds that the criteria ask for, as far as they can be certified on this evidence."""
    wanted = [policy for policy in asked if policy.accept_agreement is not None]
    found = {
        p.criterion: threshold(p, ratings[p.criterion], judge, delta=alpha / len(wanted)) for p in wanted
    }
    return {name: one for name, one in found.items() if one is not None}


def threshold(
    policy: CriterionPolicy, ratings: CriterionRatings, judge: str, *, delta: float
) -> Threshold | None:
    """The lowest certified confidence; None where none is, or where items were not drawn with equal chances.

    Of clustered items one of each cluster, chosen at random, is tested; coverage counts every verdict, those
    without a confidence or an answer among the not accepted.
    """
    column = next((c for c in ratings.judges if c.judge == judge), None)
    if column is None or policy.accept_agreement is None or _unequal(ratings):
        return None
    compared = compared_with(ratings, column, cast("ReferenceKind | None", policy.reference))
    stated = ~np.isnan(column.confidence[compared.at])
    at = compared.at[stated]
    if not len(at):
        return None
    clusters = None if ratings.cluster is None else ratings.cluster[column.item[at]]
    data = confident(column.confidence[at], compared.right[stated], clusters=clusters)
    sample = one_per_cluster(data, np.random.default_rng(SEED))
    best = certified_threshold(sample, 1 - policy.accept_agreement, delta=delta)
    if best.threshold is None:
        return None
    return Threshold(
        confidence=best.threshold,
        agreement=policy.accept_agreement,
        delta=float(f"{delta:.{DIGITS}g}"),
        coverage=float(f"{_coverage(ratings, column, best.threshold):.{DIGITS}g}"),
        accepted=best.accepted,
        errors=best.errors,
        n=len(sample),
    )


def _coverage(ratings: CriterionRatings, column: JudgeColumn, confidence: float) -> float:
    """Share of all verdicts on labelled items that reach the confidence."""
    labelled = np.unique(ratings.item)
    answered = np.isin(column.item, labelled)
    reached = column.confidence[answered] >= confidence
    total = int(answered.sum() + np.isin(column.missing_item, labelled).sum())
    return float(reached.sum() / total) if total else 0.0


def _unequal(ratings: CriterionRatings) -> bool:
    """Items that stand for different numbers of others: the guarantee is for a simple random sample."""
    return ratings.pi is not None and len(np.unique(ratings.pi[np.unique(ratings.item)])) > 1
