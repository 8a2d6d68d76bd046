"""What services of judges take and give; refuses nothing: plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


def together(costs: Sequence[float | None]) -> float | None:
    """Dollars in all; unknown where one of them is."""
    return None if None in costs else math.fsum(filter(None, costs))


@dataclass(frozen=True, slots=True)
class JudgeLine:
    """A judge of study.toml: who it is today, and how many items this exact judge has answered.

    `fault` says why it has no identity; then `spec_hash` is None. `statuses` are without those of verdicts on
    held-out items where `open_statuses`.
    """

    name: str
    kind: str
    requested: str
    spec_hash: str | None
    items_judged: int
    observed: tuple[str, ...]
    statuses: Mapping[str, int]
    fault: str | None = None
    open_statuses: bool = False


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Which items a run is about and how: all that the judge has not answered, unless less is named.

    `retry_failed` asks again about items whose provider failed; `replay` reads stored answers and makes no
    call; `calls` and `usd` are budgets of this run beside those of study.toml.
    """

    split: str | None = None
    items: tuple[str, ...] = ()
    limit: int | None = None
    retry_failed: bool = False
    replay: bool = False
    calls: int | None = None
    usd: float | None = None


@dataclass(frozen=True, slots=True)
class CallAccount:
    """What a run's calls took: made, failed, read from the store, tries in all, tokens, dollars.

    `cost_usd` is of the calls whose price is known; `unpriced` counts the others.
    """

    calls: int = 0
    failed: int = 0
    cached: int = 0
    attempts: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0
    not_stored: int = 0


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did: items judged now and before it, verdicts by status, seconds, and who answered.

    `waiting`: items that a panel cannot decide yet, for a member has not answered them. `stopped` says why it
    ended before its items did. `cost_usd` is None where the cost of a verdict is unknown. `own_examples` are
    items that the judge is shown with their answers, and is not asked about. `elsewhere`: items that runs
    beside this one answered.
    """

    judge: str
    spec_hash: str
    observed: str | None
    items: int
    already: int
    verdicts: int
    statuses: Mapping[str, int]
    seconds: float
    cost_usd: float | None
    waiting: int = 0
    account: CallAccount | None = None
    stopped: str | None = None
    own_examples: int = 0
    elsewhere: int = 0

    @property
    def whole_cost_usd(self) -> float | None:
        """Dollars of the whole run; None where the price of any of it is unknown."""
        return None if self.account and self.account.unpriced else self.cost_usd

    @property
    def did_nothing(self) -> bool:
        return self.items == 0

    @property
    def only_failed(self) -> bool:
        """Whether every verdict of the run is a provider's failure: nobody answered."""
        return self.verdicts > 0 and self.statuses.get("provider_error", 0) == self.verdicts
