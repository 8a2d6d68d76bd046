"""Shares of good items in production's mix: every estimator within each stratum, weighted by its share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from calibration.stats import prevalence
from calibration.stats.estimate import Result, Undefined
from calibration.stats.mixture import mixture
from calibration.stats.poststratified import post_stratified, ppi_pp
from calibration.stats.prevalence import Answers, BoolArray, judge_only, labels_only
from calibration.stats.rogan_gladen import rogan_gladen_of

Stratified = tuple[Sequence[str], Mapping[str, float]]  # the stratum of every item, and shares by stratum


def estimates(data: Answers, level: float, mix: Stratified | None = None) -> dict[str, Result]:
    """Every estimator by name: of the pool as it is, or of its strata in the shares of `mix`."""
    if mix is None:
        return {name: of(data, level=level) for name, of in ESTIMATORS.items()}
    strata, shares = np.asarray(mix[0]), mix[1]
    parts = {name: _part(data, strata == name) for name in shares if (strata == name)[data.labelled].any()}
    alone = _independent(data, strata)
    return {
        name: mixture({s: of(part, level=level) for s, part in parts.items()}, shares, independent=alone)
        for name, of in {**ESTIMATORS, "post_stratified": _post_stratified}.items()
    }


def _post_stratified(data: Answers, *, level: float) -> Result:
    """Post-stratified; where the judge gives the whole stratum one answer that is the mean of its labels."""
    found = post_stratified(data, level=level)
    constant = len(np.unique(data.judge[data.judged])) == 1 and data.both.any()
    if not isinstance(found, Undefined) or not constant:
        return found
    return labels_only(_part(data, data.both), level=level)


def _part(data: Answers, keep: BoolArray) -> Answers:
    """These items alone; weights that are alike among them are none."""
    return prevalence.answers(
        data.judge[keep],
        data.human[keep],
        weights=None if data.weight is None else data.weight[keep],
        clusters=None if data.cluster is None else data.cluster[keep],
        parts=data.part[keep],
    )


def _independent(data: Answers, strata: np.ndarray[tuple[int, ...], np.dtype[np.str_]]) -> bool:
    """Whether no cluster has judged or labelled items in two strata."""
    if data.cluster is None:
        return True
    used = data.judged | data.labelled
    pairs = set(zip(data.cluster[used].tolist(), strata[used].tolist(), strict=True))
    return len(pairs) == len({cluster for cluster, _ in pairs})


Estimator = Callable[..., Result]
ESTIMATORS: Mapping[str, Estimator] = {
    "labels_only": labels_only,
    "post_stratified": post_stratified,
    "ppi_pp": ppi_pp,
    "rogan_gladen": rogan_gladen_of,
    "judge_only": judge_only,
}
