"""A wave's design in words, for the command line and the page; decides nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calibration.triage.design import RELABEL, Design

if TYPE_CHECKING:
    from annotate_app.services.wave_planning import WavePlan


def words_of(design: Design) -> str:
    """ "stratified, at least 30 per stratum, all sensitive, 3 raters on 25% of the items, 5% gold" """
    if design.signal == RELABEL:
        return f"relabelled, as many agreements with {design.judge} on {design.criterion} as disagreements"
    said = [design.kind if design.kind != "mixed" else f"mixed ({design.random_share:.0%} at random)"]
    if design.kind in ("mixed", "search"):
        said.append(f"by {(design.signal or '').replace('_', ' ')} of {design.judge}")
    if design.stratum_min is not None:
        said.append(f"at least {design.stratum_min} per stratum")
    said += [f"all {name}" for name in design.always]
    if design.raters is not None:
        where = "" if design.overlap_share == 1 else f" on {design.overlap_share:.0%} of the items"
        said.append(f"{design.raters} rater{'s' * (design.raters > 1)}{where}")
    added = {"repeats": design.repeats, "gold": design.gold, "planted": design.planted}
    said += [f"{share:.0%} {name}" for name, share in added.items() if share]
    return ", ".join(said)


def chances(low: float, high: float) -> str:
    """The probabilities with which a wave drew its items."""
    return f"{low:.3f}" if low == high else f"{low:.3f} to {high:.3f}"


def cost(found: WavePlan) -> str:
    """ "150 labels, 121 of them given already, and 4 answers to what is mixed in: about 9 to 14 minutes" """
    known = f", {found.known:,} of them given already" if found.known else ""
    added = f", and {found.added:,} answers to what is mixed in" if found.added else ""
    said = minutes(found.minutes) if found.new else "nobody has anything left to answer"
    return f"{found.labels:,} labels{known}{added}: {said}"


def minutes(found: tuple[float | None, float | None]) -> str:
    """How long all raters together take."""
    low, high = found
    if low is None or high is None:
        return "too early to say how long that takes"
    if high < 120:
        return f"about {low:.0f} to {high:.0f} minutes of raters' time"
    return f"about {low / 60:.1f} to {high / 60:.1f} hours of raters' time"
