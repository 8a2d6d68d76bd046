"""How far one judge agrees with the reference, on what, and what changes under another treatment."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from calibration.agreement_types import Applicability, Ceiling, JudgeAgreement, Options, Variant
from calibration.columns import CriterionRatings, JudgeColumn
from calibration.comparing import Comparison, compare
from calibration.pairing import Pairs
from calibration.pooling import human_ceiling
from calibration.reference import Reference
from calibration.stand_in import stand_in_test
from calibration.stats.estimate import FloatArray, IntArray
from calibration.treatment import Treated, treated


def judge_agreement(
    ratings: CriterionRatings,
    judge: JudgeColumn,
    reference: Reference,
    options: Options,
    *,
    dropped: IntArray,
    unparsed: int | None,
) -> JudgeAgreement:
    """One judge against the reference; answers in `dropped` leave, unparsed verdicts count as `unparsed`."""
    case = treated(ratings, judge, reference, dropped=dropped, unparsed=unparsed)
    found = _compared(case, options)
    return JudgeAgreement(
        judge=judge.judge,
        n=found.n,
        statuses=judge.statuses,
        reference=reference.kind,
        reference_ties=reference.ties,
        estimates=found.estimates,
        confusion=found.confusion,
        per_class=found.per_class,
        applicability=_applicability(ratings, judge, each=reference.kind == "each"),
        ceiling=_ceiling(case, options),
        variants=_variants(ratings, judge, reference, options, dropped=dropped, unparsed=unparsed),
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


def _compared(case: Treated, options: Options) -> Comparison:
    pairs = judge_pairs(case.ratings, case.judge, case.reference, options)
    kind = case.reference.kind
    as_numbers = options.judge_field == "expected" or kind == "mean" or bool(np.any(pairs.b < 0))
    return compare(case.ratings, pairs, as_numbers=as_numbers, repeated=kind == "each", options=options)


def _ceiling(case: Treated, options: Options) -> Ceiling | None:
    """Judge–human beside human–human; not for expected scores, which no human gives."""
    if options.judge_field == "expected":
        return None
    return human_ceiling(case.ratings, case.judge, level=options.level)


def _stand_in(case: Treated, options: Options) -> Mapping[str, object] | None:
    if options.epsilon is None or options.judge_field == "expected":
        return None
    return stand_in_test(case.ratings, case.judge, options.epsilon)


def _variants(
    ratings: CriterionRatings,
    judge: JudgeColumn,
    reference: Reference,
    options: Options,
    *,
    dropped: IntArray,
    unparsed: int | None,
) -> dict[str, Variant]:
    """The treatments that were not chosen: ties dropped, unparsed verdicts as a tie or left out."""
    scale = ratings.scale
    if options.judge_field == "expected":
        return {}
    tie = None if scale.tie is None else scale.categories.index(scale.tie)
    treatments: dict[str, tuple[int | None, IntArray]] = {}
    if tie is not None and tie not in dropped:
        treatments["ties dropped"] = (unparsed, np.append(dropped, tie))
    if tie is not None and len(judge.unparsed_item) and unparsed != tie:
        treatments["unparsed as tie"] = (tie, dropped)
    if unparsed is not None and len(judge.unparsed_item):
        treatments["unparsed excluded"] = (None, dropped)
    found = {}
    for name, (code, without) in treatments.items():
        compared = _compared(treated(ratings, judge, reference, dropped=without, unparsed=code), options)
        found[name] = Variant(name, compared.n, compared.estimates)
    return found


def _applicability(ratings: CriterionRatings, judge: JudgeColumn, *, each: bool) -> Applicability:
    """Who said "not applicable": per item, where humans did when no rater answered; per label under each."""
    answered, refused = ratings.item, ratings.na_item
    if not each:
        answered = np.unique(answered)
        refused = np.setdiff1d(refused, answered)
    return Applicability(
        both_answered=_within(answered, judge.item),
        only_judge_not_applicable=_within(answered, judge.na_item),
        only_human_not_applicable=_within(refused, judge.item),
        both_not_applicable=_within(refused, judge.na_item),
    )


def _within(items: IntArray, chosen: IntArray) -> int:
    return int(np.isin(items, chosen).sum())
