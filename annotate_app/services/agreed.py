"""Leads' decisions as the reference of ratings; a decision that is stale, or of an older scale, is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from annotate_app.services.disputes import Decided
from calibration.columns import CriterionRatings, coded
from calibration.stats.estimate import FloatArray, IntArray
from rubrics.rubric import Scale, UnknownAnswer


def with_decisions(made: CriterionRatings, decided: Mapping[str, Decided]) -> CriterionRatings:
    """With what leads decided, by item id, as agreed answers: from then on they are the default reference."""
    place = {item: k for k, item in enumerate(made.items)}
    standing = {place[item]: one.record for item, one in decided.items() if item in place and not one.stale}
    answers = {
        k: answer_number(made.scale, one.value) for k, one in standing.items() if one.value is not None
    }
    valid = {k: number for k, number in answers.items() if number is not None}
    refused = [k for k, one in standing.items() if one.status == "not_applicable"]
    if not valid and not refused:
        return made
    known = ~np.isin(made.adjudicated_item, [*valid, *refused])
    found = coded(made.scale, np.array(list(valid.values()), dtype=np.float64))
    return replace(
        made,
        adjudicated_item=_ints([*made.adjudicated_item[known].tolist(), *valid]),
        adjudicated_code=np.concatenate([made.adjudicated_code[known], found.code]),
        adjudicated_number=_joined(made.adjudicated_number[known], found.number),
        adjudicated_na=_ints(refused),
        adjudicates=True,
    )


def answer_number(scale: Scale, value: object) -> float | None:
    """The answer's place on the scale, or the number on one without categories; None where it has none."""
    try:
        found = scale.parse(value)
    except UnknownAnswer:
        return None
    return float(scale.categories.index(found)) if scale.categories else float(found)


def _ints(numbers: list[int]) -> IntArray:
    return np.array(numbers, dtype=np.int64)


def _joined(one: FloatArray, other: FloatArray) -> FloatArray:
    return np.concatenate([one, other])
