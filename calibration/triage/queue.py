"""In what order a rater meets the items of a wave: random when it estimates, doubt first when it searches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from calibration.triage.design import unit_hash


def order(items: Iterable[str], *, rater: str, seed: int) -> list[str]:
    """A random order of its own for each rater, the same on every call.

    A half-finished wave is then still a random sample of what was drawn; doubt-first order would bias it.
    """
    return sorted(items, key=lambda item: unit_hash(seed, f"{rater}\x1f{item}"))


def doubt_first(doubts: Mapping[str, float]) -> list[str]:
    """For search waves only, whose labels never enter an estimate."""
    return sorted(doubts, key=lambda item: (-doubts[item], item))
