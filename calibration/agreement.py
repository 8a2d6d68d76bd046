"""Agreement of raters with one another and of judges with them: ratings in, one frozen Agreement out."""

from __future__ import annotations

import numpy as np

from calibration.agreement_types import (
    REFERENCE_KINDS,
    Agreement,
    Applicability,
    Ceiling,
    Confusion,
    CriterionAgreement,
    HumanAgreement,
    JudgeAgreement,
    JudgeField,
    Options,
    RaterPair,
    ReferenceKind,
    Variant,
)
from calibration.columns import CriterionRatings, Ratings
from calibration.human_agreement import human_agreement
from calibration.judge_agreement import judge_agreement
from calibration.reference import NoSuchReference, reference
from calibration.slicing import of_items, of_stratum, strata_of
from calibration.stats.estimate import IntArray
from rubrics.rubric import Scale, UnknownAnswer, Value

__all__ = [
    "REFERENCE_KINDS",
    "Agreement",
    "Applicability",
    "Ceiling",
    "Confusion",
    "CriterionAgreement",
    "HumanAgreement",
    "JudgeAgreement",
    "JudgeField",
    "NoSuchAnswer",
    "NoSuchReference",
    "Options",
    "RaterPair",
    "ReferenceKind",
    "Variant",
    "measure",
]


class NoSuchAnswer(ValueError):
    """An answer to drop, or to count unparsed verdicts as, that no criterion's scale has."""


def measure(ratings: Ratings, options: Options | None = None) -> Agreement:
    """How far raters agree with one another, and every judge with them, criterion by criterion.

    With `options.by`, the same for every stratum. Items of unknown π take no part where π is used. Raises
    NoSuchAnswer and NoSuchReference for options that no criterion of the ratings can follow.
    """
    chosen = options or Options()
    _check_answers(ratings, chosen)
    criteria = {name: _drawn_with_known_pi(found) for name, found in ratings.criteria.items()}
    return Agreement(
        criteria={name: measure_criterion(found, chosen) for name, found in criteria.items()},
        strata=_strata(criteria, chosen) if chosen.by is not None else {},
        assumptions=(*ratings.notes, *_weighting_notes(ratings)),
    )


def measure_criterion(ratings: CriterionRatings, options: Options) -> CriterionAgreement:
    """One criterion of `measure`."""
    dropped = _codes(ratings.scale, options.drop)
    unparsed = None if options.unparsed is None else _codes(ratings.scale, (options.unparsed,))
    held_against = reference(ratings, options.reference)
    return CriterionAgreement(
        criterion=ratings.criterion,
        scale=ratings.scale,
        humans=human_agreement(ratings, options, dropped),
        judges={
            judge.judge: judge_agreement(
                ratings,
                judge,
                held_against,
                options,
                dropped=dropped,
                unparsed=None if unparsed is None or not len(unparsed) else int(unparsed[0]),
            )
            for judge in ratings.judges
        },
        weighted=None if ratings.pi is None else "1/π, the inverse of each item's probability of being drawn",
    )


def _strata(
    criteria: dict[str, CriterionRatings], options: Options
) -> dict[str, dict[str, CriterionAgreement]]:
    names = dict.fromkeys(name for found in criteria.values() for name in strata_of(found))
    return {
        name: {
            criterion: measure_criterion(of_stratum(found, name), options)
            for criterion, found in criteria.items()
            if name in strata_of(found)
        }
        for name in names
    }


def _drawn_with_known_pi(ratings: CriterionRatings) -> CriterionRatings:
    """Only items whose inclusion probability is known, where it is used at all."""
    return ratings if ratings.pi is None else of_items(ratings, ~np.isnan(ratings.pi))


def _weighting_notes(ratings: Ratings) -> list[str]:
    missing = {
        name: int(np.isnan(found.pi).sum())
        for name, found in ratings.criteria.items()
        if found.pi is not None
    }
    return [
        f"{name}: {items} items have no inclusion probability and were left out"
        for name, items in missing.items()
        if items
    ]


def _check_answers(ratings: Ratings, options: Options) -> None:
    """Every answer named in the options must be an answer of some criterion."""
    named = (*options.drop, *(() if options.unparsed is None else (options.unparsed,)))
    scales = [found.scale for found in ratings.criteria.values()]
    for value in named:
        if scales and not any(len(_codes(scale, (value,))) for scale in scales):
            answers = "; ".join(
                f"{n}: {', '.join(map(str, f.scale.categories))}" for n, f in ratings.criteria.items()
            )
            raise NoSuchAnswer(f"{value!r} is not an answer of any criterion ({answers})")


def _codes(scale: Scale, values: tuple[Value, ...]) -> IntArray:
    """The codes of those of the values that the scale has."""
    codes = []
    for value in values:
        try:
            codes.append(scale.categories.index(scale.parse(value)))
        except (UnknownAnswer, ValueError):
            continue
    return np.array(codes, dtype=np.int64)
