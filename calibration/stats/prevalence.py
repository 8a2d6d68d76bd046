"""The share of items that people would call positive, from few labels and many verdicts of a judge."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.stats.classify import share
from calibration.stats.design import cluster_ids, sums
from calibration.stats.estimate import Estimate, FloatArray, IntArray, Result, Undefined
from calibration.stats.obstacles import TOO_FEW_CLUSTERS
from calibration.stats.patterns import pair_table
from calibration.stats.proportions import Bounds, wilson
from calibration.stats.quantiles import normal_quantile, t_quantile

BoolArray = NDArray[np.bool_]
NEGATIVE, POSITIVE, NO_ANSWER, ABSENT = 0, 1, 2, -1


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """One entry per item of the pool, all of shape (items,).

    judge: POSITIVE, NEGATIVE, NO_ANSWER (asked, but abstained, unparsed or failed) or ABSENT (never asked).
    human: POSITIVE, NEGATIVE or ABSENT (no label, or no reference among the labels). weight: 1/π of every
    labelled item, None where all π are equal. cluster: ids of items that belong together, or None.
    part: a finer grouping of the verdicts (bins of the judge's confidence), 0 where there is none.
    """

    judge: IntArray
    human: IntArray
    weight: FloatArray | None
    cluster: IntArray | None
    part: IntArray

    @property
    def judged(self) -> BoolArray:
        return np.asarray(self.judge != ABSENT)

    @property
    def labelled(self) -> BoolArray:
        return np.asarray(self.human != ABSENT)

    @property
    def both(self) -> BoolArray:
        return self.judged & self.labelled

    @property
    def fair_rest(self) -> BoolArray:
        """Judged items whose verdicts stand for the pool: the unlabelled, or all where π is unequal."""
        return self.judged & ~self.labelled if self.weight is None else self.judged

    def clusters_in(self, keep: BoolArray) -> int:
        """Independent units among these items."""
        return int(keep.sum()) if self.cluster is None else len(np.unique(self.cluster[keep]))

    def weights_of(self, keep: BoolArray) -> FloatArray:
        return np.ones(int(keep.sum())) if self.weight is None else self.weight[keep]


def answers(
    judge: ArrayLike,
    human: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    parts: ArrayLike | None = None,
) -> Answers:
    """The answers to items 0 .. n-1, checked; see Answers. Equal weights are the same as none.

    Raises ValueError for other codes, for lengths that differ and for a labelled item without a positive
    finite weight.
    """
    verdict, label = np.asarray(judge, dtype=np.int64), np.asarray(human, dtype=np.int64)
    n = len(label)
    if verdict.shape != (n,) or not np.isin(verdict, (ABSENT, NEGATIVE, POSITIVE, NO_ANSWER)).all():
        raise ValueError(f"judge must hold {n} codes: 1 positive, 0 negative, 2 no answer, -1 never asked")
    if not np.isin(label, (ABSENT, NEGATIVE, POSITIVE)).all():
        raise ValueError("human must hold 1 for positive, 0 for negative, -1 for no label")
    part = np.zeros(n, dtype=np.int64) if parts is None else np.asarray(parts, dtype=np.int64)
    return Answers(verdict, label, _weights(weights, label != ABSENT), cluster_ids(clusters, n), part)


def labels_only(data: Answers, *, level: float = 0.95) -> Result:
    """Share of positive labels: Wilson; with weights Hájek's ratio and the effective number of items."""
    keep = data.labelled
    return _share(data, keep, data.human[keep], data.weight, "nobody labelled an item", level)


def judge_only(data: Answers, *, level: float = 0.95) -> Result:
    """Share of positive verdicts: what the judge says, not what is true."""
    keep = (data.judge == POSITIVE) | (data.judge == NEGATIVE)
    found = _share(data, keep, data.judge[keep], None, "the judge answered no item", level)
    if isinstance(found, Undefined):
        return found
    text = "biased: the judge's own errors are not corrected, and the interval does not know of them"
    return replace(found, warnings=(*found.warnings, text))


def _share(
    data: Answers, keep: BoolArray, code: IntArray, weight: FloatArray | None, empty: str, level: float
) -> Result:
    table = pair_table(
        code,
        code,
        2,
        weights=None if weight is None else weight[keep],
        clusters=None if data.cluster is None else data.cluster[keep],
    )
    top = np.array([False, False, False, True])
    return share(table, top, np.ones(4, dtype=np.bool_), level=level, empty=empty)


def corrected(
    data: Answers,
    value: float,
    variance: float,
    centre: float,
    influence: FloatArray,
    method: str,
    level: float,
) -> Estimate:
    """A corrected rate with Wilson's interval on the number of items that `variance` is worth.

    variance, centre: with pseudo-items and as if items were independent; n_eff = c (1 - c) / variance, made
    smaller by the design effect of clusters and by Student's t. influence: per item, shape (items,), without
    pseudo-items.
    """
    n, clusters = int(data.both.sum()), data.clusters_in(data.both)
    held = min(max(value, 0.0), 1.0)
    if data.cluster is not None and clusters < TOO_FEW_CLUSTERS:
        reason = f"too few clusters: {clusters}, {TOO_FEW_CLUSTERS} are needed"
        return Estimate(held, None, None, level, n, clusters, "no interval", reason)
    bounds = _wilson_of_variance(data, held, variance, centre, influence, level)
    design = "" if data.cluster is None else ", clustered"
    if data.weight is not None:
        design += ", weighted by 1/π"
    return Estimate(held, bounds.low, bounds.high, level, n, clusters, method + design)


def _wilson_of_variance(
    data: Answers, value: float, variance: float, centre: float, influence: FloatArray, level: float
) -> Bounds:
    effective = centre * (1 - centre) / (variance * design_effect(data, influence))
    share_below = (1 + level) / 2
    df = max(data.clusters_in(data.both) - 1.0, 1.0)
    if data.weight is not None:
        weights = data.weights_of(data.both)
        df = max(min(df, float(weights.sum() ** 2 / (weights**2).sum()) - 1), 1.0)
    # Wilson's interval depends on z²/n alone, so Student's t is a smaller n
    caution = normal_quantile(share_below) / t_quantile(share_below, df)
    return wilson(value * effective * caution**2, effective * caution**2, level=level)


def design_effect(data: Answers, influence: FloatArray) -> float:
    """Variance of Σ influence with clusters over that with independent items, at least 1."""
    if data.cluster is None:
        return 1.0
    _, group = np.unique(data.cluster, return_inverse=True)
    totals = sums(group, influence, int(group.max()) + 1)
    groups, alone = int(np.count_nonzero(totals)), float((influence**2).sum())
    if alone <= 0:
        return max(1.0, float(data.both.sum()) / max(data.clusters_in(data.both), 1))
    return max(1.0, float((totals**2).sum()) / alone * groups / max(groups - 1, 1))


def gain_over(labels: Result, other: Result) -> float | None:
    """(width of labels alone / width of the other)²: so many labels one label is worth with the judge."""
    alone, width = _width(labels), _width(other)
    return None if alone is None or width is None or width <= 0 else (alone / width) ** 2


def _width(found: Result) -> float | None:
    if isinstance(found, Undefined) or found.low is None or found.high is None:
        return None
    return found.high - found.low


def _weights(weights: ArrayLike | None, labelled: BoolArray) -> FloatArray | None:
    if weights is None:
        return None
    array = np.asarray(weights, dtype=np.float64)
    if array.shape != labelled.shape:
        raise ValueError(f"weights must have one number per item ({len(labelled)}), not {array.shape}")
    used = array[labelled]
    if not np.all(np.isfinite(used)) or np.any(used <= 0):
        raise ValueError("every labelled item needs a finite positive weight, 1/π")
    equal = len(used) == 0 or math.isclose(float(used.min()), float(used.max()), rel_tol=1e-9)
    return None if equal else array
