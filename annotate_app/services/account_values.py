"""What a judge has taken, as values; what is unknown is None, never nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from calibration.stats.estimate import Result

# How a caught error is counted; printed wherever the number is.
CAUGHT = (
    "an item whose reference is a failing answer (the second of a binary scale, the lowest level of an "
    "ordinal one) on a criterion where the judge gives a failing answer too; development and validation "
    "labels only"
)


@dataclass(frozen=True, slots=True)
class Account:
    """What runs or probes of a judge took, or one run.

    `calls` were made (answered or given up), `retries` are tries beyond the first, `read` answers came from
    the store (of runs that ended). `cost_usd` is None where the price of any call is unknown; `priced_usd` is
    that of the others. `latencies`: percentiles 50, 95, 99 of answered calls, nearest rank, seconds.
    """

    calls: int
    failed: int
    failures: Mapping[str, int]
    retries: int
    read: int
    items: int
    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None
    priced_usd: float | None
    unpriced: int
    latencies: tuple[float, ...]

    @property
    def usd_per_item(self) -> float | None:
        """Dollars per item that calls were about; None where it is unknown."""
        return self.cost_usd / self.items if self.cost_usd is not None and self.items else None

    def as_json(self) -> dict[str, object]:
        content = asdict(self)
        latencies = content.pop("latencies")
        named = dict(zip(("p50", "p95", "p99"), latencies, strict=False))
        return {**content, "usd_per_item": self.usd_per_item, "latency_seconds": named or None}


@dataclass(frozen=True, slots=True)
class RunAccount:
    """One run: why, when, how it ended (None: under way or cut off), what it took, items per second."""

    run_id: int
    purpose: str
    split: str | None
    at: str
    ended_at: str | None
    outcome: str | None
    items_per_second: float | None
    account: Account

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"account": self.account.as_json()}


@dataclass(frozen=True, slots=True)
class JudgeAccount:
    """An exact judge: its runs together, its probes together, its newest runs one by one.

    `asks` is False for a judge that makes no call: then `runs` counts verdicts and what they state.
    `per_caught` is dollars per caught error (`CAUGHT`).
    """

    judge: str
    kind: str
    spec_hash: str | None
    asks: bool
    runs: Account
    probes: Account
    each: tuple[RunAccount, ...]
    per_caught: Result
    caught: int = 0
    errors: int = 0

    def as_json(self) -> dict[str, object]:
        return {
            "judge": self.judge,
            "kind": self.kind,
            "spec_hash": self.spec_hash,
            "asks": self.asks,
            "runs": self.runs.as_json(),
            "probes": self.probes.as_json(),
            "each": [one.as_json() for one in self.each],
            "usd_per_caught_error": self.per_caught.as_json(),
            "caught": self.caught,
            "errors": self.errors,
            "caught_means": CAUGHT,
        }
