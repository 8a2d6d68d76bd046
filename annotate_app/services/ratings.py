"""Ratings of a study for statistics, by the bulk path: only blind labels given for estimating enter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annotate_app.desk import Desk
from annotate_app.services import decoding, entering
from annotate_app.services.agreed import with_decisions
from annotate_app.services.decoding import Answers, Floats, Ints, Mask
from annotate_app.services.disputes import Decided, decisions
from annotate_app.services.judge_identity import asked_judges
from annotate_app.services.wordings import without_outdated
from annotate_app.store import columns, erasures, rubrics, studies
from calibration.columns import (
    CriterionRatings,
    JudgeColumn,
    Ratings,
    coded,
    judge_column,
    ratings_from_columns,
)
from calibration.splits import DEVELOPMENT, VALIDATION
from rubrics.answers import Purpose
from rubrics.rubric import Scale

if TYPE_CHECKING:
    from annotate_app.store.engine import Bulk

Names = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """What is known of items and raters (in their order), by the store's numbers."""

    visible: Mask
    name: Names
    cluster: Ints | None
    stratum: Names
    pi: Floats | None
    rater: Mapping[int, str]
    packable: bool
    asked: Mapping[str, Collection[str]]
    purpose: Purpose


@dataclass(frozen=True, slots=True, eq=False)
class _Stated:
    """What one judge's verdicts state besides an answer: shares of answers, each source's confidence, and how
    many of a pair's orders agree."""

    probs: Floats | None
    sources: Mapping[str, Floats]
    orders: Floats | None


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """One criterion's answers by the store's numbers."""

    labels: Answers
    agreed: Answers
    left_out: Counter[str]
    verdicts: Mapping[str, Answers]
    verdicts_left_out: Mapping[str, Counter[str]]
    stated: Mapping[str, _Stated]
    decided: Mapping[str, Decided] = field(default_factory=dict)


def ratings(
    desk: Desk,
    *,
    splits: tuple[str, ...] = (DEVELOPMENT,),
    criteria: Sequence[str] | None = None,
    judges: Sequence[str] | None = None,
    probs: bool = True,
    purpose: Purpose = "estimate",
) -> Ratings:
    """The newest labels and the verdicts on items of `splits`, one CriterionRatings per criterion.

    Of judges that share a name the one that study.toml asks for counts, else the newest. `pi` is what
    imported labels state (waves are combined by `targeting`). `probs=False` leaves option probabilities
    and the confidences of single sources unread. Without a frozen split every item is development. Labels to
    an earlier wording that is not valid any more are left out and counted.
    """
    with desk.store.reading() as session:
        ids = studies.criterion_ids(session, desk.study_id)
        codes = rubrics.answer_codes(session, desk.study_id)
        decided = {name: decisions(session, desk.study_id, number) for name, number in ids.items()}
        raters = erasures.in_order(session, desk.study_id)
    made: dict[str, CriterionRatings] = {}
    with desk.store.bulk() as bulk:
        frame = _frame(bulk, desk, splits, purpose, raters)
        for criterion in desk.rubric.criteria:
            if criteria is None or criterion.name in criteria:
                table = decoding.places_of_codes(criterion.scale, codes.get(criterion.name, {}))
                number = ids[criterion.name]
                found = _read(bulk, desk.study_id, frame, number, criterion.scale, table, judges, probs)
                found = replace(found, decided=decided[criterion.name])
                made[criterion.name] = _assembled(criterion.name, criterion.scale, frame, found)
        sealed = _named(frame, columns.items_in(bulk.connection, desk.study_id, (VALIDATION,)))
    made, few = entering.of_enough(without_outdated(desk, made), sealed)
    return Ratings(made, (*few, *(note for found in made.values() for note in entering.notes(found))))


def _named(frame: _Frame, numbers: Sequence[int] | None) -> frozenset[str]:
    return frozenset(frame.name[list(numbers or ())].tolist())


def _frame(
    bulk: Bulk, desk: Desk, splits: tuple[str, ...], purpose: Purpose, raters: Mapping[int, str]
) -> _Frame:
    study_id = desk.study_id
    rows = columns.item_rows(bulk.connection, study_id)
    size = 1 + (rows[-1][0] if rows else 0)
    number = np.array([row[0] for row in rows], dtype=np.int64)
    name = _by_number(size, number, [row[1] for row in rows])
    cluster = _clusters(size, number, [row[2] for row in rows])
    stratum = _by_number(size, number, [row[3] for row in rows])
    visible = np.zeros(size, dtype=np.bool_)
    inside = columns.items_in(bulk.connection, study_id, splits)
    visible[
        number if inside is None and DEVELOPMENT in splits else np.array(inside or [], dtype=np.int64)
    ] = True
    stated = columns.stated_pi(bulk.connection, study_id)
    pi = np.full(size, np.nan) if stated else None
    if pi is not None:
        pi[list(stated)] = list(stated.values())
    packable = columns.fits(bulk.connection, study_id)
    return _Frame(visible, name, cluster, stratum, pi, raters, packable, asked_judges(desk), purpose)


def _by_number(size: int, number: Ints, values: Sequence[str | None]) -> Names:
    table = np.full(size, None, dtype=np.object_)
    table[number] = np.array(values, dtype=np.object_)
    return table


def _read(
    bulk: Bulk,
    study_id: int,
    frame: _Frame,
    criterion_id: int,
    scale: Scale,
    table: Floats,
    judges: Sequence[str] | None,
    probs: bool,
) -> _Found:
    left_out: Counter[str] = Counter()
    labels = _labels(bulk, frame, criterion_id, scale, table)
    if decoding.any_search(labels):
        drawn = columns.drawn_for_estimates(bulk.connection, study_id)
        labels = decoding.reused(labels, np.array(drawn, dtype=np.int64))
    labels = decoding.counting(labels.at(frame.visible[labels.item]), left_out, purpose=frame.purpose)
    agreed = decoding.is_agreed(labels)
    own = decoding.before_others(labels.at(~agreed), left_out)
    found = _Found(decoding.newest(own, left_out), labels.at(agreed), left_out, {}, {}, {})
    verdicts, their_left_out, stated = {}, {}, {}
    for judge_id, judge in columns.judges_of(bulk.connection, study_id, criterion_id, frame.asked):
        if judges is None or judge in judges:
            content = columns.verdict_content(bulk.connection, criterion_id, judge_id)
            packed = content.codes_alone and frame.packable and scale.kind != "interval"
            column = _verdicts(bulk, criterion_id, judge_id, scale, table, packed=packed)
            their_left_out[judge] = Counter[str]()
            column = decoding.inside_scale(column.at(frame.visible[column.item]), their_left_out[judge])
            verdicts[judge] = decoding.one_per_item(column, their_left_out[judge])
            stated[judge] = _stated(bulk, criterion_id, judge_id, scale, verdicts[judge], content, probs)
    return replace(found, verdicts=verdicts, verdicts_left_out=their_left_out, stated=stated)


def _stated(
    bulk: Bulk,
    criterion_id: int,
    judge_id: int,
    scale: Scale,
    verdicts: Answers,
    content: columns.VerdictContent,
    wanted: bool,
) -> _Stated:
    """What is stored as JSON beside the verdicts, where it is wanted and there."""
    probs: Mapping[int, str] = {}
    confidences: Mapping[int, str] = {}
    if wanted and content.probs:
        probs = columns.verdict_probs(bulk.connection, criterion_id, judge_id)
    if wanted and content.confidences:
        confidences = columns.verdict_confidences(bulk.connection, criterion_id, judge_id)
    orders = columns.verdict_orders(bulk.connection, criterion_id, judge_id) if content.orders else {}
    sources = decoding.sources(verdicts.item, confidences)
    return _Stated(
        decoding.probabilities(scale, verdicts.item, probs),
        sources,
        decoding.orders(verdicts.item, sources, orders),
    )


def _labels(bulk: Bulk, frame: _Frame, criterion_id: int, scale: Scale, table: Floats) -> Answers:
    if frame.packable and scale.kind != "interval":
        return decoding.from_packed(columns.packed_labels(bulk.connection, criterion_id), table)
    return decoding.from_label_rows(columns.label_rows(bulk.connection, criterion_id), scale, table)


def _verdicts(
    bulk: Bulk, criterion_id: int, judge_id: int, scale: Scale, table: Floats, *, packed: bool
) -> Answers:
    if packed:
        text = columns.packed_verdicts(bulk.connection, criterion_id, judge_id)
        return decoding.from_packed_verdicts(text, table)
    rows = columns.verdict_rows(bulk.connection, criterion_id, judge_id)
    return decoding.from_verdict_rows(rows, scale, table)


def _assembled(name: str, scale: Scale, frame: _Frame, found: _Found) -> CriterionRatings:
    """The store's numbers replaced by places among the items and raters of this criterion."""
    touched = np.zeros(len(frame.name), dtype=np.bool_)
    for answers in (found.labels, found.agreed, *found.verdicts.values()):
        touched[answers.item] = True
    numbers = np.flatnonzero(touched)
    place = np.zeros(len(touched), dtype=np.int64)
    place[numbers] = np.arange(len(numbers))
    who = list(filter(set(np.unique(found.labels.who).tolist()).__contains__, frame.rater))
    rater_place = np.zeros(1 + max(who, default=0), dtype=np.int64)
    rater_place[who] = np.arange(len(who))
    made = ratings_from_columns(
        name,
        scale,
        items=tuple(frame.name[numbers].tolist()),
        raters=tuple(frame.rater[number] for number in who),
        item=place[found.labels.item],
        rater=rater_place[found.labels.who],
        answer=np.nan_to_num(found.labels.answer),
        status=found.labels.status,
        judges=tuple(_judge(judge, scale, found, place) for judge in found.verdicts),
        cluster=None if frame.cluster is None else np.unique(frame.cluster[numbers], return_inverse=True)[1],
        pi=None if frame.pi is None or np.isnan(frame.pi[numbers]).all() else frame.pi[numbers],
        stratum=tuple(frame.stratum[numbers].tolist()) if any(frame.stratum[numbers]) else None,
        left_out=found.left_out,
    )
    return with_decisions(_with_agreed(made, scale, found.agreed, place), found.decided)


def _judge(judge: str, scale: Scale, found: _Found, place: Ints) -> JudgeColumn:
    verdicts = found.verdicts[judge]
    return judge_column(
        judge,
        scale,
        item=place[verdicts.item],
        answer=np.nan_to_num(verdicts.answer),
        status=verdicts.status,
        confidence=verdicts.confidence,
        expected=verdicts.expected,
        probs=found.stated[judge].probs,
        sources=found.stated[judge].sources,
        orders=found.stated[judge].orders,
        left_out=found.verdicts_left_out[judge],
    )


def _with_agreed(made: CriterionRatings, scale: Scale, agreed: Answers, place: Ints) -> CriterionRatings:
    """With the agreed answers of disputed items: the last one of each item."""
    given = agreed.at(agreed.status == decoding.OBSERVED)
    last = {item: k for k, item in enumerate(given.item.tolist())}
    chosen = given.at(np.array(list(last.values()), dtype=np.int64))
    answers = coded(scale, chosen.answer)
    return replace(
        made,
        adjudicated_item=place[chosen.item],
        adjudicated_code=answers.code,
        adjudicated_number=answers.number,
    )


def _clusters(size: int, number: Ints, names: Sequence[str | None]) -> Ints | None:
    """Numbers of the clusters; an item without one is a cluster of its own; None where no item has one."""
    if not any(name is not None for name in names):
        return None
    numbers: dict[object, int] = {}
    table = np.zeros(size, dtype=np.int64)
    keys = (("item", k) if name is None else name for k, name in enumerate(names))
    table[number] = [numbers.setdefault(key, len(numbers)) for key in keys]
    return table
