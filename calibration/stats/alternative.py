"""The alternative annotator test: is the judge at least as good a stand-in for the group as each rater is?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from calibration.stats.estimate import FloatArray, IntArray, Undefined
from calibration.stats.multiplicity import benjamini_yekutieli
from calibration.stats.quantiles import t_probability
from calibration.stats.rater_answers import RaterAnswers, in_whole_steps, verdicts

Scoring = Literal["accuracy", "rmse"]
EPSILONS = (0.0, 0.05, 0.10, 0.15, 0.20, 0.25, 0.30)
ITEMS_NEEDED = 30
FALSE_DISCOVERY_RATE = 0.05
PASSING_RATE = 0.5
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class RaterDuel:
    """One rater against the judge, both scored by the other raters of each item (n items).

    judge_at_least: share of items where the judge scores at least as well; judge_strictly: strictly better.
    difference: mean of "the rater scores at least as well" - "the judge does"; p: one-sided p-value of
    "difference ≥ ε"; p_adjusted: Benjamini–Yekutieli over raters; replaced: that hypothesis is rejected.
    """

    rater: int
    n: int
    judge_at_least: float
    judge_strictly: float
    difference: float
    p: float
    p_adjusted: float
    replaced: bool

    def as_json(self) -> dict[str, object]:
        return {
            "rater": self.rater,
            "n": self.n,
            "judge_at_least": self.judge_at_least,
            "judge_strictly": self.judge_strictly,
            "difference": self.difference,
            "p": self.p,
            "p_adjusted": self.p_adjusted,
            "replaced": self.replaced,
        }


@dataclass(frozen=True, slots=True)
class AlternativeTest:
    """Whether the judge can replace the raters: passed if the winning rate is at least 1/2.

    winning_rate (ω): share of tested raters whom the judge can replace. advantage_probability (ρ): mean over
    them of `judge_at_least`; ties count for the judge. left_out: raters with fewer than 30 items.
    """

    epsilon: float
    winning_rate: float
    advantage_probability: float
    passed: bool
    humans: tuple[RaterDuel, ...]
    left_out: tuple[int, ...]

    def as_json(self) -> dict[str, object]:
        return {
            "epsilon": self.epsilon,
            "winning_rate": self.winning_rate,
            "advantage_probability": self.advantage_probability,
            "passed": self.passed,
            "humans": [duel.as_json() for duel in self.humans],
        }


@dataclass(frozen=True, slots=True)
class Duels:
    """Per rater with enough items: on how many the judge, or the rater, scores strictly better."""

    rater: IntArray
    n: IntArray
    judge_wins: IntArray
    rater_wins: IntArray
    left_out: tuple[int, ...]

    def test(self, epsilon: float) -> AlternativeTest:
        """Student's t-test per rater of mean d < ε, d = +1, 0, -1; then Benjamini–Yekutieli over raters."""
        ties = self.n - self.judge_wins - self.rater_wins
        mean = (self.rater_wins - self.judge_wins) / self.n
        squares = (self.rater_wins + self.judge_wins) / self.n - mean**2
        p = np.array([_p_below(m, s, int(n), epsilon) for m, s, n in zip(mean, squares, self.n, strict=True)])
        adjusted = benjamini_yekutieli(p)
        rejected = adjusted <= FALSE_DISCOVERY_RATE
        at_least, strictly = (self.judge_wins + ties) / self.n, self.judge_wins / self.n
        columns = (self.rater, self.n, at_least, strictly, mean, p, adjusted, rejected)
        humans = tuple(RaterDuel(*row) for row in zip(*(c.tolist() for c in columns), strict=True))
        winning = float(rejected.mean())
        return AlternativeTest(
            epsilon, winning, float(at_least.mean()), winning >= PASSING_RATE, humans, self.left_out
        )


def alternative_annotator_test(
    answers: RaterAnswers,
    judge_item: ArrayLike,
    judge_answer: ArrayLike,
    *,
    epsilon: float,
    scoring: Scoring = "accuracy",
) -> AlternativeTest | Undefined:
    """The test of Calderon, Reichart and Dror (2025), "The Alternative Annotator Test for LLM-as-a-Judge".

    For each rater with at least 30 items that another rater and the judge also answered: on every such item,
    judge and rater are each scored by the other raters, "accuracy" as the share that gave the same answer,
    "rmse" as minus the root mean square difference. H0: the rater wins (or ties) more often than the judge
    by ε or more; one-sided t-test, Benjamini–Yekutieli at .05 over raters. Passed if half can be replaced.

    answers hold codes ("accuracy") or numbers ("rmse"), as does judge_answer, one per item of judge_item.
    Items count as independent. Undefined where no rater has 30 such items.
    """
    found = duels(answers, verdicts(judge_item, judge_answer, answers.items), scoring=scoring)
    return found if isinstance(found, Undefined) else found.test(epsilon)


def sensitivity(
    answers: RaterAnswers,
    judge_item: ArrayLike,
    judge_answer: ArrayLike,
    *,
    epsilons: Sequence[float] = EPSILONS,
    scoring: Scoring = "accuracy",
) -> tuple[AlternativeTest, ...] | Undefined:
    """The same test over a grid of ε, because the choice of ε often decides the outcome."""
    found = duels(answers, verdicts(judge_item, judge_answer, answers.items), scoring=scoring)
    return found if isinstance(found, Undefined) else tuple(found.test(epsilon) for epsilon in epsilons)


def humans_as_candidates(
    answers: RaterAnswers, *, epsilon: float, scoring: Scoring = "accuracy"
) -> dict[int, AlternativeTest | Undefined]:
    """The A/A control: each rater in the judge's place, tested against the remaining ones, by rater number.

    Where most humans fail, failing says little about a judge; where all pass easily, so does passing.
    Needs items with three raters.
    """
    results: dict[int, AlternativeTest | Undefined] = {}
    for candidate in np.unique(answers.rater).tolist():
        found = duels(answers.without(candidate), answers.only(candidate), scoring=scoring)
        results[candidate] = found if isinstance(found, Undefined) else found.test(epsilon)
    return results


def duels(answers: RaterAnswers, verdict: FloatArray, *, scoring: Scoring = "accuracy") -> Duels | Undefined:
    """Who is scored better by the others, for every label whose item has another rater and a verdict.

    verdict: one per item, NaN where there is none.
    """
    keep = (answers.per_item[answers.item] >= 2) & np.isfinite(verdict[answers.item])
    lead = (_lead_by_accuracy if scoring == "accuracy" else _lead_by_rmse)(answers, verdict)
    n, wins, losses = (
        np.bincount(answers.rater[keep & chosen], minlength=answers.raters)
        for chosen in (np.ones(len(keep), dtype=bool), lead > 0, lead < 0)
    )
    tested = np.flatnonzero(n >= ITEMS_NEEDED)
    if len(tested) == 0:
        most = int(n.max(initial=0))
        return Undefined(f"no rater has {ITEMS_NEEDED} items with a verdict and another rater (most: {most})")
    present = np.bincount(answers.rater, minlength=answers.raters) > 0
    left_out = tuple(np.flatnonzero(present & (n < ITEMS_NEEDED)).tolist())
    return Duels(tested, n[tested], wins[tested], losses[tested], left_out)


def _lead_by_accuracy(answers: RaterAnswers, verdict: FloatArray) -> FloatArray:
    """Other raters who agree with the judge minus those who agree with the rater: whole numbers."""
    levels, code = np.unique(answers.answer, return_inverse=True)
    counts = np.bincount(answers.item * len(levels) + code, minlength=answers.items * len(levels))
    said = np.searchsorted(levels, verdict).clip(max=len(levels) - 1)
    base, said_here = answers.item * len(levels), said[answers.item]
    used = levels[said_here] == verdict[answers.item]
    with_judge = np.where(used, counts[base + said_here] - (said_here == code), 0)
    return np.asarray(with_judge - (counts[base + code] - 1), dtype=np.float64)


def _lead_by_rmse(answers: RaterAnswers, verdict: FloatArray) -> FloatArray:
    """The rater's minus the judge's sum of squared differences to the other raters, ordered as their RMSE is.

    With h the rater's answer, f the judge's, s the sum over the m others: (h - f) · (m (h + f) - 2 s).
    """
    given, judged = in_whole_steps(answers.answer, verdict)
    total = np.bincount(answers.item, weights=given, minlength=answers.items)
    others = answers.per_item[answers.item] - 1
    f = judged[answers.item]
    lead = (given - f) * (others * (given + f) - 2 * (total[answers.item] - given))
    scale = float(np.abs(given).max(initial=1.0))
    return np.where(np.abs(lead) > ROUNDING * scale**2, lead, 0.0)


def _p_below(mean: float, variance: float, n: int, epsilon: float) -> float:
    """One-sided p-value of "the mean is ε or more" by Student's t; `variance` has divisor n."""
    error = (max(variance, 0.0) / (n - 1)) ** 0.5
    if error == 0:
        return 0.0 if mean < epsilon else 1.0
    return t_probability((mean - epsilon) / error, n - 1)
