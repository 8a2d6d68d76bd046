"""The alternative annotator test on ratings: could the judge stand in for a rater, with raters' names."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from calibration.columns import CriterionRatings, JudgeColumn
from calibration.stats.alternative import (
    AlternativeTest,
    RaterDuel,
    Scoring,
    alternative_annotator_test,
    humans_as_candidates,
    sensitivity,
)
from calibration.stats.estimate import Undefined
from calibration.stats.rater_answers import RaterAnswers, rater_answers


def stand_in_test(ratings: CriterionRatings, judge: JudgeColumn, epsilon: float) -> Mapping[str, object]:
    """The test at `epsilon` with its control on humans and its sensitivity to ε, as the contract's object.

    Answers with numbers are scored by RMSE, others by accuracy. `control` puts each rater in the judge's
    place: `passed` of `tested` raters would pass. Where nobody has enough items: {epsilon, undefined}.
    """
    numeric = ratings.scale.is_numeric
    scoring: Scoring = "rmse" if numeric else "accuracy"
    given, said = (ratings.number, judge.number) if numeric else (ratings.code, judge.code)
    answers = rater_answers(
        ratings.item, ratings.rater, given, items=len(ratings.items), raters=max(len(ratings.raters), 1)
    )
    found = alternative_annotator_test(answers, judge.item, said, epsilon=epsilon, scoring=scoring)
    if isinstance(found, Undefined):
        return {"epsilon": epsilon, "undefined": found.reason}
    grid = sensitivity(answers, judge.item, said, scoring=scoring)
    return {
        "epsilon": found.epsilon,
        "winning_rate": found.winning_rate,
        "advantage_probability": found.advantage_probability,
        "passed": found.passed,
        "humans": [_duel(duel, ratings.raters) for duel in found.humans],
        "left_out": [ratings.raters[k] for k in found.left_out],
        "scoring": scoring,
        "sensitivity": [] if isinstance(grid, Undefined) else [_outcome(test) for test in grid],
        "control": _control(answers, epsilon, scoring),
    }


def _duel(duel: RaterDuel, raters: tuple[str, ...]) -> dict[str, object]:
    return duel.as_json() | {"rater": raters[duel.rater]}


def _outcome(test: AlternativeTest) -> dict[str, object]:
    return {"epsilon": test.epsilon, "winning_rate": test.winning_rate, "passed": test.passed}


def _control(answers: RaterAnswers, epsilon: float, scoring: Scoring) -> dict[str, object]:
    """How many raters would pass in the judge's place."""
    tests = humans_as_candidates(answers, epsilon=epsilon, scoring=scoring).values()
    tested = [test for test in tests if not isinstance(test, Undefined)]
    return {"tested": len(tested), "passed": int(np.sum([test.passed for test in tested]))}
