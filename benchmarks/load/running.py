"""One measurement: so many raters for so long on so many servers; and steps until one machine is full."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.faults.checking import check, read
from benchmarks.load.house import VISITORS, House
from benchmarks.load.person import Person, Visitor, Visits
from benchmarks.people.tab import Record

FEW = 4  # sessions on each server whose memory is not counted as theirs: they load what pages need
PAUSE = 15.0  # seconds between two pages of a visitor, on average
AT_ONCE = 10  # sessions that are opened at the same time
SLOW = 0.2  # seconds: the 95th percentile of acknowledgements at which a machine is full
BUSY = 0.95  # of one core: a server is one process


@dataclass
class Load:
    """What one measurement found; times in seconds, memory in megabytes, processor time in cores."""

    engine: str
    servers: int
    raters: int
    faster: float
    seconds: float
    acknowledged: list[float] = field(default_factory=list)
    items: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    pages: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    reconnections: int = 0
    empty: list[float] = field(default_factory=list)  # memory of each server before anybody came
    few: list[float] = field(default_factory=list)  # with a few sessions: all is loaded that pages need
    full: list[float] = field(default_factory=list)  # when all sessions were open
    after: list[float] = field(default_factory=list)  # at the end
    cores: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    version: str = ""

    @property
    def per_second(self) -> float:
        return len(self.acknowledged) / self.seconds

    @property
    def session_megabytes(self) -> float | None:
        """Memory of one session more; None where nobody came after the few."""
        more = self.raters - FEW * self.servers
        return (sum(self.full) - sum(self.few)) / more if more > 0 else None

    @property
    def is_full(self) -> bool:
        busiest = self.cores["servers"] / self.servers
        return percentile(self.acknowledged, 0.95) > SLOW or busiest > BUSY or bool(self.errors)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed; 0 of none."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, max(0, -int(-share * len(ranked) // 1) - 1))] if ranked else 0.0


@dataclass
class Crowd:
    """Raters who come in steps and stay, and the visitors beside them."""

    house: House
    faster: float
    say: Callable[[str], None]

    def __post_init__(self) -> None:
        self.visits = Visits()
        self.people: list[Person] = []
        self.empty = self.house.memory()
        self.few: list[float] = []
        self.told = 0  # how many failures of pages are in a measurement already
        self.strolling: list[asyncio.Task[None]] = []

    async def grow(self, count: int) -> None:
        """Let raters come until there are `count`; a few first, so that what they load is told apart."""
        if not self.people:
            await self._come(min(count, FEW * self.house.servers))
            self.few = self.house.memory()
        await self._come(count)

    async def _come(self, count: int) -> None:
        names = list(self.house.raters)[len(self.people) : count]
        fresh = [self._person(name, len(self.people) + k) for k, name in enumerate(names)]
        self.people += fresh
        door = asyncio.Semaphore(AT_ONCE)

        async def come(person: Person) -> None:
            async with door:
                await person.come()

        await asyncio.gather(*(come(person) for person in fresh))
        if not self.strolling:
            for k, (role, pages) in enumerate(VISITORS.items()):
                port = self.house.ports[k % len(self.house.ports)]
                cookies = self.house.cookies.get(role, {})
                visitor = Visitor(role, pages, port, k, self.visits, PAUSE / self.faster, cookies)
                self.strolling.append(asyncio.create_task(visitor.stroll()))

    def _person(self, name: str, number: int) -> Person:
        port = self.house.ports[number % len(self.house.ports)]
        return Person(name, port, number, self.visits, self.faster, self.house.cookies.get(name, {}))

    async def measure(self, seconds: float) -> Load:
        """What happens in the next so many seconds."""
        found = Load(self.house.engine, self.house.servers, len(self.people), self.faster, seconds)
        found.empty, found.few, found.full = self.empty, self.few, self.house.memory()
        marks = [_mark(person) for person in self.people]
        pages = {name: len(times) for name, times in self.visits.seconds.items()}
        cut = self.visits.reconnections
        before, begun = self.house.processor(), time.monotonic()
        await asyncio.sleep(seconds)
        found.seconds = time.monotonic() - begun
        after = self.house.processor()
        found.cores = {name: (after[name] - before[name]) / found.seconds for name in after}
        found.after = self.house.memory()
        for person, mark in zip(self.people, marks, strict=True):
            _collect(found, person, mark)
        found.pages = {name: times[pages.get(name, 0) :] for name, times in self.visits.seconds.items()}
        found.errors += self.visits.failed[self.told :]  # those of people who came since the last one, too
        self.told = len(self.visits.failed)
        found.reconnections = self.visits.reconnections - cut
        found.version = self.house.database.version()
        return found

    async def leave(self) -> None:
        for task in self.strolling:
            task.cancel()
        await asyncio.gather(*self.strolling, return_exceptions=True)
        await asyncio.gather(*(person.leave() for person in self.people))


def _mark(person: Person) -> tuple[int, int, int]:
    record = person.record
    return len(record.acknowledged_after), len(record.requests), len(person.waited)


def _collect(found: Load, person: Person, mark: tuple[int, int, int]) -> None:
    record = person.record
    found.acknowledged += record.acknowledged_after[mark[0] :]
    asked = record.requests[mark[1] :]
    found.items += [seconds for path, seconds, status in asked if path == "items" and status == 200]
    found.errors += [f"{path}: status {status}" for path, _, status in asked if status not in (200, 401)]
    found.waited += person.waited[mark[2] :]


def stored_as_sent(house: House, people: Sequence[Person]) -> list[str]:
    """What is wrong in the database after everybody has left: the same check as after faults."""
    records: dict[str, Record] = {person.name: person.record for person in people}
    found = check(read(house.folder, house.database.address, {}), records, raters_per_item=3)
    refused = [f"refused: {problems}" for p in people for _, problems in p.tab.browser.refused]
    beyond = [f"{found.beyond_overlap} raters beyond what items want"] if found.beyond_overlap else []
    return [*found.lost, *found.doubled, *found.other, *refused, *beyond]


async def measure(
    engine: str,
    servers: int,
    steps: Sequence[int],
    seconds: float,
    *,
    faster: float = 1.0,
    items: int = 20_000,
    accounts: bool = True,
    say: Callable[[str], None] = print,
) -> list[Load]:
    """One measurement for every number of raters in `steps`, until the machine is full."""
    names = [f"Rater {k:04}" for k in range(max(steps))]
    house = House(engine, servers, names, items, accounts)
    found: list[Load] = []
    try:
        await house.open()
        crowd = Crowd(house, faster, say)
        for count in steps:
            await crowd.grow(count)
            found.append(await crowd.measure(seconds))
            say(in_short(found[-1]))
            if found[-1].is_full:
                break
        await crowd.leave()
        found[-1].wrong = await asyncio.to_thread(stored_as_sent, house, crowd.people)
    finally:
        await house.close()
    return found


def in_short(one: Load) -> str:
    p95 = 1e3 * percentile(one.acknowledged, 0.95)
    return (
        f"{one.servers} × {one.engine}, {one.raters} raters, {one.seconds:.0f} s: "
        f"{one.per_second:.1f} a second, p95 {p95:.0f} ms, {one.cores['servers']:.2f} cores, "
        f"{len(one.errors)} errors"
    )
