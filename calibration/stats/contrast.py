"""A difference of two coefficients measured on the same items: its interval and its tests, on one scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

from calibration.stats.design import Spread
from calibration.stats.estimate import Estimate
from calibration.stats.obstacles import Obstacles
from calibration.stats.quantiles import t_probability, t_quantile


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference on the data, and its variance and degrees of freedom on the table with pseudo-items.

    `spread` is None where a coefficient is undefined on that table.
    """

    value: float
    spread: Spread | None

    def estimate(self, *, n: int, clusters: int, level: float, obstacles: Obstacles, method: str) -> Estimate:
        """value ± t · SE with Satterthwaite's degrees of freedom, or the value alone with the reason why."""
        reason = obstacles.undefined
        if reason is None and self.spread is None:
            reason = "undefined on the table with pseudo-items"
        low = high = None
        if reason is None and self.spread is not None:
            half = t_quantile((1 + level) / 2, self.spread.df) * math.sqrt(self.spread.variance)
            low, high = self.value - half, self.value + half
        return Estimate(
            self.value,
            low,
            high,
            level,
            n,
            clusters,
            method if reason is None else "no interval",
            reason,
            obstacles.warnings,
        )

    def p_not_above(self, bound: float) -> float:
        """One-sided p-value of "the true difference is at most `bound`"."""
        if self.spread is None or self.spread.variance <= 0:
            return 0.0 if self.spread is not None and self.value > bound else 1.0
        return t_probability((bound - self.value) / math.sqrt(self.spread.variance), self.spread.df)

    def p_zero(self) -> float:
        """Two-sided p-value of "there is no difference"."""
        one_sided = self.p_not_above(0.0)
        return min(1.0, 2 * min(one_sided, 1 - one_sided))
