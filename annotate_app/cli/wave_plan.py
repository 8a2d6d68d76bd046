"""The plan of a wave as lines of text; no arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annotate_app.services.wave_planning import WavePlan
    from calibration.foreseeing import Foreseen


def lines(found: WavePlan) -> Iterator[str]:
    """What the wave is, what it costs, what it brings, and what to think of."""
    from annotate_app.services.wave_words import chances, cost, words_of

    yield (
        f"{words_of(found.design)} on {found.split}: {found.drawn} of {found.frame} items, drawn with "
        f"probability {chances(found.pi_low, found.pi_high)}"
    )
    for name, stratum in found.strata.items():
        yield f"  {name}: about {stratum.drawn:.0f} of {stratum.items} items"
    yield cost(found)
    if found.criteria:
        yield f"by the pilot on {found.pilot}, for {found.judge} (as many items at random in brackets):"
    for one in found.criteria:
        yield f"  {one.criterion}: {_brings(one)}"
    yield from (f"note: {said}" for said in found.advice)
    yield from (f"warning: {said}" for said in found.warnings)


def _brings(one: Foreseen) -> str:
    errors = f"{one.errors:.1f} errors of the judge ({one.errors_at_random:.1f})"
    if one.width is None or one.width_at_random is None:
        return f"{errors}, no interval"
    n_effective = "" if one.n_effective is None else f", effective n {one.n_effective:.0f} of {one.drawn}"
    return f"{errors}, {one.coefficient} ± {one.width / 2:.3f} ({one.width_at_random / 2:.3f}){n_effective}"
