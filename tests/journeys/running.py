"""A server process and a watch over a page, for journeys."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import warm
from playwright.sync_api import ConsoleMessage, Page

ROOT = warm.ROOT
# A first start compiles modules and may wait for the machine's other work.
START_SECONDS = 90.0


@dataclass
class Watch:
    """What a page should never do: complain, open a dialog, or ask another host for anything."""

    complaints: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("console", self._complain)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda r: None if _is_ours(r.url) else self.foreign.append(r.url))

    def _complain(self, message: ConsoleMessage) -> None:
        """Streamlit looks for its server below the page's own address first, and the browser reports that."""
        asked = message.location.get("url", "")
        if message.type == "error" and not asked.endswith(("/_stcore/health", "/_stcore/host-config")):
            self.complaints.append(message.text)


def _is_ours(url: str) -> bool:
    return url.startswith(("http://localhost:", "http://127.0.0.1:", "data:", "blob:", "about:"))


@dataclass
class Server:
    """One `calibrant serve` process on a free port."""

    study: Path
    port: int
    process: warm.Process | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        words = ["serve", "--study", str(self.study), "--port", str(self.port)]
        with (self.study / "server.log").open("ab") as log, Path(os.devnull).open("rb") as nothing:
            self.process = warm.begin(warm.SERVE, words, given=nothing, out=log, err=log)
        self._wait()

    def kill(self) -> None:
        """As a power cut would: no chance to save anything."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As Ctrl-C does; returns the exit code."""
        return self._end(signal.SIGINT)

    def log(self) -> str:
        return (self.study / "server.log").read_text(encoding="utf-8")

    def _end(self, how: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        code = self.process.wait(timeout=30)
        self.process = None
        return code

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process is not None
            assert self.process.poll() is None, f"the server ended:\n{self.log()}"
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/health", timeout=2).close()
                return
            time.sleep(0.1)
        pytest.fail(f"the server did not answer within {START_SECONDS} s:\n{self.log()}")
