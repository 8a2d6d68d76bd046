"""Commands in processes of their own that are forked from one with everything imported; on Linux alone.

To import the app takes seconds, and many tests start it. A command that `begin` starts is a process as any
other: its own id, signals, environment, folder, exit code and output. What a fresh interpreter adds is tried
by the tests that start one themselves (tests/journeys/test_serving.py, the commands of the documents), and
everywhere with CALIBRANT_COLD=1.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any, Protocol

ROOT = Path(__file__).parents[1]
COLD = sys.platform != "linux" or bool(os.environ.get("CALIBRANT_COLD"))
SERVE, JUDGE, OTHER = "serve", "judge", "other"
# What each kind of command imports.
IMPORTED = {
    SERVE: ("annotate_app.server", "annotate_app.cli.account", "scipy.special", "annotate_app.ui.app"),
    JUDGE: ("annotate_app.cli.judge_run", "annotate_app.cli.opening", "annotate_app.services.judge_jobs"),
    OTHER: ("scipy.special", "scipy.stats"),
}


class Process(Protocol):
    """What tests use of a process."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int) -> None: ...
    def kill(self) -> None: ...


@dataclass(frozen=True)
class Place:
    """Where a command runs: its folder, and its environment; by default this process's."""

    folder: Path = ROOT
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


def begin(
    kind: str, words: Sequence[str], *, given: IO[Any], out: IO[Any], err: IO[Any], place: Place | None = None
) -> Process:
    """`calibrant WORDS`, begun with these files."""
    at = place or Place()
    if COLD:
        command = [sys.executable, "-m", "annotate_app.cli", *words]
        return subprocess.Popen(
            command, stdin=given, stdout=out, stderr=err, cwd=at.folder, env=at.environment
        )
    told = {"words": list(words), "environment": dict(at.environment), "folder": str(at.folder)}
    return Forked(_parent(kind), told, [given.fileno(), out.fileno(), err.fileno()])


class Run:
    """A command that was begun, and what it prints."""

    def __init__(self, kind: str, words: Sequence[str], typed: str = "", place: Place | None = None) -> None:
        self._open = ExitStack()
        given, out, err = self._files = [self._open.enter_context(_file()) for _ in range(3)]
        given.write(typed)
        given.seek(0)
        self.process = begin(kind, words, given=given, out=out, err=err, place=place)

    def ended(self, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Its exit code, and what it printed, once it has ended."""
        code = self.process.wait(timeout)
        for one in self._files:
            one.seek(0)
        _, out, err = [one.read() for one in self._files]
        self._open.close()
        return subprocess.CompletedProcess([], code, out, err)


def _file() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8")


class Forked:
    """A process whose parent is another: that one tells its id, and its exit code when it has ended."""

    def __init__(self, parent: socket.socket, told: Mapping[str, object], files: Sequence[int]) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            socket.send_fds(parent, [json.dumps(told).encode()], [theirs.fileno(), *files])
        self.pid = int(self._line.recv(64))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0.0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._line.settimeout(timeout)
            try:
                told = self._line.recv(64)
            except (TimeoutError, BlockingIOError) as late:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0) from late
            self.returncode = int(told)
            self._line.close()
        return self.returncode

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@cache
def _parent(kind: str) -> socket.socket:
    """A line to the process that forks: started once, it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        number = theirs.fileno()
        command = [sys.executable, __file__, kind, str(number)]
        started = subprocess.Popen(command, pass_fds=[number], stdin=subprocess.DEVNULL, cwd=ROOT)
    atexit.register(_close, ours, started)
    return ours


def _close(line: socket.socket, started: subprocess.Popen[bytes]) -> None:
    line.close()
    started.wait()


def _import_ahead(kind: str) -> None:
    for name in IMPORTED[kind]:
        importlib.import_module(name)
    if kind == JUDGE:
        importlib.import_module("calibration.judges.litellm_judge").load()
    if kind == OTHER:
        for package in ("cli", "services"):
            for path in sorted((ROOT / "annotate_app" / package).glob("[a-z]*.py")):
                importlib.import_module(f"annotate_app.{package}.{path.stem}")


def _fork_whatever_is_asked_for(kind: str, line: socket.socket) -> dict[str, Any] | None:
    """In the parent: nothing, once the tests are gone; in a process that runs a command: what was told."""
    _import_ahead(kind)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        told, handed, _, _ = socket.recv_fds(line, 2**20, 4)
        if not told:
            return None
        if os.fork() == 0:
            line.close()
            return _watched(json.loads(told), *handed)
        for one in handed:
            os.close(one)


def _watched(told: dict[str, Any], line: int, *files: int) -> dict[str, Any]:
    """In the new process; its parent here does nothing but wait for it, and tells how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if child := os.fork():
        for one in files:
            os.close(one)
        os.write(line, f"{child}\n".encode())
        _, status = os.waitpid(child, 0)
        with contextlib.suppress(BrokenPipeError):
            os.write(line, str(os.waitstatus_to_exitcode(status)).encode())
        os._exit(0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, one in enumerate(files):
        os.dup2(one, number)
    for one in (line, *files):
        os.close(one)
    return told


def _run(told: Mapping[str, Any]) -> None:
    """What `python -m annotate_app.cli WORDS` does, in this process."""
    os.environ.clear()
    os.environ.update(told["environment"])
    os.chdir(told["folder"])
    _be_another_process()
    sys.argv = ["calibrant", *told["words"]]
    runpy.run_module("annotate_app.cli", run_name="__main__", alter_sys=True)


def _be_another_process() -> None:
    """What was drawn for the process when it was imported is drawn again."""
    import secrets

    if remembering := sys.modules.get("annotate_app.ui.rating_desk.remembering"):
        remembering.PROCESS = secrets.token_hex(8)  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    asked = _fork_whatever_is_asked_for(sys.argv[1], socket.socket(fileno=int(sys.argv[2])))
    if asked is not None:
        _run(asked)
