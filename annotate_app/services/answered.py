"""Which held-out items were answered at all; refuses to tell a skip, or a question not asked, from an answer.

What is read before a look rests on these: a count of answers to one question says what another was answered.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from annotate_app.services.targeting import Drawn
from calibration.ratings import CriterionRatings


def counting(answered: frozenset[str], draws: Drawn | None) -> frozenset[str]:
    """Those of them that a look counts: once there is a wave, what a wave drew."""
    return (
        answered
        if draws is None
        else answered.difference(draws.probabilities(answered, strict=True).left_out)
    )


def as_if_observed(found: CriterionRatings, answered: Collection[str]) -> CriterionRatings:
    """The ratings with these items in place of those that have an answer to this question.

    Only for what reads which items there are, and no answer: the other arrays stay as they were.
    """
    places = [k for k, item in enumerate(found.items) if item in answered]
    return replace(found, item=np.array(places, dtype=np.int64), pi=None)
