"""What the errors of a judge cost, as a policy states it; refuses to guess which answer is the failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorCosts:
    """What the judge's errors cost on a binary scale: passing a failure, failing a good output.

    A miss costs `miss` times the largest factor among the failure modes that raters name on the item: the
    one of its severity, times the one of "silent" where it is so.
    """

    failure: str
    miss: float
    false_alarm: float
    factors: Mapping[str, float] | None = None

    def factor(self, severity: str, visibility: str) -> float:
        """By how much a miss costs more where such a failure mode is named."""
        by = self.factors or {}
        return by.get(severity, 1.0) * (by.get("silent", 1.0) if visibility == "silent" else 1.0)

    @property
    def most_factor(self) -> float:
        """The largest factor that a failure mode can have."""
        by = self.factors or {}
        worst = max(by.get(name, 1.0) for name in ("critical", "major", "minor"))
        return worst * by.get("silent", 1.0)

    @property
    def most(self) -> float:
        """The largest cost that a single error can have."""
        return max(self.miss * self.most_factor, self.false_alarm)
