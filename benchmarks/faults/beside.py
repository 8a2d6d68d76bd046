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
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from annotate_app.desk import CANNOT_OPEN
from benchmarks.faults.watching import OPENED
from benchmarks.people import study
from benchmarks.people.line import Line

if TYPE_CHECKING:
    from benchmarks.faults.world import World

ROOT = Path(__file__).parents[2]
HEALTH = ("/api/health/ready", "/api/health/live")
ASKED_EVERY = 0.25  # seconds
PAUSE = (0.5, 4.0)  # seconds between two commands
AWAY = 300.0  # seconds for which the database may be away because it was killed
VISITOR = "Visitor"  # the rater whose labels operators import
FIRST_EXTRA = 10_000  # the number of the first item that is imported beside the running server
READING = (
    "status", "doctor", "db check", "raters", "account list", "retain --dry-run", "audit verify",
    "audit list", "modes list", "triage list",
)  # fmt: skip
WRITING = ("db backup", "export", "import")


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
            words = self.world.chance.choice((*READING, *WRITING, *WRITING))
            if await self._run(words):
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

    async def _run(self, words: str) -> bool:
        self._number += 1
        place = self.world.home / f"{self._number}.{words.replace(' ', '-')}"
        made = self._files(place) if words == "import" else []
        given = [str(place)] if words in ("db backup", "export") else [str(file) for file in made]
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
        if process.returncode:
            self.errors += [f"{words}: {line}" for line in said.splitlines()[-1:]]
        if made and not process.returncode:
            self.imported.append(f"item-{FIRST_EXTRA + self._number:05}")
        return not process.returncode

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "CALIBRANT_DB": self.world.database.address, "CALIBRANT_TOKEN": self.token}

    def _files(self, place: Path) -> list[Path]:
        """An item that nobody has seen, and what a rater who is not here said about it."""
        item = study.item(FIRST_EXTRA + self._number)
        labels = [
            {"item_id": item["item_id"], "rater": VISITOR, "criterion": criterion, "value": value}
            for criterion, value in (("grounded", "yes"), ("tone", 2))
        ]
        files = {"items": [item], "labels": labels}
        for kind, rows in files.items():
            text = "".join(json.dumps(row) + "\n" for row in rows)
            place.with_suffix(f".{kind}.jsonl").write_text(text, encoding="utf-8")
        return [place.with_suffix(f".{kind}.jsonl") for kind in files]

    # --- looking

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
