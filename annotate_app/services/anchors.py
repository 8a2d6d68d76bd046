"""The anchor set: labelled validation items that a judge is asked about again, to see whether it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from annotate_app.desk import Desk
from annotate_app.services.good_answers import Good, GoodAnswers
from annotate_app.services.judge_values import RunOptions, together
from annotate_app.services.judging import run_judge
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.rejudging import Draw, judge_again
from annotate_app.services.rights import HOLDER
from annotate_app.store import items as item_store
from annotate_app.store import monitor as store
from annotate_app.store.monitor import Taken
from annotate_app.store.sql import to_json
from calibration.ratings import CriterionRatings
from calibration.reference import reference
from calibration.splits import VALIDATION
from calibration.stats.estimate import FloatArray, IntArray
from calibration.triage.design import unit_hash
from rubrics.answers import Verdict
from rubrics.items import Item
from rubrics.rubric import Value

FEW = 20  # anchor items; fewer do not show a judge's change


@dataclass(frozen=True, slots=True)
class Anchors:
    """One criterion's anchor items: what people say of each, and what the judge said when first asked.

    An item that the judge gave no answer to has no entry in `first`: that counts as not agreeing.
    """

    criterion: str
    people: Mapping[str, Value]
    first: Mapping[str, Value]
    good: GoodAnswers

    @property
    def agreement(self) -> float:
        """Share of anchor items on which the judge's first answer is that of the people."""
        same = sum(self.good.same(self.first.get(i), value) for i, value in self.people.items())
        return same / len(self.people)


@dataclass(frozen=True, slots=True)
class AnchorSet:
    """The anchors of every criterion, and their items in order of id."""

    criteria: Mapping[str, Anchors]
    items: Mapping[str, Item] = field(default_factory=dict)

    @property
    def enough(self) -> bool:
        return len(self.items) >= FEW


def anchor_set(desk: Desk, judge: str, good: Good) -> AnchorSet:
    """Validation items with a reference on one of the criteria; the judge answers those that it has not yet.

    Raises one of CANNOT_JUDGE.
    """
    criteria = list(good)
    found = _people(desk, criteria)
    wanted = sorted({item for people in found.values() for item in people})
    if not wanted:
        return AnchorSet({})
    run_judge(desk, judge, options=RunOptions(items=tuple(wanted)), role=HOLDER)
    first = _first(desk, judge, criteria)
    with desk.store.reading() as session:
        items = {
            i.item_id: i for i in item_store.all_items(session, desk.study_id) if i.item_id in set(wanted)
        }
    made = {
        name: Anchors(name, people, first.get(name, {}), good[name])
        for name, people in found.items()
        if people
    }
    return AnchorSet(made, {name: items[name] for name in wanted})


def _people(desk: Desk, criteria: Sequence[str]) -> dict[str, dict[str, Value]]:
    read = read_ratings(desk, splits=(VALIDATION,), criteria=criteria, judges=(), probs=False).criteria
    return {name: _references(found) for name, found in read.items()}


def _references(found: CriterionRatings) -> dict[str, Value]:
    agreed = reference(found)
    return _answers(found, agreed.item, agreed.code, agreed.number)


def _answers(found: CriterionRatings, item: IntArray, code: IntArray, number: FloatArray) -> dict[str, Value]:
    """Answers by item id: of a closed list, or numbers on an interval scale."""
    if found.scale.kind == "interval":
        return {found.items[k]: x for k, x in zip(item.tolist(), number.tolist(), strict=True)}
    listed = found.scale.categories
    return {found.items[k]: listed[c] for k, c in zip(item.tolist(), code.tolist(), strict=True) if c >= 0}


def _first(desk: Desk, judge: str, criteria: Sequence[str]) -> dict[str, dict[str, Value]]:
    read = read_ratings(desk, splits=(VALIDATION,), criteria=criteria, judges=(judge,), probs=False).criteria
    return {
        name: {
            item: answer
            for column in found.judges
            for item, answer in _answers(found, column.item, column.code, column.number).items()
        }
        for name, found in read.items()
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """What a draw of anchors took: draws made, dollars (None: unknown), and the models that were reported."""

    draws: int
    cost_usd: float | None
    models: frozenset[str]


def ask_anchors(
    desk: Desk,
    judge: str,
    judge_id: int,
    anchors: AnchorSet,
    good: Good,
    *,
    n: int,
    run_id: int,
) -> Asked:
    """Draw n anchor items with replacement, judge each again, and store what came of it.

    Each draw depends on its number and the seed alone, so every draw agrees with people with the same
    probability, the judge's agreement on the set, as long as the judge is the same. Raises CANNOT_JUDGE.
    """
    with desk.store.reading() as session:
        start = store.last_step(session, judge_id)
    names, seed = list(anchors.items), desk.study_file.monitor.seed
    draws = [
        Draw(step, anchors.items[names[int(unit_hash(seed, f"anchor:{step}") * len(names))]])
        for step in range(start + 1, start + n + 1)
    ]
    again = judge_again(desk, judge, draws)
    taken = [
        _taken(draw, verdict, anchors.criteria[verdict.criterion], good[verdict.criterion], desk.now)
        for draw in draws
        for verdict in again.get(draw.step, ())
        if verdict.criterion in good and draw.item.item_id in _asked_of(anchors, verdict.criterion)
    ]
    with desk.store.writing() as session:
        store.take(session, desk.study_id, run_id, judge_id, taken)
    models = {v.reported_model for found in again.values() for v in found if v.reported_model}
    cost = together([v.cost_usd for found in again.values() for v in found])
    return Asked(len(again), cost, frozenset(models))


def _asked_of(anchors: AnchorSet, criterion: str) -> Mapping[str, Value]:
    found = anchors.criteria.get(criterion)
    return {} if found is None else found.people


def _taken(draw: Draw, verdict: Verdict, anchors: Anchors, good: GoodAnswers, at: str) -> Taken:
    """A failed call says nothing of the judge; an answer that cannot be read is not the people's answer."""
    item_id, answered = draw.item.item_id, verdict.status == "observed"
    failed = verdict.status == "provider_error"
    first = anchors.first.get(item_id)
    compared = answered and first is not None
    return Taken(
        item_id=item_id,
        criterion=anchors.criterion,
        kind="agreement",
        step=draw.step,
        value=to_json(verdict.value) if answered else None,
        good=None if failed else answered and good.same(verdict.value, anchors.people[item_id]),
        passes=verdict.value in good if compared else None,
        passed_before=first in good if compared else None,
        weight=1.0,
        reported_model=verdict.reported_model,
        cost_usd=verdict.cost_usd,
        at=at,
    )
