"""Labels of five simulated raters from a stated, seeded noise model; the only reader of the true states.

Each rater answers each criterion alone, from the item's true state:

    grounded    true answer; a flaw is overlooked with probability `overlooks`, imagined with `imagines`
    resolution  round(truth + leniency + normal noise of deviation `noise`), kept within the scale
    tone        the same with half of the leniency
    escalation  true answer (not applicable where nothing is asked); with probability `slips` another one
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from annotate_app.example.content import SEED, Made, Truth
from rubrics.answers import Label
from rubrics.rubric import Rubric, Value

NOTE = "Labels are simulated: five invented raters answer from a seeded noise model, not people."
FIRST_LABEL = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
RATERS_PER_ITEM = 3
ESCALATIONS = ("correct", "missed", "unneeded")


@dataclass(frozen=True, slots=True)
class SimulatedRater:
    """One rater's habits: probabilities per item, leniency and noise in levels of the scale."""

    name: str
    leniency: float
    noise: float
    overlooks: float
    imagines: float
    slips: float
    seconds: float


# name, leniency, noise, overlooks, imagines, slips, seconds an item
RATERS = (
    SimulatedRater("Amina", 0.0, 0.34, 0.04, 0.02, 0.03, 52),
    SimulatedRater("Bruno", 0.15, 0.38, 0.09, 0.02, 0.05, 38),
    SimulatedRater("Chiara", -0.15, 0.36, 0.03, 0.06, 0.04, 61),
    SimulatedRater("Dev", 0.05, 0.42, 0.08, 0.04, 0.06, 33),
    SimulatedRater("Esther", -0.05, 0.32, 0.05, 0.03, 0.03, 47),
)


def simulate(
    items: Sequence[Made], waves: Mapping[str, str | None], rubric: Rubric, *, seed: int = SEED
) -> tuple[Label, ...]:
    """Three labels a criterion for every item of `waves`, one submission per rater and item.

    `waves` maps the items that were asked about to the wave that drew them, or to None.
    """
    labels: list[Label] = []
    for k, one in enumerate(made for made in items if made.item.item_id in waves):
        rng = random.Random(f"{seed}: raters of {one.item.item_id}")
        for rater in rng.sample(RATERS, RATERS_PER_ITEM):
            at = FIRST_LABEL + timedelta(minutes=4 * k, seconds=rng.randrange(200))
            own = random.Random(f"{seed}: {rater.name} on {one.item.item_id}")
            labels += _submission(one, rater, rubric, at, waves[one.item.item_id], own)
    return tuple(labels)


def _submission(
    one: Made, rater: SimulatedRater, rubric: Rubric, at: datetime, wave: str | None, rng: random.Random
) -> list[Label]:
    answers = _answers(one.truth, rater, rng)
    seen = answers["grounded"] == "not_grounded" or answers["escalation"] == "missed"
    seconds = round(rater.seconds * rng.lognormvariate(0, 0.35), 1)
    return [
        Label(
            item_id=one.item.item_id,
            rater=rater.name,
            criterion=name,
            value=value,
            status="not_applicable" if value is None else "observed",
            failure_modes=one.truth.failure_modes if seen else (),
            active_seconds=seconds,
            submission_id=f"sim-{one.item.item_id}-{rater.name.casefold()}",
            at=at.isoformat().replace("+00:00", "Z"),
            rubric_sha256=rubric.sha256,
            wave=wave,
        )
        for name, value in answers.items()
    ]


def _answers(truth: Truth, rater: SimulatedRater, rng: random.Random) -> dict[str, Value | None]:
    return {
        "grounded": _grounded(truth.grounded, rater, rng),
        "resolution": _level(truth.resolution, rater.leniency, rater.noise, 4, rng),
        "tone": _level(truth.tone, rater.leniency / 2, rater.noise, 3, rng),
        "escalation": _escalation(truth.escalation, rater, rng),
    }


def _grounded(true: str, rater: SimulatedRater, rng: random.Random) -> str:
    if true == "grounded":
        return "not_grounded" if rng.random() < rater.imagines else "grounded"
    return "grounded" if rng.random() < rater.overlooks else "not_grounded"


def _level(true: int, leniency: float, noise: float, top: int, rng: random.Random) -> int:
    return min(max(round(true + leniency + rng.gauss(0, noise)), 1), top)


def _escalation(true: str | None, rater: SimulatedRater, rng: random.Random) -> str | None:
    slip = rng.random() < rater.slips
    others = [answer for answer in ESCALATIONS if answer != true]
    return rng.choice(others) if slip else true
