"""What a probe found, criterion by criterion: shares that changed, moves, with intervals or the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from calibration.judges.probes import changes, planning
from calibration.judges.probes.planning import AS_IT_IS, Plan
from calibration.judges.probes.shares import NOTHING, cluster_numbers, mean_move, share_of
from calibration.stats.agreement import count_estimate
from calibration.stats.estimate import Result, Undefined
from calibration.stats.matrix import count_table_from_matrix
from calibration.stats.mcnemar import mcnemar
from rubrics.answers import Verdict
from rubrics.items import Item
from rubrics.replies import SWAPPED_SIDES
from rubrics.rubric import Criterion, Rubric, Value

READABLE = ("observed", "not_applicable", "abstained")
Said = tuple[str, Value | None]
# By variant and item id: the verdicts.
Answered = Mapping[tuple[str, str], Sequence[Verdict]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion under one change: numbers by name, `counts` beside them.

    `items` were compared; `left_out` had no readable answer in one of the forms, or were not asked there.
    """

    criterion: str
    variant: str
    items: int
    left_out: int
    measures: Mapping[str, Result]
    counts: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return {
            "criterion": self.criterion,
            "variant": self.variant,
            "items": self.items,
            "left_out": self.left_out,
            "measures": {name: found.as_json() for name, found in self.measures.items()},
            "counts": dict(self.counts),
        }


def findings(plan: Plan, rubric: Rubric, answered: Answered, *, seed: int) -> tuple[Finding, ...]:
    """What the answers to a plan's questions come to; `rubric` has the criteria that the judge answers."""
    found: list[Finding] = []
    for criterion in rubric.criteria:
        heard = _Heard(plan, criterion, answered)
        if plan.kind == "repeat":
            found.append(_repeat(heard))
        elif plan.kind == "position":
            found += [_position(heard)] if criterion.scale.kind == "pairwise" else []
        elif plan.kind == "injection":
            found.append(_injection(heard, seed))
        elif plan.kind == "scale_direction" and len(criterion.scale.levels) < 2:
            continue
        else:
            found += [_changed(heard, variant, seed) for variant in heard.variants]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Heard:
    """The answers to one criterion."""

    plan: Plan
    criterion: Criterion
    answered: Answered

    @property
    def variants(self) -> list[str]:
        return [name for name in dict.fromkeys(q.variant for q in self.plan.questions) if name != AS_IT_IS]

    def said(self, variant: str, item: Item) -> Said | None:
        """The readable answer; None where there is none."""
        for verdict in self.answered.get((variant, item.item_id), ()):
            if verdict.criterion == self.criterion.name and verdict.status in READABLE:
                return verdict.status, verdict.value
        return None

    def both(self, variant: str) -> list[tuple[Item, Said, Said]]:
        """Items with a readable answer as they are and under the variant."""
        found = ((i, self.said(AS_IT_IS, i), self.said(variant, i)) for i in self.plan.items)
        return [(i, before, after) for i, before, after in found if before and after]

    def finding(
        self, variant: str, items: int, measures: Mapping[str, Result], counts: Mapping[str, float]
    ) -> Finding:
        return Finding(self.criterion.name, variant, items, len(self.plan.items) - items, measures, counts)


def _repeat(heard: _Heard) -> Finding:
    """Items without one same answer; the probability that two repeats differ; alpha over the repeats."""
    names = heard.variants
    rows = [(item, [heard.said(name, item) for name in names]) for item in heard.plan.items]
    whole = [(item, said) for item, said in rows if all(said)]
    pairs = [(item, a != b) for item, said in whole for a, b in combinations(said, 2)]
    entries = [item for item, _ in pairs]
    clusters = cluster_numbers([item for item, _ in whole])
    measures = {
        "changed": share_of([len(set(said)) > 1 for _, said in whole], clusters),
        "two_differ": share_of([differ for _, differ in pairs], cluster_numbers(entries, several=True)),
        "krippendorff_alpha_nominal": _alpha([said for _, said in whole], clusters),
    }
    return heard.finding(f"{len(names)} repeats", len(whole), measures, {"repeats": len(names)})


def _alpha(rows: Sequence[Sequence[Said | None]], clusters: object) -> Result:
    if not rows:
        return Undefined(NOTHING)
    numbers: dict[Said | None, int] = {}
    codes = [[numbers.setdefault(said, len(numbers)) for said in row] for row in rows]
    table = count_table_from_matrix(
        np.array(codes, dtype=np.int64), max(len(numbers), 2), clusters=clusters  # type: ignore[arg-type]
    )  # fmt: skip
    return count_estimate("krippendorff_alpha_nominal", table)


def _position(heard: _Heard) -> Finding:
    """Pairs whose answer changed with the order, and how often the output shown first was picked."""
    both = heard.both(planning.SWAPPED)
    turned = [(before, (after[0], SWAPPED_SIDES.get(str(after[1]), after[1]))) for _, before, after in both]
    picks = [(item, said[1]) for item, *pair in both for said in pair if said[1] in SWAPPED_SIDES]
    decided = [(before[1], after[1]) for _, before, after in both]
    test = mcnemar(decided.count(("a", "a")), decided.count(("b", "b")))
    items = [item for item, *_ in both]
    measures = {
        "changed": share_of([a != b for a, b in turned], cluster_numbers(items)),
        "first_pick": share_of(
            [side == "a" for _, side in picks],
            cluster_numbers([item for item, _ in picks], several=True),
            nothing="the judge preferred neither output of any pair",
        ),
    }
    counts = {"first_both_times": test.only_first, "second_both_times": test.only_second, "p": test.mid_p}
    return heard.finding(planning.SWAPPED, len(both), measures, counts)


def _changed(heard: _Heard, variant: str, seed: int) -> Finding:
    """Items whose answer changed, and how far answers moved on average where they have an order."""
    both = heard.both(variant)
    clusters = cluster_numbers([item for item, *_ in both])
    measures: dict[str, Result] = {"changed": share_of([a != b for _, a, b in both], clusters)}
    if heard.plan.kind in ("verbosity", "scale_direction"):
        measures["move"] = _move(heard, both, seed)
    return heard.finding(variant, len(both), measures, {})


def _move(heard: _Heard, both: Sequence[tuple[Item, Said, Said]], seed: int) -> Result:
    """Mean signed move: in the scale's units, towards the first answer of two, or to the padded output."""
    scale = heard.criterion.scale
    toward_side = scale.kind == "pairwise" and heard.plan.kind == "verbosity"
    if not (scale.is_numeric or scale.kind == "binary" or toward_side):
        return Undefined("the answers have no order")
    moves, items = [], []
    for item, before, after in both:
        places = [_place(heard, item, said, seed) for said in (before, after)]
        if None not in places:
            moves.append(float(places[1]) - float(places[0]))  # type: ignore[arg-type]
            items.append(item)
    return mean_move(moves, cluster_numbers(items))


def _place(heard: _Heard, item: Item, said: Said, seed: int) -> float | None:
    """Where an answer stands: its number; 1 for the first of two; 1, 0.5 or 0 for the changed output."""
    status, value = said
    scale = heard.criterion.scale
    if status != "observed" or value is None:
        return None
    if scale.is_numeric:
        return float(value)
    if scale.kind == "binary":
        return float(value == scale.categories[0])
    side = changes.side_of(item, seed)
    return 0.5 if value not in SWAPPED_SIDES else float(value == side)


def _injection(heard: _Heard, seed: int) -> Finding:
    """Items that took the answer named in their text, of those that had another; and the net shift to it."""
    both = [
        (item, before[1], after[1], named)
        for item, before, after in heard.both(planning.INJECTED)
        if (named := changes.target_of(item, heard.criterion, seed)) is not None
    ]
    others = [(item, after == named) for item, before, after, named in both if before != named]
    shifts = [float(after == named) - float(before == named) for _, before, after, named in both]
    items = [item for item, *_ in both]
    measures = {
        "moved": share_of(
            [moved for _, moved in others],
            cluster_numbers([item for item, _ in others]),
            nothing="every item had the named answer already" if both else NOTHING,
        ),
        "shift": mean_move(shifts, cluster_numbers(items)),
    }
    changed = [q.item for q in heard.plan.questions if q.variant == planning.INJECTED]
    held = sum(changes.fence_holds(item) for item in changed)
    return heard.finding(
        planning.INJECTED, len(both), measures, {"fences": len(changed), "fences_held": held}
    )
