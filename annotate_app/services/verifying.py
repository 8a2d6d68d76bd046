"""Computes the numbers of a study's open splits a second time with independent packages."""

from __future__ import annotations

from annotate_app.desk import Desk
from annotate_app.services.calibrating import OPEN_SPLITS, weighted_ratings
from calibration.agreement import measure
from calibration.verify import Verification, verify


def verify_study(desk: Desk) -> Verification:
    """Every check of every open split; held-out numbers are checked by `calibrant certify --check`."""
    checks = []
    for split in OPEN_SPLITS:
        ratings, _ = weighted_ratings(desk, split)
        checks += verify(ratings, measure(ratings)).checks
    return Verification(tuple(checks))
