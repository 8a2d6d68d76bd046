"""How many items a look must have before demands beyond agreement could hold at all; opens no evidence."""

from __future__ import annotations

import math

from calibration.demands.spending import SLOWEST
from calibration.policy import CriterionPolicy


def fewest_items(policy: CriterionPolicy, alpha: float, *, strata: int = 1) -> int:
    """Independent items without any error or slow call that the ceilings need, and those of all strata.

    n with (1 - share)^n <= alpha, share being the limit as a part of the worst that one item could be: 5%
    for a 95th percentile, cost_max / the largest cost of an error.
    """
    limits = policy.ceilings
    shares = [SLOWEST] if "latency_p95" in limits else []
    if policy.costs is not None and "cost_error" in limits:
        shares.append(limits["cost_error"] / policy.costs.most)
    without = [math.ceil(math.log(alpha) / math.log1p(-share)) for share in shares if share < 1]
    return max([(policy.items_min_stratum or 0) * strata, *without])
