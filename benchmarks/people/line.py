"""One HTTP connection to this machine, as a page keeps it; whatever is cut or unreadable is status 0."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HOST = "127.0.0.1"
PATIENCE = 20.0
CUT = (ConnectionError, asyncio.IncompleteReadError, TimeoutError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status 0 when nothing is known, as in the page's wire.js."""

    status: int
    body: Any = None
    cookies: tuple[str, ...] = ()


NOTHING = Answer(0)


@dataclass
class Line:
    """A connection that is opened when needed and kept alive; one request at a time."""

    port: int
    name: str = "localhost"
    insists: bool = False  # as browsers do: once more where a line that was idle turns out to be closed
    _reader: asyncio.StreamReader | None = None
    _writer: asyncio.StreamWriter | None = None
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def send(
        self, method: str, path: str, message: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer to a request; status 0 for a cut, as for 20 seconds of silence or what is no JSON.

        Bytes are sent as they are, and what answers them is a page, of which the head alone is read.
        """
        async with self._busy:
            tries = 2 if self.insists and self._writer is not None else 1
            for _ in range(tries):
                found = await self._tried(method, path, message, dict(headers or {}))
                if found is not None:
                    return found
            return NOTHING

    async def _tried(self, method: str, path: str, message: object, headers: dict[str, str]) -> Answer | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._exchange(method, path, message, headers)
        except CUT:
            self.drop()
            return None
        except asyncio.CancelledError:
            self.drop()
            raise

    def drop(self) -> None:
        """As a killed tab: no goodbye."""
        if self._writer is not None:
            with contextlib.suppress(RuntimeError):
                self._writer.transport.abort()
        self._reader = self._writer = None

    async def _exchange(self, method: str, path: str, message: object, headers: dict[str, str]) -> Answer:
        if self._reader is not None and self._reader.at_eof():
            self.drop()  # the server has closed a line on which nothing was said for a while
        if self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection(HOST, self.port)
        assert self._reader is not None
        form = isinstance(message, bytes)
        body = (
            b""
            if message is None
            else message
            if isinstance(message, bytes)
            else json.dumps(message).encode()
        )
        headers |= {"host": f"{self.name}:{self.port}", "content-length": str(len(body))}
        if body and not form:
            headers["content-type"] = "application/json"
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        await self._writer.drain()
        return await self._answer(self._reader, read=not form)

    async def _answer(self, reader: asyncio.StreamReader, *, read: bool) -> Answer:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status, length, cookies, closing = int(head[0].split()[1]), 0, [], False
        for line in head[1:]:
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                length = int(value)
            elif name.lower() == "set-cookie":
                cookies.append(value.strip().split(";")[0])
            elif name.lower() == "connection":
                closing = value.strip().lower() == "close"
        content = await reader.readexactly(length)
        if closing:
            self.drop()
        return Answer(status, json.loads(content) if content and read else None, tuple(cookies))
