"""Health for whoever watches the server: alive (it answers) and ready (a label given now would be kept).

Both are open to strangers, so neither says a name, a path or a version. The database is asked at most once a
second, by one question at a time: however often it is asked for, health is no load.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from annotate_app.services.readiness import Check, readiness
from annotate_app.ui import host

PATH = "/api/health"
FRESH_SECONDS, BOUND_SECONDS = 1.0, 2.0
NO_STORE = {"cache-control": "no-store"}

Ask = Callable[[], tuple[Check, ...]]


class Readiness:
    """The last answer of the checks, kept for a second; a question that hangs is not asked a second time."""

    def __init__(self, ask: Ask, *, bound: float = BOUND_SECONDS, fresh: float = FRESH_SECONDS) -> None:
        self.ask, self.bound, self.fresh = ask, bound, fresh
        self.at, self.found = float("-inf"), ()  # type: float, tuple[Check, ...]
        self.asking: asyncio.Task[tuple[Check, ...]] | None = None

    async def checks(self) -> tuple[Check, ...]:
        """All checks, at most `fresh` seconds old, after at most `bound` seconds."""
        if time.monotonic() - self.at <= self.fresh:
            return self.found
        if self.asking is None or self.asking.done():
            self.asking = asyncio.create_task(run_in_threadpool(self.ask))
        done, _ = await asyncio.wait({self.asking}, timeout=self.bound)
        if not done:
            return (Check("database", False, f"no answer within {self.bound:g} seconds"),)
        self.at, self.found = time.monotonic(), self.asking.result()
        return self.found


def _asked() -> tuple[Check, ...]:
    """The study's checks; a folder in which none was made yet keeps no label."""
    if not host.has_study():
        return (Check("study", False, "there is no study in the folder yet: make one on the page"),)
    return readiness(host.desk())


_ready = Readiness(_asked)


async def live(_request: Request) -> Response:
    """200 as long as the process answers."""
    return JSONResponse({"status": "ok"}, headers=NO_STORE)


async def ready(_request: Request) -> Response:
    """200 where a label given now would be kept, else 503 with the reasons."""
    checks = await _ready.checks()
    passed = all(check.passed for check in checks)
    told = {check.name: check.as_json() for check in checks}
    content = {"status": "ready" if passed else "not ready", "checks": told}
    return JSONResponse(content, 200 if passed else 503, NO_STORE)


ROUTES = [
    Route(PATH, live),
    Route(f"{PATH}/live", live),
    Route(f"{PATH}/ready", ready),
]
