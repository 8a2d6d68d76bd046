"""How many calls run at once: fewer when the provider says too many, more again when it does not.

Additive increase, multiplicative decrease, as in congestion control (Chiu and Jain 1989).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

SLOWER = 0.7  # share of the limit that is left after "too many requests"
LONGEST_PAUSE = 300.0  # seconds; what a provider asks beyond that is waited for in parts


class Throttle:
    """A limit on calls at once that follows what the provider can take; at least 1, at most `most`."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = most
        self.limit = float(most)
        self.active = 0
        self._clock = clock
        self._slowed_at = float("-inf")
        self._paused_until = float("-inf")
        self._free = asyncio.Condition()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[float]:
        """A place for one call, with the time at which it began."""
        async with self._free:
            while self.active >= max(1, int(self.limit)):
                await self._free.wait()
            self.active += 1
        try:
            await self._pause()
            yield self._clock()
        finally:
            async with self._free:
                self.active -= 1
                self._free.notify()

    async def _pause(self) -> None:
        while (left := self._paused_until - self._clock()) > 0:
            await asyncio.sleep(min(left, 1.0))

    async def went_well(self) -> None:
        """A call was answered: let one more run for every `limit` of them."""
        async with self._free:
            self.limit = min(float(self.most), self.limit + 1 / self.limit)
            self._free.notify()

    def slow_down(self, began: float, retry_after: float | None) -> None:
        """The provider said too many. Of the calls that were under way together only the first one counts."""
        now = self._clock()
        if began >= self._slowed_at:
            self._slowed_at = now
            self.limit = max(1.0, self.limit * SLOWER)
        if retry_after is not None:
            self._paused_until = max(self._paused_until, now + min(retry_after, LONGEST_PAUSE))
