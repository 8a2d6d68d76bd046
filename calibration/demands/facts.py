"""What is known of a judge beside its answers, and what a demand finds; holds no label's answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from calibration.stats.estimate import Result
from rubrics.rubric import FailureMode


@dataclass(frozen=True, slots=True)
class Taken:
    """What judging one item took: dollars for all its criteria, seconds of its slowest call.

    None: the provider did not say. `failed`: a call got no answer, however long it was waited for.
    """

    usd: float | None
    seconds: float | None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one exact judge: what each item took; the failure modes that raters named, by item; its probes.

    `probes` holds the newest of each kind as stored, `probes_made` how many there were; `observed` the
    models that gave the verdicts; `strata` those that items have or study.toml declares. `asks` says whether
    there is somebody to probe.
    """

    judge: str
    taken: Mapping[str, Taken] = field(default_factory=dict)
    modes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known_modes: Mapping[str, FailureMode] = field(default_factory=dict)
    probes: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    probes_made: Mapping[str, int] = field(default_factory=dict)
    observed: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    asks: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """What one demand is tested on.

    needed: labelled items more until its bound probably meets the limit. advice: what to do where it is
    open, in words; only where it rests on nothing that is held out.
    """

    result: Result
    needed: int | None = None
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Error:
    """The error that a test may make, and the one of the next look's."""

    alpha: float
    next_alpha: float

    @property
    def level(self) -> float:
        """The two-sided level whose bounds are one-sided bounds at alpha."""
        return 1 - 2 * self.alpha
