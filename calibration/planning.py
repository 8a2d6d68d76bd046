"""How many items to label: from what is expected, or from what a pilot of labels and verdicts shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from calibration.agreement_types import Options
from calibration.columns import CriterionRatings, JudgeColumn
from calibration.comparing import table_of_pairs
from calibration.judge_agreement import judge_pairs
from calibration.pooling import main_coefficient
from calibration.reference import reference
from calibration.scales import numbers_of
from calibration.slicing import of_items
from calibration.stats.agreement import pair_estimate
from calibration.stats.estimate import Estimate
from calibration.stats.obstacles import FEW_CLUSTERS, FEW_OF_CLASS
from calibration.stats.power import Margins, Needed, items_to_clear

SCHEMA = "calibrant/plan/1"


class CannotPlan(ValueError):
    """Expectations or a pilot from which no number of items follows: what, and what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many items, what for, and what was assumed; `warnings` are sentences for the reader."""

    items: int
    purpose: str
    assumed: Mapping[str, object]
    warnings: tuple[str, ...] = ()
    pilot: Pilot | None = None

    def as_json(self) -> dict[str, object]:
        content: dict[str, object] = {"schema": SCHEMA, "items": self.items, "purpose": self.purpose}
        content |= {"assumed": dict(self.assumed), "warnings": list(self.warnings)}
        return content | ({} if self.pilot is None else {"pilot": self.pilot.as_json()})


@dataclass(frozen=True, slots=True)
class Target:
    """A floor that the lower bound of kappa is to clear, with what power and confidence.

    design_effect multiplies the items where they come in clusters.
    """

    floor: float
    power: float = 0.8
    confidence: float = 0.95
    design_effect: float = 1.0


@dataclass(frozen=True, slots=True)
class Pilot:
    """What a pilot showed: kappa of the judge, and how often the reference gives each answer."""

    judge: str
    kappa: Estimate
    margins: Margins
    answers: Mapping[str, float]

    def as_json(self) -> dict[str, object]:
        return {"judge": self.judge, "kappa": self.kappa.as_json(), "prevalence": dict(self.answers)}


def plan_floor(target: Target, expect: float, margins: Margins, *, pilot: Pilot | None = None) -> Plan:
    """Items until the lower bound of kappa clears the floor; CannotPlan where no number is enough."""
    needed = items_to_clear(target.floor, expect, margins, power=target.power, confidence=target.confidence)
    items = scaled(settled(needed), target.design_effect)
    shares = [float(share) for share in margins.shares]
    return Plan(
        items,
        f"the one-sided {target.confidence:.4g} lower bound of {margins.coefficient} clears {target.floor:g} "
        f"with power {target.power:g}",
        {
            "floor": target.floor,
            "expect": expect,
            "prevalence": shares,
            "power": target.power,
            "confidence": target.confidence,
            "design_effect": target.design_effect,
            "method": "Cantor 1996, Fleiss–Cohen–Everitt variance",
        },
        (*_gate_warnings(items, margins), *_pilot_warnings(target, pilot)),
        pilot,
    )


def pilot_of(ratings: CriterionRatings, judge: JudgeColumn, *, level: float) -> Pilot:
    """Kappa (quadratic where answers are ordered) and prevalence on the items with label and verdict."""
    if ratings.pi is not None and np.isnan(ratings.pi).any():
        known = of_items(ratings, ~np.isnan(ratings.pi))
        return pilot_of(known, next(one for one in known.judges if one.judge == judge.judge), level=level)
    held = reference(ratings)
    pairs = judge_pairs(ratings, judge, held, Options())
    pairs = pairs.where((pairs.b >= 0) & (pairs.a >= 0))
    categories = ratings.scale.categories
    if not categories or not len(pairs):
        raise CannotPlan(
            f"criterion {ratings.criterion}: no item of the pilot has both a verdict and a label"
        )
    table = table_of_pairs(ratings, pairs, repeated=False)
    name, values = main_coefficient(ratings.scale), numbers_of(ratings.scale)
    found = pair_estimate(name, table, values=values, level=level)
    shares = table.proportions.sum(axis=0)
    if not isinstance(found, Estimate) or np.count_nonzero(shares) < 2:
        raise CannotPlan(f"criterion {ratings.criterion}: {name} of the pilot is undefined; label more items")
    answers = {str(name): float(share) for name, share in zip(categories, shares, strict=True)}
    return Pilot(judge.judge, found, Margins.of(shares, name, values), answers)


def settled(needed: Needed) -> int:
    """The number of items needed; `CannotPlan` with the reason where no number is enough."""
    if needed.items is None:
        raise CannotPlan(needed.reason)
    return needed.items


def scaled(items: int, design_effect: float) -> int:
    """Items needed when they come in clusters: independent items × design effect, rounded up."""
    return int(np.ceil(items * design_effect - 1e-9))


def _gate_warnings(items: int, margins: Margins) -> tuple[str, ...]:
    """A gate says undecided below some counts, whatever the bound is."""
    rarest = float(margins.shares[margins.shares > 0].min())
    least = max(FEW_CLUSTERS, int(np.ceil(FEW_OF_CLASS / rarest - 1e-9)))
    if items >= least:
        return ()
    return (
        f"a gate needs {FEW_CLUSTERS} independent items and {FEW_OF_CLASS} of the rarest class: label at "
        f"least {least}",
    )


def _pilot_warnings(target: Target, pilot: Pilot | None) -> tuple[str, ...]:
    if pilot is None or pilot.kappa.low is None:
        return ()
    low = pilot.kappa.low
    careful = items_to_clear(
        target.floor, low, pilot.margins, power=target.power, confidence=target.confidence
    )
    if careful.items is None:
        said = "no number of items is enough"
    else:
        said = f"{scaled(careful.items, target.design_effect)} items are needed"
    return (f"the pilot itself is uncertain: at the lower end of its interval, {low:.3f}, {said}",)
