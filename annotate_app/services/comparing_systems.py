"""Two versions of the product on the same inputs, by labels or a trusted judge; never by held-out labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from annotate_app.desk import Desk
from annotate_app.services.calibrating import OPEN_SPLITS
from annotate_app.services.comparing import CannotCompare, Comparison, Flip, Margins, quality_margins
from annotate_app.services.gating import CannotGate, gate
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.rights import Holder, Role, require
from annotate_app.services.splitting import split_of_items
from annotate_app.services.weighting import drawn_unequally, pooled_as_drawn
from annotate_app.store import items as item_store
from calibration.columns import CriterionRatings, Ratings
from calibration.corrected_gap import Gaps, corrected_gap
from calibration.reference import reference
from calibration.regressions import Change, PairedUnits, changes, finding_of
from calibration.splits import DEVELOPMENT, SPLITS
from calibration.stats.estimate import FloatArray
from calibration.worth import goodness, is_directed
from rubrics.items import Item

DIRECTION = "Quality is from 0 to 1, the best: of two answers the first is good, of numbers the largest."
UNEQUAL = (
    "Items were drawn with unequal probabilities: inputs are weighted by 1/π of their outputs, multiplied; "
    "an input with an unknown π is left out."
)
Worth = Mapping[str, float]  # by item id, from 0 to 1


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Inputs that both systems have answered, in order, with the items of each."""

    names: tuple[str, ...]
    current: tuple[tuple[Item, ...], ...]
    candidate: tuple[tuple[Item, ...], ...]

    def means(self, worth: Worth) -> tuple[FloatArray, FloatArray]:
        """Mean worth of each side's items by input, shape (inputs,); NaN where none is known."""
        sides = ([_mean(items, worth) for items in side] for side in (self.current, self.candidate))
        first, second = (np.array(side, dtype=np.float64) for side in sides)
        return first, second

    def products(self, weight: Worth, worth: Worth) -> FloatArray:
        """By input the product of the weights of its items with a worth; NaN where one is unknown."""
        pairs = zip(self.current, self.candidate, strict=True)
        known = ([weight.get(i.item_id, 1.0) for i in (*a, *b) if i.item_id in worth] for a, b in pairs)
        return np.array([np.prod(one) for one in known], dtype=np.float64)

    @property
    def clusters(self) -> np.ndarray | None:
        names = [items[0].cluster for items in self.current]
        if all(name is None for name in names):
            return None
        known = [name or f"input {place}" for place, name in enumerate(names)]
        return np.asarray(np.unique(known, return_inverse=True)[1], dtype=np.int64)

    @property
    def strata(self) -> list[str | None]:
        return [items[0].stratum for items in self.current]


def compare_systems(
    desk: Desk,
    current: str,
    candidate: str,
    *,
    judge: str | None = None,
    margins: Margins | None = None,
    role: Role | Holder,
) -> Comparison:
    """Two systems paired by input_id, by the raters' answers on the open splits.

    With `judge` its verdicts stand in where no label is, corrected with the labels; it must be trusted today
    on every criterion that it is used for.
    """
    require(role, "judges.see")
    inputs = _inputs(desk, current, candidate)
    quality = quality_margins(desk, margins or Margins())
    labels = pooled_as_drawn(desk, read_ratings(desk, splits=OPEN_SPLITS, probs=False), OPEN_SPLITS)
    verdicts = None if judge is None else read_ratings(desk, splits=SPLITS, judges=[judge], probs=False)
    made: list[Change] = []
    notes, flips = [DIRECTION, *_unequal(labels, judge)], []
    for criterion in desk.rubric.criteria:
        if not is_directed(criterion.scale):
            notes.append(f"{criterion.name}: its answers are not better or worse, so it is left out.")
            continue
        worth = _by_labels(labels.criteria[criterion.name])
        flips += _flips(desk, inputs, worth, criterion.name, (current, candidate))
        if verdicts is None or judge is None:
            weight = _weights(labels.criteria[criterion.name])
            made += _labelled(inputs, worth, weight, criterion.name, quality[criterion.name])
        elif _asked(desk, judge, criterion.name):
            _refuse_untrusted(desk, judge, criterion.name)
            said = _by_judge(verdicts, criterion.name, judge)
            made.append(_corrected(inputs, worth, said, criterion.name, quality[criterion.name]))
    if not made:
        raise CannotCompare(f"no input has outputs of {current} and {candidate} that were both labelled")
    split = " and ".join(OPEN_SPLITS)
    return Comparison("systems", current, candidate, split, tuple(made), {}, tuple(flips), tuple(notes))


def _inputs(desk: Desk, current: str, candidate: str) -> _Inputs:
    with desk.store.reading() as session:
        known = item_store.all_items(session, desk.study_id)
    by_system: dict[str, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
    for item in known:
        if item.system is not None and item.input_id is not None:
            by_system[item.system][item.input_id].append(item)
    for name in (current, candidate):
        if name not in by_system:
            there = ", ".join(sorted(by_system)) or "none"
            raise CannotCompare(f"no item has system = {name!r} and an input_id; systems there are: {there}")
    names = tuple(sorted(by_system[current].keys() & by_system[candidate].keys()))
    if not names:
        raise CannotCompare(
            f"no input_id has outputs of both {current} and {candidate}: pairs need the same one"
        )
    sides = [tuple(tuple(by_system[one][name]) for name in names) for one in (current, candidate)]
    return _Inputs(names, *sides)


def _mean(items: Sequence[Item], worth: Worth) -> float:
    known = [worth[item.item_id] for item in items if item.item_id in worth]
    return sum(known) / len(known) if known else float("nan")


def _by_labels(ratings: CriterionRatings) -> Worth:
    """The worth of the reference answer of every item that has one."""
    held = reference(ratings)
    numbers = goodness(ratings.scale, held.code, held.number)
    return _known(ratings, held.item, numbers)


def _weights(ratings: CriterionRatings) -> Worth | None:
    """1/π of every item, NaN where it is unknown; None where all are alike."""
    if ratings.pi is None:
        return None
    return dict(zip(ratings.items, (1 / ratings.pi).tolist(), strict=True))


def _by_judge(ratings: Ratings, criterion: str, judge: str) -> Worth:
    """The worth of the judge's answers; labels are not looked at."""
    found = ratings.criteria[criterion]
    column = next((c for c in found.judges if c.judge == judge), None)
    if column is None:
        raise CannotCompare(f"{criterion}: {judge} has no verdict: run `calibrant judge run {judge}`")
    return _known(found, column.item, goodness(found.scale, column.code, column.number))


def _known(ratings: CriterionRatings, item: np.ndarray, numbers: FloatArray) -> Worth:
    pairs = zip(item.tolist(), numbers.tolist(), strict=True)
    return {ratings.items[k]: number for k, number in pairs if number == number}


def _labelled(
    inputs: _Inputs, worth: Worth, weight: Worth | None, criterion: str, margin: float
) -> list[Change]:
    first, second = inputs.means(worth)
    weights = None if weight is None else inputs.products(weight, worth)
    both = ~(np.isnan(first) | np.isnan(second))
    if weights is not None:
        both &= ~np.isnan(weights)
    units = PairedUnits(first, second, weights, inputs.clusters, inputs.strata).where(both)
    return changes(units, about="quality", criterion=criterion, margin=margin) if both.any() else []


def _corrected(inputs: _Inputs, worth: Worth, said: Worth, criterion: str, margin: float) -> Change:
    """By the judge's verdicts, corrected with the labels; the means shown are the judge's own."""
    (h_first, h_second), (j_first, j_second) = inputs.means(worth), inputs.means(said)
    difference = corrected_gap(Gaps(h_second - h_first, j_second - j_first, inputs.clusters))
    means = (float(np.nanmean(j_first)), float(np.nanmean(j_second)))
    found = finding_of(difference, margin)
    return Change("quality, judge corrected", criterion, None, *means, difference, margin, found)


def _asked(desk: Desk, judge: str, criterion: str) -> bool:
    """Whether study.toml asks the judge about the criterion; an unknown judge is refused."""
    section = desk.study_file.judges.get(judge)
    if section is None:
        raise CannotCompare(f"study.toml has no [judges.{judge}]")
    return section.criteria is None or criterion in section.criteria


def _refuse_untrusted(desk: Desk, judge: str, criterion: str) -> None:
    try:
        (decision,) = gate(desk.folder, judge=judge, criteria=(criterion,), clock=desk.clock)
    except CannotGate as error:
        raise CannotCompare(str(error)) from error
    if not decision.trusted:
        raise CannotCompare(
            f"{judge} is not trusted on {criterion} today ({decision.outcome}), so it cannot replace labels: "
            f"`calibrant gate {judge} --criterion {criterion}`"
        )


def _unequal(labels: Ratings, judge: str | None) -> list[str]:
    """A remark where labelled items were drawn unequally; a judge cannot be corrected with those."""
    uneven = any(drawn_unequally(one) for one in labels.criteria.values())
    if uneven and judge is not None:
        raise CannotCompare(
            "items were drawn with unequal probabilities: compare by labels, without --by-judge"
        )
    return [UNEQUAL] if uneven else []


def _flips(desk: Desk, inputs: _Inputs, worth: Worth, criterion: str, names: tuple[str, str]) -> list[Flip]:
    """Inputs whose outputs differ in worth, where every item is development."""
    split = split_of_items(desk)
    first, second = inputs.means(worth)
    flips = []
    for place, gap in enumerate((second - first).tolist()):
        items = (*inputs.current[place], *inputs.candidate[place])
        if gap == gap and gap and all(split[item.item_id] == DEVELOPMENT for item in items):
            flips.append(Flip(inputs.names[place], criterion, names[gap > 0]))
    return flips
