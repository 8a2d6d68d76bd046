"""Reasons to doubt a verdict: one small function each, giving doubt in [0, 1] or None for "no opinion"."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from rubrics.rubric import Value

ORDER_SOURCES = ("order", "order_consistency")  # what judges and imports call the share of agreeing orders


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one observed verdict, on one criterion of one item.

    `answers` are all answers of the scale, `numeric` whether they are numbers, `step` an interval scale's.
    `probs` (stated, or the shares of its replicates) and `orders` (share of a pair's orders that agree) are
    the judge's own; `others` are other judges' answers to the same question, `labels` those of raters where
    they may be looked at.
    """

    value: Value
    answers: tuple[Value, ...] = ()
    numeric: bool = False
    step: float | None = None
    confidence: float | None = None
    expected: float | None = None
    probs: Mapping[Value, float] = field(default_factory=dict)
    orders: float | None = None
    others: Sequence[Value] = ()
    labels: Sequence[Value] = ()

    def differ(self, a: Value, b: Value) -> bool:
        """Whether two answers contradict each other: numbers without levels by more than one step."""
        if self.step is None or isinstance(a, str) or isinstance(b, str):
            return a != b
        return abs(a - b) > self.step * (1 + 1e-9)


Signal = Callable[[Case], float | None]


def low_confidence(case: Case) -> float | None:
    """1 - the judge's confidence in its verdict; no opinion where it states none."""
    return None if case.confidence is None else _unit(1.0 - case.confidence)


def spread(case: Case) -> float | None:
    """Entropy of the judge's distribution over the answers, 1 where all are equally likely.

    -sum p ln p / ln q with q the number of answers of the scale.
    """
    shares = _distribution(case)
    if shares is None or len(case.answers) < 2:
        return None
    entropy = -math.fsum(p * math.log(p) for p in shares.values() if p > 0)
    return _unit(entropy / math.log(len(case.answers)))


def judge_disagreement(case: Case) -> float | None:
    """Share of the other judges whose answer contradicts the verdict; no opinion where none answered."""
    if not case.others:
        return None
    return sum(case.differ(case.value, other) for other in case.others) / len(case.others)


def order_flip(case: Case) -> float | None:
    """1 - share of the replicates that answered alike in both orders; no opinion unless both were asked."""
    return None if case.orders is None else _unit(1.0 - case.orders)


def near_boundary(case: Case) -> float | None:
    """1 - distance from the boundary to the next answer, as a share of the largest possible distance.

    Numbers: how far the expected value lies inside the half-way marks around the verdict, 1 where it lies
    outside. Names: 1 - (probability of the verdict - that of the likeliest other answer).
    """
    if case.numeric:
        expected = _expected(case)
        return None if expected is None else _inside_marks(case, expected)
    shares = _distribution(case)
    if shares is None:
        return None
    others = [p for answer, p in shares.items() if answer != case.value]
    return _unit(1.0 - (shares.get(case.value, 0.0) - max(others, default=0.0)))


def rater_disagreement(case: Case) -> float | None:
    """Share of the item's pairs of raters who contradict each other; no opinion below two labels."""
    pairs = list(combinations(case.labels, 2))
    return sum(case.differ(a, b) for a, b in pairs) / len(pairs) if pairs else None


SIGNALS: dict[str, Signal] = {
    "low_confidence": low_confidence,
    "spread": spread,
    "judge_disagreement": judge_disagreement,
    "order_flip": order_flip,
    "near_boundary": near_boundary,
    "rater_disagreement": rater_disagreement,
}
MEANING: dict[str, str] = {
    "low_confidence": "no verdict states a confidence",
    "spread": "no verdict states probabilities or has replicates",
    "judge_disagreement": "no other judge answered",
    "order_flip": "no pair was asked in both orders",
    "near_boundary": "no verdict states probabilities or an expected value",
    "rater_disagreement": "no item has two labels",
}
NEEDS_LABELS = frozenset({"rater_disagreement"})  # says nothing of items that nobody has labelled


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _distribution(case: Case) -> Mapping[Value, float] | None:
    """The probabilities brought to sum 1."""
    total = math.fsum(case.probs.values())
    return {answer: p / total for answer, p in case.probs.items()} if total > 0 else None


def _expected(case: Case) -> float | None:
    if case.expected is not None:
        return case.expected
    shares = _distribution(case)
    return None if shares is None else math.fsum(float(answer) * p for answer, p in shares.items())


def _inside_marks(case: Case, expected: float) -> float | None:
    levels = sorted(float(answer) for answer in case.answers)
    if len(levels) < 2 or float(case.value) not in levels:
        return None
    at = levels.index(float(case.value))
    gaps = [
        (side * (neighbour - levels[at]) / 2, side * (neighbour + levels[at]) / 2 - side * expected)
        for side, neighbour in ((-1, levels[at - 1] if at else None), (1, _next(levels, at)))
        if neighbour is not None
    ]
    return _unit(1.0 - min(inside / half for half, inside in gaps))


def _next(levels: Sequence[float], at: int) -> float | None:
    return levels[at + 1] if at + 1 < len(levels) else None
