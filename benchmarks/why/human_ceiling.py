"""The same judge on an easy and on a hard task: a fixed floor beside a floor on the gap to the humans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.blocks import table
from calibration.stats.ceiling import HumanCeiling, ceiling, non_inferiority
from calibration.stats.common_items import common_items
from calibration.stats.estimate import Estimate, Result

SEED, ITEMS, RATERS, FLOOR, MARGIN = 23, 600, 3, 0.60, 0.10


@dataclass(frozen=True)
class Task:
    """How often people, and the judge, answer by what is true; else they answer blindly."""

    name: str
    people: float
    judge: float


TASKS = (
    Task("hard for everybody", people=0.70, judge=0.74),
    Task("easy for people, not for the judge", people=0.97, judge=0.80),
    Task("easy for both", people=0.97, judge=0.96),
)


def block() -> str:
    """One sample of 600 items with three raters for each task."""
    rng = np.random.default_rng(SEED)
    head = ("task", "human–human κ", "judge–human κ", "gap", "floor of .60 alone", "within .10 of people?")
    return table(head, [row(task, rng) for task in TASKS])


def row(task: Task, rng: np.random.Generator) -> list[str]:
    truth = rng.random(ITEMS) < 0.4
    people = np.column_stack([answers(truth, task.people, rng) for _ in range(RATERS)])
    judge = answers(truth, task.judge, rng)
    item = np.repeat(np.arange(ITEMS), RATERS)
    common = common_items(item, people.ravel(), np.arange(ITEMS), judge, 2, items=ITEMS)
    found, test = ceiling(common, level=0.90), non_inferiority(common, margin=MARGIN)
    assert isinstance(found, HumanCeiling) and isinstance(found.judge_human, Estimate)
    low = found.judge_human.low or -1.0
    passed = getattr(test, "passed", False)
    numbers = (shown(r) for r in (found.human_human, found.judge_human, found.gap))
    return [task.name, *numbers, "passes" if low >= FLOOR else "fails", "yes" if passed else "not shown"]


def answers(truth: np.ndarray, skill: float, rng: np.random.Generator) -> np.ndarray:
    """0 or 1 per item: the truth with probability `skill`, else a blind draw with the same shares."""
    blind = rng.random(len(truth)) < 0.4
    return np.where(rng.random(len(truth)) < skill, truth, blind).astype(np.int64)


def shown(found: Result) -> str:
    if not isinstance(found, Estimate) or found.low is None or found.high is None:
        return str(found)
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"
