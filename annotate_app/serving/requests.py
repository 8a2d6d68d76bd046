"""Gives every request an id, which its answer carries, and logs that it was answered; reads no body."""

from __future__ import annotations

import html
import logging
from time import perf_counter

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from annotate_app import logs
from annotate_app.store import failures

HEADER = b"x-request-id"
OURS = ("/desk/", "/api/")
AT_THE_DOOR = ("/login", "/logout", "/invite", "/password")
QUIET = ("/api/health", "/_stcore/health")  # asked every second: told at the level debug
SERVED = (
    "", "_stcore", "static", "media", "component", "oauth2callback", "auth", "login", "logout", "invite",
    "password",
)  # fmt: skip
KEPT = "calibrant_request_id"  # in the scope, for an answer that is made outside the middleware

FAILED = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Calibrant</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<body style="font: 1.1rem/1.5 system-ui, sans-serif; margin: 4rem auto; max-width: 34rem; padding: 0 1rem">
<h1>This could not be done</h1><p>What was stored before is safe. Go back, reload the page and try again.</p>
<p>Say this number when you ask for help: <strong>{id}</strong></p></body></html>"""


class Correlated:
    """One id for each request (of the header x-request-id where that is well formed), one line in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        scope[KEPT] = logs.taken_or_new(_stated(scope))
        answered = _Answered(scope, send)
        with logs.correlated(scope[KEPT]):
            try:
                await self.app(scope, receive, answered.send)
            except BaseException as error:
                answered.log(error)
                raise
            answered.log(None)


class _Answered:
    """The answer to one request on its way out: adds the id to it, and remembers its status."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope, self.onward = scope, send
        self.status, self.began = 0, perf_counter()

    async def send(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.accept"):
            self.status = message.get("status", 101)
            message["headers"] = [*message.get("headers", ()), (HEADER, self.scope[KEPT].encode())]
        await self.onward(message)

    def log(self, error: BaseException | None) -> None:
        fields = {
            "method": self.scope.get("method", "WEBSOCKET"),
            "path": _path(self.scope),
            "status": 500 if error is not None and not self.status else self.status,
            "ms": logs.since(self.began),
        }
        logs.event("request", fields, level=self._level(error), error=error)

    def _level(self, error: BaseException | None) -> int:
        path: str = self.scope["path"]
        if error is not None or self.status >= 500:
            return logging.ERROR
        told = path.startswith(OURS + AT_THE_DOOR) and not path.startswith(QUIET)
        return logging.INFO if told else logging.DEBUG


def _stated(scope: Scope) -> str:
    found = next((value for key, value in scope["headers"] if key == HEADER), b"")
    return str(found.decode("latin-1"))


def _path(scope: Scope) -> str:
    """The route for our own paths, the first part of the page server's; what somebody wrote is left out."""
    path: str = scope["path"]
    first = path.split("/")[1] if "/" in path else ""
    if path.startswith(OURS):
        return str(getattr(scope.get("route"), "path", "")) or f"/{first}/…"
    return f"/{first}" if first in SERVED else "/…"


async def failed(request: Request, error: Exception) -> Response:
    """What is answered when a request failed for a reason that nobody foresaw: its number, and no details.

    Where the database cannot work (full, away), that is said instead, with 503: asking again may help.
    """
    number: str = request.scope.get(KEPT) or logs.new_id()
    headers = {HEADER.decode(): number, "cache-control": "no-store"}
    if request.url.path.startswith(OURS):
        why = failures.words(error)
        said = why or f"this could not be done; say {number} when you ask for help"
        return JSONResponse({"error": said, "request_id": number}, 503 if why else 500, headers)
    return HTMLResponse(FAILED.format(id=html.escape(number)), 500, headers)
