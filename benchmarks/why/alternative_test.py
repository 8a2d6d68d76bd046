"""What decides the alternative annotator test: the chosen ε, for judges at, near and far below the raters."""

from __future__ import annotations

import numpy as np

from benchmarks.blocks import table
from benchmarks.why.human_ceiling import shown
from calibration.stats.alternative import humans_as_candidates, sensitivity
from calibration.stats.ceiling import HumanCeiling, ceiling, non_inferiority
from calibration.stats.common_items import common_items
from calibration.stats.estimate import Undefined
from calibration.stats.rater_answers import RaterAnswers, rater_answers

SEED, ITEMS, RATERS = 17, 600, 4
EPSILONS = (0.0, 0.05, 0.10, 0.15, 0.20, 0.30)
PEOPLE = 0.80


def block() -> str:
    """Winning rates over a grid of ε on 600 items with four raters; bold where the test is passed."""
    rng = np.random.default_rng(SEED)
    truth = rng.random(ITEMS) < 0.4
    people = np.column_stack([copy(truth, PEOPLE, rng) for _ in range(RATERS)])
    judges = {f"judge of skill {skill:.2f}": copy(truth, skill, rng) for skill in (0.80, 0.65, 0.50)}
    rows = [judge_row(name, people, judge) for name, judge in judges.items()]
    rows.append(control_row(people))
    head = ("stand-in", "gap in κ to the raters", "within .10?", *(f"ε = {e:g}" for e in EPSILONS))
    return table(head, rows)


def copy(truth: np.ndarray, skill: float, rng: np.random.Generator) -> np.ndarray:
    blind = rng.random(len(truth)) < 0.4
    return np.where(rng.random(len(truth)) < skill, truth, blind).astype(np.int64)


def judge_row(name: str, people: np.ndarray, judge: np.ndarray) -> list[str]:
    item = np.arange(ITEMS)
    common = common_items(np.repeat(item, RATERS), people.ravel(), item, judge, 2, items=ITEMS)
    found, test = ceiling(common), non_inferiority(common, margin=0.10)
    assert isinstance(found, HumanCeiling)
    tests = sensitivity(asked(people), item, judge, epsilons=EPSILONS)
    assert not isinstance(tests, Undefined)
    within = "yes" if getattr(test, "passed", False) else "not shown"
    cells = (f"**{t.winning_rate:.2f}**" if t.passed else f"{t.winning_rate:.2f}" for t in tests)
    return [name, shown(found.gap), within, *cells]


def control_row(people: np.ndarray) -> list[str]:
    """Each rater in the judge's place, tested by the other three."""
    answers = asked(people)
    cells = []
    for epsilon in EPSILONS:
        tests = humans_as_candidates(answers, epsilon=epsilon).values()
        cells.append(f"{sum(getattr(test, 'passed', False) for test in tests)} of {RATERS}")
    return ["the raters themselves: how many pass", "–", "–", *cells]


def asked(people: np.ndarray) -> RaterAnswers:
    item, rater = np.indices(people.shape)
    return rater_answers(item.ravel(), rater.ravel(), people.ravel(), items=ITEMS, raters=RATERS)
