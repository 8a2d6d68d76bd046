"""How far one judge agrees with the reference, on what, and what changes under another treatment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.agreement_types import Applicability, Ceiling, JudgeAgreement, Options, Variant
from calibration.columns import CriterionRatings, JudgeColumn
from calibration.comparing import Case, Comparison, compare
from calibration.pairing import Pairs
from calibration.pooling import human_ceilings
from calibration.reference import Reference
from calibration.stand_in import stand_in_test
from calibration.stats.estimate import FloatArray, IntArray
from calibration.treatment import Treated, treated


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One judge on one slice of a criterion, and what it is held against."""

    ratings: CriterionRatings
    judge: JudgeColumn
    reference: Reference


def judge_agreements(
    trials: Sequence[Trial], options: Options, *, dropped: IntArray, unparsed: int | None
) -> list[JudgeAgreement]:
    """Each judge against its reference; answers in `dropped` leave, unparsed verdicts count as `unparsed`.

    All tables of one scale, those of other treatments included, are evaluated together.
    """
    chosen = [treated_trial(trial, Treatment(unparsed, dropped)) for trial in trials]
    others = [variants_of(trial, options, Treatment(unparsed, dropped)) for trial in trials]
    cases = [_case(one, options) for one in chosen]
    cases += [_case(one, options, brief=True) for variants in others for one in variants.values()]
    compared = iter(compare(cases, options))
    found = [next(compared) for _ in trials]
    rows = zip(trials, chosen, found, _ceilings(chosen, options), others, strict=True)
    return [
        _agreement(trial, one, comparison, ceiling, {name: next(compared) for name in variants}, options)
        for trial, one, comparison, ceiling, variants in rows
    ]


def _agreement(
    trial: Trial,
    case: Treated,
    found: Comparison,
    ceiling: Ceiling | None,
    variants: Mapping[str, Comparison],
    options: Options,
) -> JudgeAgreement:
    judge, reference = trial.judge, trial.reference
    return JudgeAgreement(
        judge=judge.judge,
        n=found.n,
        statuses=judge.statuses,
        reference=reference.kind,
        reference_ties=reference.ties,
        estimates=found.estimates,
        confusion=found.confusion,
        per_class=found.per_class,
        applicability=_applicability(trial.ratings, judge, each=reference.kind == "each"),
        ceiling=ceiling,
        variants={name: Variant(name, other.n, other.estimates) for name, other in variants.items()},
        pairwise=found.pairwise,
        paradox=found.paradox,
        alternative_annotator_test=_stand_in(case, options),
    )


def judge_pairs(
    ratings: CriterionRatings, judge: JudgeColumn, reference: Reference, options: Options
) -> Pairs:
    """The judge's answer (a) beside the reference's (b) wherever both exist."""
    expected = options.judge_field == "expected"
    usable = np.flatnonzero(~np.isnan(judge.expected)) if expected else np.arange(len(judge.item))
    place = np.full(len(ratings.items), -1, dtype=np.int64)
    place[judge.item[usable]] = usable
    both = place[reference.item] >= 0
    at = place[reference.item][both]
    code = np.full(len(at), -1, dtype=np.int64) if expected else judge.code[at]
    number: FloatArray = judge.expected[at] if expected else judge.number[at]
    return Pairs(reference.item[both], code, reference.code[both], number, reference.number[both])


def _case(one: Treated, options: Options, *, brief: bool = False) -> Case:
    pairs, kind = judge_pairs(one.ratings, one.judge, one.reference, options), one.reference.kind
    as_numbers = options.judge_field == "expected" or kind == "mean" or bool(np.any(pairs.b < 0))
    return Case(one.ratings, pairs, as_numbers=as_numbers, repeated=kind == "each", brief=brief)


def _ceilings(cases: Sequence[Treated], options: Options) -> Sequence[Ceiling | None]:
    """Judge–human beside human–human; not for expected scores, which no human gives."""
    if options.judge_field == "expected":
        return [None] * len(cases)
    return human_ceilings(cases, level=options.level)


def _stand_in(case: Treated, options: Options) -> Mapping[str, object] | None:
    if options.epsilon is None or options.judge_field == "expected":
        return None
    return stand_in_test(case.ratings, case.judge, options.epsilon)


@dataclass(frozen=True, slots=True, eq=False)
class Treatment:
    """The code that unparsed verdicts count as (None: left out), and the codes of answers that leave."""

    unparsed: int | None
    dropped: IntArray


def treated_trial(trial: Trial, treatment: Treatment) -> Treated:
    """The trial with this treatment of unparsed verdicts and dropped answers."""
    return treated(
        trial.ratings, trial.judge, trial.reference, dropped=treatment.dropped, unparsed=treatment.unparsed
    )


def variants_of(trial: Trial, options: Options, chosen: Treatment) -> dict[str, Treated]:
    """The treatments that were not chosen: ties dropped, unparsed verdicts as a tie or left out."""
    if options.judge_field == "expected":
        return {}
    scale, any_unparsed = trial.ratings.scale, len(trial.judge.unparsed_item) > 0
    unparsed, dropped = chosen.unparsed, chosen.dropped
    tie = None if scale.tie is None else scale.categories.index(scale.tie)
    found: dict[str, Treatment] = {}
    if tie is not None and tie not in dropped:
        found["ties dropped"] = Treatment(unparsed, np.append(dropped, tie))
    if tie is not None and any_unparsed and unparsed != tie:
        found["unparsed as tie"] = Treatment(tie, dropped)
    if unparsed is not None and any_unparsed:
        found["unparsed excluded"] = Treatment(None, dropped)
    return {name: treated_trial(trial, treatment) for name, treatment in found.items()}


def _applicability(ratings: CriterionRatings, judge: JudgeColumn, *, each: bool) -> Applicability:
    """Who said "not applicable": per item, where humans did when no rater answered; per label under each."""
    items = len(ratings.items)
    answered, refused = (np.bincount(which, minlength=items) for which in (ratings.item, ratings.na_item))
    if not each:
        answered = np.minimum(answered, 1)
        refused = np.where(answered > 0, 0, np.minimum(refused, 1))
    judged, passed = (np.bincount(which, minlength=items) > 0 for which in (judge.item, judge.na_item))
    return Applicability(
        both_answered=int(answered[judged].sum()),
        only_judge_not_applicable=int(answered[passed].sum()),
        only_human_not_applicable=int(refused[judged].sum()),
        both_not_applicable=int(refused[passed].sum()),
    )
