"""How a number of draws is shared out: over strata, or over items in proportion to doubt; draws nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping

LEAST_PER_STRATUM = 30  # labelled items before a stratum's own number is worth reading; 50 is better


class BadDesign(ValueError):
    """A wave that cannot be drawn as asked."""


def equal_parts(sizes: Mapping[str, int], total: int) -> dict[str, int]:
    """The same number from every stratum, or the whole stratum; what is over goes to the others."""
    drawn = dict.fromkeys(sorted(sizes), 0)
    left = min(total, sum(sizes.values()))
    while left:
        for name in [s for s in drawn if drawn[s] < sizes[s]][:left]:
            drawn[name] += 1
            left -= 1
    return drawn


def with_minimum(sizes: Mapping[str, int], total: int, least: Mapping[str, int]) -> dict[str, int]:
    """At least `least` of every stratum (or all of it), the rest in proportion to what each has left.

    Halves are settled by the largest remainder (Hamilton's rule), ties by name. `BadDesign` where the
    least numbers alone are more than `total`.
    """
    drawn = {name: min(size, max(least[name], 0)) for name, size in sorted(sizes.items())}
    needed, left = sum(drawn.values()), total - sum(drawn.values())
    if left < 0:
        raise BadDesign(
            f"the least number per stratum takes {needed} items of {len(sizes)} strata, {total} are to be "
            f"drawn: raise n by {needed - total}, or lower the least number"
        )
    room = {name: sizes[name] - drawn[name] for name in drawn}
    left = min(left, sum(room.values()))
    if not left:
        return drawn
    exact = {name: left * room[name] / sum(room.values()) for name in drawn}
    for name in drawn:
        drawn[name] += math.floor(exact[name])
    over = left - sum(math.floor(part) for part in exact.values())
    for name in sorted(drawn, key=lambda s: (math.floor(exact[s]) - exact[s], s))[:over]:
        drawn[name] += 1
    return drawn


def shared_out(parts: Mapping[str, float], total: float, *, cap: float) -> dict[str, float]:
    """`total` shared out in proportion to `parts`, nobody above `cap`; the rest goes to the others."""
    shares: dict[str, float] = {}
    free, left = dict(parts), total
    while free:
        scale = left / math.fsum(free.values())
        full = [item for item, part in free.items() if scale * part >= cap]
        if not full:
            return shares | {item: scale * part for item, part in free.items()}
        for item in full:
            shares[item] = cap
            del free[item]
        left = max(left - cap * len(full), 0.0)
    return shares
