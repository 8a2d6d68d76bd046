"""Which verdicts may stand without a person: risk by coverage, and a threshold with a guarantee."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from calibration.stats.confidence import Confident
from calibration.stats.estimate import FloatArray, Undefined
from calibration.stats.proportions import clopper_pearson

GRID = tuple(k / 10 for k in range(3, 11))  # coverages, declared before any label is seen
WITH_PROBABILITY = (
    "with probability {sure:.0%} over the labelled sample, the error rate of accepted verdicts is at most "
    "{risk:.0%} on new items like these"
)
IN_EXPECTATION = (
    "on average over labelled samples the share of all verdicts that are accepted and wrong is at most "
    "{risk:.0%}; a single sample may do worse"
)


@dataclass(frozen=True, slots=True, eq=False)
class RiskCoverage:
    """Risk among the k most confident verdicts, k = 1 .. n, and areas under it.

    aurc: mean risk. e_aurc: aurc minus that of a perfect order of the same errors. augrc: mean of
    (errors among the first k) / n. Verdicts of equal confidence enter in random order, on average.
    """

    coverage: FloatArray
    risk: FloatArray
    aurc: float
    e_aurc: float
    augrc: float


@dataclass(frozen=True, slots=True)
class Step:
    """One coverage of the grid: its threshold, what it accepts, and the exact upper bound of the risk."""

    coverage: float
    threshold: float
    accepted: int
    errors: int
    upper: float
    certified: bool


@dataclass(frozen=True, slots=True)
class Threshold:
    """Accept verdicts with at least this confidence; None: abstain on everything. `guarantee` says in words
    what holds, `steps` are the tests in order until the first that failed."""

    threshold: float | None
    coverage: float
    accepted: int
    errors: int
    guarantee: str
    steps: tuple[Step, ...] = ()


def risk_coverage(data: Confident) -> RiskCoverage | Undefined:
    """The risk–coverage curve and its areas (Geifman and others 2019; AUGRC: Traub and others 2024)."""
    n = len(data)
    if n == 0:
        return Undefined("no verdict has a confidence")
    at, place, size = np.unique(-data.confidence, return_inverse=True, return_counts=True)
    wrong = np.bincount(place, weights=1 - data.right, minlength=len(at))
    errors = np.cumsum(np.repeat(wrong / size, size))
    k = np.arange(1, n + 1)
    risk, total = errors / k, errors[-1] / n
    aurc = float(risk.mean())
    perfect = total + (1 - total) * math.log(1 - total) if total < 1 else 1.0
    return RiskCoverage(k / n, risk, aurc, aurc - float(perfect), float((errors / n).mean()))


def certified_threshold(
    data: Confident, risk: float, *, delta: float = 0.1, grid: tuple[float, ...] = GRID
) -> Threshold:
    """The widest coverage whose error rate is certified: P(risk of accepted verdicts > risk) ≤ delta.

    Fixed sequence over coverages from narrow to wide: each is accepted while the one-sided Clopper–Pearson
    upper bound at delta is at most `risk`, and the first that fails ends the search (Angelopoulos and others,
    Learn then Test, 2021). Where the first fails nothing is accepted. Needs a random sample: items drawn by
    confidence void the guarantee.
    """
    steps: list[Step] = []
    for coverage in sorted(grid):
        step = _step(data, coverage, risk, delta)
        if step is None:
            break
        steps.append(step)
        if not step.certified:
            break
    passed = [step for step in steps if step.certified]
    if not passed:
        return Threshold(None, 0.0, 0, 0, _nothing(data, risk, delta, grid), tuple(steps))
    best = passed[-1]
    said = WITH_PROBABILITY.format(sure=1 - delta, risk=risk)
    return Threshold(
        best.threshold, best.accepted / len(data), best.accepted, best.errors, said, tuple(steps)
    )


def expected_threshold(data: Confident, risk: float) -> Threshold:
    """The lowest threshold with (errors accepted + 1) / (n + 1) ≤ risk: a bound in expectation only.

    Conformal risk control (Angelopoulos and others 2022) of the loss "accepted and wrong", so it bounds the
    share of all verdicts, not of the accepted ones. Shown beside `certified_threshold`, never for a gate.
    """
    n = len(data)
    said = IN_EXPECTATION.format(risk=risk)
    for threshold in np.unique(data.confidence):
        accepted = data.confidence >= threshold
        errors = int((1 - data.right[accepted]).sum())
        if (errors + 1) / (n + 1) <= risk:
            return Threshold(float(threshold), float(accepted.mean()), int(accepted.sum()), errors, said)
    return Threshold(None, 0.0, 0, 0, "nothing can be accepted: even the surest verdicts err too often")


def _step(data: Confident, coverage: float, risk: float, delta: float) -> Step | None:
    """One test; all verdicts of equal confidence are accepted together."""
    n = len(data)
    wanted = math.ceil(coverage * n - 1e-9)
    if wanted < 1:
        return None
    threshold = float(np.sort(data.confidence)[n - wanted])
    accepted = data.confidence >= threshold
    errors, size = int((1 - data.right[accepted]).sum()), int(accepted.sum())
    upper = clopper_pearson(errors, size, level=1 - 2 * delta).high
    return Step(coverage, threshold, size, errors, upper, upper <= risk)


def _nothing(data: Confident, risk: float, delta: float, grid: tuple[float, ...]) -> str:
    least = math.ceil(math.log(delta) / math.log(1 - risk) / min(grid))
    more = f"; {least} labelled verdicts are needed even without errors" if len(data) < least else ""
    return f"abstain on everything: no coverage is certified at a risk of {risk:.0%}{more}"
