"""How raters did on items served twice and on items with a known answer; open splits alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from annotate_app.desk import Desk
from annotate_app.services.decoding import Floats, places_of_codes
from annotate_app.store import checks, columns, planted, rubrics, studies
from annotate_app.store.codes import PURPOSE
from calibration.findings.raters import RaterChecks

if TYPE_CHECKING:
    from annotate_app.store.engine import Bulk, Session

Row = tuple[int, int, int, int]


def rater_checks(desk: Desk, splits: tuple[str, ...]) -> Mapping[str, Mapping[str, RaterChecks]]:
    """Repeats, gold and planted errors by criterion and rater's name; a criterion without any is absent.

    The known answer of a gold item is its agreed (adjudicated) one; a planted error is found by the answer
    that its author expects.
    """
    with desk.store.reading() as session:
        ids = studies.criterion_ids(session, desk.study_id)
        codes = rubrics.answer_codes(session, desk.study_id)
        errors = _planted(session, desk)
    found: dict[str, Mapping[str, RaterChecks]] = {}
    with desk.store.bulk() as bulk:
        names = dict(columns.rater_rows(bulk.connection, desk.study_id))
        inside = columns.items_in(bulk.connection, desk.study_id, splits)
        visible = None if inside is None else frozenset(inside)
        for criterion in desk.rubric.criteria:
            number = ids[criterion.name]
            if criterion.scale.kind != "interval" and checks.any_checks(bulk.connection, number):
                places = places_of_codes(criterion.scale, codes.get(criterion.name, {}))
                found[criterion.name] = _of_criterion(bulk, number, places, names, visible)
    return {
        name: _with_planted(found.get(name, {}), errors.get(name, {}))
        for name in ids
        if name in found or name in errors
    }


def _planted(session: Session, desk: Desk) -> Mapping[str, Mapping[str, list[bool]]]:
    """By criterion and rater whether each answer to a planted error is the one that finds it."""
    expected = {one.number: one.expected for one in planted.listing(session, desk.study_id)}
    found: dict[str, dict[str, list[bool]]] = {}
    for number, labels in planted.answers(session, desk.study_id).items():
        for label in labels:
            if label.criterion in expected[number] and label.status == "observed":
                right = label.value == expected[number][label.criterion]
                found.setdefault(label.criterion, {}).setdefault(label.rater, []).append(right)
    return found


def _with_planted(
    known: Mapping[str, RaterChecks], errors: Mapping[str, list[bool]]
) -> Mapping[str, RaterChecks]:
    return {
        rater: replace(
            known.get(rater, RaterChecks()),
            planted_found=sum(errors.get(rater, [])),
            planted_n=len(errors.get(rater, [])),
        )
        for rater in {*known, *errors}
    }


def _of_criterion(
    bulk: Bulk, criterion_id: int, places: Floats, names: Mapping[int, str], visible: frozenset[int] | None
) -> Mapping[str, RaterChecks]:
    def open_rows(rows: Sequence[Row]) -> list[Row]:
        return [row for row in rows if visible is None or row[0] in visible]

    repeats = _repeats(open_rows(checks.repeat_rows(bulk.connection, criterion_id)), places)
    gold = _gold(open_rows(checks.gold_rows(bulk.connection, criterion_id)))
    nothing: list[tuple[int, int]] = []
    return {
        names[rater]: RaterChecks(
            first=_column(repeats.get(rater, nothing), 0),
            second=_column(repeats.get(rater, nothing), 1),
            gold_right=sum(gold.get(rater, [])),
            gold_n=len(gold.get(rater, [])),
        )
        for rater in {*repeats, *gold}
    }


def _repeats(rows: Sequence[Row], places: Floats) -> dict[int, list[tuple[int, int]]]:
    """By rater the first and the second answer to each item, as places on the scale; the last edit counts."""
    answer = {(item, rater, purpose): places[code] for item, rater, purpose, code in rows}
    found: dict[int, list[tuple[int, int]]] = {}
    for (item, rater, purpose), second in answer.items():
        first = answer.get((item, rater, PURPOSE["estimate"]), np.nan)
        if purpose == PURPOSE["repeat"] and not np.isnan(first) and not np.isnan(second):
            found.setdefault(rater, []).append((int(first), int(second)))
    return found


def _gold(rows: Sequence[Row]) -> dict[int, list[bool]]:
    """By rater whether the last answer to each gold item is the agreed one."""
    last = {(item, rater): given == known for item, rater, given, known in rows}
    found: dict[int, list[bool]] = {}
    for (_, rater), right in last.items():
        found.setdefault(rater, []).append(right)
    return found


def _column(pairs: Sequence[tuple[int, int]], which: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array([pair[which] for pair in pairs], dtype=np.int64)
