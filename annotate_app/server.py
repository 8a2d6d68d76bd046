"""The app's one process: uvicorn serving Streamlit's `st.App`; refuses other machines without a login."""

from __future__ import annotations

import errno
import gc
import hashlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config as streamlit_config
from streamlit.starlette import App

from annotate_app import logs
from annotate_app.services import acting, passwords
from annotate_app.serving import door, door_routes, handed_out, health, providers, requests
from annotate_app.ui import host, policy, reach, theme
from annotate_app.ui.rating_desk import routes as desk_routes
from annotate_app.ui.rating_desk.identity import UnusableKey, signer_of

LOOPBACK = {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1"}
OURS = (*health.ROUTES, *door_routes.ROUTES, *desk_routes.ROUTES)
SCRIPT = Path(__file__).parent / "ui" / "streamlit_app.py"
KEPT_OPEN = 75  # seconds that a line may be silent: longer than a rater thinks and than proxies keep theirs

NO_STORE = (b"cache-control", b"no-store")
HEADERS = ((b"referrer-policy", b"no-referrer"), (b"x-content-type-options", b"nosniff"))


class ServerFailed(Exception):
    """The server could not start: the message says why and what to do."""


def serve(
    study: Path,
    *,
    address: str = "127.0.0.1",
    port: int = 8501,
    public_url: str | None = None,
    proxies: Collection[str] = (),
    announce: Callable[[str], None] = print,
) -> None:
    """Serve the study in `study` until Ctrl-C.

    An `address` other than this machine's loopback needs a login and `public_url`, and `port` must be free,
    or `ServerFailed` says what to do. The page finds the study through the environment variable
    CALIBRANT_STUDY, which this function sets.
    """
    os.environ[host.STUDY_VARIABLE] = str(study.resolve())
    with _listen(LOOPBACK.get(address, address), port) as listener:
        own = f"http://localhost:{listener.getsockname()[1]}"
        reach.use(reached(address, public_url=public_url, proxies=proxies))
        if host.has_study():
            host.desk()
        server = uvicorn.Server(_uvicorn_config(build_app(own), proxies))
        _announce(announce, public_url or own)
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            announce("Stopped. Everything that was acknowledged is in the study folder.")


def _announce(announce: Callable[[str], None], where: str) -> None:
    if not host.has_study():
        announce(f"{host.folder()} has no study yet: the page asks what to make of it")
    if (reach.current().public_url or "").startswith("http://"):
        announce("Warning: without https:// in --public-url passwords and answers travel unencrypted.")
    announce(f"Calibrant is open at {where} (Ctrl-C to stop)")


def reached(address: str, *, public_url: str | None, proxies: Collection[str] = ()) -> reach.Reach:
    """How a server on `address` is reached; `ServerFailed` where others reach it and there is no login."""
    try:
        named = None if public_url is None else reach.public(public_url)
        provider = host.has_study() and providers.settings(host.folder()) is not None
    except (reach.UnusableAddress, providers.UnusableProvider) as fault:
        raise ServerFailed(str(fault)) from fault
    others = address not in LOOPBACK or (named is not None and reach.name_of(named) not in LOOPBACK)
    if others and not provider and not (host.has_study() and acting.locked(host.desk())):
        raise ServerFailed(
            f"cannot serve {named or address!r}: this study has no account, so whoever reaches it could take "
            "any role. Make the first account: calibrant account add LOGIN --name NAME --role owner "
            f"--study {host.folder()}"
        )
    if address not in LOOPBACK and named is None:
        raise ServerFailed(
            f"cannot listen on {address!r} without --public-url: it says under which name people reach this "
            "server, as --public-url https://calibrant.example.org; other names are refused"
        )
    return reach.Reach(named, tuple(proxies), login=others or provider)


def build_app(own: str = "http://localhost:8501") -> App:
    """The ASGI application: Streamlit's page, our own routes, the door before them, our headers.

    `own` is where this machine reaches it; a login provider sends people back there or to the public address.
    """
    secret = _cookie_secret()
    options = theme.STREAMLIT_OPTIONS | ({"server.cookieSecret": secret} if secret else {})
    if public := reach.current().public_url:
        # Where a proxy names another host, Streamlit compares a socket's page with this name.
        options |= {"browser.serverAddress": reach.name_of(public)}
    streamlit_config.get_config_options(force_reparse=True, options_from_flags=options)
    return App(
        SCRIPT,
        secrets=_secrets(own, secret),
        lifespan=_lifespan,
        on_script_error=_say_that_it_failed,
        routes=list(OURS),
        exception_handlers={Exception: requests.failed},
        middleware=[
            Middleware(requests.Correlated),
            Middleware(GuardHeaders, policy=policy.policy(_image_hosts())),
            Middleware(door.OnlyKnownNames),
            Middleware(door.OnlyKnownPeople),
        ],
    )


def _cookie_secret() -> str | None:
    """What signs Streamlit's own cookies: the same on every server of the study."""
    if not host.has_study():
        return None
    try:
        return hashlib.sha256(b"calibrant streamlit cookies:" + signer_of(host.desk()).key).hexdigest()
    except UnusableKey as fault:
        raise ServerFailed(str(fault)) from fault


def _secrets(own: str, cookie_secret: str | None) -> dict[str, Any] | None:
    """Streamlit's secrets: the login provider, where one is configured."""
    try:
        auth = providers.settings(host.folder()) if host.has_study() else None
    except providers.UnusableProvider as fault:
        raise ServerFailed(str(fault)) from fault
    providers.offer(() if auth is None else providers.names(auth))
    if auth is None or cookie_secret is None:
        return None
    origin = reach.current().public_url or own
    return {"auth": providers.completed(auth, origin=origin, cookie_secret=cookie_secret)}


def _image_hosts() -> tuple[str, ...]:
    """The hosts that study.toml names; a study that is not made yet names none."""
    return host.desk().study_file.study.image_hosts if host.has_study() else ()


class GuardHeaders:
    """Adds the content security policy and its companions to every response; pages and files are not kept.

    Nothing of a page may come back by Back, from the browser's cache, after its person has signed out.
    """

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self.app = app
        self.policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = next((value for key, value in scope["headers"] if key == b"host"), b"")
                words = f"{self.policy}; {policy.connections(named.decode('latin-1'))}"
                guards = ((b"content-security-policy", words.encode()), *HEADERS)
                given = list(message.get("headers", ()))
                if scope["path"].startswith(handed_out.PATH) or _is_page(given):
                    given = [one for one in given if one[0].lower() != NO_STORE[0]] + [NO_STORE]
                stated = {name.lower() for name, _ in given}
                message["headers"] = given + [one for one in guards if one[0] not in stated]
            await send(message)

        await self.app(scope, receive, send_guarded)


def _is_page(headers: Collection[tuple[bytes, bytes]]) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in headers)


@asynccontextmanager
async def _lifespan(_app: App) -> AsyncIterator[None]:
    """Import all that pages use, then keep the collector off it: Streamlit collects after every run."""
    host.import_everything()
    passwords.prepare()
    logs.take_over()
    gc.collect()
    gc.freeze()
    yield
    host.close()


def _say_that_it_failed(error: Exception) -> bool:
    """What people read when a page fails: a number to name; kind and place of the error go to the log."""
    with logs.correlated(logs.new_id()) as number:
        logs.event("page.failed", level=logging.ERROR, error=error)
    st.error(
        "This could not be done. What was stored before is safe. Reload the page; if it fails again, "
        f"say this number when you ask for help: **{number}**"
    )
    return True


def _listen(address: str, port: int) -> socket.socket:
    """A bound TCP socket; made with the protocol's number so that asyncio turns Nagle's delay off."""
    if not 0 <= port <= 65535:
        raise ServerFailed(f"port {port}: must be from 0 to 65535")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise ServerFailed(
                f"port {port} is in use. Stop the program that uses it, or choose another: --port {port + 1}"
            ) from error
        raise ServerFailed(f"cannot listen on {address}:{port}: {error.strerror}") from error
    return listener


def _uvicorn_config(app: App, proxies: Collection[str]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_max_size=32 * 2**20,
        ws_ping_interval=30,
        ws_ping_timeout=30,
        log_config=None,  # its messages go where ours go
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),  # else every client could say which address it has
        forwarded_allow_ips=list(proxies),
        timeout_keep_alive=KEPT_OPEN,
        timeout_graceful_shutdown=2,
    )
