"""Agreement of raters with one another and of judges with them: ratings in, one frozen Agreement out."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import ModuleType

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
from calibration.judge_agreement import Trial, judge_agreements
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


WEIGHTED = "1/π, the inverse of each item's probability of being drawn"


class NoSuchAnswer(ValueError):
    """An answer to drop, or to count unparsed verdicts as, that no criterion's scale has."""


def measure(ratings: Ratings, options: Options | None = None) -> Agreement:
    """How far raters agree with one another, and every judge with them, criterion by criterion.

    With `options.by`, the same for every stratum. Items of unknown π take no part where π is used. Raises
    NoSuchAnswer and NoSuchReference for options that no criterion of the ratings can follow.
    """
    chosen = options or Options()
    check_answers({name: found.scale for name, found in ratings.criteria.items()}, chosen)
    measured = {name: _by_slice(found, chosen) for name, found in ratings.criteria.items()}
    strata = dict.fromkeys(stratum for slices in measured.values() for stratum in slices if stratum)
    return Agreement(
        criteria={name: slices[None] for name, slices in measured.items()},
        strata={
            stratum: {name: slices[stratum] for name, slices in measured.items() if stratum in slices}
            for stratum in strata
        },
        assumptions=(*ratings.notes, *_weighting_notes(ratings)),
    )


def measure_criterion(ratings: CriterionRatings, options: Options) -> CriterionAgreement:
    """One criterion of `measure`."""
    return _measured([_drawn_with_known_pi(ratings)], options)[0]


def _by_slice(ratings: CriterionRatings, options: Options) -> dict[str | None, CriterionAgreement]:
    """A criterion as a whole (None), and with `options.by` each of its strata."""
    known = _drawn_with_known_pi(ratings)
    strata = strata_of(known) if options.by is not None else ()
    slices = [known, *(of_stratum(known, name) for name in strata)]
    return dict(zip((None, *strata), _measured(slices, options), strict=True))


def _measured(slices: Sequence[CriterionRatings], options: Options) -> list[CriterionAgreement]:
    """Slices of one criterion, evaluated together."""
    scale = slices[0].scale
    dropped = codes_of(scale, options.drop)
    unparsed = codes_of(scale, () if options.unparsed is None else (options.unparsed,))
    trials = [
        Trial(part, judge, held_against)
        for part in slices
        for held_against in (reference(part, options.reference),)
        for judge in part.judges
    ]
    judges = iter(
        judge_agreements(
            trials, options, dropped=dropped, unparsed=int(unparsed[0]) if len(unparsed) else None
        )
    )
    return [
        CriterionAgreement(
            criterion=part.criterion,
            scale=part.scale,
            humans=humans,
            judges={judge.judge: next(judges) for judge in part.judges},
            weighted=None
            if part.pi is None
            else "1/π, the inverse of each item's probability of being drawn",
        )
        for part, humans in zip(slices, human_agreement(slices, options, dropped), strict=True)
    ]


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


def check_answers(of: Mapping[str, Scale], options: Options) -> None:
    """Every answer named in the options must be an answer of some criterion's scale; else NoSuchAnswer."""
    named = (*options.drop, *(() if options.unparsed is None else (options.unparsed,)))
    for value in named:
        if of and not any(len(codes_of(scale, (value,))) for scale in of.values()):
            answers = "; ".join(f"{n}: {', '.join(map(str, s.categories))}" for n, s in of.items())
            raise NoSuchAnswer(f"{value!r} is not an answer of any criterion ({answers})")


def codes_of(scale: Scale, values: tuple[Value, ...]) -> IntArray:
    """The codes of those of the values that the scale has."""
    codes = []
    for value in values:
        try:
            codes.append(scale.categories.index(scale.parse(value)))
        except (UnknownAnswer, ValueError):
            continue
    return np.array(codes, dtype=np.int64)


class _Called(ModuleType):
    """This module can be called: `calibration.agreement(ratings)` is what notebooks write."""

    @property
    def __call__(self) -> object:
        return import_module("calibration.notebook").agreement


sys.modules[__name__].__class__ = _Called
