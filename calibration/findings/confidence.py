"""How much a judge's stated confidence is worth: scores, calibration, doubt as a signal, a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TypedDict

import numpy as np

from calibration.columns import CriterionRatings, JudgeColumn, Ratings
from calibration.findings.compared import Compared, compared_with
from calibration.pairing import weights_of
from calibration.slicing import of_items
from calibration.stats.confidence import (
    Confident,
    Decomposition,
    advise,
    confident,
    corp,
    mean_score,
)
from calibration.stats.doubt import Advice
from calibration.stats.estimate import Estimate, FloatArray, Result, Undefined
from calibration.stats.recalibrate import Recalibrated, recalibrate
from calibration.stats.reliability import Bin, CalibrationError, calibration_error, reliability
from calibration.stats.selective import Threshold, certified_threshold, risk_coverage

RISK, DELTA = 0.15, 0.10  # declared before any label is seen: accepted verdicts err in 15% at most
SEED = 20_240_229
NOT_WEIGHTED = "items were drawn with unequal probabilities, and this takes no weights"
UNEQUAL = "items were drawn with unequal probabilities, and a threshold is certified on a random sample only"


@dataclass(frozen=True, slots=True)
class Areas:
    """Areas under the risk–coverage curve: plain, in excess of the best order, and generalised."""

    aurc: float
    e_aurc: float
    augrc: float


@dataclass(frozen=True, slots=True)
class Recalibration:
    """What a better map of confidence would save in log loss, each verdict by a map not fitted on it."""

    method: str
    temperature: float | None
    before: Result
    after: Result
    gain: Result

    def as_json(self) -> dict[str, object]:
        parts = {"before": self.before, "after": self.after, "gain": self.gain}
        return {
            "method": self.method,
            "temperature": self.temperature,
            **{name: found.as_json() for name, found in parts.items()},
        }


@dataclass(frozen=True, slots=True)
class SourceFinding:
    """One source of a judge's confidence by its kind: whether its doubt finds errors, on its own verdicts."""

    kind: str
    n: int
    errors: int
    advice: Advice

    def as_json(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "n": self.n,
            "errors": self.errors,
            "error_auroc": self.advice.auroc.as_json(),
            "advice": {"follow": self.advice.follow, "reason": self.advice.reason},
        }


@dataclass(frozen=True, slots=True)
class ConfidenceFindings:
    """One judge's confidence against the reference: n verdicts with both, `errors` of which are wrong.

    Wrong: another answer than the reference; on an interval scale more than one step away. `unsure_how`
    counts compared verdicts without a confidence. `threshold` stands on `threshold_n` verdicts: one at
    random of each cluster where there are clusters. `sources` compares the sources that a judge's confidence
    comes from, where verdicts name them. Where items were drawn with unequal probability, scores and AUROC
    are weighted, and what takes no weights is undefined.
    """

    judge: str
    n: int
    errors: int
    unsure_how: int
    brier: Result
    log_loss: Result
    brier_parts: Decomposition | Undefined
    log_loss_parts: Decomposition | Undefined
    calibration: CalibrationError | Undefined
    advice: Advice
    bins: tuple[Bin, ...]
    areas: Areas | Undefined
    risk: float
    delta: float
    threshold: Threshold | Undefined
    threshold_n: int
    recalibration: Recalibration | Undefined
    sources: tuple[SourceFinding, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {
            "n": self.n,
            "errors": self.errors,
            "without_confidence": self.unsure_how,
            "brier": self.brier.as_json() | {"parts": _json(self.brier_parts)},
            "log_loss": self.log_loss.as_json() | {"parts": _json(self.log_loss_parts)},
            "calibration_error": _json(self.calibration),
            "error_auroc": self.advice.auroc.as_json(),
            "advice": {"follow": self.advice.follow, "reason": self.advice.reason},
            "reliability": [asdict(one) for one in self.bins],
            "risk_coverage": _json(self.areas),
            "threshold": _json(self.threshold)
            | {"risk": self.risk, "delta": self.delta, "n": self.threshold_n},
            "recalibration": self.recalibration.as_json(),
            "sources": [source.as_json() for source in self.sources],
        }


ConfidenceByJudge = Mapping[str, Mapping[str, ConfidenceFindings]]


def confidence_findings(ratings: Ratings) -> ConfidenceByJudge:
    """By criterion and judge, for every judge that states a confidence; criteria without one are absent."""
    found = {
        name: {
            judge.judge: one
            for judge in criterion.judges
            if (one := confidence_of(criterion, judge)) is not None
        }
        for name, criterion in ratings.criteria.items()
    }
    return {name: judges for name, judges in found.items() if judges}


def confidence_of(
    ratings: CriterionRatings,
    judge: JudgeColumn,
    *,
    risk: float = RISK,
    delta: float = DELTA,
    seed: int = SEED,
) -> ConfidenceFindings | None:
    """One judge; None where no verdict on an item with a reference states a confidence."""
    if ratings.pi is not None and np.isnan(ratings.pi).any():
        known = of_items(ratings, ~np.isnan(ratings.pi))
        theirs = next(one for one in known.judges if one.judge == judge.judge)
        return confidence_of(known, theirs, risk=risk, delta=delta, seed=seed)
    compared = compared_with(ratings, judge)
    stated = ~np.isnan(judge.confidence[compared.at])
    if not stated.any():
        return None
    data = _stated(ratings, judge, compared, judge.confidence)
    rng = np.random.default_rng(seed)
    sample = one_per_cluster(data, rng)
    uneven = data.weights is not None
    return ConfidenceFindings(
        judge=judge.judge,
        n=len(data),
        errors=int((data.right == 0).sum()),
        unsure_how=int((~stated).sum()),
        **_scores(data),
        **(_NOT_WEIGHTED if uneven else _shapes(data, rng)),
        risk=risk,
        delta=delta,
        threshold=Undefined(UNEQUAL) if uneven else certified_threshold(sample, risk, delta=delta),
        threshold_n=len(sample),
        sources=_sources(ratings, judge, compared),
    )


def _sources(ratings: CriterionRatings, judge: JudgeColumn, compared: Compared) -> tuple[SourceFinding, ...]:
    """Every source that is stated for a verdict on an item with a reference, in the judge's order."""
    return tuple(
        SourceFinding(kind, len(one), int((one.right == 0).sum()), advise(one))
        for kind, confidence in judge.sources.items()
        if len(one := _stated(ratings, judge, compared, confidence))
    )


def _stated(
    ratings: CriterionRatings, judge: JudgeColumn, compared: Compared, confidence: FloatArray
) -> Confident:
    """The compared verdicts that state this confidence, with clusters, and weights where π is unequal."""
    stated = ~np.isnan(confidence[compared.at])
    at = compared.at[stated]
    clusters = None if ratings.cluster is None else ratings.cluster[judge.item[at]]
    weights = weights_of(ratings, judge.item[at])
    if weights is not None and len(np.unique(weights)) < 2:
        weights = None
    return confident(confidence[at], compared.right[stated], clusters=clusters, weights=weights)


class _Scores(TypedDict):
    brier: Result
    log_loss: Result
    advice: Advice


def _scores(data: Confident) -> _Scores:
    """What respects weights."""
    return {
        "brier": mean_score(data, "brier"),
        "log_loss": mean_score(data, "log_loss"),
        "advice": advise(data),
    }


class _Shapes(TypedDict):
    brier_parts: Decomposition | Undefined
    log_loss_parts: Decomposition | Undefined
    calibration: CalibrationError | Undefined
    bins: tuple[Bin, ...]
    areas: Areas | Undefined
    recalibration: Recalibration | Undefined


_NOT_WEIGHTED: _Shapes = {
    "brier_parts": Undefined(NOT_WEIGHTED),
    "log_loss_parts": Undefined(NOT_WEIGHTED),
    "calibration": Undefined(NOT_WEIGHTED),
    "bins": (),
    "areas": Undefined(NOT_WEIGHTED),
    "recalibration": Undefined(NOT_WEIGHTED),
}


def _shapes(data: Confident, rng: np.random.Generator) -> _Shapes:
    """What takes no weights."""
    areas = risk_coverage(data)
    return {
        "brier_parts": corp(data, "brier"),
        "log_loss_parts": corp(data, "log_loss"),
        "calibration": calibration_error(data, rng=rng),
        "bins": reliability(data, rng=rng),
        "areas": areas if isinstance(areas, Undefined) else Areas(areas.aurc, areas.e_aurc, areas.augrc),
        "recalibration": _recalibration(recalibrate(data, rng=rng)),
    }


def one_per_cluster(data: Confident, rng: np.random.Generator) -> Confident:
    """One verdict of each cluster at random: exact binomial bounds need independent verdicts."""
    if data.clusters is None:
        return data
    order = rng.permutation(len(data))
    _, first = np.unique(data.clusters[order], return_index=True)
    keep = np.zeros(len(data), dtype=np.bool_)
    keep[order[first]] = True
    return data.where(keep)


def _recalibration(found: Recalibrated | Undefined) -> Recalibration | Undefined:
    if isinstance(found, Undefined):
        return found
    method = found.fitted.method
    temperature = found.fitted.temperature if method == "temperature" else None
    return Recalibration(method, temperature, found.before, found.after, found.gain)


def _json(found: object) -> dict[str, object]:
    if isinstance(found, Undefined | Estimate):
        return found.as_json()
    return asdict(found)  # type: ignore[call-overload, no-any-return]
