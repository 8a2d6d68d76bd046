"""How good the product is by the people's standard: five estimates side by side, one chosen and explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from calibration import mixing
from calibration.agreement_types import ReferenceKind
from calibration.columns import CriterionRatings, JudgeColumn
from calibration.reference import Reference, reference
from calibration.stats import prevalence
from calibration.stats.estimate import IntArray, Result, Undefined
from calibration.stats.prevalence import ABSENT, NO_ANSWER, Answers, gain_over
from rubrics.rubric import Scale, UnknownAnswer, Value

Design = Literal["recorded", "random", "shifted", "unknown"]
DESIGNS: tuple[Design, ...] = ("recorded", "random", "shifted", "unknown")
SCHEMA = "calibrant/estimate/1"
LEAST_LABELS = 5  # per stratum, before a judge's answer is split by confidence


class CannotEstimate(ValueError):
    """A criterion, an answer or a judge that the ratings do not have: what, and what there is instead."""


@dataclass(frozen=True, slots=True)
class Quality:
    """The share of positive items by every estimator; `chosen` names the one to use, `why` says why.

    `notes` are sentences about items that could not take part.
    """

    chosen: str
    why: str
    estimates: Mapping[str, Result]
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {
            "schema": SCHEMA,
            "chosen": self.chosen,
            "why": self.why,
            "estimates": {name: found.as_json() for name, found in self.estimates.items()},
        }


@dataclass(frozen=True, slots=True)
class Question:
    """What to estimate: the share of items whose reference is one of `positive`, by which judge's help.

    judge: its name, None where there is one only. bins: parts into which each answer of the judge is split
    by its confidence (1: none). design: how the labelled items were chosen; "recorded" goes by their π.
    """

    positive: tuple[Value, ...]
    judge: str | None = None
    design: Design = "recorded"
    reference: ReferenceKind | None = "majority"
    bins: int = 1
    level: float = 0.95


def measure_quality(
    ratings: CriterionRatings, question: Question, shares: Mapping[str, float] | None = None
) -> Quality:
    """Every estimator on one criterion; the choice follows from how the labelled items were drawn.

    With `shares` by stratum each is made within every stratum that has labels, and weighted by its share.
    Raises CannotEstimate for answers or judges that the ratings do not have.
    """
    judge = judge_named(ratings, question.judge)
    wanted = positive_codes(ratings, question.positive)
    held_against = reference(ratings, question.reference)
    data = _answers(ratings, judge, held_against, wanted, question.bins)
    strata = [name or "" for name in ratings.stratum or ("",) * len(ratings.items)]
    estimates = mixing.estimates(data, question.level, None if shares is None else (strata, shares))
    choice = _choose(data, question.design, estimates)
    why = " ".join([choice.why, *_gain(choice.name, estimates), *_counts(ratings, data, held_against)])
    return Quality(choice.name, why, estimates)


def judge_named(ratings: CriterionRatings, name: str | None) -> JudgeColumn:
    """The judge of this name, or the only one; raises CannotEstimate with the names there are."""
    names = [judge.judge for judge in ratings.judges]
    if name is None and len(names) == 1:
        return ratings.judges[0]
    if name in names:
        return ratings.judges[names.index(name)]
    have = ", ".join(names) or "none"
    asked = f"no judge is called {name!r}" if name is not None else f"there are {len(names)} judges, name one"
    raise CannotEstimate(f"criterion {ratings.criterion}: {asked}; the verdicts are of: {have}")


def positive_codes(ratings: CriterionRatings, values: Sequence[Value]) -> IntArray:
    """The codes of the answers that count as positive."""
    scale = ratings.scale
    if not scale.categories:
        raise CannotEstimate(
            f"criterion {ratings.criterion} has numbers without a closed list of answers, so no answer is "
            "positive; give a scale, such as --scale C=ordinal:1..5"
        )
    return np.array([_code(ratings.criterion, scale, value) for value in values], dtype=np.int64)


def _code(criterion: str, scale: Scale, value: Value) -> int:
    try:
        return scale.categories.index(scale.parse(value))
    except UnknownAnswer as fault:
        raise CannotEstimate(
            f"criterion {criterion}: {fault}; choose the positive answer among them"
        ) from None


def _answers(
    ratings: CriterionRatings, judge: JudgeColumn, held: Reference, wanted: IntArray, bins: int
) -> Answers:
    """One entry per item; an item whose judge says "not applicable" is not part of the pool."""
    items = len(ratings.items)
    human, verdict = np.full(items, ABSENT, dtype=np.int64), np.full(items, ABSENT, dtype=np.int64)
    human[held.item] = np.isin(held.code, wanted)
    if ratings.pi is not None:
        human[np.isnan(ratings.pi)] = ABSENT
    verdict[judge.missing_item] = NO_ANSWER
    verdict[judge.na_item] = ABSENT
    verdict[judge.item] = np.isin(judge.code, wanted)
    return prevalence.answers(
        verdict,
        human,
        weights=None if ratings.pi is None else 1 / ratings.pi,
        clusters=ratings.cluster,
        parts=None if bins <= 1 else _parts(judge, verdict, human, bins),
    )


def _parts(judge: JudgeColumn, verdict: IntArray, human: IntArray, bins: int) -> IntArray:
    """Equal parts of each answer by confidence; fewer where a part would have too few labels."""
    part = np.zeros(len(verdict), dtype=np.int64)
    confidence = np.full(len(verdict), np.nan)
    confidence[judge.item] = judge.confidence
    for answer in (prevalence.NEGATIVE, prevalence.POSITIVE):
        here = np.flatnonzero((verdict == answer) & ~np.isnan(confidence))
        for count in range(bins, 1, -1):
            cuts = np.quantile(confidence[here], np.arange(1, count) / count) if len(here) else np.zeros(0)
            split = 1 + np.searchsorted(cuts, confidence[here], side="right")
            labels = np.bincount(split[human[here] != ABSENT], minlength=count + 1)[np.unique(split)]
            if len(labels) > 1 and labels.min() >= LEAST_LABELS:
                part[here] = split
                break
    return part


@dataclass(frozen=True, slots=True)
class _Choice:
    name: str
    why: str


def _choose(data: Answers, design: Design, estimates: Mapping[str, Result]) -> _Choice:
    """The estimator that the way the labels were drawn allows, and the labels alone where it is undefined."""
    wanted = _by_design(data, design)
    found = estimates[wanted.name]
    if not isinstance(found, Undefined):
        return wanted
    return _Choice(
        "labels_only", f"{wanted.why} But {wanted.name} is undefined: {found.reason}; labels only."
    )


def _by_design(data: Answers, design: Design) -> _Choice:
    if design == "shifted":
        return _Choice(
            "rogan_gladen",
            "The labelled items are not drawn from the judged ones, so only the judge's error rates carry "
            "over: Rogan–Gladen, right if TPR and TNR are the same in both places.",
        )
    if data.weight is not None:
        return _Choice(
            "post_stratified",
            "Items were drawn for labelling with known, unequal π: every label is weighted by 1/π, and the "
            "judge's answers on the whole pool sharpen the estimate.",
        )
    if design == "unknown":
        return _Choice(
            "post_stratified",
            "Nobody knows how the labelled items were chosen: post-stratification corrects for a choice by "
            "the judge's answer and for nothing else; draw the next items at random and record π.",
        )
    said = "are" if design == "random" else "have no unequal π, so they are taken to be"
    return _Choice(
        "post_stratified",
        f"The labelled items {said} a random sample of the judged ones: post-stratifying on the verdict uses "
        f"every verdict and needs no error rates.{_unlike(data)}",
    )


def _unlike(data: Answers) -> str:
    """A warning where the judge's answers on labelled items differ from those on the others beyond chance."""
    here, rest = data.judge[data.both] == 1, data.judge[data.judged & ~data.labelled] == 1
    if not len(here) or not len(rest):
        return ""
    pooled = (here.sum() + rest.sum()) / (len(here) + len(rest))
    error = np.sqrt(pooled * (1 - pooled) * (1 / len(here) + 1 / len(rest)))
    if error == 0 or abs(here.mean() - rest.mean()) < 3.3 * error:  # one random sample in a thousand
        return ""
    return (
        f" They do not look like one: the judge says positive on {here.mean():.0%} of them and on "
        f"{rest.mean():.0%} of the others; labels_only is biased then."
    )


def _gain(chosen: str, estimates: Mapping[str, Result]) -> list[str]:
    """What the judge's verdicts bought, in labels."""
    if chosen == "labels_only":
        return ["The judge bought nothing."]
    gain = gain_over(estimates["labels_only"], estimates[chosen])
    if gain is None:
        return []
    if 0.96 < gain < 1.04:
        return ["The judge bought next to nothing: the interval is as wide as by labels only."]
    if gain < 1:
        wider = gain**-0.5 - 1
        return [f"The judge bought nothing: the interval is {wider:.0%} wider than by labels only."]
    return [
        f"Against labels only the interval is {1 - gain**-0.5:.0%} narrower: with the judge each label is "
        f"worth {gain:.1f}."
    ]


def _counts(ratings: CriterionRatings, data: Answers, held: Reference) -> list[str]:
    """How many items stand behind the numbers, and which could not take part."""
    labelled, both, judged = (int(mask.sum()) for mask in (data.labelled, data.both, data.judged))
    first = f"{labelled} labelled items, {judged} judged, {both} with both"
    parts = {
        "labelled without a verdict": labelled - both,
        "judged without an answer": int((data.judge == NO_ANSWER).sum()),
        "with tied labels, so without a reference": held.ties,
        "labelled as not applicable": len(np.setdiff1d(ratings.na_item, ratings.item)),
        "labelled without a known π": _without_pi(ratings, held),
    }
    return ["; ".join([first, *(f"{count} {what}" for what, count in parts.items() if count)]) + "."]


def _without_pi(ratings: CriterionRatings, held: Reference) -> int:
    return 0 if ratings.pi is None else int(np.isnan(ratings.pi[held.item]).sum())
