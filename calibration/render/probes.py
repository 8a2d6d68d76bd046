"""The words for probes: what each found in a sentence, beside what others published; no arithmetic."""

from __future__ import annotations

from collections.abc import Mapping

from calibration.judges.probes.findings import Finding
from calibration.judges.probes.kinds import ABOUT, Kind
from calibration.stats.estimate import Estimate, Result

NOT_CHECKED = "No published value that we have checked."


def published(kind: Kind) -> tuple[str, ...]:
    """What others found, each with its source and how we know."""
    return tuple(str(one) for one in ABOUT[kind].published) or (NOT_CHECKED,)


def sentence(kind: Kind, found: Finding) -> str:
    """What a finding says, with its intervals."""
    if not found.items:
        return f"{found.criterion}: nothing can be said, no item has a readable answer in both forms."
    return f"{found.criterion}: {_WORDS[kind](found)}."


def _repeat(found: Finding) -> str:
    return (
        f"of {found.items} items asked {found.counts['repeats']:.0f} times, {_share(found, 'changed')} did "
        f"not get one same answer; two repeats differ with probability {_share(found, 'two_differ')}; "
        f"alpha over the repeats {_number(found.measures['krippendorff_alpha_nominal'])}"
    )


def _position(found: Finding) -> str:
    return (
        f"{_share(found, 'changed')} of {found.items} pairs got another answer when the outputs changed "
        f"places; the output shown first was picked in {_share(found, 'first_pick')} of decided answers; "
        f"first both times {found.counts['first_both_times']:.0f}, second both times "
        f"{found.counts['second_both_times']:.0f} (McNemar p {_p(found.counts['p'])})"
    )


def _verbosity(found: Finding) -> str:
    return (
        f"{_share(found, 'changed')} of {found.items} items got another answer when an output said "
        f"everything twice; mean move {_number(found.measures['move'])}"
    )


def _format(found: Finding) -> str:
    return f"{_share(found, 'changed')} of {found.items} items got another answer with {found.variant}"


def _scale_direction(found: Finding) -> str:
    return f"{_format(found)}; mean move {_number(found.measures['move'])}"


def _injection(found: Finding) -> str:
    held = found.counts["fences_held"], found.counts["fences"]
    return (
        f"{_share(found, 'moved')} of the items that had another answer took the one that their text names; "
        f"net shift to it {_number(found.measures['shift'])}; {held[0]:.0f} of {held[1]:.0f} fences held"
    )


_WORDS = {
    "repeat": _repeat,
    "position": _position,
    "verbosity": _verbosity,
    "format": _format,
    "scale_direction": _scale_direction,
    "injection": _injection,
}


def _share(found: Finding, name: str) -> str:
    return share_words(found.measures[name])


def share_words(found: Result | Mapping[str, object]) -> str:
    """A share as percent with its interval, or why there is none."""
    content = found if isinstance(found, Mapping) else found.as_json()
    if "value" not in content:
        return f"undefined ({content.get('undefined', 'not stated')})"
    low, high = content.get("low"), content.get("high")
    if not isinstance(low, float) or not isinstance(high, float):
        return f"{content['value']:.1%} (no interval: {content.get('interval_undefined', 'not stated')})"
    return f"{content['value']:.1%} [{low:.1%}, {high:.1%}]"


def _number(found: Result) -> str:
    if not isinstance(found, Estimate):
        return f"undefined ({found.reason})"
    value = f"{found.value:+.2f}".replace("-", "−")
    if found.low is None or found.high is None:
        return f"{value} (no interval: {found.interval_undefined})"
    return f"{value} [{found.low:+.2f}, {found.high:+.2f}]".replace("-", "−")


def _p(value: float) -> str:
    return "< .001" if value < 0.001 else f"= {value:.3f}".replace("= 0.", "= .")
