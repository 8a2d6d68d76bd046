"""Which of the ratings that were read enter numbers, and what is said of the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from annotate_app.services.decoding import Mask
from calibration.agreement import Agreement
from calibration.columns import CriterionRatings, JudgeColumn
from calibration.slicing import without_verdicts

LEAST = 10  # validation items that a judge's numbers are made of: fewer would say what people answered to one
FEW = (
    "{criterion}: {judge} has verdicts on {n} labelled validation items: numbers over validation are made of "
    f"{LEAST} or more"
)


def of_enough(
    ratings: Mapping[str, CriterionRatings], validation: Collection[str]
) -> tuple[dict[str, CriterionRatings], tuple[str, ...]]:
    """Without the verdicts on validation of judges that can be compared on fewer than LEAST items; which."""
    made, said = {}, []
    for name, found in ratings.items():
        inside = np.array([item in validation for item in found.items], dtype=np.bool_)
        compared = {judge.judge: _compared(found, judge, inside) for judge in found.judges}
        few = {judge: n for judge, n in compared.items() if 0 < n < LEAST}
        made[name] = without_verdicts(found, few, inside) if few else found
        said += [FEW.format(criterion=name, judge=judge, n=n) for judge, n in few.items()]
    return made, tuple(said)


def _compared(found: CriterionRatings, judge: JudgeColumn, inside: Mask) -> int:
    """Validation items with a verdict of the judge, whatever it says, and somebody's answer."""
    answered = np.concatenate([found.item, found.na_item, found.adjudicated_item, found.adjudicated_na])
    both = np.intersect1d(np.concatenate([judge.item, judge.missing_item]), answered)
    return int(inside[both].sum())


def of_enough_by_stratum(agreement: Agreement) -> Agreement:
    """Agreement on validation; in a stratum only judges that are compared on at least LEAST items of it."""
    strata = {
        stratum: {
            name: replace(one, judges={j: judge for j, judge in one.judges.items() if judge.n >= LEAST})
            for name, one in criteria.items()
        }
        for stratum, criteria in agreement.strata.items()
    }
    return replace(agreement, strata=strata)


def notes(found: CriterionRatings) -> list[str]:
    """Sentences about rows that did not enter, labels first."""
    said = [_sentence(f"{found.criterion}: labels", found.left_out)]
    said += [_sentence(f"{found.criterion}: verdicts of {c.judge}", c.left_out) for c in found.judges]
    return [note for note in said if note]


def _sentence(subject: str, left_out: Mapping[str, int]) -> str:
    parts = [
        f"{rows} repeated ({left_out.get('conflict', 0)} in conflict; the last counts)"
        if reason == "duplicate"
        else f"{rows} {reason}"
        for reason, rows in left_out.items()
        if rows and reason != "conflict"
    ]
    return f"{subject} left out: {', '.join(parts)}" if parts else ""
