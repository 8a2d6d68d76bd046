"""How answers are treated before they are compared: dropped ones leave, unparsed verdicts may count."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calibration.columns import CriterionRatings, JudgeColumn
from calibration.reference import Reference
from calibration.scales import numbers_of
from calibration.stats.estimate import IntArray
from rubrics.rubric import Scale


@dataclass(frozen=True, slots=True, eq=False)
class Treated:
    """One judge, its reference and the raters after the treatment; codes are those of the reduced scale."""

    ratings: CriterionRatings
    judge: JudgeColumn
    reference: Reference


def treated(
    ratings: CriterionRatings,
    judge: JudgeColumn,
    reference: Reference,
    *,
    dropped: IntArray,
    unparsed: int | None,
) -> Treated:
    """Unparsed verdicts count as the answer `unparsed` (None: left out), then answers in `dropped` leave.

    The reference was formed before: where raters' majority is a dropped answer, the item leaves.
    """
    read = judge if unparsed is None else unparsed_as(judge, unparsed, ratings.scale)
    if not len(dropped):
        return Treated(ratings, read, reference)
    codes = _new_codes(ratings.scale, dropped)
    keep = (reference.code < 0) | (codes[reference.code] >= 0)
    number = reference.number[keep]
    return Treated(
        without_answers(ratings, dropped),
        _judge_without(read, codes),
        replace(
            reference, item=reference.item[keep], code=_renamed(reference.code[keep], codes), number=number
        ),
    )


def without_answers(ratings: CriterionRatings, dropped: IntArray) -> CriterionRatings:
    """The ratings without the labels and verdicts in `dropped`, on the scale without those answers."""
    if not len(dropped):
        return ratings
    codes = _new_codes(ratings.scale, dropped)
    keep = codes[ratings.code] >= 0
    return replace(
        ratings,
        scale=_scale_without(ratings.scale, dropped),
        item=ratings.item[keep],
        rater=ratings.rater[keep],
        code=codes[ratings.code[keep]],
        number=ratings.number[keep],
        judges=tuple(_judge_without(judge, codes) for judge in ratings.judges),
    )


def unparsed_as(judge: JudgeColumn, code: int, scale: Scale) -> JudgeColumn:
    """The judge as if every unparsed verdict were the category `code`."""
    extra, values = len(judge.unparsed_item), numbers_of(scale)
    nothing = np.full(extra, np.nan)
    return replace(
        judge,
        item=np.concatenate([judge.item, judge.unparsed_item]),
        code=np.concatenate([judge.code, np.full(extra, code, dtype=np.int64)]),
        number=np.concatenate([judge.number, nothing if values is None else np.full(extra, values[code])]),
        confidence=np.concatenate([judge.confidence, nothing]),
        expected=np.concatenate([judge.expected, nothing]),
        probs=None,
    )


def _judge_without(judge: JudgeColumn, codes: IntArray) -> JudgeColumn:
    keep = codes[judge.code] >= 0
    return replace(
        judge,
        item=judge.item[keep],
        code=codes[judge.code[keep]],
        number=judge.number[keep],
        confidence=judge.confidence[keep],
        expected=judge.expected[keep],
        probs=None,
    )


def _new_codes(scale: Scale, dropped: IntArray) -> IntArray:
    """For every old code the new one, -1 for a dropped answer; unchanged where the scale is a grid."""
    keep = ~np.isin(np.arange(len(scale.categories)), dropped)
    renumbered = np.cumsum(keep) - 1 if scale.levels else np.arange(len(keep))
    return np.where(keep, renumbered, -1).astype(np.int64)


def _renamed(code: IntArray, codes: IntArray) -> IntArray:
    return np.where(code < 0, -1, codes[code])


def _scale_without(scale: Scale, dropped: IntArray) -> Scale:
    """The scale without these levels; a grid of numbers stays as it is."""
    left = tuple(level for k, level in enumerate(scale.levels) if k not in dropped)
    return replace(scale, levels=left, kind="nominal" if scale.kind == "binary" else scale.kind)
