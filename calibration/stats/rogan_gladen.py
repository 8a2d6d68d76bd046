"""Rates corrected by the judge's error rates where the labels come from elsewhere: Rogan–Gladen with Lee."""

from __future__ import annotations

import math
from dataclasses import replace

from calibration.stats.estimate import Estimate, Result, Undefined
from calibration.stats.prevalence import NEGATIVE, POSITIVE, Answers
from calibration.stats.quantiles import normal_quantile


def rogan_gladen(
    positive: float,
    n: int,
    tnr: float,
    negatives: float,
    tpr: float,
    positives: float,
    *,
    level: float = 0.95,
) -> Result:
    """θ = (p + TNR - 1) / (TPR + TNR - 1) with the shrunken interval of Lee et al. (arXiv 2511.21140).

    positive: share of positive verdicts among n items without labels; tnr and tpr measured on `negatives`
    and `positives` labelled items (effective numbers are allowed). Undefined where a class has no labels or
    the judge is no better than a coin.
    """
    if negatives <= 0 or positives <= 0:
        kind = "negative" if negatives <= 0 else "positive"
        return Undefined(f"no label is {kind}, so the judge's error rate on that class is unknown")
    if tpr + tnr <= 1:
        return Undefined(f"TPR + TNR = {tpr + tnr:.2f} is not above 1: the judge is no better than a coin")
    z = normal_quantile((1 + level) / 2)
    p = (n * positive + z**2 / 2) / (n + z**2)
    q0, q1 = (negatives * tnr + 1) / (negatives + 2), (positives * tpr + 1) / (positives + 2)
    if q0 + q1 <= 1:
        return Undefined("TPR + TNR is not surely above 1: too few labels")
    theta = (p + q0 - 1) / (q0 + q1 - 1)
    v0, v1 = q0 * (1 - q0) / (negatives + 2), q1 * (1 - q1) / (positives + 2)
    error = math.sqrt(p * (1 - p) / (n + z**2) + (1 - theta) ** 2 * v0 + theta**2 * v1) / (q0 + q1 - 1)
    centre = theta + 2 * z**2 * (theta * v1 - (1 - theta) * v0)
    value = _unit((positive + tnr - 1) / (tpr + tnr - 1))
    low, high = _unit(centre - z * error), _unit(centre + z * error)
    units = round(negatives + positives)
    return Estimate(
        value, min(low, value), max(high, value), level, units, units, "Rogan–Gladen, Lee's interval"
    )


def rogan_gladen_of(data: Answers, *, level: float = 0.95) -> Result:
    """Rogan–Gladen on a pool: error rates from its labelled items, verdicts from the others.

    The labelled items' own verdicts are not counted again, because the interval takes both parts to be
    independent; only where labels were drawn with unequal π does the whole pool count, since the others are
    then no fair part of it. Items where the judge gave no answer take no part.
    """
    answered = (data.judge == POSITIVE) | (data.judge == NEGATIVE)
    rest, both = answered & data.fair_rest, answered & data.labelled
    if not both.any():
        return Undefined("no item has both a label and a verdict")
    if not rest.any():
        return Undefined("every judged item has a label: nothing is left to correct")
    rates = {}
    for kind in (NEGATIVE, POSITIVE):
        of_class = both & (data.human == kind)
        weight = data.weights_of(of_class)
        mass = float(weight.sum())
        right = float(weight[data.judge[of_class] == kind].sum())
        rates[kind] = (right / mass, mass**2 / float((weight**2).sum())) if mass > 0 else (0.0, 0.0)
    found = rogan_gladen(
        float((data.judge[rest] == POSITIVE).mean()),
        int(rest.sum()),
        *rates[NEGATIVE],
        *rates[POSITIVE],
        level=level,
    )
    if isinstance(found, Undefined):
        return found
    method = found.method if data.weight is None else f"{found.method}, weighted by 1/π"
    found = replace(found, n=int(both.sum()), clusters=data.clusters_in(both), method=method)
    if data.cluster is None:
        return found
    reason = "Lee's interval is for independent items; these are clustered"
    return replace(found, low=None, high=None, method="no interval", interval_undefined=reason)


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)
