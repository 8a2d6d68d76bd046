"""A rater at a human pace: a page session on the server, the desk's outbox, and time to read and think."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote

from benchmarks.load.stream import PageFailed, Stream
from benchmarks.people import study
from benchmarks.people.tab import Browser, Record, Tab

MEDIAN, SPREAD = 20.0, 0.6  # log-normal: a tenth takes less than 9 s, a tenth more than 43 s
LATER = 0.25  # seconds after which the page asks for more items, as in desk.js


@dataclass
class Visits:
    """How long pages took to be drawn, by page; what failed; how often a session was cut."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    reconnections: int = 0

    async def visit(self, stream: Stream, page: str) -> bool:
        begun = time.perf_counter()
        try:
            await stream.open(page)
        except PageFailed as failed:
            self.failed.append(str(failed))
            return False
        self.seconds.setdefault(page, []).append(time.perf_counter() - begun)
        return True


@dataclass
class Person:
    """One rater; `faster` divides the time to think."""

    name: str
    port: int
    seed: int
    visits: Visits
    faster: float = 1.0
    cookies: Mapping[str, str] = field(default_factory=dict)
    record: Record = field(default_factory=Record)
    waited: list[float] = field(default_factory=list)  # seconds without an item on the screen

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.stream = Stream(self.port, f"rater={quote(self.name)}", self.cookies)
        browser = Browser(cookies=dict(self.cookies))
        self.tab = Tab(
            self.name, self.port, browser, self.record, self._ticket, self.chance, study.answers, insists=True
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def come(self) -> bool:
        """Open the Rate page, sign in with what it hands over, and begin; whether that worked."""
        if not await self.visits.visit(self.stream, "rate"):
            return False
        await self.tab.fill()
        jobs = (self._stay(), self.tab.send_all(), self._rate())
        self._tasks = [asyncio.create_task(job) for job in jobs]
        return True

    async def leave(self) -> None:
        """Send what waits, then go."""
        self._tasks[-1:] and self._tasks[-1].cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(30):
                while self.tab.browser.outbox:
                    await asyncio.sleep(0.05)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.tab.drop()
        await self.stream.close()

    async def _ticket(self) -> str:
        return self.stream.ticket

    async def _stay(self) -> None:
        """The session lives as long as the rater rates; when it is cut, the page connects again."""
        while True:
            await self.stream.stay()
            self.visits.reconnections += 1
            await self.stream.close()
            await asyncio.sleep(1)
            await self.visits.visit(self.stream, "rate")

    async def _rate(self) -> None:
        await asyncio.sleep(self._think() * self.chance.random())  # people do not begin at one moment
        while True:
            await self._next_there()
            self.tab.submit()
            filling = asyncio.create_task(self._refill())
            await asyncio.sleep(self._think())
            await filling

    async def _next_there(self) -> None:
        begun = time.perf_counter()
        while not self.tab.queue:
            await self.tab.fill()
            if not self.tab.queue:
                await asyncio.sleep(1)
        self.waited.append(time.perf_counter() - begun)

    async def _refill(self) -> None:
        await asyncio.sleep(LATER)
        while len(self.tab.queue) < self.tab.ahead:
            before = len(self.tab.queue)
            await self.tab.fill()
            if len(self.tab.queue) == before:
                return

    def _think(self) -> float:
        return self.chance.lognormvariate(math.log(MEDIAN), SPREAD) / self.faster


@dataclass
class Visitor:
    """A lead or an engineer who opens pages now and then."""

    role: str
    pages: tuple[str, ...]
    port: int
    seed: int
    visits: Visits
    pause: float
    cookies: Mapping[str, str]

    async def stroll(self) -> None:
        chance = random.Random(self.seed)
        stream = Stream(self.port, f"role={self.role}", self.cookies)
        try:
            while True:
                if not await self.visits.visit(stream, chance.choice(self.pages)):
                    await stream.close()
                await asyncio.sleep(chance.expovariate(1 / self.pause))
        finally:
            await stream.close()
