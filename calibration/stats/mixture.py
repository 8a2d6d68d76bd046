"""A share over strata with known parts of the whole, from each stratum's own estimate and interval."""

from __future__ import annotations

import math
from collections.abc import Mapping

from calibration.stats.estimate import Estimate, Result, Undefined


def mixture(found: Mapping[str, Result], shares: Mapping[str, float], *, independent: bool = True) -> Result:
    """Σ_s c_s θ_s, c_s = share of s / Σ shares, with the MOVER interval (Zou, Huang and Zhang 2009).

    low = θ - sqrt(Σ c_s² (θ_s - l_s)²), high likewise, which keeps each stratum's skewed interval. Where
    strata are not `independent` (clusters reach over them) the distances are added, not their squares: that
    is right or too wide. Undefined where a stratum's estimate is; no interval where one has none.
    """
    if not found:
        return Undefined("nobody labelled an item of a stratum that production has")
    whole = math.fsum(shares[name] for name in found)
    for name, one in found.items():
        if isinstance(one, Undefined):
            return Undefined(f"stratum {name}: {one.reason}")
    parts = [(shares[name] / whole, one, name) for name, one in found.items() if isinstance(one, Estimate)]
    first = parts[0][1]
    value = math.fsum(c * one.value for c, one, _ in parts)
    n, clusters = sum(one.n for _, one, _ in parts), sum(one.clusters for _, one, _ in parts)
    warnings = tuple(f"stratum {name}: {said}" for _, one, name in parts for said in one.warnings)
    method = f"strata in production's shares (MOVER) of: {first.method}"
    for _, one, name in parts:
        if one.low is None or one.high is None:
            reason = f"stratum {name}: {one.interval_undefined}"
            return Estimate(value, None, None, first.level, n, clusters, "no interval", reason, warnings)
    below = [c * (one.value - one.low) for c, one, _ in parts if one.low is not None]
    above = [c * (one.high - one.value) for c, one, _ in parts if one.high is not None]
    together = math.hypot if independent else _added
    low, high = max(value - together(*below), 0.0), min(value + together(*above), 1.0)
    return Estimate(value, low, high, first.level, n, clusters, method, warnings=warnings)


def _added(*distances: float) -> float:
    return math.fsum(distances)
