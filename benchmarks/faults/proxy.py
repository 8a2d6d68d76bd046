"""The network between raters and server: a TCP proxy that cuts, swallows, delays and repeats on demand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.people.line import HOST

CHUNK = 65_536
SUBMITS = b"POST /desk/submissions"
Spell = Callable[[bytes], bytes]  # of the next bytes, those that are passed on before the line is cut


@dataclass
class Way:
    """One direction of one connection; both directions know whether a submission is under way."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    up: bool
    both: _Connection


@dataclass
class _Connection:
    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    submits: bool = False

    def abort(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


@dataclass
class Proxy:
    """Listens on a port of its own and passes on to `there`; misfortune is armed from outside."""

    there: int
    port: int = 0
    down: bool = False
    upward: Spell | None = None  # armed for the next submission
    downward: Spell | None = None  # armed for the next answer to a submission
    lag: float = 0.0  # seconds that every chunk is held
    last_request: bytes = b""
    fired: asyncio.Event = field(default_factory=asyncio.Event)
    _open: dict[asyncio.Task[None], _Connection | None] = field(default_factory=dict)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.wait([asyncio.ensure_future(asyncio.sleep(0)), *self._open], timeout=5)

    def cut(self) -> None:
        """Every connection there is, at once, without a goodbye."""
        for connection in self._open.values():
            if connection is not None:
                connection.abort()

    async def again(self, request: bytes) -> None:
        """The network delivers an old request once more; nobody hears the answer."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            reader, writer = await asyncio.open_connection(HOST, self.there)
            writer.write(request)
            async with asyncio.timeout(5):
                await reader.readuntil(b"\r\n\r\n")
            writer.transport.abort()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._open[task] = None
        task.add_done_callback(lambda done: self._open.pop(done, None))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.down:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection(HOST, self.there)
        except OSError:
            writer.transport.abort()
            return
        connection = _Connection((writer, back))
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = connection
        up, down = Way(reader, back, True, connection), Way(there, writer, False, connection)
        await asyncio.gather(self._carry(up), self._carry(down))

    async def _carry(self, way: Way) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            while data := await way.reader.read(CHUNK):
                if self.lag:
                    await asyncio.sleep(self.lag)
                if way.up:
                    self._note(way.both, data)
                spell = (self.upward if way.up else self.downward) if way.both.submits else None
                way.writer.write(data if spell is None else spell(data))
                await way.writer.drain()
                if spell is not None:
                    self.upward = self.downward = None
                    way.both.abort()
                    self.fired.set()
                    return
        for writer in way.both.writers:
            writer.close()

    def _note(self, connection: _Connection, data: bytes) -> None:
        if data.startswith(b"POST "):
            connection.submits = data.startswith(SUBMITS)
        if connection.submits:
            self.last_request = data
