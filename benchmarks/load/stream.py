"""A page's websocket without a browser: Streamlit's own protocol, so that the server has a real session."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

PATIENCE = 60.0
SUCCESS = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class PageFailed(Exception):
    """The page was not drawn: cut, silent, or with an error on it."""


@dataclass
class Stream:
    """One session; pages are opened one after another, as by clicks in the side bar."""

    port: int
    query: str
    cookies: Mapping[str, str] = field(default_factory=dict)
    received: int = 0  # bytes
    ticket: str = ""  # of the last Rate page
    _socket: ClientConnection | None = None

    async def open(self, page: str) -> None:
        """Draw a page; returns when the server says that it is done."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._ask(page)
                await self._drawn(page)
        except (OSError, TimeoutError, WebSocketException) as cut:
            raise PageFailed(f"{page}: {cut!r}") from cut

    async def stay(self) -> None:
        """Read what the server sends until the connection ends; answers its pings."""
        with contextlib.suppress(OSError, WebSocketException):
            while self._socket is not None:
                self.received += len(await self._socket.recv())

    async def close(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError, WebSocketException, TimeoutError):
                async with asyncio.timeout(5):
                    await self._socket.close()
            self._socket = None

    async def _ask(self, page: str) -> None:
        if self._socket is None:
            self._socket = await self._connect()
        wanted = BackMsg()
        wanted.rerun_script.query_string = self.query
        wanted.rerun_script.page_name = page
        wanted.rerun_script.page_script_hash = ""
        await self._socket.send(wanted.SerializeToString())

    async def _connect(self) -> ClientConnection:
        said = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return await connect(
            f"ws://localhost:{self.port}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            origin=f"http://localhost:{self.port}",  # type: ignore[arg-type]
            additional_headers={"cookie": said} if said else None,
            compression=None,
            ping_interval=None,  # a browser sends none; it answers the server's
            max_size=None,
            open_timeout=PATIENCE,
        )

    async def _drawn(self, page: str) -> None:
        assert self._socket is not None
        while True:
            content = await self._socket.recv()
            self.received += len(content)
            message = ForwardMsg()
            message.ParseFromString(content if isinstance(content, bytes) else content.encode())
            kind = message.WhichOneof("type")
            if kind == "delta":
                self._look(page, message.delta.new_element)
            elif kind == "script_finished":
                if message.script_finished not in SUCCESS:
                    raise PageFailed(f"{page}: ended as {message.script_finished}")
                return

    def _look(self, page: str, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception" or (kind == "alert" and "could not be done" in element.alert.body):
            raise PageFailed(f"{page}: an error is on the page")
        if kind == "bidi_component":
            data = element.bidi_component.json or element.bidi_component.mixed.json
            self.ticket = json.loads(data).get("ticket", self.ticket)
