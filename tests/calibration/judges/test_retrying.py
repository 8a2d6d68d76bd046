"""A call until it is answered or given up, and how many run at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from calibration.judges.response import CallFailed, Failure, FailureKind, Response
from calibration.judges.retrying import Patience, answered
from calibration.judges.throttle import Throttle

GOOD = Response(text="{}", raw={})


class Provider:
    """Fails as told, then answers."""

    def __init__(self, *failures: CallFailed) -> None:
        self.failures, self.calls = list(failures), 0

    async def __call__(self) -> Response:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return GOOD


def patience(waited: list[float], attempts: int = 3) -> Patience:
    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    return Patience(attempts, first_wait=1.0, longest_wait=8.0, sleep=sleep)


def ask(provider: Provider, waited: list[float], attempts: int = 3) -> Response | Failure:
    async def run() -> Response | Failure:
        return await answered(provider, throttle=Throttle(4), patience=patience(waited, attempts))

    return asyncio.run(run())


def test_passing_failures_are_tried_again_and_counted() -> None:
    waited: list[float] = []
    found = ask(Provider(CallFailed("server", "500"), CallFailed("timeout", "slow")), waited)
    assert isinstance(found, Response)
    assert (found.attempts, len(waited)) == (3, 2)


def test_waiting_is_random_and_doubles_up_to_the_longest() -> None:
    waited: list[float] = []
    ask(Provider(*[CallFailed("server", "500")] * 9), waited, attempts=10)
    assert len(waited) == 9
    assert all(0 <= seconds <= min(8.0, 2.0**k) for k, seconds in enumerate(waited))
    assert len(set(waited)) == 9


def test_what_the_provider_asks_to_wait_is_waited() -> None:
    waited: list[float] = []
    ask(Provider(CallFailed("rate_limit", "busy", retry_after=7.5)), waited)
    assert waited == [7.5]


def test_a_failure_that_remains_is_given_with_its_attempts() -> None:
    found = ask(Provider(*[CallFailed("server", "still down")] * 9), [])
    assert found == Failure("server", "still down", attempts=3)


@pytest.mark.parametrize(
    "kind", ["context_window", "refused_request", "account", "content_filter", "settings"]
)
def test_what_would_fail_again_is_not_tried_again(kind: FailureKind) -> None:
    provider = Provider(*[CallFailed(kind, "no")] * 9)
    found = ask(provider, [])
    assert isinstance(found, Failure)
    assert provider.calls == 1


def test_a_busy_provider_is_waited_for_four_times_as_often() -> None:
    provider = Provider(*[CallFailed("rate_limit", "busy", retry_after=0.0)] * 99)
    ask(provider, [], attempts=3)
    assert provider.calls == 12


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def in_loop(check: Callable[[], object]) -> None:
    async def run() -> None:
        found = check()
        if asyncio.iscoroutine(found):
            await found

    asyncio.run(run())


def test_no_more_calls_run_at_once_than_the_limit() -> None:
    async def check() -> None:
        throttle, most = Throttle(3), 0

        async def one() -> None:
            nonlocal most
            async with throttle.slot():
                most = max(most, throttle.active)
                await asyncio.sleep(0)

        await asyncio.gather(*(one() for _ in range(20)))
        assert (most, throttle.active) == (3, 0)

    in_loop(check)


def test_too_many_lowers_the_limit_once_for_calls_that_ran_together() -> None:
    async def check() -> None:
        clock = Hand()
        throttle = Throttle(10, clock=clock)
        clock.now = 5.0
        for _ in range(10):  # all ten began at 1.0, before the first of them was refused
            throttle.slow_down(1.0, None)
        assert throttle.limit == pytest.approx(7.0)
        clock.now = 9.0
        throttle.slow_down(6.0, None)  # this one began after the limit was lowered
        assert throttle.limit == pytest.approx(4.9)

    in_loop(check)


def test_the_limit_never_falls_below_one_and_grows_back() -> None:
    async def check() -> None:
        clock = Hand()
        throttle = Throttle(4, clock=clock)
        for k in range(30):
            clock.now = float(k)
            throttle.slow_down(float(k), None)
        assert throttle.limit == 1.0
        for _ in range(100):
            await throttle.went_well()
        assert throttle.limit == 4.0

    in_loop(check)
