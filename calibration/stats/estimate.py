"""What every statistic returns: an estimate with its interval and n, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Undefined:
    """There is no such number, and this is why."""

    reason: str

    def as_json(self) -> dict[str, object]:
        return {"undefined": self.reason}

    def __str__(self) -> str:
        return f"undefined: {self.reason}"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its confidence interval.

    `n` counts units compared, `clusters` independent units; `low` and `high` are None when there is no
    interval, and then `interval_undefined` says why. `warnings` are sentences for the reader.
    """

    value: float
    low: float | None
    high: float | None
    level: float
    n: int
    clusters: int
    method: str
    interval_undefined: str | None = None
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        content: dict[str, object] = {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "level": self.level,
            "n": self.n,
            "clusters": self.clusters,
            "method": self.method,
        }
        if self.interval_undefined is not None:
            content["interval_undefined"] = self.interval_undefined
        if self.warnings:
            content["warnings"] = list(self.warnings)
        return content

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return f"{self.value:.3f} (no interval: {self.interval_undefined}; n={self.n})"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] (n={self.n})"


Result = Estimate | Undefined


@dataclass(frozen=True, slots=True)
class Point:
    """A coefficient's value and its influence value for each pattern (weighted mean zero)."""

    value: float
    influence: FloatArray
