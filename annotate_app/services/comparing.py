"""Current against candidate on the open splits: judges on the same labels, or products on the same inputs.

Held-out labels are never read here, and single items are named only where they are development.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from annotate_app.desk import Desk
from annotate_app.services.calibrating import OPEN_SPLITS, open_split
from annotate_app.services.judge_identity import asked_judges
from annotate_app.services.rights import Holder, Role, require
from annotate_app.store import studies, verdicts
from calibration.columns import CriterionRatings, JudgeColumn, Ratings
from calibration.regressions import LATENCY, Change, PairedUnits, changes, default_margins, ratio_change
from calibration.slicing import of_items
from calibration.splits import DEVELOPMENT, VALIDATION
from calibration.stats.estimate import FloatArray, Result
from calibration.two_judges import contrast_of
from calibration.worth import rightness

ON_DEVELOPMENT = "No validation item has a label: this is on development, where judges may have been tuned."


class CannotCompare(ValueError):
    """Nothing can be compared: what is missing, and what to do."""


@dataclass(frozen=True, slots=True)
class Margins:
    """How much worse a candidate may be; None: the defaults (quality by the criterion's stakes)."""

    quality: float | None = None
    latency: float = LATENCY


@dataclass(frozen=True, slots=True)
class Flip:
    """A development item (or input) on which the two differ, and for which of them it speaks."""

    item: str
    criterion: str
    better: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Candidate against current: changes with findings, coefficients beside them, what flipped, remarks."""

    kind: str
    current: str
    candidate: str
    split: str
    changes: tuple[Change, ...]
    coefficients: Mapping[str, Mapping[str, Result]]
    flips: tuple[Flip, ...]
    notes: tuple[str, ...]

    @property
    def regressions(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.regression)

    def as_json(self) -> dict[str, object]:
        return {
            "schema": "calibrant/comparison/1",
            "kind": self.kind,
            "current": self.current,
            "candidate": self.candidate,
            "split": self.split,
            "regression": bool(self.regressions),
            "changes": [change.as_json() for change in self.changes],
            "coefficients": {
                criterion: {name: found.as_json() for name, found in estimates.items()}
                for criterion, estimates in self.coefficients.items()
            },
            "flips": [{"item": f.item, "criterion": f.criterion, "better": f.better} for f in self.flips],
            "notes": list(self.notes),
        }


def compare_judges(
    desk: Desk,
    current: str,
    candidate: str,
    *,
    split: str | None = None,
    margins: Margins | None = None,
    role: Role | Holder,
) -> Comparison:
    """Two judges of the study on the same labels: of validation, else of development.

    Quality is how often (on numbers: how closely) a judge gives the raters' answer; no answer is wrong.
    """
    require(role, "judges.see")
    allowed = margins or Margins()
    for name in (current, candidate):
        if name not in desk.study_file.judges:
            names = ", ".join(desk.study_file.judges) or "none"
            raise CannotCompare(f"study.toml has no [judges.{name}]; there are: {names}")
    chosen, found, notes = _labelled(desk, split)
    quality = quality_margins(desk, allowed)
    made: list[Change] = []
    coefficients: dict[str, Mapping[str, Result]] = {}
    for name, ratings in found.criteria.items():
        columns = _columns(ratings, current, candidate)
        if columns is None:
            continue
        units, _ = _paired(ratings, *columns)
        made += changes(units, about="agreement", criterion=name, margin=quality[name])
        coefficients[name] = _coefficient(ratings, *columns)
    if not made:
        raise CannotCompare(
            f"no criterion has labels and verdicts of both judges on {chosen}: run `calibrant judge run`"
        )
    return Comparison(
        "judges", current, candidate, chosen,
        (*made, *_costs(desk, current, candidate, allowed)), coefficients,
        _flips(desk, current, candidate), (*notes, *found.notes),
    )  # fmt: skip


def quality_margins(desk: Desk, allowed: Margins) -> dict[str, float]:
    sections = desk.study_file.policy.criteria
    stakes = {c.name: sections[c.name].stakes if c.name in sections else "" for c in desk.rubric.criteria}
    return default_margins(stakes, allowed.quality)


def _labelled(desk: Desk, split: str | None) -> tuple[str, Ratings, tuple[str, ...]]:
    """The ratings of the split asked for; by default validation, else development, and it is said."""
    if split is not None and split not in OPEN_SPLITS:
        raise CannotCompare(f"{split}: only {' and '.join(OPEN_SPLITS)} are open; see `calibrant certify`")
    for name in (split,) if split else (VALIDATION, DEVELOPMENT):
        found = open_split(desk, name)
        if found is not None:
            alone = name == DEVELOPMENT and split is None
            return name, found.reweighted, (*((ON_DEVELOPMENT,) if alone else ()), *found.remarks)
    raise CannotCompare(f"no item of {split or 'validation or development'} has a label yet")


def _columns(
    ratings: CriterionRatings, current: str, candidate: str
) -> tuple[JudgeColumn, JudgeColumn] | None:
    by_name = {column.judge: column for column in ratings.judges}
    if current not in by_name or candidate not in by_name or not len(ratings.item):
        return None
    return by_name[current], by_name[candidate]


def _paired(
    ratings: CriterionRatings, current: JudgeColumn, candidate: JudgeColumn
) -> tuple[PairedUnits, list[str]]:
    """How right both were on the items that both were asked about, and those items."""
    (first, right), (second, other) = (rightness(ratings, column) for column in (current, candidate))
    both, left, rest = np.intersect1d(first, second, return_indices=True)
    pi = None if ratings.pi is None else ratings.pi[both]
    known = np.ones(len(both), dtype=np.bool_) if pi is None else ~np.isnan(pi)
    units = PairedUnits(
        right[left],
        other[rest],
        None if pi is None else 1 / pi,
        None if ratings.cluster is None else ratings.cluster[both],
        None if ratings.stratum is None else [ratings.stratum[k] for k in both],
    )
    return units.where(known), [ratings.items[k] for k in both[known]]


def _coefficient(
    ratings: CriterionRatings, current: JudgeColumn, candidate: JudgeColumn
) -> Mapping[str, Result]:
    """Candidate minus current in the scale's main coefficient."""
    known = ratings if ratings.pi is None else of_items(ratings, ~np.isnan(ratings.pi))
    names = {column.judge: column for column in known.judges}
    return contrast_of(known, names[candidate.judge], names[current.judge], brief=True).difference


def _flips(desk: Desk, current: str, candidate: str) -> tuple[Flip, ...]:
    """Development items that one judge gets right and the other wrong, or gets closer."""
    found = open_split(desk, DEVELOPMENT)
    flips: list[Flip] = []
    for name, ratings in found.as_drawn.criteria.items() if found else ():
        columns = _columns(ratings, current, candidate)
        if columns is not None:
            units, items = _paired(ratings, *columns)
            gap = units.candidate - units.current
            flips += [
                Flip(item, name, candidate if g > 0 else current)
                for item, g in zip(items, gap.tolist(), strict=True)
                if g
            ]
    return tuple(flips)


def _costs(desk: Desk, current: str, candidate: str, allowed: Margins) -> list[Change]:
    """Latency (with its margin) and cost (told only) of a verdict, on the items that both judged."""
    first, second = (_spent(desk, name) for name in (current, candidate))
    made = []
    for place, about, margin in ((0, "latency_seconds", allowed.latency), (1, "cost_usd", None)):
        both = sorted(first.keys() & second.keys())
        sides = [np.array([one[key][place] for key in both]) for one in (first, second)]
        change = ratio_change(about, *sides, margin=margin)
        made += [] if change is None else [change]
    return made


def _spent(desk: Desk, judge: str) -> dict[tuple[str, int], FloatArray]:
    """Seconds (of the slowest call) and dollars of a judge by item and sample; NaN where not known."""
    accepted = asked_judges(desk).get(judge, ())
    totals: dict[tuple[str, int], FloatArray] = {}
    with desk.store.reading() as session:
        known = studies.present_judges(session, desk.study_id, {judge: accepted}).get(judge)
        for verdict in () if known is None else verdicts.latest(session, desk.study_id, known.judge_id):
            key = (verdict.item_id, verdict.replicate)
            seconds, dollars = _number(verdict.latency_seconds), _number(verdict.cost_usd)
            before = totals.get(key, np.zeros(2))
            totals[key] = np.array([np.fmax(before[0], seconds), before[1] + dollars])
    return totals


def _number(value: float | None) -> float:
    return math.nan if value is None else value
