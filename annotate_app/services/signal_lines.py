"""What a pilot says of every signal, in words for a page; nothing where there is no pilot."""

from __future__ import annotations

from dataclasses import dataclass

from annotate_app.services.pilots import Pilot
from calibration.findings.signals import SignalFinding
from calibration.render.words import number, percent
from calibration.stats.doubt import LEAST_OF_KIND, labels_needed
from calibration.stats.estimate import Undefined


@dataclass(frozen=True, slots=True)
class SignalLine:
    """One signal of one judge on one criterion.

    `found`: share of all errors among the most doubted 20% of verdicts. `sure`: share of all errors among the
    least doubted half, which only a random choice finds.
    """

    criterion: str
    judge: str
    signal: str
    auroc: str
    advice: str
    found: str
    sure: str


def signal_lines(pilot: Pilot) -> tuple[SignalLine, ...]:
    """Signals with an opinion on some verdict, in the order in which they are declared."""
    if not pilot.ready:
        return ()
    return tuple(
        _line(criterion, judge, one)
        for criterion, judges in pilot.criteria.items()
        for judge, found in judges.items()
        for one in found.signals.values()
        if one.n
    )


def _advised(one: SignalFinding) -> str:
    """In few words: how many labels more a pilot needs that is too small, else what to do."""
    scarce = min(one.errors, one.n - one.errors)
    if scarce < LEAST_OF_KIND:
        return f"label {labels_needed(scarce, one.n)} more"
    return one.advice.follow


def _line(criterion: str, judge: str, one: SignalFinding) -> SignalLine:
    found, sure = one.found, one.confidently_wrong
    return SignalLine(
        criterion.replace("_", " "),
        judge,
        one.name.replace("_", " "),
        number(one.auroc),
        _advised(one),
        "no errors" if isinstance(found, Undefined) else percent(found.targeted),
        "no errors" if isinstance(sure, Undefined) else percent(sure),
    )
