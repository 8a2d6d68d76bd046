"""A client without a browser for the whole app: raw requests and sockets through every middleware."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.types import ASGIApp, Message

HOST = "localhost:8501"
SITE = f"http://{HOST}"
HTML = {"accept": "text/html"}


@dataclass
class Client:
    """Keeps cookies, follows no redirect, and comes from one address."""

    app: Callable[[], ASGIApp]
    address: str = "127.0.0.1"
    site: str = SITE
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.send("GET", path, headers={**HTML, **headers})

    def post(self, path: str, form: Mapping[str, str], **headers: str) -> httpx.Response:
        named = {"origin": self.site, "content-type": "application/x-www-form-urlencoded", **HTML}
        named |= {key.replace("_", "-"): value for key, value in headers.items()}
        return self.send("POST", path, content=urlencode(form), headers=named)

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        # In a thread of its own: where a browser runs in this process, its loop has the main one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, self._send(method, path, **more)).result()

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app(), client=(self.address, 50_000))
        async with httpx.AsyncClient(
            transport=transport, base_url=self.site, cookies=self.cookies
        ) as browser:
            response = await browser.request(method, path, **more)
            self.cookies = browser.cookies
        return response

    def socket(
        self, *, origin: str | None = SITE, host: str = HOST, path: str = "/_stcore/stream",
        frames: Iterable[bytes | str] = (), protocols: str | None = None,
    ) -> list[Message]:  # fmt: skip
        """What a websocket is answered: an accept, or a close before it."""
        headers = [(b"host", host.encode())]
        if protocols is not None:
            headers.append((b"sec-websocket-protocol", protocols.encode()))
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        if len(self.cookies):
            pairs = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies.jar)
            headers.append((b"cookie", pairs.encode()))
        scope = {
            "type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "ws",
            "server": ("localhost", 8501), "client": (self.address, 50_000), "path": path,
            "raw_path": path.encode(), "query_string": b"", "headers": headers, "subprotocols": [],
            "root_path": "", "state": {},
        }  # fmt: skip
        return asyncio.run(_talk(self.app(), scope, frames))


async def _talk(app: ASGIApp, scope: dict[str, Any], frames: Iterable[bytes | str]) -> list[Message]:
    coming: list[Message] = [{"type": "websocket.connect"}]
    coming += [
        {"type": "websocket.receive", "text" if isinstance(frame, str) else "bytes": frame}
        for frame in frames
    ]
    coming.append({"type": "websocket.disconnect", "code": 1000})
    answered: list[Message] = []

    async def receive() -> Message:
        return coming.pop(0) if coming else {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Message) -> None:
        answered.append(message)

    await app(scope, receive, send)
    return answered
