"""Does doubt find errors? AUROC with its interval, what to do with a signal, and what following it finds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.stats.classify import share
from calibration.stats.design import cluster_ids, design_weights, satterthwaite, sums
from calibration.stats.estimate import Estimate, FloatArray, IntArray, Result, Undefined
from calibration.stats.obstacles import TOO_FEW_CLUSTERS, TOO_FEW_OF_CLASS
from calibration.stats.patterns import pair_table
from calibration.stats.quantiles import t_quantile

BoolArray = NDArray[np.bool_]
LEAST_OF_KIND = 10  # errors, and right answers, below which a signal is not judged
REVIEWED = 0.20
CONFIDENT_PART = 0.50
PSEUDO = 0.5  # an error above and one below all right answers, and the reverse: half a unit each
Follow = Literal["follow", "inverted", "ignore"]


@dataclass(frozen=True, slots=True, eq=False)
class Doubted:
    """The doubt about each of n verdicts in [0, 1], and which of them are errors, shape (n,).

    weights: 1/π where items were drawn with unequal probability. clusters: ids of verdicts that belong
    together. Both may be None.
    """

    doubt: FloatArray
    error: BoolArray
    weights: FloatArray | None = None
    clusters: IntArray | None = None

    def __len__(self) -> int:
        return len(self.doubt)

    @property
    def errors(self) -> int:
        return int(self.error.sum())

    @property
    def mass(self) -> FloatArray:
        return np.ones(len(self)) if self.weights is None else self.weights

    def where(self, keep: BoolArray) -> Doubted:
        weights = None if self.weights is None else self.weights[keep]
        clusters = None if self.clusters is None else self.clusters[keep]
        return Doubted(self.doubt[keep], self.error[keep], weights, clusters)


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do with a signal, its AUROC for errors (90%: both ends are one-sided 95% bounds), and why."""

    follow: Follow
    auroc: Result
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """Share of all errors among the reviewed share of verdicts: the most doubted, or a random choice."""

    targeted: float
    random: float

    def as_json(self) -> dict[str, object]:
        return {"targeted": self.targeted, "random": self.random}


def doubted(
    doubt: ArrayLike, error: ArrayLike, *, weights: ArrayLike | None = None, clusters: ArrayLike | None = None
) -> Doubted:
    """Checked: doubts in [0, 1], one length, positive weights; verdicts without an opinion stay out.

    Equal weights are the same as none.
    """
    d, e = np.asarray(doubt, dtype=np.float64), np.asarray(error, dtype=np.bool_)
    if d.ndim != 1 or d.shape != e.shape:
        raise ValueError(f"doubt and error must be vectors of one length, not {d.shape} and {e.shape}")
    if not np.all((d >= 0) & (d <= 1)):
        raise ValueError("every doubt must lie in [0, 1]; leave out verdicts without an opinion")
    w = design_weights(weights, len(d))
    if w is not None and len(w) and math.isclose(float(w.min()), float(w.max()), rel_tol=1e-9):
        w = None
    return Doubted(d, e, w, cluster_ids(clusters, len(d)))


def error_rate(data: Doubted, *, level: float = 0.95) -> Result:
    """Share of verdicts that are errors: Wilson; weighted or clustered with the effective number of units."""
    code = data.error.astype(np.int64)
    table = pair_table(code, code, 2, weights=data.weights, clusters=data.clusters)
    errors = np.array([False, False, False, True])
    return share(table, errors, np.ones(4, dtype=np.bool_), level=level, empty="no verdict has a reference")


def auroc(data: Doubted, *, level: float = 0.95) -> Result:
    """P(an error is doubted more than a right verdict) + half the ties; with weights, of weighted pairs.

    The variance is that of DeLong, DeLong and Clarke-Pearson (1988), with clusters Obuchowski's (1997) sums,
    after half an error above and half an error below all right verdicts were added, and the same of right
    verdicts: without them the few errors that a pilot has often look alike and the interval is too short.
    The interval is made on the logit scale around the value so shrunk, with Student's t (degrees of freedom
    by Welch and Satterthwaite), and holds the value. Fewer than 5 errors or 5 right verdicts: no interval.
    """
    errors, n = data.errors, len(data)
    if not errors or errors == n:
        return Undefined("no verdict was compared" if not n else f"every verdict is {_kind(errors == 0)}")
    value = _value(data)
    clusters = n if data.clusters is None else len(np.unique(data.clusters))
    reason = _obstacle(data, clusters)
    if reason:
        return Estimate(value, None, None, level, n, clusters, "no interval", reason)
    placed = _placements(data)
    half = t_quantile((1 + level) / 2, placed.df) * math.sqrt(placed.variance)
    logit, slope = math.log(placed.value / (1 - placed.value)), placed.value * (1 - placed.value)
    low, high = (1 / (1 + math.exp(-(logit + side * half / slope))) for side in (-1, 1))
    return Estimate(value, min(low, value), max(high, value), level, n, clusters, _method(data))


def advise(data: Doubted) -> Advice:
    """Follow a signal to errors? Only if the one-sided 95% bound says better (or worse) than chance.

    Fewer than 10 errors or 10 right verdicts: ignore, and say how many labels more the pilot needs.
    """
    found = auroc(data, level=0.90)  # both ends are one-sided 95% bounds
    scarce = min(data.errors, len(data) - data.errors)
    if scarce < LEAST_OF_KIND:
        kind = "wrong" if data.errors == scarce else "right"
        more = labels_needed(scarce, len(data))
        return Advice("ignore", found, f"pilot too small: {scarce} {kind} verdicts; label {more} more")
    if isinstance(found, Undefined) or found.low is None or found.high is None:
        why = found.reason if isinstance(found, Undefined) else found.interval_undefined
        return Advice("ignore", found, f"no interval for the AUROC: {why}")
    if found.low > 0.5:
        return Advice("follow", found, "doubt finds errors better than chance")
    if found.high < 0.5:
        return Advice("inverted", found, "errors are doubted less than right verdicts")
    return Advice("ignore", found, "doubt is not shown to find errors better than chance")


def labels_needed(scarce: int, n: int) -> int:
    """Labels until 10 of the scarcer kind are expected, at a Laplace share of those seen among n."""
    return math.ceil((LEAST_OF_KIND - scarce) * (n + 2) / (scarce + 1))


def errors_found(data: Doubted, reviewed: float = REVIEWED) -> Found | Undefined:
    """Share of all errors among the most doubted `reviewed` share of verdicts, ties in random order.

    Exact: of the verdicts that share the doubt at the limit, each is reviewed with the same probability. A
    random choice finds the share `reviewed`.
    """
    if not data.errors:
        return Undefined("there are no errors to find")
    return Found(_share_above(data, reviewed), reviewed)


def confidently_wrong(data: Doubted, part: float = CONFIDENT_PART) -> float | Undefined:
    """Share of all errors among the least doubted half of the verdicts, ties in random order (exact).

    A signal that knows nothing leaves half of them there, a perfect one none. Who follows the signal does not
    come upon these errors; only a random choice finds them.
    """
    if not data.errors:
        return Undefined("there are no errors to find")
    return 1.0 - _share_above(data, 1.0 - part)


@dataclass(frozen=True, slots=True)
class _Placed:
    value: float
    variance: float
    df: float


def _share_above(data: Doubted, share_of_verdicts: float) -> float:
    """Expected share of the errors' mass within the most doubted share of all mass."""
    level, place = np.unique(-data.doubt, return_inverse=True)
    mass = sums(place, data.mass, len(level))
    errors = sums(place, data.mass * data.error, len(level))
    upto = np.cumsum(mass)
    wanted = share_of_verdicts * upto[-1]
    taken = np.clip((wanted - (upto - mass)) / mass, 0.0, 1.0)
    return float(taken @ errors / errors.sum())


def _value(data: Doubted) -> float:
    """The AUROC as it is, without pseudo-units."""
    wrong, right = data.where(data.error), data.where(~data.error)
    below = _below(wrong.doubt, right.doubt, right.mass)
    return float(wrong.mass @ below / wrong.mass.sum() / right.mass.sum())


def _below(x: FloatArray, others: FloatArray, mass: FloatArray) -> FloatArray:
    """For each x the mass of the others below it, ties as half."""
    order = np.argsort(others, kind="stable")
    upto = np.concatenate([[0.0], np.cumsum(mass[order])])
    ordered = others[order]
    return np.asarray(
        (upto[np.searchsorted(ordered, x, "left")] + upto[np.searchsorted(ordered, x, "right")]) / 2
    )


def _placements(data: Doubted) -> _Placed:
    """Shrunken AUROC, its variance and degrees of freedom, from each unit's placement among the others."""
    mass, error = data.mass, data.error
    unit = {kind: _unit(data.where(error == kind)) for kind in (True, False)}
    total = {kind: float(mass[error == kind].sum()) + 2 * PSEUDO * unit[kind] for kind in (True, False)}
    placed = np.empty(len(data))
    for kind in (True, False):
        others = error != kind
        below = _below(data.doubt[error == kind], data.doubt[others], mass[others]) + PSEUDO * unit[not kind]
        placed[error == kind] = below / total[not kind] if kind else 1 - below / total[not kind]
    wrong = float(mass[error] @ placed[error])
    value = (wrong + PSEUDO * unit[True]) / total[True]
    influence = mass * (placed - value) / np.where(error, total[True], total[False])
    # the two half units of each kind are placed at 0 and at 1
    pseudo = {
        kind: PSEUDO * ((1 - value) ** 2 + value**2) * (unit[kind] / total[kind]) ** 2
        for kind in (True, False)
    }
    return _spread(data, value, influence, pseudo)


def _unit(data: Doubted) -> float:
    """The mass of one independent unit, as the effective number of units sees it."""
    mass = data.mass
    if data.clusters is not None:
        _, group = np.unique(data.clusters, return_inverse=True)
        mass = sums(group, mass, int(group.max()) + 1)
    return float((mass**2).sum() / mass.sum())


def _spread(data: Doubted, value: float, influence: FloatArray, pseudo: dict[bool, float]) -> _Placed:
    if data.clusters is not None:
        return _clustered(data.clusters, value, influence, sum(pseudo.values()))
    parts = []
    for kind in (True, False):
        mass = data.mass[data.error == kind]
        size = float(mass.sum() ** 2 / (mass**2).sum()) + 2 * PSEUDO
        second = float((influence[data.error == kind] ** 2).sum()) + pseudo[kind]
        parts.append((second * size / (size - 1), size - 1))
    variance = sum(part for part, _ in parts)
    df = variance**2 / sum(part**2 / size for part, size in parts)
    return _Placed(value, variance, df)


def _clustered(clusters: IntArray, value: float, influence: FloatArray, pseudo: float) -> _Placed:
    _, group = np.unique(clusters, return_inverse=True)
    groups = int(group.max()) + 1
    totals = sums(group, influence, groups) ** 2
    second, fourth = float(totals.sum()), float((totals**2).sum())
    df = satterthwaite(second, fourth, groups)
    return _Placed(value, second * groups / (groups - 1) + pseudo, df)


def _obstacle(data: Doubted, clusters: int) -> str | None:
    if data.clusters is not None and clusters < TOO_FEW_CLUSTERS:
        return f"too few clusters: {clusters}, {TOO_FEW_CLUSTERS} are needed"
    scarce = min(data.errors, len(data) - data.errors)
    if scarce < TOO_FEW_OF_CLASS:
        kind = _kind(data.errors > scarce)
        return f"only {scarce} verdicts are {kind}, {TOO_FEW_OF_CLASS} are needed"
    return None


def _kind(right: bool) -> str:
    return "right" if right else "wrong"


def _method(data: Doubted) -> str:
    design = "" if data.clusters is None else ", clustered"
    return "DeLong +2, logit" + design + ("" if data.weights is None else ", weighted by 1/π")
