"""One call until it is answered or given up: passing failures are tried again, others are not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from calibration.judges.response import CallFailed, Failure, Outcome, Response
from calibration.judges.throttle import Throttle

Sleep = Callable[[float], Awaitable[None]]
# A provider that is busy is waited for more patiently than one that fails.
MORE_FOR_RATE_LIMITS = 4
FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call is tried: `attempts` in all; four times as often when the provider is only busy."""

    attempts: int = 5
    first_wait: float = FIRST_WAIT
    longest_wait: float = LONGEST_WAIT
    sleep: Sleep = asyncio.sleep


async def answered(
    call: Callable[[], Awaitable[Response]], *, throttle: Throttle, patience: Patience
) -> Outcome:
    """The answer with the number of attempts it took, or the failure that remained."""
    tries = AsyncRetrying(
        stop=_Enough(patience),
        wait=_Wait(patience),
        retry=retry_if_exception(lambda error: isinstance(error, CallFailed) and error.passing),
        sleep=patience.sleep,
        reraise=True,
    )
    attempts = 0
    try:
        async for attempt in tries:
            with attempt:
                attempts = attempt.retry_state.attempt_number
                response = await _once(call, throttle)
    except CallFailed as failed:
        return Failure(failed.kind, failed.message, attempts)
    return replace(response, attempts=attempts)


async def _once(call: Callable[[], Awaitable[Response]], throttle: Throttle) -> Response:
    """One attempt in a slot of the throttle, which learns how it went; its latency is this attempt's own."""
    async with throttle.slot() as began:
        started = time.perf_counter()
        try:
            response = await call()
        except CallFailed as failed:
            if failed.kind == "rate_limit":
                throttle.slow_down(began, failed.retry_after)
            raise
        seconds = time.perf_counter() - started
    await throttle.went_well()
    return replace(response, latency_seconds=seconds)


class _Enough:
    def __init__(self, patience: Patience) -> None:
        self.patience = patience

    def __call__(self, state: RetryCallState) -> bool:
        failed = state.outcome.exception() if state.outcome else None
        busy = isinstance(failed, CallFailed) and failed.kind == "rate_limit"
        most = self.patience.attempts * (MORE_FOR_RATE_LIMITS if busy and self.patience.attempts > 1 else 1)
        return state.attempt_number >= most


class _Wait:
    """What the provider asks for; else a random time that doubles."""

    def __init__(self, patience: Patience) -> None:
        self.longest = patience.longest_wait
        self.random = wait_random_exponential(multiplier=patience.first_wait, max=patience.longest_wait)

    def __call__(self, state: RetryCallState) -> float:
        failed = state.outcome.exception() if state.outcome else None
        asked = failed.retry_after if isinstance(failed, CallFailed) else None
        return self.random(state) if asked is None else max(0.0, asked)
