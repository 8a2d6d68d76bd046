"""The door before every route: known names, our own pages, people with a session; refuses all others.

What is open to strangers is listed in OPEN, path by path; a new route is closed until it is entered there.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from annotate_app import logs
from annotate_app.desk import Desk
from annotate_app.services import acting, people
from annotate_app.services.acting import Person
from annotate_app.services.rights import Role
from annotate_app.serving import door_pages, fresh_run, handed_out, health, providers
from annotate_app.store import failures
from annotate_app.ui import host, reach, signed

LOGIN, LOGOUT, INVITE, PASSWORD = "/login", "/logout", "/invite", "/password"
STYLE = "/door/style.css"
OPEN: Final = frozenset({
    LOGIN, LOGOUT, INVITE, STYLE, providers.EXCHANGE, providers.START, *providers.STREAMLITS,
    *(route.path for route in health.ROUTES),
})  # fmt: skip
SIGNED_OUT = "signed out: reload the page and sign in; answers that wait are kept in this browser"
NOT_YOURS = "there is no such file, or it was not offered to you: reload the page"
UNSUPPORTED_DATA, POLICY_VIOLATION = 1003, 1008
# A proxy makes its clients look like this machine: without accounts they could take any role.
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
PROXIED = (
    "this study has no account, so it is not served through a proxy: make the first account with "
    "`calibrant account add`, and say --public-url"
)

_seeing: set[asyncio.Task[bool]] = set()


class OnlyKnownNames:
    """Refuses requests that do not name this server (DNS rebinding), and sockets of other sites."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        here = reach.current()
        if scope["type"] == "http" and not here.knows(scope):
            known = here.public_url or "localhost only"
            refusal = JSONResponse({"error": f"this server answers to {known}"}, status_code=421)
            await refusal(scope, receive, send)
        elif scope["type"] == "websocket" and not (here.knows(scope) and _from_us(here, scope)):
            await _refuse_socket(receive, send)
        else:
            socket = scope["type"] == "websocket"
            await self.app(scope, _frames_alone(receive) if socket else receive, send)


def _frames_alone(onward: Receive) -> Receive:
    """What a socket hears, which ends at a message of text: the page's own messages are bytes."""

    async def receive() -> Message:
        message = await onward()
        if message["type"] == "websocket.receive" and message.get("bytes") is None:
            return {"type": "websocket.disconnect", "code": UNSUPPORTED_DATA}
        return message

    return receive


def _from_us(here: reach.Reach, scope: Scope) -> bool:
    """A browser says where a socket's page is from; what says nothing is no browser."""
    origin = reach.header(scope, b"origin")
    return not origin or here.is_ours(origin, scope)


class OnlyKnownPeople:
    """Lets in who is signed in and has a role; looks again at each message of an open socket."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _is_closed(scope) and host.has_study():
            await self._known(scope, receive, send)
        elif not host.has_study() and (refused := _without_study(scope)) is not None:
            await (
                _refuse_socket(receive, send)
                if scope["type"] == "websocket"
                else refused(scope, receive, send)
            )
        else:
            await self.app(scope, receive, send)

    async def _known(self, scope: Scope, receive: Receive, send: Send) -> None:
        desk, asked, socket = host.desk(), HTTPConnection(scope), scope["type"] == "websocket"
        try:
            person = await run_in_threadpool(signed.person, desk, asked.cookies)
        except failures.DATABASE_ERRORS as failed:
            # Nobody is let in whom nobody knows; the desk's page keeps what it has, and asks again.
            said = failures.words(failed)
            if said is None:
                raise
            logs.event("door.database_failed", {"why": said}, level=logging.ERROR, error=failed)
            away = _away(desk, asked, said)
            await (_refuse_socket(receive, send) if socket else away(scope, receive, send))
            return
        if person is not None and person.how == "alone" and _came_by_proxy(asked):
            refused: Response = JSONResponse({"error": PROXIED}, 403)
            await (_refuse_socket(receive, send) if socket else refused(scope, receive, send))
        elif person is None or not person.roles:
            if socket:
                await _refuse_socket(receive, send)
            else:
                refused = await run_in_threadpool(_refusal, desk, asked, person)
                await refused(scope, receive, send)
        elif not socket and not handed_out.files.belongs(scope["path"], person):
            await JSONResponse({"error": NOT_YOURS}, 404)(scope, receive, send)
        else:
            await self._let_in(scope, receive, send, desk, person)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send, desk: Desk, person: Person) -> None:
        scope[signed.PERSON] = person
        _note_seen(desk, person)
        if scope["type"] == "websocket":
            asked = HTTPConnection(scope)
            known = None if _goes_on(asked) and person.how != "alone" else person
            watched = _Watched(desk, asked, known, person.roles, receive)
            receive, send = watched.receive, handed_out.noting(person, watched.drawn_in, send)
        await self.app(scope, receive, send)


def _without_study(scope: Scope) -> Response | None:
    """Where no study was made yet nobody can sign in, and whoever comes through a proxy makes none."""
    if scope["type"] not in ("http", "websocket"):
        return None
    if _is_closed(scope) and _came_by_proxy(HTTPConnection(scope)):
        return JSONResponse({"error": PROXIED}, 403)
    signing_in = scope["type"] == "http" and scope["path"] in OPEN - {
        route.path for route in health.ROUTES
    } - {STYLE}
    return RedirectResponse("/", 303, door_pages.HEADERS) if signing_in else None


def _is_closed(scope: Scope) -> bool:
    return scope["type"] == "websocket" or (scope["type"] == "http" and scope["path"] not in OPEN)


def _came_by_proxy(asked: HTTPConnection) -> bool:
    return any(name in asked.headers for name in FORWARDED)


def _goes_on(asked: HTTPConnection) -> bool:
    """Whether a socket takes up a page that another one drew, perhaps for somebody else of this browser.

    Streamlit's page names the session that it goes on with as the third of its subprotocols.
    """
    named = asked.headers.get("sec-websocket-protocol", "").split(",")
    return len(named) > 2 and bool(named[2].strip())


class _Watched:
    """A socket whose person is looked up at each message: who is out, or is another, starts from nothing."""

    def __init__(
        self,
        desk: Desk,
        asked: HTTPConnection,
        known: Person | None,
        roles: frozenset[Role],
        receive: Receive,
    ) -> None:
        self.desk, self.cookies, self.onward = desk, dict(asked.cookies), receive
        self.known, self._roles = known, (roles, roles)

    def drawn_in(self) -> frozenset[Role]:
        """The roles of the last message and of the one before, whose page may still be on its way."""
        return self._roles[0] | self._roles[1]

    async def receive(self) -> Message:
        message = await self.onward()
        frame = message.get("bytes") if message["type"] == "websocket.receive" else None
        if frame is not None and not await self._is_known():
            return {**message, "bytes": fresh_run.without_answers(frame)}
        return message

    async def _is_known(self) -> bool:
        """Whether the person is the one of the message before; without the database nobody is."""
        try:
            now = await run_in_threadpool(signed.person, self.desk, self.cookies)
        except failures.DATABASE_ERRORS:
            return False
        same = now is not None and now == self.known
        self.known = now
        if now is not None:
            self._roles = (self._roles[1], now.roles)
        return same


def _away(desk: Desk, asked: HTTPConnection, said: str) -> Response:
    """That the database does not work: a page for people who navigate, a sentence for scripts."""
    if not _navigates(asked):
        return JSONResponse({"error": said}, 503)
    page = door_pages.away(desk.study_file.study.name, said, logs.correlation_id())
    return HTMLResponse(page, 503, door_pages.HEADERS)


def _refusal(desk: Desk, asked: HTTPConnection, person: Person | None) -> Response:
    """A page for people who navigate; for scripts, a status and a sentence."""
    if not _navigates(asked):
        status, said = (401, SIGNED_OUT) if person is None else (403, "you have no role in this study")
        return JSONResponse({"error": said}, status, {"cache-control": "no-store"})
    if person is not None:
        page = door_pages.no_role(desk.study_file.study.name, person.name, people.owners(desk))
        return HTMLResponse(page, 403, door_pages.HEADERS)
    if providers.signed_in_there(asked.cookies):
        return RedirectResponse(providers.EXCHANGE, 303, door_pages.HEADERS)
    return RedirectResponse(_login_for(asked), 303, door_pages.HEADERS)


def _navigates(asked: HTTPConnection) -> bool:
    method = asked.scope.get("method", "GET")
    return method in ("GET", "HEAD") and "text/html" in asked.headers.get("accept", "")


def _login_for(asked: HTTPConnection) -> str:
    wanted = asked.url.path + (f"?{asked.url.query}" if asked.url.query else "")
    return LOGIN if wanted == "/" else f"{LOGIN}?next={quote(wanted, safe='')}"


def _note_seen(desk: Desk, person: Person) -> None:
    """Note a session's use beside the request, which does not wait for it."""
    if person.session is None or not acting.is_due(desk, person):
        return
    noting = asyncio.create_task(run_in_threadpool(acting.note_seen, desk, person))
    _seeing.add(noting)
    noting.add_done_callback(_noted)


def _noted(noting: asyncio.Task[bool]) -> None:
    _seeing.discard(noting)
    if not noting.cancelled() and (failed := noting.exception()) is not None:
        logs.event("session.not_noted", level=logging.WARNING, error=failed)


async def _refuse_socket(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": POLICY_VIOLATION})
