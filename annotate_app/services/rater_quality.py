"""How raters work and answer, for leads: progress, time, known answers, one another; refuses other roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from annotate_app.desk import Desk
from annotate_app.services.calibrating import OPEN_SPLITS
from annotate_app.services.checking import rater_checks
from annotate_app.services.labelling import progress, raters
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.remembering import Remembered
from annotate_app.services.rights import Holder, Role, require
from annotate_app.services.weighting import pooled_as_drawn
from annotate_app.store import rater_work, studies
from annotate_app.store.rater_work import WorkCount
from calibration.columns import CriterionRatings
from calibration.findings.drifting import Drifting, drifting
from calibration.findings.raters import CriterionRaters, RaterChecks, planted_found, rater_findings
from calibration.findings.suggested import Suggested, suggested
from calibration.stats.estimate import Estimate, IntArray, Result, Undefined
from calibration.stats.medians import median
from calibration.stats.proportions import wilson

LEVEL, FEW = 0.95, 10
MOST_IN_ORDER = 200_000  # labels of a criterion; beyond, their order in time is not looked up
NO_TIMES = Undefined("labels were imported without times")
TOO_MANY = Undefined(f"more than {MOST_IN_ORDER:,} labels: not followed over time here")


@dataclass(frozen=True, slots=True)
class RaterWork:
    """One rater's work on all purposes but training; `seconds` is the median of active seconds an item."""

    rater: str
    items: int
    left: int
    seconds: Result
    skipped: Result
    unsure: Result
    first: str | None
    last: str | None

    def as_json(self) -> dict[str, object]:
        return {
            "rater": self.rater,
            "items": self.items,
            "left": self.left,
            "median_active_seconds": self.seconds.as_json(),
            "skipped": self.skipped.as_json(),
            "unsure": self.unsure.as_json(),
            "first": self.first,
            "last": self.last,
        }


@dataclass(frozen=True, slots=True)
class CriterionQuality:
    """All raters on one criterion; `planted` and `gold` are those of all raters together."""

    found: CriterionRaters
    drift: Mapping[str, Drifting | Undefined]
    suggested: tuple[Suggested, ...] | Undefined
    gold: Result
    planted: Result

    def as_json(self) -> dict[str, object]:
        items = self.suggested
        return {
            **self.found.as_json(),
            "drift": {rater: found.as_json() for rater, found in self.drift.items()},
            "gold": self.gold.as_json(),
            "planted_found": self.planted.as_json(),
            "suggested": items.as_json()
            if isinstance(items, Undefined)
            else [one.as_json() for one in items],
        }


@dataclass(frozen=True, slots=True)
class RatersPage:
    """Everything about raters that a lead may know; answers on open splits alone."""

    work: tuple[RaterWork, ...]
    criteria: Mapping[str, CriterionQuality]

    def as_json(self) -> dict[str, object]:
        return {
            "schema": "calibrant/raters/1",
            "raters": [one.as_json() for one in self.work],
            "criteria": {name: found.as_json() for name, found in self.criteria.items()},
        }


_made: Remembered[RatersPage] = Remembered(4)


def raters_page(desk: Desk, *, role: Role | Holder) -> RatersPage:
    """How raters work and answer. Raises NotVisible for every role but the lead."""
    require(role, "raters.quality")
    return _made.get(desk, "raters", lambda: _page(desk))


def slips(found: Result) -> str:
    """How many plausible errors slip through, from the share of planted errors that was found."""
    if isinstance(found, Undefined):
        return f"Planted errors: {found.reason}."
    missed = round(found.n * (1 - found.value))
    most = 1.0 if found.low is None else 1 - found.low
    few = f" {found.n} answers say little." if found.n < FEW else ""
    return (
        f"{missed} of {found.n} answers to planted errors let them through ({1 - found.value:.0%}, "
        f"with 95% confidence at most {most:.0%}).{few}"
    )


def _page(desk: Desk) -> RatersPage:
    read = read_ratings(desk, splits=OPEN_SPLITS, probs=False)
    criteria = pooled_as_drawn(desk, read, OPEN_SPLITS).criteria
    checks = rater_checks(desk, OPEN_SPLITS)
    return RatersPage(
        _work(desk),
        {
            name: _criterion(desk, found, checks.get(name, {}))
            for name, found in criteria.items()
            if len(found.item) or name in checks
        },
    )


def _work(desk: Desk) -> tuple[RaterWork, ...]:
    with desk.store.reading() as session:
        counted = rater_work.counts(session, desk.study_id)
        seconds = rater_work.seconds(session, desk.study_id)
    nothing = WorkCount(0, 0, 0, 0, None, None)
    return tuple(
        _of_rater(desk, one.name, counted.get(one.name, nothing), seconds.get(one.name, []))
        for one in raters(desk)
    )


def _of_rater(desk: Desk, name: str, found: WorkCount, seconds: list[float]) -> RaterWork:
    timed: Result = median(seconds, level=LEVEL) if seconds else Undefined("no active time was stored")
    return RaterWork(
        name,
        found.items,
        progress(desk, name).left,
        timed,
        _share(found.skipped, found.items, "nothing was answered"),
        _share(found.unsure, found.stated, "no answer says how sure"),
        found.first,
        found.last,
    )


def _share(part: int, n: int, nothing: str) -> Result:
    if not n:
        return Undefined(nothing)
    bounds = wilson(part, n, level=LEVEL)
    return Estimate(part / n, bounds.low, bounds.high, LEVEL, n, n, "Wilson")


def _criterion(desk: Desk, found: CriterionRatings, checks: Mapping[str, RaterChecks]) -> CriterionQuality:
    every = rater_findings(found, checks=checks)
    planted = sum(one.planted_n for one in checks.values())
    gold = sum(one.gold_n for one in checks.values())
    right = sum(one.gold_right for one in checks.values())
    return CriterionQuality(
        found=every,
        drift=drifting(found, _order(desk, found)),
        suggested=suggested(found),
        gold=_share(right, gold, "no gold item was answered"),
        planted=planted_found(sum(one.planted_found for one in checks.values()), planted),
    )


def _order(desk: Desk, found: CriterionRatings) -> IntArray | Undefined:
    """The place of each label in time."""
    if len(found.item) > MOST_IN_ORDER:
        return TOO_MANY
    with desk.store.reading() as session:
        number = studies.criterion_ids(session, desk.study_id)[found.criterion]
        moments = rater_work.moments(session, number)
    cells = zip(found.item.tolist(), found.rater.tolist(), strict=True)
    at = [moments.get((found.items[item], found.raters[rater])) for item, rater in cells]
    known = [moment for moment in at if moment is not None]
    if len(known) < len(at) or not at:
        return NO_TIMES
    place = np.empty(len(at), dtype=np.int64)
    place[sorted(range(len(at)), key=known.__getitem__)] = np.arange(len(at))
    return place
