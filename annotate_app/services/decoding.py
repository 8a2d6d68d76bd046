"""Stored columns into arrays: packed integers and rows become answers as category codes or numbers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from annotate_app.store import columns
from annotate_app.store.codes import (
    ADJUDICATED,
    BLIND_JUDGE,
    BLIND_PEERS,
    LABEL_STATUS,
    PURPOSE,
    PURPOSE_NAMED,
)
from calibration.triage.signals import ORDER_SOURCES
from rubrics.answers import Purpose
from rubrics.rubric import Scale, UnknownAnswer, Value

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
OBSERVED, WITHDRAWN = LABEL_STATUS["observed"], LABEL_STATUS["withdrawn"]
ANSWERED = (OBSERVED, LABEL_STATUS["not_applicable"])


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Labels or verdicts in long form, what counts last; `who` is a rater, or a replicate.

    `answer` is the category's place, or the number on a scale without categories; NaN where the answer is
    not of the scale (or where there is none: `status` is not 0).
    """

    item: Ints
    who: Ints
    purpose: Ints
    status: Ints
    flags: Ints
    answer: Floats
    confidence: Floats
    expected: Floats

    def at(self, chosen: Mask | Ints) -> Answers:
        """The chosen rows; all of them costs nothing."""
        if chosen.dtype == np.bool_ and chosen.all():
            return self
        return Answers(*(getattr(self, part.name)[chosen] for part in fields(self)))


def places_of_codes(scale: Scale, codes: Mapping[Value, int]) -> Floats:
    """The category's place for every stored code; NaN for answers that this wording does not have."""
    table = np.full(1 + max([columns.NO_CODE, *codes.values()]), np.nan)
    for place, category in enumerate(scale.categories):
        if category in codes:
            table[codes[category]] = place
    return table


def from_packed(text: str, table: Floats) -> Answers:
    """Labels from packed integers, in the store's order."""
    bits = (
        columns.RATER_BITS, columns.REVISION_BITS, columns.PURPOSE_BITS, columns.STATUS_BITS,
        columns.FLAG_BITS, columns.CODE_BITS,
    )  # fmt: skip
    item, who, _, purpose, status, flags, code = _unpacked(text, bits)
    nothing = np.full(len(item), np.nan)
    answer = np.where(status == OBSERVED, table[code], np.nan)
    return Answers(item, who, purpose, status, flags, answer, nothing, nothing)


def from_packed_verdicts(text: str, table: Floats) -> Answers:
    """Verdicts from packed integers; of an item the lowest replicate comes last, of that the newest take."""
    bits = (columns.REPLICATE_BITS, columns.VERDICT_STATUS_BITS, columns.CODE_BITS)
    item, who, status, code = _unpacked(text, bits)
    zero, nothing = np.zeros(len(item), dtype=np.int64), np.full(len(item), np.nan)
    answer = np.where(status == OBSERVED, table[code], np.nan)
    found = Answers(item, who, zero, status, zero, answer, nothing, nothing)
    return found.at(np.lexsort((-who, item))) if who.any() else found


def _unpacked(text: str, bits: Sequence[int]) -> list[Ints]:
    """The parts of packed integers, high bits first; what is left above them comes first."""
    rest = np.fromstring(text, dtype=np.int64, sep=" ") if text else np.zeros(0, dtype=np.int64)
    parts: list[Ints] = []
    for width in reversed(bits):
        parts.append(rest & ((1 << width) - 1))
        rest = rest >> width
    return [rest, *reversed(parts)]


def from_label_rows(rows: Sequence[tuple[float | None, ...]], scale: Scale, table: Floats) -> Answers:
    """Labels from fetched rows: item, rater, purpose, status, flags, code, number."""
    array = np.array(rows, dtype=np.float64).reshape(-1, 7)
    item, who, purpose, status, flags = (array[:, k].astype(np.int64) for k in range(5))
    nothing = np.full(len(array), np.nan)
    answer = _answers(scale, table, array[:, 5], array[:, 6])
    return Answers(item, who, purpose, status, flags, answer, nothing, nothing)


def from_verdict_rows(rows: Sequence[tuple[float | None, ...]], scale: Scale, table: Floats) -> Answers:
    """Verdicts from fetched rows: item, replicate, status, code, number, confidence, expected."""
    array = np.array(rows, dtype=np.float64).reshape(-1, 7)
    item, who, status = (array[:, k].astype(np.int64) for k in range(3))
    zero = np.zeros(len(array), dtype=np.int64)
    answer = _answers(scale, table, array[:, 3], array[:, 4])
    return Answers(item, who, zero, status, zero, answer, array[:, 5], array[:, 6])


def _answers(scale: Scale, table: Floats, code: Floats, number: Floats) -> Floats:
    if scale.kind != "interval":
        return table[np.where(np.isnan(code), columns.NO_CODE, code).astype(np.int64)]
    inside = (number >= (-np.inf if scale.low is None else scale.low)) & (
        number <= (np.inf if scale.high is None else scale.high)
    )
    if scale.step and scale.low is not None and scale.categories:
        steps = (number - scale.low) / scale.step
        inside &= np.abs(steps - np.round(steps)) < 1e-6
        number = np.round(steps)
    return np.where(inside, number, np.nan)


def any_search(found: Answers) -> bool:
    """Whether a label was given in a search wave."""
    return bool(np.any(found.purpose == PURPOSE["search"]))


def reused(found: Answers, drawn: Ints) -> Answers:
    """Search labels of items that an estimating wave drew as well, counted as given for it.

    Such an item is not asked of its rater again. Without its label the wave would lack the very items that
    were doubted most, and its estimates would be too good.
    """
    cell = found.item << columns.RATER_BITS | found.who
    search = found.purpose == PURPOSE["search"]
    taken = search & np.isin(found.item, drawn) & ~np.isin(cell, cell[found.purpose == PURPOSE["estimate"]])
    return replace(found, purpose=np.where(taken, PURPOSE["estimate"], found.purpose))


def counting(found: Answers, left_out: Counter[str], *, purpose: Purpose = "estimate") -> Answers:
    """The blind labels of a purpose whose answers are of the scale; the others are counted."""
    wanted = found.purpose == PURPOSE[purpose]
    for other in np.unique(found.purpose[~wanted]):
        left_out[f"purpose {PURPOSE_NAMED[int(other)]}"] += int(np.sum(found.purpose == other))
    seen = wanted & (found.flags & BLIND_JUDGE == 0)
    if seen.any():
        left_out["not blind to the judge"] += int(seen.sum())
    return inside_scale(found.at(wanted & ~seen), left_out)


def inside_scale(found: Answers, left_out: Counter[str]) -> Answers:
    """Without the answers that the scale does not have, which are counted."""
    outside = (found.status == OBSERVED) & np.isnan(found.answer)
    if outside.any():
        left_out["outside the scale"] += int(outside.sum())
    return found.at(~outside)


def is_agreed(found: Answers) -> Mask:
    """Which labels are the agreed answers of disputed items."""
    agreed: Mask = (found.flags & ADJUDICATED) != 0
    return agreed


def before_others(found: Answers, left_out: Counter[str]) -> Answers:
    """Without answers changed after others' answers were known: agreement is between the first ones."""
    same = np.zeros(len(found.item), dtype=np.bool_)
    same[1:] = (found.item[1:] == found.item[:-1]) & (found.who[1:] == found.who[:-1])
    informed = (found.flags & BLIND_PEERS == 0) & (found.status != WITHDRAWN)
    keep = np.ones(len(found.item), dtype=np.bool_)
    kept = np.arange(len(found.item))  # of the rows up to this one, the last that is kept
    for row in np.flatnonzero(same & informed).tolist():
        before = int(kept[row - 1])
        if found.status[before] in ANSWERED:
            keep[row], kept[row] = False, before
    if not keep.all():
        left_out["changed after others' answers were known (the first answer counts)"] += int(np.sum(~keep))
    return found.at(keep)


def newest(found: Answers, left_out: Counter[str]) -> Answers:
    """The last label of each (item, rater); earlier ones are counted, and those that said otherwise.

    An answer that was taken back is counted as just that, once, and repeats nothing.
    """
    last = np.ones(len(found.item), dtype=np.bool_)
    last[:-1] = (found.item[1:] != found.item[:-1]) | (found.who[1:] != found.who[:-1])
    withdrawn = found.status == WITHDRAWN
    undone = np.zeros(len(found.item), dtype=np.bool_)
    undone[:-1] = ~last[:-1] & withdrawn[1:]
    if undone.any():
        left_out["taken back"] += int(undone.sum())
    _count_repeated(found, last | undone | withdrawn, left_out)
    return found.at(last)


def one_per_item(found: Answers, left_out: Counter[str]) -> Answers:
    """The verdict that counts for each item: the lowest replicate's newest take, which comes last."""
    last = np.ones(len(found.item), dtype=np.bool_)
    last[:-1] = found.item[1:] != found.item[:-1]
    same = np.zeros(len(found.item), dtype=np.bool_)
    same[:-1] = ~last[:-1] & (found.who[1:] == found.who[:-1])
    replicates = int(np.sum(~last & ~same))
    if replicates:
        left_out["replicate"] += replicates
    _count_repeated(found, ~same, left_out)
    return found.at(last)


def _count_repeated(found: Answers, last: Mask, left_out: Counter[str]) -> None:
    earlier = np.flatnonzero(~last)
    if not len(earlier):
        return
    other = (found.status[earlier] != found.status[earlier + 1]) | ~(
        (found.answer[earlier] == found.answer[earlier + 1])
        | (np.isnan(found.answer[earlier]) & np.isnan(found.answer[earlier + 1]))
    )
    left_out["duplicate"] += len(earlier)
    left_out["conflict"] += int(other.sum())


def probabilities(scale: Scale, item: Ints, stored: Mapping[int, str]) -> Floats | None:
    """One row per verdict, one column per category, NaN where there are none; None without any."""
    if not stored or not scale.categories or not any(int(number) in stored for number in item):
        return None
    place = {category: k for k, category in enumerate(scale.categories)}
    known: dict[str, int | None] = {}
    table = np.full((len(item), len(place)), np.nan)
    for row, number in zip(table, item.tolist(), strict=True):
        if number in stored:
            row[:] = 0.0
            for word, probability in json.loads(stored[number]).items():
                if word not in known:
                    known[word] = _place(scale, place, word)
                column = known[word]
                if column is not None:
                    row[column] += probability
    return table


def sources(item: Ints, stored: Mapping[int, str]) -> dict[str, Floats]:
    """By kind of source its confidence in each verdict, NaN where a verdict has none of it."""
    found: dict[str, Floats] = {}
    for row, number in enumerate(item.tolist()):
        for kind, confidence in json.loads(stored.get(number, "{}")).items():
            found.setdefault(kind, np.full(len(item), np.nan))[row] = confidence
    return found


def orders(item: Ints, sources: Mapping[str, Floats], alone: Mapping[int, float]) -> Floats | None:
    """Share of a pair's orders that agree: a source of its own, or the verdict's only confidence."""
    known = next((sources[name] for name in ORDER_SOURCES if name in sources), None)
    if known is None and not alone:
        return None
    one = np.array([alone.get(number, np.nan) for number in item.tolist()], dtype=np.float64)
    return one if known is None else np.where(np.isnan(known), one, known)


def _place(scale: Scale, place: Mapping[Value, int], word: str) -> int | None:
    """The category that a word of the judge means; None for an answer that the scale does not have."""
    try:
        return place[scale.parse(word)]
    except UnknownAnswer:
        return None
