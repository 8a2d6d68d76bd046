"""What is known before a look, in words; no arithmetic but rounding."""

from __future__ import annotations

import math

from annotate_app.services.looking_ahead import Ahead
from calibration.look_planning import Needs, Step


def look_words(found: Ahead) -> str:
    """Which look it is, its error, and what is there."""
    return (
        f"Look {found.k} at {found.judge}, alpha {found.alpha:.4f}, for power {found.power:g} if the pilot's "
        f"values are the truth. {found.labelled:,} of {found.available:,} held-out items have labels; a "
        f"complete one has {found.raters} rater{'s' * (found.raters != 1)}."
    )


def needs_words(found: Needs) -> str:
    """ "83 items at once, or at most 86 in stages (70 on average)"."""
    if found.fixed is None or found.planned is None:
        return found.reason or "no number of items is enough"
    at_once = f"{found.fixed:,} items at once"
    return f"{at_once}, or at most {found.planned:,} in stages ({found.average:,} on average)"


def minutes_words(step: Step) -> str:
    """ "40 to 75", "none", or that nobody can say yet."""
    if not step.more:
        return "none"
    if step.minutes is None:
        return "too early to say"
    return f"{math.floor(step.minutes[0]):,} to {math.ceil(step.minutes[1]):,}"
