"""Labels and verdicts as columns of integer codes and floats, the only way into statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from calibration.stats.estimate import FloatArray, IntArray
from rubrics.rubric import Scale


@dataclass(frozen=True, slots=True, eq=False)
class JudgeColumn:
    """One judge's verdicts on one criterion, long form: entry k is the verdict on item number `item[k]`.

    `code` is the index into `scale.categories` (-1 on an interval scale without a step), `number` the
    answer as a number (NaN where the scale has none), `confidence` and `expected` are NaN where absent;
    `probs` has a row per verdict and a column per category, or is None. `unparsed_item` and `na_item`
    list the items whose verdict could not be read or says that the criterion does not apply.
    """

    judge: str
    item: IntArray
    code: IntArray
    number: FloatArray
    confidence: FloatArray
    expected: FloatArray
    unparsed_item: IntArray
    na_item: IntArray
    statuses: Mapping[str, int]
    probs: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CriterionRatings:
    """Blind labels given for estimation (last revision each) and verdicts on one criterion.

    Long form: label k is rater number `rater[k]`'s answer to item number `item[k]`: `code` as an index
    into `scale.categories` (-1 on an interval scale without a step), `number` as a number (NaN where the
    scale has none). `na_item` and `na_rater` are the answers "not applicable". Per item: `cluster` ids,
    `pi` (probability of having been drawn), `stratum`; None when unknown. `adjudicated_*` are the agreed
    answers of items that raters disputed. `left_out` counts rows that did not enter, by reason.
    """

    criterion: str
    scale: Scale
    items: tuple[str, ...]
    raters: tuple[str, ...]
    item: IntArray
    rater: IntArray
    code: IntArray
    number: FloatArray
    statuses: Mapping[str, int]
    na_item: IntArray
    na_rater: IntArray
    judges: tuple[JudgeColumn, ...] = ()
    cluster: IntArray | None = None
    pi: FloatArray | None = None
    stratum: tuple[str, ...] | None = None
    adjudicated_item: IntArray | None = None
    adjudicated_code: IntArray | None = None
    adjudicated_number: FloatArray | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ratings:
    """The ratings of every criterion, and sentences about what was assumed or left out."""

    criteria: Mapping[str, CriterionRatings]
    notes: tuple[str, ...] = ()
