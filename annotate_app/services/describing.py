"""One criterion beside its coefficients: judges against people, confidence, and for leads the raters."""

from __future__ import annotations

from dataclasses import dataclass

from annotate_app.desk import Desk
from annotate_app.services.calibrating import margins
from annotate_app.services.checking import rater_checks
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.remembering import Remembered
from annotate_app.services.rights import AGGREGATES_OF, Role, allowed
from annotate_app.services.weighting import weighted_split
from calibration.findings.confidence import ConfidenceFindings, confidence_of
from calibration.findings.raters import CriterionRaters, rater_findings
from calibration.findings.standing import MARGIN, Standing, standing


@dataclass(frozen=True, slots=True)
class Described:
    """Standing and confidence by judge; `raters` is None for whoever may not see raters one by one."""

    standings: tuple[Standing, ...] = ()
    confidence: tuple[ConfidenceFindings, ...] = ()
    raters: CriterionRaters | None = None


NOTHING = Described()
_found: Remembered[Described] = Remembered()


def describe(desk: Desk, criterion: str, *, role: Role, split: str) -> Described:
    """What `role` may see of one criterion on an open split; nothing for raters and of held-out items."""
    if split not in AGGREGATES_OF[role]:
        return NOTHING
    raters = allowed(role, "raters.compare")
    about = (criterion, split, raters)
    return _found.get(desk, about, lambda: _describe(desk, criterion, split, raters=raters))


def _describe(desk: Desk, criterion: str, split: str, *, raters: bool) -> Described:
    found = weighted_split(desk, split, read_ratings(desk, splits=(split,), criteria=(criterion,)))
    margin = margins(desk).get(criterion, MARGIN)
    weighted, drawn = found.reweighted.criteria[criterion], found.as_drawn.criteria[criterion]
    several = (confidence_of(drawn, judge) for judge in drawn.judges)
    checks = rater_checks(desk, (split,)).get(criterion) if raters else None
    return Described(
        standings=tuple(standing(weighted, judge, margin=margin) for judge in weighted.judges),
        confidence=tuple(one for one in several if one is not None),
        raters=rater_findings(drawn, checks=checks) if raters else None,
    )
