"""A server, its database, a network and people who rate all the time: what faults happen to."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from annotate_app.ui.rating_desk.identity import signer
from benchmarks.faults import served
from benchmarks.faults.beside import Beside
from benchmarks.faults.checking import Faulty, check, not_stored, numbers, read, stored_ids
from benchmarks.faults.databases import Database, PostgreSQL, SmallDisk, SQLite
from benchmarks.faults.proxy import Proxy
from benchmarks.faults.watching import OPENED
from benchmarks.people import door, study
from benchmarks.people.accounts import PASSWORD, login_of, logins
from benchmarks.people.line import Line
from benchmarks.people.ports import free_port
from benchmarks.people.tab import Browser, Record, Tab, key_of

ROOT = Path(__file__).parents[2]
RATERS_PER_ITEM = 3
START_SECONDS = RECOVER_SECONDS = 300.0  # a machine with other work is slow, which is no fault
MOST_WAITING = 30  # a rater whose outbox is this long has a look at what is wrong
QUICK = 1.0  # the longest wait between two tries: a browser's is 8 s


@dataclass
class Person:
    """A rater with a browser and one tab, and the two coroutines of that tab."""

    name: str
    number: int
    browser: Browser = field(default_factory=Browser)
    record: Record = field(default_factory=Record)
    tab: Tab | None = None
    working: list[asyncio.Task[None]] = field(default_factory=list)
    stays_out: bool = False  # does not sign in again
    disabled: bool = False  # by the owner, and does not try meanwhile
    gone: bool = False  # erased, or about to be: what is unsent stays unsent


@dataclass
class World:
    """Everything of one round; `seed` decides what people do and when it goes wrong."""

    engine: str
    seed: int
    people_count: int = 6
    items: int = 2_000
    think: tuple[float, float] = (0.02, 0.12)
    accounts: bool = True  # whether raters sign in with a password; else they choose their name

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.home = Path(tempfile.mkdtemp(prefix="calibrant-faults-"))
        self.home.chmod(0o755)
        self.folder = self.home / "study"
        self.clock = self.home / "clock"
        self.disk = SmallDisk(self.home / "disk")
        self.process: subprocess.Popen[bytes] | None = None
        self.going = asyncio.Event()
        self.people: dict[str, Person] = {}
        self.restored = self.moved = False
        self.missing: list[str] = []
        self.told_of_disk = self.copies = self.sign_ins = self.kept = 0
        self.alone = asyncio.Lock()  # held by a command, and by whoever needs the database without one
        self.beside = Beside(self)

    # --- coming and going

    async def begin(self) -> None:
        self.disk.mount()
        place = self.disk.folder
        self.database: Database = SQLite(place) if self.engine == "SQLite" else PostgreSQL(place)
        self.database.start()
        served.shift(self.clock, 0)
        names = [f"Rater {k}" for k in range(self.people_count)]
        study.make(
            self.folder, items=self.items, raters=names, raters_per_item=RATERS_PER_ITEM,
            database=self.database.address,
        )  # fmt: skip
        if self.accounts:
            self.beside.token = logins(self.folder, self.database.address, names)
        self.numbers = numbers(self.folder, self.database.address)
        self.port = free_port()
        await self.start_server()
        self.proxy = Proxy(self.port)
        await self.proxy.start()
        for number, name in enumerate(names):
            self.people[name] = Person(name, number)
            self.open_tab(self.people[name])
        self.going.set()
        self.beside.begin()

    async def end(self) -> None:
        with suppress(RuntimeError):
            await self.beside.end()
        for person in self.people.values():
            self.close_tab(person)
        if hasattr(self, "proxy"):
            await self.proxy.stop()
        if self.process is not None:
            self.kill_server()
        try:
            with suppress(subprocess.SubprocessError, OSError):
                self.database.stop()
        finally:
            self.disk.unmount()
            shutil.rmtree(self.home, ignore_errors=True)

    # --- the server

    async def start_server(self) -> None:
        command = [sys.executable, "-m", "benchmarks.faults.served", str(self.folder), str(self.port)]
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, str(self.clock)], stdout=log, stderr=log, cwd=ROOT,
                env={**os.environ, "CALIBRANT_DB": self.database.address},
            )  # fmt: skip
        line, deadline = Line(self.port), time.monotonic() + START_SECONDS
        while (await line.send("GET", "/api/health")).status != 200:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{self.log()[-3000:]}")
            await asyncio.sleep(0.05)
        line.drop()

    def kill_server(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=30)
        self.process = None

    def backup(self) -> None:
        self.copies += 1
        self._database_command("backup", str(self.home / f"{self.copies}.backup"))

    def restore(self) -> None:
        """Put the last backup in the place of the database; no server is running."""
        self._database_command("restore", str(self.home / f"{self.copies}.backup"), "--replace")

    def _database_command(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "benchmarks.faults.command", "db", *arguments]
        done = subprocess.run(
            [*command, "--study", str(self.folder), "--database", self.database.address], cwd=self.home,
            capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), "CALIBRANT_DB": self.database.address},
        )  # fmt: skip
        if done.returncode or OPENED in done.stderr:
            raise RuntimeError(f"calibrant db {arguments[0]}: {done.stdout}{done.stderr}")

    def limit_files(self, size: int) -> None:
        """Let the server write no file beyond this size: a full disk for whoever may mount none."""
        assert self.process is not None
        hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size, hard))

    def log(self) -> str:
        return (self.home / "server.log").read_text(encoding="utf-8", errors="replace")

    # --- people

    def open_tab(self, person: Person, browser: Browser | None = None) -> Tab:
        """A page of the rater's; with another browser it is one beside their own."""
        tab = self.quiet_tab(person, browser or person.browser)
        tasks = [asyncio.create_task(tab.send_all()), asyncio.create_task(self._rate(tab))]
        if browser is None:
            person.tab = tab
        person.working += tasks
        return tab

    def quiet_tab(self, person: Person, browser: Browser) -> Tab:
        """A page on which nobody does anything yet."""
        return Tab(
            person.name, self.proxy.port, browser, person.record, self._ticket(person, browser),
            random.Random(self.chance.getrandbits(64)), study.answers, longest_wait=QUICK,
        )  # fmt: skip

    def close_tab(self, person: Person) -> None:
        """Kill what the person has open: no event is sent, what is stored in the browser stays."""
        for one in person.working:
            one.cancel()
        person.working = []
        if person.tab is not None:
            person.tab.drop()

    def _ticket(self, person: Person, browser: Browser) -> Callable[[], Awaitable[str]]:
        async def ticket() -> str:
            """What the page has after a reload, or a sign-in: signed under the server's clock."""
            if (
                person.stays_out
                or person.disabled
                or person.gone
                or (self.accounts and not await self._signed_in(person, browser))
            ):
                return ""
            real = time.time
            now = served.shifted(self.clock, real)
            time.time = lambda: now
            try:
                return signer(self.folder.resolve()).ticket(person.name)
            finally:
                time.time = real

        return ticket

    async def _signed_in(self, person: Person, browser: Browser) -> bool:
        """Send the form of the login page; whether a session began."""
        line = Line(self.proxy.port)
        cookies = await door.sign_in(line, login_of(person.name), PASSWORD)
        line.drop()
        if (
            person.stays_out or person.disabled or person.gone
        ):  # signed out in another place before this sign-in was answered
            return False
        browser.cookies |= cookies
        self.sign_ins += bool(cookies)
        return bool(cookies)

    async def sign_out(self, person: Person) -> None:
        """End the session as the button does; without accounts the browser forgets who was chosen."""
        person.stays_out = True
        line = Line(self.port)
        while self.accounts and not await door.sign_out(line, person.browser.cookies):
            await asyncio.sleep(0.1)
        line.drop()
        person.browser.cookies.clear()

    async def _rate(self, tab: Tab) -> None:
        while True:
            await self.going.wait()
            if len(tab.queue) < 2:
                await tab.fill()
            if len(tab.browser.outbox) < MOST_WAITING and not tab.idle:
                self._act(tab)
            await asyncio.sleep(tab.chance.uniform(*self.think))

    @staticmethod
    def _act(tab: Tab) -> None:
        kind = tab.chance.random()
        if kind < 0.12:
            tab.change()
        elif kind < 0.2:
            tab.undo()
        else:
            tab.submit()

    # --- looking

    @property
    def staying(self) -> list[str]:
        """The names of those who are not erased, in order."""
        return sorted(name for name, person in self.people.items() if not person.gone)

    @property
    def acknowledged(self) -> int:
        return sum(len(person.record.acknowledged) for person in self.people.values())

    async def recovered(self) -> None:
        """Return when every person has been acknowledged something new, or complain."""
        before = {name: len(person.record.acknowledged) for name, person in self.people.items()}
        deadline = time.monotonic() + RECOVER_SECONDS
        while stuck := [
            name
            for name, n in before.items()
            if len(self.people[name].record.acknowledged) <= n and not self.people[name].gone
        ]:
            if time.monotonic() > deadline:
                said = {n: self.people[n].record.said[-1:] for n in stuck}
                raise RuntimeError(f"not going on after a fault: {said}\n{self.log()[-3000:]}")
            await asyncio.sleep(0.01)

    async def lost_now(self) -> list[str]:
        """Acknowledged until now, but not in the database; looked at in this order, so no race hides one."""
        told = {
            key: op for person in self.people.values() for key, op in list(person.record.acknowledged.items())
        }
        stored = await asyncio.to_thread(stored_ids, self.folder, self.database.address)
        return not_stored(told, told, stored)

    async def sent_again(self) -> None:
        """Return when the tabs have sent once more what the database had lost, or after a while."""
        deadline = time.monotonic() + RECOVER_SECONDS
        while await self.lost_now() and time.monotonic() < deadline:
            await asyncio.sleep(0.1)

    async def quiet(self) -> None:
        """People pause, and everything that waits is sent."""
        self.going.clear()
        deadline = time.monotonic() + RECOVER_SECONDS
        while any(person.browser.outbox and not person.gone for person in self.people.values()):
            if time.monotonic() > deadline:
                raise RuntimeError(f"outboxes do not empty\n{self.log()[-3000:]}")
            await asyncio.sleep(0.02)

    def look(self) -> Faulty:
        """The whole check; everybody must be quiet."""
        records = {name: person.record for name, person in self.people.items()}
        stored = read(self.folder, self.database.address, self.numbers)
        self.missing += self.beside.missing_imports(stored.labels)
        left = {
            name: {key_of(one) for one in person.browser.outbox}
            for name, person in self.people.items()
            if person.gone
        }
        erased = self.beside.erased
        return check(stored, records, raters_per_item=RATERS_PER_ITEM, left=left, erased=erased)

    @property
    def opened(self) -> list[str]:
        """Where the server or a command opened the live file outside of SQLite, or left a journal apart."""
        return [*self.beside.wrong, *(line for line in self.log().splitlines() if OPENED in line)]

    @property
    def refused(self) -> list[str]:
        return [
            f"{operation['submission_id']} was refused: {problems}"
            for person in self.people.values()
            for operation, problems in person.browser.refused
        ]
