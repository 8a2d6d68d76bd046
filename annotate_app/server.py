"""The app's one process: uvicorn serving Streamlit's `st.App` on this machine; refuses any other host."""

from __future__ import annotations

import errno
import gc
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config as streamlit_config
from streamlit.starlette import App

from annotate_app import logs
from annotate_app.serving import health, requests
from annotate_app.ui import host, policy, theme
from annotate_app.ui.rating_desk import routes as desk_routes

LOOPBACK = {"127.0.0.1": "127.0.0.1", "localhost": "127.0.0.1"}
SCRIPT = Path(__file__).parent / "ui" / "streamlit_app.py"

HEADERS = ((b"referrer-policy", b"no-referrer"), (b"x-content-type-options", b"nosniff"))


class ServerFailed(Exception):
    """The server could not start: the message says why and what to do."""


def serve(
    study: Path, *, address: str = "127.0.0.1", port: int = 8501, announce: Callable[[str], None] = print
) -> None:
    """Serve the study in `study` until Ctrl-C.

    `address` must be this machine's loopback and `port` free, or `ServerFailed` says what to do. The page
    finds the study through the environment variable CALIBRANT_STUDY, which this function sets.
    """
    listener = _listen(loopback_address(address), port)
    with listener:
        os.environ[host.STUDY_VARIABLE] = str(study.resolve())
        if host.has_study():
            host.desk()
        server = uvicorn.Server(_uvicorn_config(build_app()))
        if not host.has_study():
            announce(f"{host.folder()} has no study yet: the page asks what to make of it")
        announce(f"Calibrant is open at http://localhost:{listener.getsockname()[1]} (Ctrl-C to stop)")
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            announce("Stopped. Everything that was acknowledged is in the study folder.")


def loopback_address(address: str) -> str:
    """The IPv4 loopback address for `address`; `ServerFailed` for any other host."""
    if address not in LOOPBACK:
        raise ServerFailed(
            f"cannot listen on {address!r}: there is no login yet, so names are only chosen from a list and "
            "the app answers this machine alone. Use 127.0.0.1, and an SSH tunnel to reach it from elsewhere."
        )
    return LOOPBACK[address]


def build_app() -> App:
    """The ASGI application: Streamlit's page, our health and rating routes, our headers."""
    streamlit_config.get_config_options(force_reparse=True, options_from_flags=theme.STREAMLIT_OPTIONS)
    return App(
        SCRIPT,
        lifespan=_lifespan,
        on_script_error=_say_that_it_failed,
        routes=[*health.ROUTES, *desk_routes.ROUTES],
        exception_handlers={Exception: requests.failed},
        middleware=[
            Middleware(requests.Correlated),
            Middleware(GuardHeaders, policy=policy.policy(_image_hosts())),
            Middleware(OnlyLoopbackNames),
        ],
    )


def _image_hosts() -> tuple[str, ...]:
    """The hosts that study.toml names; a study that is not made yet names none."""
    return host.desk().study_file.study.image_hosts if host.has_study() else ()


class GuardHeaders:
    """Adds the content security policy and its companions to every response."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self.app = app
        self.policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = next((value for key, value in scope["headers"] if key == b"host"), b"")
                words = f"{self.policy}; {policy.connections(named.decode('latin-1'))}"
                guards = ((b"content-security-policy", words.encode()), *HEADERS)
                message["headers"] = [*message.get("headers", ()), *guards]
            await send(message)

        await self.app(scope, receive, send_guarded)


class OnlyLoopbackNames:
    """Refuses requests whose Host header is not this machine's loopback (DNS rebinding)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _host_name(scope) not in LOOPBACK:
            refusal = JSONResponse({"error": "this server answers to localhost only"}, status_code=421)
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _host_name(scope: Scope) -> str:
    named = next((value for key, value in scope["headers"] if key == b"host"), b"")
    return str(named.decode("latin-1")).rsplit(":", 1)[0]


@asynccontextmanager
async def _lifespan(_app: App) -> AsyncIterator[None]:
    """Import all that pages use, then keep the collector off it: Streamlit collects after every run."""
    host.import_everything()
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
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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


def _uvicorn_config(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_max_size=200 * 2**20,
        ws_ping_interval=30,
        ws_ping_timeout=30,
        log_config=None,  # its messages go where ours go
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
