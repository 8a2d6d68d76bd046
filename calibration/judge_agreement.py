"""How far one judge agrees with the reference, on what, and what changes under another treatment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calibration.agreement_types import Applicability, JudgeAgreement, Options, Variant
from calibration.columns import CriterionRatings, JudgeColumn
from calibration.comparing import Comparison, compare
from calibration.pairing import Pairs
from calibration.reference import Reference
from calibration.scales import numbers_of
from calibration.stats.estimate import FloatArray, IntArray


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
    read = judge if unparsed is None else unparsed_as(judge, unparsed, ratings)
    pairs = judge_pairs(ratings, read, reference, options)
    found = _compared(ratings, pairs.without(dropped), reference, options)
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
        variants=_variants(ratings, judge, reference, options, dropped=dropped, unparsed=unparsed),
    )


def judge_pairs(
    ratings: CriterionRatings, judge: JudgeColumn, reference: Reference, options: Options
) -> Pairs:
    """The judge's answer (a) beside the reference's (b) wherever both exist."""
    expected = options.judge_field == "expected"
    usable = np.flatnonzero(~np.isnan(judge.expected)) if expected else np.arange(len(judge.item))
    place = np.full(len(ratings.items), -1, dtype=np.int64)
    place[judge.item[usable]] = usable
    at = place[reference.item]
    both = at >= 0
    at = at[both]
    code = np.full(len(at), -1, dtype=np.int64) if expected else judge.code[at]
    number: FloatArray = judge.expected[at] if expected else judge.number[at]
    return Pairs(reference.item[both], code, reference.code[both], number, reference.number[both])


def unparsed_as(judge: JudgeColumn, code: int, ratings: CriterionRatings) -> JudgeColumn:
    """The judge as if every unparsed verdict were the category `code`."""
    extra = len(judge.unparsed_item)
    values = numbers_of(ratings.scale)
    number = np.nan if values is None else values[code]
    return replace(
        judge,
        item=np.concatenate([judge.item, judge.unparsed_item]),
        code=np.concatenate([judge.code, np.full(extra, code, dtype=np.int64)]),
        number=np.concatenate([judge.number, np.full(extra, number)]),
        confidence=np.concatenate([judge.confidence, np.full(extra, np.nan)]),
        expected=np.concatenate([judge.expected, np.full(extra, np.nan)]),
        probs=None,
    )


def _compared(ratings: CriterionRatings, pairs: Pairs, reference: Reference, options: Options) -> Comparison:
    return compare(ratings, pairs, repeated=reference.kind == "each", level=options.level)


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
    if scale.tie is None or options.judge_field == "expected":
        return {}
    tie = scale.categories.index(scale.tie)
    chosen = judge if unparsed is None else unparsed_as(judge, unparsed, ratings)
    treatments: dict[str, tuple[JudgeColumn, IntArray]] = {}
    if tie not in dropped:
        treatments["ties dropped"] = (chosen, np.append(dropped, tie))
    if len(judge.unparsed_item) and unparsed != tie:
        treatments["unparsed as tie"] = (unparsed_as(judge, tie, ratings), dropped)
    if len(judge.unparsed_item) and unparsed is not None:
        treatments["unparsed excluded"] = (judge, dropped)
    found = {}
    for name, (column, without) in treatments.items():
        pairs = judge_pairs(ratings, column, reference, options).without(without)
        compared = _compared(ratings, pairs, reference, options)
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
