"""The servers and the database that are put under load: on the loopback address only, ended with the run."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from annotate_app.services.rights import Role
from benchmarks.faults.databases import Database, PostgreSQL, SQLite
from benchmarks.people import study
from benchmarks.people.accounts import Cookie, sessions
from benchmarks.people.line import Line
from benchmarks.people.ports import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 300.0
MEGABYTE = 2**20
VISITORS: Mapping[Role, tuple[str, ...]] = {
    "lead": ("agreement", "waves", "raters", "studies", "items"),
    "engineer": ("agreement", "judges", "triage", "items"),
}


@dataclass
class House:
    """A study with `raters` people on `servers` app servers over one database."""

    engine: str
    servers: int
    raters: Sequence[str]
    items: int
    accounts: bool = True  # whether people sign in; without accounts names are chosen from a list
    ports: list[int] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="calibrant-load-"))
        self.home.chmod(0o755)
        self.folder = self.home / "study"
        self.cookies: dict[str, Cookie] = {}

    async def open(self) -> None:
        place = self.home / "database"
        place.mkdir()
        self.database: Database = SQLite(place) if self.engine == "SQLite" else PostgreSQL(place)
        self.database.start()
        study.make(
            self.folder, items=self.items, raters=self.raters, raters_per_item=3,
            database=self.database.address,
        )  # fmt: skip
        if self.accounts:
            persons: dict[str, tuple[Role, ...]] = dict.fromkeys(self.raters, ("rater",))
            persons |= {role: (role,) for role in VISITORS}
            self.cookies = sessions(self.folder, self.database.address, persons)
        for _ in range(self.servers):
            await self._serve()

    async def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait(timeout=30)
        with suppress(subprocess.SubprocessError, OSError, AttributeError):
            self.database.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    async def _serve(self) -> None:
        port = free_port()
        command = [sys.executable, "-m", "annotate_app.cli", "serve", "--study", str(self.folder)]
        with (self.home / "server.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, "--port", str(port)], stdout=log, stderr=log, cwd=ROOT,
                env={**os.environ, "CALIBRANT_DB": self.database.address},
            )  # fmt: skip
        self.processes.append(process)
        self.ports.append(port)
        line = Line(port)
        async with asyncio.timeout(START_SECONDS):
            while (await line.send("GET", "/api/health")).status != 200:
                if process.poll() is not None:
                    raise RuntimeError(f"the server did not start:\n{self.log()[-3000:]}")
                await asyncio.sleep(0.1)
        line.drop()

    def log(self) -> str:
        return (self.home / "server.log").read_text(encoding="utf-8", errors="replace")

    def memory(self) -> list[float]:
        """Megabytes in memory of each server."""
        return [psutil.Process(one.pid).memory_info().rss / MEGABYTE for one in self.processes]

    def processor(self) -> dict[str, float]:
        """Seconds of processor time so far: of the servers, of the database's processes, of ourselves."""
        return {
            "servers": sum(_seconds(psutil.Process(one.pid)) for one in self.processes),
            "database": sum(_seconds(one) for one in self._database_processes()),
            "raters": _seconds(psutil.Process()),
        }

    def _database_processes(self) -> list[psutil.Process]:
        pid = self.database.pid()
        if pid is None:
            return []
        postmaster = psutil.Process(pid)
        return [postmaster, *postmaster.children(recursive=True)]


def _seconds(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0
