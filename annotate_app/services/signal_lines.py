"""What a pilot says of every signal, in words for a page; nothing where there is no pilot."""

from __future__ import annotations

from dataclasses import dataclass

from annotate_app.services.pilots import Pilot
from calibration.findings.signals import SignalFinding
from calibration.render.words import number, percent
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


def _line(criterion: str, judge: str, one: SignalFinding) -> SignalLine:
    found, sure = one.found, one.confidently_wrong
    return SignalLine(
        criterion.replace("_", " "),
        judge,
        one.name.replace("_", " "),
        number(one.auroc),
        f"{one.advice.follow}: {one.advice.reason}",
        "no errors" if isinstance(found, Undefined) else percent(found.targeted),
        "no errors" if isinstance(sure, Undefined) else percent(sure),
    )
