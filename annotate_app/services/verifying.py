"""Computes the numbers of a study's open splits a second time with independent packages."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services.calibrating import OPEN_SPLITS
from annotate_app.services.ratings import ratings as read_ratings
from annotate_app.services.rights import Holder, Role, require
from annotate_app.services.weighting import weighted_split
from calibration.agreement import measure
from calibration.verify import Check, Verification, verify


def verify_study(desk: Desk, *, role: Role | Holder) -> Verification:
    """Every check of every open split; held-out numbers are checked by `calibrant certify --check`."""
    require(role, "reports.make")
    checks: list[Check] = []
    for split in OPEN_SPLITS:
        found = weighted_split(desk, split, read_ratings(desk, splits=(split,)))
        for ratings in (found.as_drawn, found.reweighted) if found.mixed else (found.as_drawn,):
            checks += verify(ratings, measure(ratings)).checks
    return Verification(tuple(checks))
