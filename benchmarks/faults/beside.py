"""What goes on beside the raters all the time: health is asked, and operators' commands run and end.

A command that ends is the last user of an SQLite file that it knows of, unless the server's locks say
otherwise: so after each the acknowledged answers are looked for by another process than the server, and the
journal in the folder must be the one that the server writes. Refuses to say what a command printed.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from annotate_app.desk import CANNOT_OPEN
from benchmarks.faults.checking import numbers
from benchmarks.faults.watching import OPENED
from benchmarks.people import study
from benchmarks.people.accounts import login_of
from benchmarks.people.line import Line
from rubrics.answers import Label

if TYPE_CHECKING:
    from benchmarks.faults.world import World

ROOT = Path(__file__).parents[2]
HEALTH = ("/api/health/ready", "/api/health/live")
ASKED_EVERY = 0.25  # seconds
PAUSE = (0.5, 4.0)  # seconds between two commands
AWAY = 300.0  # seconds for which the database may be away because it was killed
VISITOR = "Visitor"  # the rater whose labels operators import
VISITED: Mapping[str, object] = {"grounded": "yes", "tone": 2}
WORDS = "old words"  # of the visitor's: older than they are kept
FIRST_EXTRA = 10_000  # the number of the first item that is imported beside the running server
READING = (
    "status", "doctor", "db check", "raters", "account list", "retain --dry-run", "audit verify",
    "audit list", "modes list", "triage list",
)  # fmt: skip
WRITING = ("db backup", "export", "import", "retain --apply", "erase", "account disable")
FOUND = {"retain --apply": (0, 2), "erase": (0, 2)}  # 2: done, but others had the file open
LONG_AGO = "2020-01-01T00:00:00.000000Z"
SETTLES = 0.5  # seconds for what was on its way


@dataclass
class Beside:
    """The prober and the operator of one world, and what they saw."""

    world: World
    ended: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)  # of health, by status; 0 when there was none
    missing: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)  # the last lines of commands that failed
    imported: list[str] = field(default_factory=list)
    visited: bool = False  # there is somebody of the visitor's name
    erased: set[str] = field(default_factory=set)  # people, by the names that they had
    cleared: set[str] = field(default_factory=set)  # imported items whose words were overdue and removed
    token: str = ""
    _number: int = 0
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def begin(self) -> None:
        jobs = [self._operate(), *(self._ask(path) for path in HEALTH)]
        self._tasks = [asyncio.create_task(job) for job in jobs]

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        broken = [task for task in self._tasks if not task.cancelled() and task.exception()]
        self._tasks = []
        for task in broken:
            raise RuntimeError("what runs beside the raters has ended") from task.exception()

    async def one(self) -> None:
        """Run a command to its end and look; not while somebody needs the database alone."""
        async with self.world.alone:
            words = self._possible(self.world.chance.choice((*READING, *WRITING, *WRITING)))
            if await self._done(words):
                self.ended[words] += 1
            else:
                self.failed[words] += 1
            await self._look(words)

    # --- health

    async def _ask(self, path: str) -> None:
        line = Line(self.world.port)
        try:
            while True:
                self.answers[(await line.send("GET", path)).status] += 1
                await asyncio.sleep(ASKED_EVERY)
        finally:
            line.drop()

    # --- commands

    async def _operate(self) -> None:
        while True:
            await asyncio.sleep(self.world.chance.uniform(*PAUSE))
            await self.one()

    def _possible(self, words: str) -> str:
        """Another command where there is nobody whom this one could be about."""
        if words == "account disable" and not self.world.accounts:
            words = "erase"
        nobody = not self.visited and self.world.people[max(self.world.people)].gone
        return "import" if words == "erase" and nobody else words

    async def _done(self, words: str) -> bool:
        """Run it with what it needs; whether it ended well."""
        if words == "erase":
            return await self._erase()
        if words == "account disable":
            return await self._disable()
        before = [*self.imported]
        ended = await self._run(words)
        if ended and words == "retain --apply":
            self.cleared |= set(before)
        return ended

    async def _erase(self) -> bool:
        """The last of the people, who rates meanwhile, once; then whoever was imported."""
        person = self.world.people[max(self.world.people)]
        if person.gone:
            self.visited = not await self._run("erase", VISITOR, "--reason", "asked for it")
            return not self.visited
        person.gone = True
        named = (person.name, "--texts", "--reason", "asked for it")
        while not (ended := await self._run("erase", *named)) and not self._is_erased(person.name):
            await asyncio.sleep(SETTLES)
        self.erased.add(person.name)
        return ended

    def _is_erased(self, name: str) -> bool:
        """Whether a command that failed has done it all the same."""
        try:
            return name not in numbers(self.world.folder, self.world.database.address).values()
        except (SQLAlchemyError, *CANNOT_OPEN):
            return False

    async def _disable(self) -> bool:
        """Somebody's account, and back in: between the two nothing of them is taken."""
        person = self.world.people[self.world.chance.choice(self.world.staying[:-1])]
        person.disabled = True
        try:
            ended = await self._run("account disable", login_of(person.name))
            since = time.perf_counter()
            await asyncio.sleep(SETTLES)
            if ended and any(begun > since for begun in person.record.taken):
                self.wrong.append(f"{person.name} was acknowledged something while disabled")
        finally:
            while not await self._run("account enable", login_of(person.name)):
                await asyncio.sleep(SETTLES)
            person.disabled = False
        return ended

    async def _run(self, words: str, *named: str) -> bool:
        self._number += 1
        place = self.world.home / f"{self._number}.{words.replace(' ', '-')}"
        made = self._files(place) if words == "import" else []
        given = [str(place)] if words in ("db backup", "export") else [str(file) for file in made]
        given += named
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.faults.command", *words.split(), *given,
            "--study", str(self.world.folder), cwd=ROOT, env=self._environment(),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            said = (await process.communicate())[1].decode(errors="replace")
        finally:
            with suppress(ProcessLookupError):
                process.kill()
        self.wrong += [f"{words}: {line}" for line in said.splitlines() if OPENED in line]
        ended = process.returncode in FOUND.get(words, (0,))
        if not ended:
            self.errors += [f"{words}: {line}" for line in said.splitlines()[-1:]]
        if made and ended:
            self.imported.append(f"item-{FIRST_EXTRA + self._number:05}")
            self.visited = True
        return ended

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "CALIBRANT_DB": self.world.database.address, "CALIBRANT_TOKEN": self.token}

    def _files(self, place: Path) -> list[Path]:
        """An item that nobody has seen, and what a rater who is not here said about it."""
        item = study.item(FIRST_EXTRA + self._number)
        labels: list[Mapping[str, object]] = [
            {
                "item_id": item["item_id"],
                "rater": VISITOR,
                "criterion": criterion,
                "value": value,
                "at": LONG_AGO,
                "rationale": WORDS,
            }
            for criterion, value in VISITED.items()
        ]
        files: dict[str, list[Mapping[str, object]]] = {"items": [item], "labels": labels}
        for kind, rows in files.items():
            text = "".join(json.dumps(row) + "\n" for row in rows)
            place.with_suffix(f".{kind}.jsonl").write_text(text, encoding="utf-8")
        return [place.with_suffix(f".{kind}.jsonl") for kind in files]

    # --- looking

    def missing_imports(self, labels: Iterable[Label]) -> list[str]:
        """What an import that ended well has brought, and is not there: only its words may be gone."""
        values: dict[str, dict[str, object]] = defaultdict(dict)
        words = set()
        for label in labels:
            if label.submission_id is None:
                values[label.item_id][label.criterion] = label.value
                words |= {label.item_id} if label.rationale else set()
        missing = [f"labels of {one} were imported" for one in self.imported if values[one] != VISITED]
        return missing + [f"words about {one} were overdue" for one in sorted(words & self.cleared)]

    async def _look(self, words: str) -> None:
        """Another process than the server finds all that was acknowledged; the journal is the server's."""
        server = self.world.process
        apart = await self._apart()
        if server is not None and server is self.world.process and server.poll() is None:
            self.wrong += [f"after {words}: {one}" for one in apart]
        missing = {f"after {words}: {one}" for one in await self._missing() if one not in self.missing}
        self.missing |= {one.partition(": ")[2] for one in missing}
        self.world.missing += sorted(missing)

    async def _missing(self) -> list[str]:
        async with asyncio.timeout(AWAY):
            while True:
                try:
                    return await self.world.lost_now()
                except (SQLAlchemyError, *CANNOT_OPEN):  # it was killed, and comes back
                    await asyncio.sleep(0.2)

    async def _apart(self) -> list[str]:
        """What is wrong twice: between two looks at two places the server may have opened its file anew."""
        first = journals_apart(self.world)
        if not first:
            return []
        await asyncio.sleep(0.1)
        return sorted({*first} & {*journals_apart(self.world)})


def journals_apart(world: World) -> list[str]:
    """Write-ahead logs that the server writes and that another process does not find in the folder."""
    path = f"{world.database.address}-wal"
    if world.process is None or world.database.killable:
        return []
    found = []
    with suppress(OSError):
        for number in Path(f"/proc/{world.process.pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                if str(number.readlink()).removesuffix(" (deleted)") == path:
                    held = number.stat()
                    if not _is_there(Path(path), held):
                        found.append(f"the server writes journal {held.st_ino}, which {path} is not")
    return found


def _is_there(path: Path, held: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.stat(), held)
    except FileNotFoundError:
        return False
